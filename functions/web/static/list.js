// The list of accounts as cards: what is shown while loading, when that fails, when there is none, when nothing matches.

import { announce } from "./announcing.js";
import { bannerOf } from "./banner.js";
import { createCard } from "./card.js";
import { button, retryButton } from "./dialog.js";
import { focusOn, h, isThere, keepingFocus, show, whileBusy } from "./dom.js";
import { createDrawing } from "./drawing.js";
import { brokenFirst, keepFilter, matches, readFilter } from "./filtering.js";
import { number } from "./format.js";
import { glyph } from "./glyphs.js";
import { createNotices } from "./notices.js";
import { syncAll } from "./syncall.js";
import { createToolbar } from "./toolbar.js";
import { text } from "./text.js";

const SKELETONS = 3;
const AT_ONCE = 24;

/** The view. `board` holds the accounts; `actions` are what cards and buttons do. */
export function createList(board, actions) {
    const filter = readFilter();
    const cards = new Map();
    const drawing = createDrawing(() => performance.mark("all accounts drawn"));
    const toolbar = createToolbar(filter, () => { keepFilter(filter); settle(); announce(text.loaded(shown().length)); });
    const connect = button(text.connectAccount, actions.connect, "primary", "plus");
    const allWords = h("span");
    const all = button(allWords, () => pressAll(), "soft", "sync");
    const heading = h("h1", {}, text.accounts);
    const notices = createNotices();
    const [banner, content] = [h("div", { class: "banner-place" }), h("div", { class: "content" })];
    const list = h("ul", { class: "cards" });
    const head = h("div", { class: "main-head" }, h("div", {}, heading, toolbar.totals), h("div", { class: "head-buttons" }, all, connect));
    const element = h("main", {}, head, banner, toolbar.tools, notices.element, content);
    let scrolledTo = 0;
    let isAway = false;

    const home = () => (board.all().length ? heading : content.querySelector("button") ?? heading);
    const shown = () => board.all().filter((account) => matches(account, board.platform(account), filter));

    function draw(account) {
        place(account);
        drawing.now(cards.get(account.account_id).element);
    }

    /** The card of the account, perhaps not yet drawn. */
    function place(account) {
        if (!cards.has(account.account_id)) {
            const card = createCard(board.platform(account), actions, board.called);
            cards.set(account.account_id, card);
            list.append(card.element);
            drawing.add(card.element, card.draw);
        }
        cards.get(account.account_id).update(account);
    }

    function remove(accountId) {
        const card = cards.get(accountId);
        if (!card) return;
        drawing.drop(card.element);
        keepingFocus(card.element, () => card.element.remove(), home);
        cards.delete(accountId);
    }

    /** Draws many accounts, broken ones first: what can be seen at once, the others in time. */
    function drawAll(accounts) {
        for (const account of accounts.toSorted(brokenFirst)) place(account);
        settle();
    }

    /** Everything around the cards, and which of them are shown. What had the focus may be gone then. */
    const settle = () => keepingFocus(element, arrange, home);

    function arrange() {
        const accounts = board.all();
        toolbar.update(accounts, board.platform);
        connect.hidden = accounts.length === 0;
        const visible = new Set(shown().map(({ account_id: id }) => id));
        all.hidden = accounts.length < 2 || !visible.size;
        show(allWords, visible.size < accounts.length ? text.syncShown(number(visible.size)) : text.syncAll, (words) => words);
        let seen = 0;
        for (const [accountId, card] of cards) {
            card.call();
            card.element.hidden = !visible.has(accountId);
            if (visible.has(accountId) && (seen += 1) <= AT_ONCE) drawing.now(card.element);
        }
        const broken = accounts.filter(({ status }) => status === "connection_error").sort(brokenFirst);
        show(banner, broken.map((account) => [account.account_id, board.called(account)]), () => bannerOf(broken, board.called, actions.reconnect, showBroken));
        if (!accounts.length) return show(content, "none", () => emptyView(actions.connect));
        if (!visible.size) return show(content, "nothing matches", () => noMatchView(() => toolbar.show({})));
        return show(content, "cards", () => list);
    }

    function showBroken() {
        toolbar.show({ status: "connection_error" });
        focusOn(toolbar.totals.querySelector("[data-status=connection_error]"));
    }

    async function pressAll() {
        const accounts = shown();
        announce(accounts.length < board.all().length ? text.syncShownStarted(accounts.length) : text.syncAllStarted);
        const words = await whileBusy([all], () => syncAll(accounts, board));
        notices.put("sync all", words, { home: () => all });
        announce(words);
    }

    return {
        element,
        draw,
        drawAll,
        remove,
        settle,
        say: (accountId, ...what) => {
            drawing.now(cards.get(accountId)?.element);
            cards.get(accountId)?.say(...what);
        },
        home,
        notice: (key, words, more) => notices.put(key, words, { home, ...more }),
        count: () => shown().length,
        loading: () => keepingFocus(element, () => { connect.hidden = all.hidden = toolbar.tools.hidden = true; show(content, "loading", loadingView); }, () => heading),
        failed: (problem, again) => show(content, ["failed", Math.random()], () => failedView(problem, again)),
        leave: () => { scrolledTo = scrollY; isAway = true; },
        /** Comes back to where one was, on the card of the account one comes from. */
        enter: (accountId) => {
            document.title = text.pageTitle;
            scrollTo(0, scrolledTo);
            drawing.now(cards.get(accountId)?.element);
            const link = cards.get(accountId)?.element.querySelector("h2 a");
            const isLost = isAway && document.activeElement === document.body;
            isAway = false;
            if (accountId || isLost) focusOn(isThere(link) ? link : heading, { preventScroll: true });
        },
    };
}

const loadingView = () =>
    h(
        "div",
        { "aria-busy": "true" },
        h("p", { class: "unseen" }, text.loading),
        h("div", { class: "cards", "aria-hidden": "true" }, Array.from({ length: SKELETONS }, () => h("div", { class: "card skeleton" }, h("i"), h("i"), h("i")))),
    );

export function failedView(problem, again) {
    const view = h(
        "section",
        { class: "blank", role: "alert" },
        h("span", { class: "blank-icon bad" }, glyph("alert")),
        h("h2", {}, text.loadFailedTitle),
        h("p", {}, problem.words ?? text.problems.unknown),
        problem.requestId ? h("p", { class: "faint" }, text.requestId(problem.requestId)) : null,
        retryButton(again, "primary"),
    );
    setTimeout(() => focusOn(view.querySelector("button")));
    return view;
}

const emptyView = (start) =>
    h("section", { class: "blank" }, h("span", { class: "blank-icon" }, glyph("reconnect")), h("h2", {}, text.noneTitle), h("p", {}, text.none), button(text.connectAccount, start, "primary", "plus"));

const noMatchView = (reset) =>
    h("section", { class: "blank" }, h("span", { class: "blank-icon" }, glyph("search")), h("h2", {}, text.noMatchTitle), h("p", {}, text.noMatch), button(text.clearFilters, reset, "soft"));
