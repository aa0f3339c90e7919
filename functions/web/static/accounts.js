// The list of accounts: what it shows while loading, when that fails, when it is empty, and otherwise.

import { readAccount, readAccounts, readPlatforms } from "./api.js";
import { createCard } from "./card.js";
import { openConnect, openReconnect, resumeConnect } from "./connect.js";
import { button } from "./dialog.js";
import { openDisconnect } from "./disconnect.js";
import { announce, focusOn, h, show } from "./dom.js";
import { glyph } from "./glyphs.js";
import { pause } from "./polling.js";
import { signedInName, signOut } from "./signin.js";
import { follow, sync } from "./sync.js";
import { text } from "./text.js";

const STALE = 60_000;
const TOTALS = ["connected", "needs_sync", "connection_error", "disconnecting"];
const ORDER = ["connection_error", "needs_sync", "connected", "disconnecting"];
const SKELETONS = 3;

/** Fills `page` with the list. `resume`: a half-made connection to go on with. */
export function showAccounts(page, resume) {
    const accounts = new Map();
    const cards = new Map();
    let platforms = [];
    let loadedAt = 0;

    const connect = button(text.connectAccount, () => openConnect(board), "primary", "plus");
    const totals = h("p", { class: "totals" });
    const content = h("div", { class: "content" });
    const list = h("ul", { class: "cards" });
    const heading = h("h1", {}, text.accounts);
    page.replaceChildren(
        masthead(),
        h("main", {}, h("div", { class: "main-head" }, h("div", {}, heading, totals), connect), content),
    );

    const board = {
        platforms: () => platforms,
        platform: (account) => platforms.find(({ slug }) => slug === account.platform) ?? { slug: account.platform, name: account.platform, connect: "oauth" },
        has: (accountId) => accounts.has(accountId),
        home: () => (accounts.size ? heading : content.querySelector("button") ?? heading),
        say: (accountId, words, kind) => cards.get(accountId)?.say(words, kind),
        progress: (accountId, run) => accounts.has(accountId) && keep({ ...accounts.get(accountId), current_run: run }),
        update: keep,
        gone,
        loadPlatforms,
    };
    const actions = {
        sync: (account) => sync(account, board),
        reconnect: (account) => openReconnect(account, board),
        disconnect: (account) => openDisconnect(account, board),
    };

    function keep(account) {
        const isNew = draw(account);
        showTotals();
        if (isNew) showContent();
    }

    /** Shows the account's newest state on its card; answers whether the card is new. */
    function draw(account) {
        const isNew = !accounts.has(account.account_id);
        accounts.set(account.account_id, account);
        if (isNew) addCard(account);
        cards.get(account.account_id).update(account);
        if (account.current_run) follow(account, account.current_run, board);
        if (account.status === "disconnecting") watchLeaving(account.account_id);
        return isNew;
    }

    function addCard(account) {
        const card = createCard(board.platform(account), actions);
        cards.set(account.account_id, card);
        list.append(card.element);
    }

    function gone(accountId) {
        cards.get(accountId)?.element.remove();
        cards.delete(accountId);
        accounts.delete(accountId);
        showTotals();
        showContent();
    }

    const leaving = new Set();

    async function watchLeaving(accountId) {
        if (leaving.has(accountId)) return;
        leaving.add(accountId);
        while (accounts.get(accountId)?.status === "disconnecting") {
            await pause(3000);
            try {
                keep(await readAccount(accountId));
            } catch (problem) {
                if (problem.status === 404) gone(accountId);
            }
        }
        leaving.delete(accountId);
    }

    function showTotals() {
        const counted = TOTALS.map((status) => [status, [...accounts.values()].filter((account) => account.status === status).length]);
        show(totals, counted, () => counted.filter(([, count]) => count).map(([status, count]) => h("span", { class: `total ${status}` }, text.totals[status](count))));
    }

    function showContent() {
        connect.hidden = accounts.size === 0;
        if (accounts.size) {
            if (list.parentNode !== content) content.replaceChildren(list);
        } else {
            content.replaceChildren(emptyView(() => openConnect(board)));
        }
    }

    async function loadPlatforms() {
        if (!platforms.length) platforms = await readPlatforms();
        return platforms;
    }

    async function load() {
        const [, fresh] = await Promise.all([loadPlatforms(), readAccounts()]);
        loadedAt = Date.now();
        for (const accountId of [...accounts.keys()].filter((known) => !fresh.some(({ account_id: kept }) => kept === known))) gone(accountId);
        for (const account of fresh.toSorted(brokenFirst)) draw(account);
        showTotals();
        showContent();
        return fresh.length;
    }

    async function begin() {
        connect.hidden = true;
        content.replaceChildren(loadingView());
        try {
            announce(text.loaded(await load()));
            if (resume) resumeConnect(resume, board);
        } catch (problem) {
            content.replaceChildren(failedView(problem, begin));
        }
    }

    document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "visible" && loadedAt && Date.now() - loadedAt > STALE) load().catch(() => {});
    });
    return begin();
}

function brokenFirst(one, other) {
    const rank = ({ status }) => ORDER.indexOf(status);
    return rank(one) - rank(other) || String(one.connected_at).localeCompare(String(other.connected_at));
}

function masthead() {
    const name = signedInName();
    return h(
        "header",
        { class: "masthead" },
        h("span", { class: "brand" }, h("img", { src: new URL("icons/postloudly.svg", import.meta.url), alt: "" }), text.product),
        h("span", { class: "person" }, name ? h("bdi", {}, name) : null, button(text.signOut, signOut, "quiet", "leave")),
    );
}

const loadingView = () =>
    h(
        "div",
        { "aria-busy": "true" },
        h("p", { class: "unseen" }, text.loading),
        h("div", { class: "cards", "aria-hidden": "true" }, Array.from({ length: SKELETONS }, () => h("div", { class: "card skeleton" }, h("i"), h("i"), h("i")))),
    );

function failedView(problem, again) {
    const view = h(
        "section",
        { class: "blank", role: "alert" },
        h("span", { class: "blank-icon bad" }, glyph("alert")),
        h("h2", {}, text.loadFailedTitle),
        h("p", {}, problem.words ?? text.problems.unknown),
        problem.requestId ? h("p", { class: "faint" }, text.requestId(problem.requestId)) : null,
        button(text.tryAgain, again, "primary", "sync"),
    );
    setTimeout(() => focusOn(view.querySelector("button")));
    return view;
}

const emptyView = (start) =>
    h("section", { class: "blank" }, h("span", { class: "blank-icon" }, glyph("reconnect")), h("h2", {}, text.noneTitle), h("p", {}, text.none), button(text.connectAccount, start, "primary", "plus"));
