// The person's accounts, kept true, and which view shows them: the list, an account's own page, or the publish picker.

import { showAccount } from "./account.js";
import { announce } from "./announcing.js";
import { readAccount, readAccounts, readPlatforms } from "./api.js";
import { openConnect, openReconnect, resumeConnect } from "./connect.js";
import { button, closeDialog } from "./dialog.js";
import { openDisconnect } from "./disconnect.js";
import { h } from "./dom.js";
import { openExport } from "./exporting.js";
import { createList } from "./list.js";
import { createNaming } from "./naming.js";
import { showPublishing } from "./picker.js";
import { signedInName, signOut } from "./signin.js";
import { sync } from "./sync.js";
import { text } from "./text.js";
import { tellUndone } from "./undone.js";
import { createWatch } from "./watching.js";

const STALE = 60_000;

/** Fills `page`. `resume`: a half-made connection to go on with; `undone`: what an ended session kept from being done. */
export function showAccounts(page, resume, undone) {
    const accounts = new Map();
    const said = new Map(); // by account: the words on its card
    let platforms = [];
    const standIns = new Map(); // by slug: platforms of which nothing is known yet
    let loadedAt = 0;
    let other = null; // the view that stands in place of the list

    const board = {
        all: () => [...accounts.values()],
        get: (accountId) => accounts.get(accountId),
        platforms: () => platforms,
        platform: ({ platform: slug }) => platforms.find((one) => one.slug === slug) ?? standInOf(slug),
        called: (account) => naming.called(account),
        calledBeside: (gone, account) => naming.called(account, gone),
        home: () => other?.home?.() ?? list.home(),
        say: (accountId, ...what) => { said.set(accountId, what[0]); list.say(accountId, ...what); other?.say?.(accountId, ...what); },
        said: (accountId) => said.get(accountId),
        notice: (key, words, more) => list.notice(key, words, more),
        progress: (accountId, run) => accounts.has(accountId) && keep({ ...accounts.get(accountId), current_run: run }),
        update: keep,
        gone,
        lost,
        look: readOne,
        loadPlatforms,
        watch: () => watch.plan(), // what is under way and followed no longer
        reload: () => load().catch(() => {}),
        outdate: () => { loadedAt = 1; }, // the list may miss something, and is read again when the tab is come back to
    };
    const actions = {
        connect: () => openConnect(board),
        sync: (account) => sync(account, board),
        reconnect: (account) => openReconnect(account, board),
        disconnect: (account) => openDisconnect(account, board),
        exportData: (account) => openExport(account, board),
    };
    const naming = createNaming(board.platform);
    const watch = createWatch(board, load, readOne);
    const list = createList(board, actions);
    const head = masthead();
    page.replaceChildren(head.element, list.element);

    function keep(account) {
        note(account);
        list.draw(account);
        list.settle();
        drawOther([account]);
    }

    function note(account) {
        put(account);
        watch.note(account);
    }

    function put(account) {
        accounts.set(account.account_id, account);
        naming.note(account);
    }

    function gone(accountId) {
        drop(accountId);
        list.settle();
        drawOther([]);
    }

    /** Something was asked of an account that turns out to be gone. Who sees a disconnect to its end tells of that. */
    function lost(accountId) {
        const account = accounts.get(accountId);
        const isTold = !account || account.status === "disconnecting" || other?.accountId === accountId;
        gone(accountId);
        if (!isTold) tellOfGone(account);
    }

    function drop(accountId) {
        accounts.delete(accountId);
        said.delete(accountId);
        naming.drop(accountId);
        list.remove(accountId);
    }

    /** Draws what has `changed` in the view in place of the list; that of an account which is gone is left, in words. */
    function drawOther(changed) {
        if (!other?.accountId || accounts.has(other.accountId)) return other?.draw?.(changed);
        const { isLeaving } = other;
        location.hash = "";
        return isLeaving ? undefined : tellOfGone(); // a disconnect tells its end itself
    }

    async function readOne(accountId) {
        try {
            const read = await readAccount(accountId);
            if (accounts.has(accountId)) keep(read); // else it was read before it went
        } catch (problem) {
            if (problem.status === 404) lost(accountId);
        }
    }

    async function loadPlatforms() {
        if (platforms.length) return platforms;
        platforms = await readPlatforms();
        for (const platform of platforms) Object.assign(standIns.get(platform.slug) ?? {}, platform); // for cards made before
        return platforms;
    }

    function standInOf(slug) {
        if (!standIns.has(slug)) standIns.set(slug, { slug, name: slug[0].toUpperCase() + slug.slice(1), metrics: {} });
        return standIns.get(slug);
    }

    let loading = null;

    /** Reads the whole list; who asks meanwhile gets the same answer. */
    function load() {
        loading ??= loadOnce().finally(() => { loading = null; });
        return loading;
    }

    async function loadOnce() {
        const before = new Map(accounts);
        const [all] = await Promise.all([readAccounts(), loadPlatforms().catch(() => {})]); // accounts can be seen without
        loadedAt = Date.now();
        const known = new Set(all.map(({ account_id: id }) => id));
        for (const accountId of [...before.keys()].filter((id) => !known.has(id))) drop(accountId);
        const fresh = all.filter(({ account_id: id }) => accounts.get(id) === before.get(id)); // what happened here meanwhile is newer
        for (const account of fresh) put(account);
        for (const account of fresh) watch.note(account);
        list.drawAll(fresh);
        requestAnimationFrame(() => setTimeout(() => performance.mark("accounts drawn"))); // once they have been painted
        drawOther(fresh);
        watch.compare(fresh.filter(({ account_id: id }) => before.has(id)).map((account) => [before.get(account.account_id), account]));
        return accounts.size;
    }

    /** A dialog goes with the page that it was opened on; one that tells of an account which is gone leaves that page itself. */
    function goElsewhere() {
        if (!other?.accountId || accounts.has(other.accountId)) closeDialog();
        route();
    }

    /** The view that the address asks for. */
    function route() {
        const [kind, id, section] = location.hash.replace(/^#\/?/, "").split("/").map(decoded);
        const cameFrom = other?.accountId;
        if (kind === "accounts" && id && other?.accountId === id) return other.enter(section);
        if (kind === "accounts" && id && !accounts.has(id)) tellOfNobody();
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

    function tellOfGone(account = null) {
        const words = account ? text.isGone(naming.called(account)) : text.accountGone;
        list.notice(`gone ${account?.account_id}`, words);
        announce(words);
    }

    /** An address that leads to no account leads to the list, and is kept by nobody. */
    function tellOfNobody() {
        history.replaceState(history.state, "", location.pathname + location.search);
        tellOfGone();
    }

    async function begin() {
        list.loading();
        try {
            await load();
            announce(text.loaded(list.count()));
            if (location.hash) route();
            addEventListener("hashchange", goElsewhere);
            if (undone) tellUndone(undone, board, other?.accountId);
            if (resume) resumeConnect(resume, board);
        } catch (problem) {
            list.failed(problem, begin);
        }
    }

    function freshen() {
        if (document.visibilityState === "visible" && loadedAt && Date.now() - loadedAt > STALE) board.reload();
    }

    document.addEventListener("visibilitychange", freshen);
    addEventListener("online", freshen);
    return begin();
}

/** The part of an address as it was meant; as it stands where that cannot be told. */
function decoded(part) {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
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
