// The product's HTTP API. Every answer that is no success becomes a Problem, with words for a person.

import { pause } from "./polling.js";
import { accessToken, isRefusedAtOnce, leaveToSignIn, noteWorking, renew } from "./signin.js";
import { text } from "./text.js";
import { allUndone, forgetUndone, noteUndone } from "./undone.js";

export class Problem extends Error {
    /** `status` 0: no answer at all. `errors`: what is wrong with which field. `retryAfter`: seconds or null. */
    constructor(status, body, retryAfter = null) {
        super(body.detail ?? body.message ?? body.title ?? "");
        this.status = status;
        this.code = body.code ?? null;
        this.errors = Array.isArray(body.errors) ? body.errors : [];
        this.requestId = body.request_id ?? null;
        this.retryAfter = retryAfter;
        this.body = body;
    }

    /** Whether the same request may well succeed in a moment. */
    get passing() {
        return this.status === 0 || this.status === 429 || this.status >= 500;
    }

    /** A sentence for a person: ours for the codes that we know, else the API's own. */
    get words() {
        if (this.status === 0) return text.problems.offline;
        return text.problems[this.code] ?? (this.code && this.message) ?? this.gatewayWords;
    }

    /** The gateway's own errors carry no code. */
    get gatewayWords() {
        if (this.status === 429) return text.problems.too_many_requests;
        if (this.status === 404) return text.problems.not_found;
        return text.problems.unknown;
    }
}

const OPEN = "/platforms";
const A_MOMENT = 1000;

async function send(method, path, body) {
    const headers = { accept: "application/json", authorization: `Bearer ${await accessToken()}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    try {
        return await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
        throw new Problem(0, {});
    }
}

async function call(method, path, body) {
    return (await answerTo(method, path, body)).json().catch(() => ({}));
}

const asked = new Set(); // what is not answered yet

/** The answer itself, where it is a success. */
async function answerTo(method, path, body) {
    const attempt = sendSignedIn(method, path, body);
    asked.add(attempt);
    const response = await attempt.finally(() => asked.delete(attempt));
    if (response.status === 401) return signInAgain();
    if (path !== OPEN) noteWorking();
    if (response.ok) return response;
    const answer = await response.json().catch(() => ({}));
    const retryAfter = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
    throw new Problem(response.status, answer ?? {}, Number.isNaN(retryAfter) ? null : retryAfter);
}

async function sendSignedIn(method, path, body) {
    let response = await send(method, path, body);
    if (response.status === 401 && (await renew())) response = await send(method, path, body);
    if (response.status === 401) noteUndone(method, path);
    return response;
}

let leaving = null;

async function signInAgain() {
    if (isRefusedAtOnce()) throw new Problem(401, { code: "signin_refused", detail: text.signInRefused });
    try {
        leaving ??= leaveWhenAnswered().finally(() => { leaving = null; });
        await leaving;
    } catch {
        forgetUndone();
        throw new Problem(0, {});
    }
    return new Promise(() => {}); // the page is on its way out
}

/** What else is being asked for is waited for a moment: it will not be done either, and is to be told of. */
async function leaveWhenAnswered() {
    await Promise.race([Promise.allSettled(asked), pause(A_MOMENT)]);
    await leaveToSignIn(allUndone());
}

const id = encodeURIComponent;

export const readPlatforms = async () => (await call("GET", OPEN)).platforms;

/** All accounts of the person, however many pages they fill. */
export async function readAccounts() {
    const accounts = [];
    let cursor = null;
    do {
        const page = await call("GET", `/accounts?limit=100${cursor ? `&cursor=${id(cursor)}` : ""}`);
        accounts.push(...page.accounts);
        cursor = page.next_cursor;
    } while (cursor);
    return accounts;
}

export const readAccount = (account) => call("GET", `/accounts/${id(account)}`);
export const startSync = (account) => call("POST", `/accounts/${id(account)}/sync`);
export const readRun = (account, run) => call("GET", `/accounts/${id(account)}/runs/${id(run)}`);
export const startConnection = (request) => call("POST", "/connections", request);
export const startReconnection = (account) => call("POST", `/accounts/${id(account)}/reconnect`, {});
export const readConnection = (connection) => call("GET", `/connections/${id(connection)}`);
export const chooseAccounts = (connection, ids) => call("POST", `/connections/${id(connection)}/accounts`, { ids });
export const startDisconnect = (account) => call("DELETE", `/accounts/${id(account)}`);
export const readReceipt = (receipt) => call("GET", `/receipts/${id(receipt)}`);
export const readPreview = (account) => call("GET", `/accounts/${id(account)}/disconnect-preview`);
export const readMetrics = (account, from, to) => call("GET", `/accounts/${id(account)}/metrics?from=${from}&to=${to}`);

/** One page of `posts`, `runs` or `events`, newest first: {[what]: [...], next_cursor}. */
export const readPage = (account, what, limit, cursor) =>
    call("GET", `/accounts/${id(account)}/${what}?limit=${limit}${cursor ? `&cursor=${id(cursor)}` : ""}`);

/** The pages of an export, one after the other, as text. Each names the next in its header Link. */
export async function* readExport(account, format) {
    let path = `/accounts/${id(account)}/export?format=${format}`;
    while (path) {
        const response = await answerTo("GET", path);
        yield await response.text();
        path = nextIn(response.headers.get("link"), path);
    }
}

function nextIn(link, current) {
    const [, target] = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? "") ?? [];
    if (!target) return null;
    const url = new URL(target, new URL(current, location.origin));
    return url.origin === location.origin ? url.pathname + url.search : null;
}
