// How an account stands: its status with the reason in plain words, its followers, its last and next sync.

import { DAY, newestDay } from "./days.js";
import { h } from "./dom.js";
import { dateName, exactTime, number, shortNumber, signedNumber, tickingTime } from "./format.js";
import { glyph } from "./glyphs.js";
import { partsOf, progressOf } from "./progress.js";
import { sparkline } from "./sparkline.js";
import { text } from "./text.js";

const SOON = 14 * DAY;
const CHIP_ICON = { connected: "check", needs_sync: "clock", connection_error: "alert", disconnecting: "trash" };

/** Whether connecting again helps although the account still works: its access ends soon, or lacks a scope. */
export const wantsReconnect = (account) =>
    ["connected", "needs_sync"].includes(account.status) && (account.status_reason?.action === "reconnect" || endsSoon(account) || !account.can_read_metrics);

/** Whatever else there is to say of the account: the API's reason can be another one. */
const endsSoon = (account) => willEnd(account) && Date.parse(account.reconnect_by) - Date.now() < SOON;

/** Once that time is over, each sync finds out whether the platform still takes the access. */
const willEnd = ({ reconnect_by: end }) => end !== null && Date.parse(end) > Date.now();

/** `all`: also that the access will end one day, however far that day is. */
export function reasonsOf(account, platform, all = false) {
    const { code, message, action, since } = account.status_reason ?? {};
    const isFine = account.status === "connected" && (action ?? "none") === "none" && (!code || code === "ok");
    const tells = ["connected", "needs_sync"].includes(account.status);
    const words = text.cause[code]?.(platform.name) ?? (message || text.reason[account.status]);
    return [
        isFine || code === "expires_soon" ? null : { words, since: since ?? null },
        account.can_read_metrics || !tells ? null : { words: text.metricsNotAllowed },
        willEnd(account) && tells && (all || endsSoon(account)) ? { words: text.reconnectBy(dateName(account.reconnect_by)), since: null } : null,
    ].filter((line) => line?.words);
}

export const chip = (status) => h("p", { class: `chip ${status}` }, glyph(CHIP_ICON[status] ?? "info"), text.status[status] ?? status);

export const stateOf = (status, reasons) => [
    chip(status),
    ...reasons.map(({ words, since }) => h("p", { class: "reason", title: since ? exactTime(since) : null }, words)),
];

export function numbersOf(account, platform) {
    const { follower_count: count, follower_change_7d: change } = account;
    const why = !account.last_synced_at ? text.unknownYet : account.can_read_metrics ? text.unknownAfterSync(platform.name) : text.unknownNotAllowed;
    const value =
        count === null
            ? h("span", { class: "value is-unknown", title: why }, h("span", { "aria-hidden": "true" }, "–"), h("span", { class: "unseen" }, text.unknown))
            : h("span", { class: "value", title: number(count) }, shortNumber(count));
    return [
        h(
            "div",
            { class: "followers" },
            h("p", {}, value, " ", h("span", { class: "label" }, count === 1 ? text.oneFollower : text.followers)),
            h("p", { class: "change" }, count === null ? why : changeOf(change)),
        ),
        sparkline(account.followers_30d, newestDay(account, platform)),
    ];
}

function changeOf(change) {
    if (change === null) return text.changeUnknown;
    if (change === 0) return text.noChange;
    return h("span", { class: change > 0 ? "is-up" : "is-down" }, glyph(change > 0 ? "up" : "down"), text.change(signedNumber(change)));
}

export function metaOf(account) {
    const run = account.status === "disconnecting" ? null : account.current_run;
    if (run && run.state !== "waiting") return progressOf(run, account);
    const synced = account.last_synced_at ? tickingTime("synced", account.last_synced_at) : text.neverSynced;
    return [h("p", { class: "times" }, h("span", {}, synced), h("span", { class: "faint" }, nextOf(account, run))), run ? partsOf(run) : null];
}

/** `waiting`: the run that goes on then, if any. */
function nextOf(account, waiting) {
    if (account.status === "disconnecting") return "";
    const attempt = account.status_reason?.next_attempt_at;
    if (waiting) return attempt ? tickingTime("nextAttempt", attempt) : text.runWaiting;
    if (account.status_reason?.action === "wait" && attempt) return tickingTime("nextAttempt", attempt);
    if (account.status === "connection_error") return "";
    return account.next_sync_at ? tickingTime("nextSync", account.next_sync_at) : text.noNextSync;
}
