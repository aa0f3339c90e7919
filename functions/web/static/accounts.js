// The person's accounts, kept true, and which view shows them: the list, an account's own page, or the publish picker.

import { showAccount } from "./account.js";
import { announce } from "./announcing.js";
import { readAccount, readAccounts, readPlatforms } from "./api.js";
import { openConnect, openReconnect, resumeConnect } from "./connect.js";
import { button } from "./dialog.js";
import { openDisconnect } from "./disconnect.js";
import { h } from "./dom.js";
import { openExport } from "./exporting.js";
import { createList } from "./list.js";
import { showPublishing } from "./picker.js";
import { pause } from "./polling.js";
import { signedInName, signOut } from "./signin.js";
import { follow, isFollowing, sync } from "./sync.js";
import { text } from "./text.js";

const STALE = 60_000;
const FEW = 6;
const MANY_DELAY = 3000;
const LEAVING_DELAY = 3000;

/** Fills `page`. `resume`: a half-made connection to go on with. */
export function showAccounts(page, resume) {
    const accounts = new Map();
    const leaving = new Set();
    let platforms = [];
    let loadedAt = 0;
    let other = null; // the view that stands in place of the list

    const board = {
        all: () => [...accounts.values()],
        get: (accountId) => accounts.get(accountId),
        platforms: () => platforms,
        platform: ({ platform: slug }) => platforms.find((one) => one.slug === slug) ?? { slug, name: slug, connect: "oauth", metrics: {} },
        home: () => other?.home?.() ?? list.home(),
        say: (accountId, words, kind) => { list.say(accountId, words, kind); other?.say?.(accountId, words, kind); },
        progress: (accountId, run) => accounts.has(accountId) && keep({ ...accounts.get(accountId), current_run: run }),
        update: keep,
        gone,
        loadPlatforms,
    };
    const actions = {
        connect: () => openConnect(board),
        sync: (account) => sync(account, board),
        reconnect: (account) => openReconnect(account, board),
        disconnect: (account) => openDisconnect(account, board),
        exportData: (account) => openExport(account, board),
    };
    const list = createList(board, actions);
    const head = masthead();
    page.replaceChildren(head.element, list.element);

    function keep(account) {
        note(account);
        list.draw(account);
        list.settle();
        other?.draw?.(account);
    }

    function note(account) {
        accounts.set(account.account_id, account);
        if (account.current_run) followRun(account);
        if (account.status === "disconnecting") watchLeaving(account.account_id);
    }

    let watchingMany = false;

    /** A few runs are followed one by one, so that their parts can be seen; for more the list is read again and again. */
    function followRun(account) {
        const running = board.all().filter(({ current_run: run }) => run && run.state !== "waiting").length;
        if (running <= FEW || isFollowing(account.current_run)) return follow(account, account.current_run, board);
        if (!watchingMany) watchMany();
        return undefined;
    }

    async function watchMany() {
        watchingMany = true;
        while (board.all().some(({ current_run: run }) => run && run.state !== "waiting")) {
            await pause(MANY_DELAY);
            await load().catch(() => {});
        }
        watchingMany = false;
        announce(text.runsOver);
    }

    function gone(accountId) {
        accounts.delete(accountId);
        list.remove(accountId);
        list.settle();
        if (other?.accountId === accountId) location.hash = "";
        else other?.draw?.(null);
    }

    async function watchLeaving(accountId) {
        if (leaving.has(accountId)) return;
        leaving.add(accountId);
        while (accounts.get(accountId)?.status === "disconnecting") {
            await pause(LEAVING_DELAY);
            try {
                keep(await readAccount(accountId));
            } catch (problem) {
                if (problem.status === 404) gone(accountId);
            }
        }
        leaving.delete(accountId);
    }

    async function loadPlatforms() {
        if (!platforms.length) platforms = await readPlatforms();
        return platforms;
    }

    async function load() {
        const [, fresh] = await Promise.all([loadPlatforms(), readAccounts()]);
        loadedAt = Date.now();
        const known = new Set(fresh.map(({ account_id: id }) => id));
        for (const accountId of [...accounts.keys()].filter((id) => !known.has(id))) gone(accountId);
        for (const account of fresh) accounts.set(account.account_id, account);
        for (const account of fresh) note(account);
        list.drawAll(fresh);
        requestAnimationFrame(() => setTimeout(() => performance.mark("accounts drawn"))); // once they have been painted
        for (const account of fresh) other?.draw?.(account);
        return fresh.length;
    }

    /** The view that the address asks for. */
    function route() {
        const [kind, id, section] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
        const cameFrom = other?.accountId;
        if (kind === "accounts" && id && other?.accountId === id) return other.enter(section);
        if (!other) list.leave();
        other?.end?.();
        other = null;
        if (kind === "accounts" && accounts.has(id)) other = showAccount(board, actions, id);
        else if (kind === "publish") other = showPublishing(board, actions);
        page.lastChild.replaceWith((other ?? list).element);
        head.mark(kind === "publish" ? "#/publish" : "#/");
        if (other) other.enter(section);
        else list.enter(cameFrom);
        return undefined;
    }

    async function begin() {
        list.loading();
        try {
            announce(text.loaded(await load()));
            if (location.hash) route();
            addEventListener("hashchange", route);
            if (resume) resumeConnect(resume, board);
        } catch (problem) {
            list.failed(problem, begin);
        }
    }

    document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "visible" && loadedAt && Date.now() - loadedAt > STALE) load().catch(() => {});
    });
    return begin();
}

/** Answers {element, mark(href)}: what leads to the page where one is says so. */
function masthead() {
    const name = signedInName();
    const links = [["#/", text.accounts], ["#/publish", text.publish]].map(([href, words]) => h("a", { href, class: "button quiet" }, words));
    const mark = (href) => links.forEach((link) => (link.getAttribute("href") === href ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current")));
    mark("#/");
    const element = h(
        "header",
        { class: "masthead" },
        h("span", { class: "brand" }, h("img", { src: new URL("icons/postloudly.svg", import.meta.url), alt: "" }), h("span", { class: "brand-name" }, text.product)),
        h("nav", { class: "views", "aria-label": text.views }, links),
        h("span", { class: "person" }, name ? h("bdi", {}, name) : null, button(text.signOut, signOut, "quiet", "leave")),
    );
    return { element, mark };
}
