// One account as a card. A card is made once and then updated in place, part by part, so that nothing jumps.

import { avatar } from "./avatar.js";
import { h, linkable, show } from "./dom.js";
import { dateName, exactTime, number, shortNumber, signedNumber, tickingTime } from "./format.js";
import { glyph } from "./glyphs.js";
import { progressOf } from "./progress.js";
import { sparkline } from "./sparkline.js";
import { text } from "./text.js";

const CHIP_ICON = { connected: "check", needs_sync: "clock", connection_error: "alert", disconnecting: "trash" };

const RUN_WORDS = { queued: text.syncing, running: text.syncing, waiting: text.waitingShort };

export const nameOf = (account) => account.display_name || handleOf(account) || account.account_id;
export const handleOf = (account) => (account.username ? `@${account.username.replace(/^@/, "")}` : "");

/**
 * The card of an account. `actions`: {sync, reconnect, disconnect}, each called with the account.
 * Answers {element, update(account), say(words, kind)}.
 */
export function createCard(platform, actions) {
    let account;
    const part = (tag, name) => h(tag, { class: name });
    const [top, state, numbers, note] = [part("header", "card-top"), part("div", "card-state"), part("div", "numbers"), part("div", "card-note")];
    const meta = part("div", "card-meta");
    const primary = h("button", { type: "button", class: "button soft", onclick: () => actOn() });
    const disconnect = h("button", { type: "button", class: "button quiet", onclick: () => actions.disconnect(account) });
    const element = h(
        "li",
        { class: "card" },
        h("article", {}, top, state, numbers, note, h("footer", { class: "card-foot" }, meta, h("div", { class: "card-actions" }, disconnect, primary))),
    );
    const actOn = () => (account.status === "connection_error" ? actions.reconnect : actions.sync)(account);

    function update(latest) {
        account = latest;
        element.dataset.status = account.status;
        element.classList.toggle("is-syncing", ["queued", "running"].includes(account.current_run?.state));
        element.firstChild.setAttribute("aria-label", `${nameOf(account)}, ${platform.name}`);
        show(top, [account.avatar_url, account.display_name, account.username, account.profile_url], () => topOf(account, platform));
        show(state, [account.status, reasonsOf(account)], stateOf);
        show(numbers, [account.follower_count, account.follower_change_7d, account.followers_30d, account.last_synced_at === null], () => numbersOf(account, platform));
        show(meta, [account.current_run, account.last_synced_at, account.next_sync_at, account.status_reason?.next_attempt_at, account.status], () => metaOf(account));
        updateButtons();
    }

    function updateButtons() {
        const name = nameOf(account);
        const leaving = account.status === "disconnecting";
        const broken = account.status === "connection_error";
        primary.hidden = leaving;
        primary.className = `button ${broken ? "primary" : "soft"}`;
        const words = broken ? text.reconnect : RUN_WORDS[account.current_run?.state] ?? text.sync;
        show(primary, [words], () => [glyph(broken ? "reconnect" : "sync"), words]);
        primary.setAttribute("aria-label", broken ? text.reconnectOf(name) : text.syncOf(name));
        show(disconnect, [leaving], () => (leaving ? text.showProgress : text.disconnect));
        disconnect.setAttribute("aria-label", leaving ? text.showProgressOf(name) : text.disconnectOf(name));
    }

    function say(words, kind = "info") {
        show(note, [words, kind], () => (words ? h("p", { class: `note ${kind}` }, glyph(kind === "good" ? "check" : kind === "info" ? "info" : "alert"), h("span", {}, words)) : null));
    }

    return { element, update, say };
}

function topOf(account, platform) {
    const handle = handleOf(account);
    const address = linkable(account.profile_url);
    const link = { href: address, target: "_blank", rel: "noopener noreferrer", title: text.profileOf(nameOf(account), platform.name) };
    const shownHandle = h("bdi", { class: "handle" }, (account.display_name && handle) || platform.name);
    return [
        avatar(account, account.platform),
        h(
            "div",
            { class: "who" },
            h("h2", { title: nameOf(account) }, h("bdi", {}, nameOf(account))),
            h("p", { class: "where" }, address ? h("a", link, shownHandle) : shownHandle, h("span", { class: "unseen" }, ` ${text.onPlatform(platform.name)}`)),
        ),
    ];
}

function reasonsOf(account) {
    const { message, action, since } = account.status_reason ?? {};
    const isFine = account.status === "connected" && (action ?? "none") === "none";
    return [
        isFine ? null : { words: message || text.reason[account.status], since: since ?? null },
        account.can_read_metrics || account.status === "connection_error" ? null : { words: text.metricsNotAllowed },
        account.reconnect_by ? { words: text.reconnectBy(dateName(account.reconnect_by)) } : null,
    ].filter((line) => line?.words);
}

const stateOf = ([status, reasons]) => [
    h("p", { class: `chip ${status}` }, glyph(CHIP_ICON[status] ?? "info"), text.status[status] ?? status),
    ...reasons.map(({ words, since }) => h("p", { class: "reason", title: since ? exactTime(since) : null }, words)),
];

function numbersOf(account, platform) {
    const { follower_count: count, follower_change_7d: change } = account;
    const why = account.last_synced_at ? text.unknownAfterSync(platform.name) : text.unknownYet;
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
        sparkline(account.followers_30d),
    ];
}

function changeOf(change) {
    if (change === null) return text.changeUnknown;
    if (change === 0) return text.noChange;
    return h("span", { class: change > 0 ? "is-up" : "is-down" }, glyph(change > 0 ? "up" : "down"), text.change(signedNumber(change)));
}

function metaOf(account) {
    if (account.current_run) return progressOf(account.current_run, account);
    const synced = account.last_synced_at ? tickingTime("synced", account.last_synced_at) : text.neverSynced;
    return h("p", { class: "times" }, h("span", {}, synced), h("span", { class: "faint" }, nextOf(account)));
}

function nextOf(account) {
    if (account.status === "disconnecting") return "";
    const attempt = account.status_reason?.next_attempt_at;
    if (account.status_reason?.action === "wait" && attempt) return tickingTime("nextAttempt", attempt);
    if (account.status === "connection_error") return "";
    return account.next_sync_at ? tickingTime("nextSync", account.next_sync_at) : text.noNextSync;
}
