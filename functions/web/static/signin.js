// Signing in: OpenID Connect, authorization code with PKCE (S256), and nothing that only one provider has.
//
// Tokens live in this module's memory and nowhere else. What must survive the way to the sign-in page and back (verifier,
// state, where one was) lies in sessionStorage for that long; so does the mark that this tab has been signed in, which is
// why a reload signs in again without a question.

import { text } from "./text.js";

const JOURNEY = "postloudly.sign-in";
const MARK = "postloudly.signed-in";
const FRESH = 60_000;
const EARLY = 30_000;

let settings;
let provider;
let tokens = null;

const redirectUri = () => `${location.origin}/`;

async function readJson(url) {
    const response = await fetch(url, { headers: { accept: "application/json" } });
    if (!response.ok) throw new Error(`${response.status} ${url}`);
    return response.json();
}

async function discover() {
    settings ??= await readJson("/config");
    provider ??= await readJson(`${settings.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
    if (provider.issuer !== settings.issuer) throw new Error(text.signInMisnamed);
}

function base64url(bytes) {
    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function challengeOf(verifier) {
    return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

/** Leads to the sign-in page; afterwards one is back here, and `arrive()` answers what is `undone`. */
export async function leaveToSignIn(undone = null) {
    await discover();
    const where = location.pathname + location.search + location.hash;
    const journey = { state: random(), verifier: random(), where, undone };
    sessionStorage.setItem(JOURNEY, JSON.stringify(journey));
    const url = new URL(provider.authorization_endpoint);
    const query = {
        response_type: "code",
        client_id: settings.client_id,
        redirect_uri: redirectUri(),
        scope: settings.scopes,
        state: journey.state,
        code_challenge: await challengeOf(journey.verifier),
        code_challenge_method: "S256",
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    location.assign(url);
}

async function askForTokens(form) {
    const response = await fetch(provider.token_endpoint, {
        method: "POST",
        headers: { accept: "application/json" },
        body: new URLSearchParams({ client_id: settings.client_id, ...form }),
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok || !answer.access_token) throw new Error(answer.error_description ?? answer.error ?? `${response.status}`);
    tokens = {
        access: answer.access_token,
        refresh: answer.refresh_token ?? tokens?.refresh ?? null,
        name: nameIn(answer.id_token) ?? tokens?.name ?? null,
        since: Date.now(),
        until: Date.now() + (answer.expires_in ?? 3600) * 1000,
    };
    sessionStorage.setItem(MARK, "1");
}

/** The name to show, from the ID token. It only labels the page: who somebody is, the API reads from the access token. */
function nameIn(idToken) {
    if (!idToken) return null;
    try {
        const part = idToken.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
        const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0))));
        return claims.name ?? claims.preferred_username ?? claims.email ?? null;
    } catch {
        return null;
    }
}

function takeJourney() {
    const stored = sessionStorage.getItem(JOURNEY);
    sessionStorage.removeItem(JOURNEY);
    return stored ? JSON.parse(stored) : null;
}

/** Ends the way back from the sign-in page. Answers `{signedIn, undone}` or `{signedIn: false, error}` with words for a person. */
export async function arrive() {
    const query = new URLSearchParams(location.search);
    const isReturn = query.has("state") && (query.has("code") || query.has("error"));
    if (!isReturn) {
        if (!sessionStorage.getItem(MARK)) return { signedIn: false };
        return depart();
    }
    const journey = takeJourney();
    history.replaceState(null, "", journey?.where ?? "/");
    if (journey?.state !== query.get("state")) return { signedIn: false, error: text.signInInterrupted };
    if (query.has("error")) return refused(query.get("error_description") ?? query.get("error"));
    try {
        await discover();
        const form = { grant_type: "authorization_code", code: query.get("code"), redirect_uri: redirectUri() };
        await askForTokens({ ...form, code_verifier: journey.verifier });
        return { signedIn: true, undone: journey.undone };
    } catch (error) {
        return refused(error.message);
    }
}

function refused(detail) {
    sessionStorage.removeItem(MARK);
    return { signedIn: false, error: text.signInFailed(detail) };
}

async function depart() {
    try {
        await leaveToSignIn();
        return { leaving: true };
    } catch {
        return { signedIn: false, error: text.signInUnavailable };
    }
}

/** A token to send, renewed a little before its end where the provider gave the means. */
export async function accessToken() {
    if (tokens && Date.now() > tokens.until - EARLY) await renew();
    return tokens?.access ?? "";
}

let renewing = null;

/** Gets a new token without leaving the page. False where that cannot be done. */
export function renew() {
    renewing ??= renewOnce().finally(() => { renewing = null; });
    return renewing;
}

async function renewOnce() {
    if (!tokens?.refresh || Date.now() - tokens.since < FRESH) return false;
    try {
        await askForTokens({ grant_type: "refresh_token", refresh_token: tokens.refresh });
        return true;
    } catch {
        return false;
    }
}

let hasWorked = false;

/** Notes that the API has taken the token. */
export function noteWorking() {
    hasWorked = true;
}

/** Whether the API has taken no token since this page was loaded: signing in once more would only go in circles. */
export const isRefusedAtOnce = () => tokens !== null && !hasWorked;

export const signedInName = () => tokens?.name ?? null;

/** Forgets the tokens and ends the provider's session where it says how. */
export async function signOut() {
    tokens = null;
    sessionStorage.removeItem(MARK);
    const end = provider?.end_session_endpoint;
    if (!end) return location.assign("/");
    const url = new URL(end);
    const back = redirectUri();
    // Cognito knows the second name of the address to come back to, everybody else the first.
    const query = { client_id: settings.client_id, post_logout_redirect_uri: back, logout_uri: back };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return location.assign(url);
}
