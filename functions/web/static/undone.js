// What an ended session kept from being done. It is told after signing in again, and never done by itself.

import { announce } from "./announcing.js";
import { text } from "./text.js";

const ACTIONS = [
    ["sync", "POST", /^\/accounts\/([^/]+)\/sync$/],
    ["disconnect", "DELETE", /^\/accounts\/([^/]+)$/],
    ["reconnect", "POST", /^\/accounts\/([^/]+)\/reconnect$/],
    ["exporting", "GET", /^\/accounts\/([^/]+)\/export\?/],
    ["connect", "POST", /^\/connections(?:\/[^/]+\/accounts)?$/],
];

let undone = null;

/** Notes a call that was not done. */
export function noteUndone(method, path) {
    const [what, , pattern] = ACTIONS.find(([, verb, paths]) => verb === method && paths.test(path)) ?? [];
    if (!what) return;
    const [, id] = pattern.exec(path);
    const accountId = id ? decodeURIComponent(id) : null;
    const isOneOfSeveral = undone?.what === what && undone.accountId !== accountId;
    undone = { what, accountId: isOneOfSeveral ? null : accountId };
}

/** All that was not done: null, or {what, accountId}, without an account where there were several. */
export const allUndone = () => undone;

/** Nobody left for the sign-in: whoever asked has been told there and then. */
export const forgetUndone = () => { undone = null; };

/** Tells of it on the list, or on the account's own page where that is shown: `shownId`. */
export function tellUndone({ what, accountId }, board, shownId) {
    const account = board.get(accountId);
    if (accountId && (!account || account.status === "disconnecting")) return;
    const words = text.sessionEnded(text.undone[what](account ? board.called(account) : null));
    if (account && shownId === accountId) board.say(accountId, words, "warn");
    else board.notice("session", words, { kind: "warn" });
    announce(words);
}
