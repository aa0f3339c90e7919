// Connecting and reconnecting: choose a platform, fill in or consent, perhaps choose among identities, see the outcome.

import { announce } from "./announcing.js";
import { chooseAccounts, readConnection, startConnection, startReconnection } from "./api.js";
import { platformMark } from "./avatar.js";
import { button, buttons, notice, openDialog, retryButton } from "./dialog.js";
import { h, linkable, whileBusy } from "./dom.js";
import { choiceForm, credentialsForm, instanceForm } from "./forms.js";
import { glyph } from "./glyphs.js";
import { handleOf, nameOf, rowOf } from "./identity.js";
import { poll } from "./polling.js";
import { text } from "./text.js";

const DELAY = 1500;
const CONSENT_LIVES = 10 * 60_000; // from the beginning of a connection to its `expires_at`
const CONNECTION_LIVES = 15 * 60_000; // none is older

/** Opens the dialog at the choice of a platform. */
export function openConnect(board) {
    const flow = begin(board);
    choosePlatform(flow);
}

/** Opens the dialog for an account whose access has ended. */
export function openReconnect(account, board) {
    const flow = begin(board, account);
    withPlatforms(flow, text.reconnectTo(board.called(account)), () => askFor(flow, board.platform(account)));
}

/** Goes on with a connection that was made before this page was loaded. */
export async function resumeConnect(connectionId, board) {
    const flow = begin(board);
    Object.assign(flow, { isResumed: true, isOpen: true });
    noteKnown(flow);
    return lookAt(flow, connectionId);
}

/** Reads a connection and goes on from where it is. `address`: that of the consent, where it is known. */
async function lookAt(flow, connectionId, address = null) {
    flow.dialog.step(text.connecting, [h("progress", { "aria-label": text.connecting })]);
    try {
        const connection = await readConnection(connectionId);
        if (flow.signal.aborted) return;
        flow.platform ??= flow.board.platform(connection);
        if (flow.isResumed && connection.status === "done") Object.assign(flow, { known: new Map(), begunAt: Date.now() - CONNECTION_LIVES }); // the list was read after it
        if (connection.status === "pending") waitFor(flow, connectionId, address);
        else conclude(flow, connection);
    } catch (problem) {
        if (!flow.signal.aborted) lost(flow, problem, connectionId, address);
    }
}

/** A connection cannot be read. A problem that passes tells nothing of it: it may be done, and is looked at again on a press. */
function lost(flow, problem, connectionId, address) {
    if (!problem.passing) return failed(flow, isLost(problem) ? text.connectionLost : problem.words);
    const again = button(text.lookAgain, () => lookAt(flow, connectionId, address), "primary", "sync");
    return flow.dialog.step(text.unknownTitle, [notice(text.unknownOutcome), buttons(button(text.close, flow.dialog.close), again)]);
}

function begin(board, account = null) {
    const following = new AbortController();
    const flow = { board, account, signal: following.signal, platform: null, known: new Map(), begunAt: 0, isResumed: false, isOpen: false };
    const whenClosed = () => {
        following.abort();
        forget();
        board.outdate(); // a consent may still be given
        if (flow.isOpen) board.reload().then(board.outdate); // or has been, unseen
    };
    flow.dialog = openDialog({ whenClosed, fallback: board.home });
    return flow;
}

/** Notes what is connected before a connection has ended: what it then brings may be new or known. */
function noteKnown(flow) {
    flow.known = new Map(flow.board.all().map(({ account_id: id, connected_at: since }) => [id, since]));
}

/** Whether the account was connected before: reconnecting keeps the time at which it was, connecting anew sets it. */
const wasKnown = ({ known, begunAt }, { account_id: id, connected_at: since }) => known.get(id) === since || Date.parse(since) < begunAt;

// While a connection is under way its id stands in the address, so that a sign-in in between leads back to it.
const remember = (connectionId) => setAddress((query) => query.set("resume", connectionId));
const forget = () => setAddress((query) => query.delete("resume"));

function setAddress(change) {
    const url = new URL(location.href);
    change(url.searchParams);
    history.replaceState(null, "", url);
}

function choosePlatform(flow) {
    const choices = (platforms) => h("ul", { class: "platforms" }, platforms.map((platform) => h("li", {}, platformButton(flow, platform))));
    return withPlatforms(flow, text.choosePlatform, (platforms) => flow.dialog.step(text.choosePlatform, [h("p", { class: "hint" }, text.choosePlatformHint), choices(platforms)]));
}

/** Goes on with the platforms, once they are known. */
async function withPlatforms(flow, title, goOn) {
    let platforms;
    if (!flow.board.platforms().length) flow.dialog.step(title, [h("progress", { "aria-label": text.reading })]);
    try {
        platforms = await flow.board.loadPlatforms();
    } catch {
        const again = retryButton(() => withPlatforms(flow, title, goOn), "primary");
        return flow.dialog.step(title, [notice(text.platformsFailed), buttons(again)]);
    }
    return goOn(platforms);
}

function platformButton(flow, platform) {
    const reason = platform.configured ? null : h("small", {}, text.notConfigured);
    return h(
        "button",
        { type: "button", class: "platform", disabled: !platform.configured, onclick: () => askFor(flow, platform) },
        platformMark(platform.slug),
        h("span", {}, platform.name, reason),
    );
}

const titleOf = (flow) => (flow.account ? text.reconnectTo(flow.board.called(flow.account)) : text.connectTo(flow.platform.name));

const backOr = (flow) =>
    flow.account ? button(text.cancel, flow.dialog.close) : button(text.back, () => choosePlatform(flow), "quiet", "back");

function askFor(flow, platform, error = null) {
    flow.platform = platform;
    const back = backOr(flow);
    const above = error ? notice(error) : null;
    if (platform.connect === "app_password") {
        const send = async (fields) => {
            noteKnown(flow);
            connected(flow, (await startConnection({ platform: platform.slug, ...fields })).accounts);
        };
        const form = credentialsForm({ send, back, identifier: flow.account?.username });
        return flow.dialog.step(titleOf(flow), [above, form.element], form.first);
    }
    if (platform.connect === "instance_oauth" && !flow.account) {
        const form = instanceForm({ send: (fields) => consent(flow, fields), back, go: text.continueTo(platform.name) });
        return flow.dialog.step(titleOf(flow), [above, ...consentWords(platform), form.element], form.first);
    }
    const go = button(text.continueTo(platform.name), () => whileBusy([go], () => consent(flow, {})).catch((problem) => refused(flow, platform, problem)), "primary", "external");
    return flow.dialog.step(titleOf(flow), [above, ...consentWords(platform), buttons(back, go)], go);
}

/** What cannot be reconnected because it is gone can still be connected anew. */
function refused(flow, platform, problem) {
    if (problem.status !== 404 || !flow.account) return askFor(flow, platform, problem.words);
    const words = text.isGone(flow.board.called(flow.account));
    flow.board.gone(flow.account.account_id);
    flow.account = null;
    return askFor(flow, platform, words);
}

function consentWords(platform) {
    const scopes = [...new Set([...(platform.scopes?.needed ?? []), ...(platform.scopes?.publish ?? [])])];
    return [
        h("p", {}, text.oauthAsk(platform.name)),
        h("ul", { class: "plain-list" }, h("li", {}, text.oauthRead), platform.scopes?.publish?.length ? h("li", {}, text.oauthPublish) : null),
        h("p", { class: "hint" }, text.oauthNever(platform.name)),
        scopes.length ? h("details", {}, h("summary", {}, text.exactScopes), h("ul", { class: "scopes" }, scopes.map((scope) => h("li", {}, h("code", {}, scope))))) : null,
    ];
}

/** Opens the platform in a tab. The tab must come from the click itself, so it is opened before its address is known. */
async function consent(flow, fields) {
    const tab = window.open("", "_blank");
    if (tab) {
        tab.opener = null;
        tab.document.body.textContent = text.openingTab(flow.platform.name);
    }
    try {
        const { account, platform } = flow;
        noteKnown(flow);
        const started = await (account ? startReconnection(account.account_id) : startConnection({ platform: platform.slug, ...fields }));
        flow.isOpen = true;
        flow.begunAt = Date.parse(started.expires_at) - CONSENT_LIVES; // on the API's clock, as the times of accounts
        const address = linkable(started.authorize_url);
        if (tab && address) tab.location.replace(address);
        waitFor(flow, started.connection_id, address, tab === null);
    } catch (problem) {
        tab?.close();
        throw problem;
    }
}

async function waitFor(flow, connectionId, address, wasBlocked = false) {
    const { dialog, platform, signal } = flow;
    remember(connectionId);
    const words = wasBlocked ? text.openTab(platform.name) : text.openTabAgain;
    const link = address ? h("a", { class: `button ${wasBlocked ? "primary" : "soft"}`, href: address, target: "_blank", rel: "noopener" }, words, glyph("external")) : null;
    dialog.step(text.waitingTitle(platform.name), [
        h("p", {}, wasBlocked ? text.tabBlocked(platform.name) : text.waiting(platform.name)),
        h("progress", { "aria-label": text.waitingTitle(platform.name) }),
        buttons(button(text.cancel, dialog.close), link),
    ]);
    try {
        let last = null;
        const look = (now) => { last = now; return now.status === "pending" ? DELAY : null; };
        await poll(() => readConnection(connectionId), look, signal);
        if (!signal.aborted) conclude(flow, last);
    } catch (problem) {
        if (!signal.aborted) lost(flow, problem, connectionId, address);
    }
}

const isLost = ({ status }) => status === 404 || status === 410;

/** Shows how a connection has ended: its accounts, a choice, or what went wrong. */
function conclude(flow, connection) {
    flow.connection = connection;
    const code = connection.error?.code ?? connection.error;
    if (connection.status === "done") return connected(flow, connection.accounts);
    if (connection.status === "failed") return failed(flow, text.problems[code] ?? connection.error?.message ?? text.problems.unknown);
    return code === "identity_mismatch" ? mismatched(flow, connection) : choose(flow, connection);
}

function connected(flow, accounts) {
    forget();
    flow.isOpen = false;
    const { board, dialog } = flow;
    const namesOf = (some) => some.map((account) => handleOf(account) || nameOf(account));
    const known = accounts.filter((account) => wasKnown(flow, account));
    const added = accounts.filter((account) => !known.includes(account));
    for (const account of accounts) board.update(account);
    const words = [added.length ? text.connected(namesOf(added)) : null, known.length ? text.refreshed(namesOf(known)) : null].filter(Boolean).join(" ");
    const end = button(text.done, dialog.close, "primary");
    const another = flow.account ? null : button(text.connectAnother, () => choosePlatform(flow));
    dialog.step(
        known.length && !added.length && !flow.account ? text.refreshedTitle : text.connectedTitle,
        [h("ul", { class: "identities" }, accounts.map(identity)), h("p", {}, words), buttons(another, end)],
        end,
    );
    announce(words);
}

const identity = (account) => h("li", {}, rowOf(account));

function failed(flow, words) {
    forget();
    const again = flow.platform ? () => askFor(flow, flow.platform) : () => choosePlatform(flow);
    flow.dialog.step(text.failedTitle, [notice(words), buttons(button(text.close, flow.dialog.close), button(text.tryAgain, again, "primary"))]);
}

const choiceOf = (flow, { connection_id: connectionId, platform, candidates }, back, areChosen) =>
    choiceForm({ candidates, platform, back, areChosen, send: async (ids) => connected(flow, (await chooseAccounts(connectionId, ids)).accounts) });

function choose(flow, connection) {
    const form = choiceOf(flow, connection, button(text.cancel, flow.dialog.close), true);
    flow.dialog.step(text.chooseTitle, [h("p", {}, text.choose(flow.platform.name)), form.element], form.first);
}

/** A reconnect that ended with another identity: both are named, both ways are offered. Several others are a choice. */
function mismatched(flow, connection) {
    const [candidate, ...more] = connection.candidates;
    const expected = handleIn(connection.error?.expected) || (flow.account ? handleOf(flow.account) : "");
    const again = (kind) => button(text.mismatchRetry(expected), () => askFor(flow, flow.platform), kind);
    if (more.length) {
        const form = choiceOf({ ...flow, account: null }, connection, again("soft"), false);
        return flow.dialog.step(text.mismatchTitle, [h("p", {}, text.mismatchSeveral(expected, flow.platform.name)), form.element]);
    }
    const got = handleIn(connection.error?.got) || (candidate ? handleOf(candidate) : "");
    const add = async () => {
        try {
            connected({ ...flow, account: null }, (await chooseAccounts(connection.connection_id, [candidate.id])).accounts);
        } catch (problem) {
            failed(flow, problem.words);
        }
    };
    const other = candidate ? button((candidate.connected ? text.mismatchRefresh : text.mismatchAdd)(got), () => whileBusy([other], add), "soft") : null;
    return flow.dialog.step(text.mismatchTitle, [h("p", {}, text.mismatch(expected, got)), h("div", { class: "buttons is-stacked" }, again("primary"), other)]);
}

/** The mismatch names an identity as an object or simply by its handle. */
function handleIn(named) {
    return typeof named === "string" ? `@${named.replace(/^@/, "")}` : named ? handleOf(named) : "";
}
