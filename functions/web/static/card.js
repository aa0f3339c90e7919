// One account as a card. A card is made once and then updated in place, part by part, so that nothing jumps.

import { newestDay } from "./days.js";
import { h, isBusy, keepingFocus, linkable, show } from "./dom.js";
import { glyph } from "./glyphs.js";
import { pageOf, topOf } from "./identity.js";
import { menuButton } from "./menu.js";
import { metaOf, numbersOf, reasonsOf, stateOf, wantsReconnect } from "./standing.js";
import { text } from "./text.js";

const RUN_WORDS = { starting: text.starting, queued: text.syncing, running: text.syncing, waiting: text.waitingShort };
const RUN_NAMES = { starting: text.startingOf, queued: text.syncingOf, running: text.syncingOf, waiting: text.waitingOf };
const BESIDE = 32; // characters of a note that there is room for between the buttons
const NOTE_ICON = { good: "check", info: "info" };

const part = (name, ...children) => h("div", { class: name }, ...children);
const BLANK = h("article", {}, h("header", { class: "card-top" }, part("card-who")), part("card-state"), part("numbers"), h("footer", { class: "card-foot" }, part("card-meta"), part("card-actions", part("card-note"))));

/**
 * The card of an account, empty until it is drawn. `actions`: {sync, reconnect, disconnect, exportData}, each called with
 * the account. `called(account)`: its name among the others, which changes with them. `isPage`: on the account's own page.
 * Answers {element, update(account), call(), draw(), say(words, kind, isWait)}; `call` has it bear the name that it has by now.
 */
export function createCard(platform, actions, called, isPage = false) {
    const element = h(isPage ? "div" : "li", { class: "card" });
    let account;
    let content = null;

    function update(latest) {
        account = latest;
        element.dataset.status = account.status;
        element.classList.toggle("is-syncing", account.status !== "disconnecting" && ["queued", "running"].includes(account.current_run?.state));
        element.classList.toggle("is-urged", wantsReconnect(account));
        element.classList.toggle("is-new", Boolean(account.current_run) && account.last_synced_at === null);
        content?.update(account);
    }

    function draw() {
        content = createContent(platform, actions, called, isPage);
        content.update(account);
        element.append(content.element);
    }

    return { element, update, call: () => content?.call(), draw, say: (...what) => content?.say(...what) };
}

function createContent(platform, actions, called, isPage) {
    let account;
    let name;
    let isHeld = false; // Sync would be refused, which the note beside it explains
    const element = BLANK.cloneNode(true);
    const [top, state, numbers, { children: [meta, row] }] = element.children;
    const [who, note] = [top.firstChild, row.firstChild];
    const menu = menuButton(() => menuOf(account, platform, actions, isPage));
    const primary = h("button", { type: "button", class: "button soft", onclick: () => isBusy(primary) || actOn() });
    const details = isPage ? h("span") : h("a", { class: "button quiet" }, text.details);
    top.append(menu);
    row.prepend(details);
    row.append(primary);
    const actOn = () => (account.status === "disconnecting" ? actions.disconnect : account.status === "connection_error" ? actions.reconnect : actions.sync)(account);

    /** What had the focus may be drawn anew, or hidden: then the one button that is always there has it. */
    const update = (latest) => keepingFocus(element, () => drawParts(latest), () => primary);

    const call = () => { if (called(account) !== name) update(account); };

    function drawParts(latest) {
        account = latest;
        name = called(account);
        element.setAttribute("aria-label", name);
        show(who, [account.avatar_url, account.display_name, account.username, account.profile_url, account.status === "disconnecting", platform.name], () => topOf(account, platform, isPage ? "h1" : "h2"));
        show(state, [account.status, reasonsOf(account, platform, isPage), wantsReconnect(account), name], ([status, reasons, urged]) => [...stateOf(status, reasons), urged ? reconnectButton() : null]);
        show(numbers, [account.follower_count, account.follower_change_7d, account.followers_30d, account.last_synced_at === null, account.can_read_metrics, newestDay(account, platform)], () => numbersOf(account, platform));
        show(meta, [account.current_run, account.last_synced_at, account.next_sync_at, account.status_reason?.next_attempt_at, account.status], () => metaOf(account));
        updateButtons();
    }

    const reconnectButton = () =>
        h("button", { type: "button", class: "button soft small", "aria-label": text.reconnectOf(name), onclick: () => actions.reconnect(account) }, glyph("reconnect"), text.reconnect);

    function updateButtons() {
        const leaving = account.status === "disconnecting";
        const broken = account.status === "connection_error";
        const starting = Boolean(account.is_starting) && !leaving && !broken;
        const run = starting ? "starting" : account.current_run?.state;
        menu.hidden = leaving;
        menu.setAttribute("aria-label", text.menuOf(name));
        details.hidden = leaving;
        if (!isPage) {
            details.setAttribute("href", pageOf(account));
            details.setAttribute("aria-label", text.detailsOf(name));
        }
        const held = isHeld && !run && !leaving && !broken;
        if (starting || held) primary.setAttribute("aria-disabled", "true");
        else primary.removeAttribute("aria-disabled");
        if (held) primary.setAttribute("aria-describedby", noteId());
        else primary.removeAttribute("aria-describedby");
        primary.className = `button ${broken ? "primary" : leaving ? "quiet" : "soft"}`;
        const words = leaving ? text.showProgress : broken ? text.reconnect : RUN_WORDS[run] ?? text.sync;
        show(primary, [words], () => [leaving ? null : glyph(broken ? "reconnect" : "sync"), words]);
        primary.setAttribute("aria-label", (leaving ? text.showProgressOf : broken ? text.reconnectOf : RUN_NAMES[run] ?? text.syncOf)(name));
    }

    const noteId = () => `note-${account.account_id}`;

    function say(words, kind = "info", isWait = false) {
        row.classList.toggle("has-long-note", words?.length > BESIDE);
        show(note, [Boolean(words), kind], () => (words ? h("p", { class: `note ${kind}`, id: noteId() }, glyph(NOTE_ICON[kind] ?? "alert"), h("span")) : null));
        if (words) note.firstChild.lastChild.textContent = words; // alone, so that a number that ticks moves nothing
        isHeld = isWait;
        updateButtons();
    }

    return { element, update, call, say };
}

function menuOf(account, platform, actions, isPage) {
    const profile = linkable(account.profile_url);
    return [
        isPage ? null : { words: text.menuMetrics, icon: "chart", href: pageOf(account) },
        { words: text.menuHistory, icon: "clock", href: pageOf(account, "history") },
        profile ? { words: text.menuProfile(platform.name), icon: "external", href: profile, external: true } : null,
        { words: text.menuExport, icon: "save", act: () => actions.exportData(account) },
        { words: text.reconnect, icon: "reconnect", act: () => actions.reconnect(account) },
        { words: text.disconnectMenu, icon: "trash", act: () => actions.disconnect(account) },
    ];
}
