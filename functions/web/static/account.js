// An account's own page: its card, its numbers, its posts, and what happened to it.

import { createCard } from "./card.js";
import { focusOn, h } from "./dom.js";
import { glyph } from "./glyphs.js";
import { whenNear } from "./nearing.js";
import { createNumbers } from "./numbers.js";
import { createDiary, createRuns } from "./past.js";
import { pause } from "./polling.js";
import { createPosts } from "./posts.js";
import { text } from "./text.js";

const PATIENCE = 3000;
const MOVES = ["wheel", "touchmove", "pointerdown", "keydown"];

const section = (name, title, content) => h("section", { class: "panel", id: `section-${name}`, "aria-labelledby": `title-${name}` }, h("h2", { id: `title-${name}` }, title), content);

/** The view of one account. `draw(accounts)` shows its newest state if it is among them; data are read again when a sync has ended, what lies below the posts not before one comes to it. */
export function showAccount(board, actions, accountId) {
    let account = board.get(accountId);
    let looking = null;
    const platform = board.platform(account);
    const card = createCard(platform, actions, board.called, true);
    const whenLost = () => { looking ??= board.look(accountId).finally(() => { looking = null; }); }; // its data are not there: is it?
    const numbers = createNumbers(account, platform, whenLost);
    const posts = createPosts(account, platform, whenLost);
    const runs = createRuns(account, whenLost);
    const diary = createDiary(account, whenLost, () => diarySection.remove());
    const diarySection = section("diary", text.diary, diary.element);
    const back = h("a", { class: "button quiet back-link", href: "#/" }, glyph("back"), text.allAccounts);
    const element = h(
        "main",
        { class: "account-page" },
        back,
        h("div", { class: "account-columns" }, h("div", { class: "account-side" }, card.element), h("div", { class: "account-main" }, section("numbers", text.numbers, numbers.element), section("posts", text.posts, posts.element), h("div", { class: "pair" }, section("history", text.history, runs.element), diarySection))),
    );
    card.update(account);
    card.draw();
    const below = new Map([["history", runs], ["diary", diary]]);
    // Where they lie is known only when what is above them has its height; an answer that does not come keeps nobody waiting.
    const settled = Promise.all([numbers.first, posts.first]);
    Promise.race([settled, pause(PATIENCE)]).then(() => below.forEach((part) => whenNear(part.element, part.begin)));

    return {
        element,
        accountId,
        get isLeaving() { return account.status === "disconnecting"; },
        home: () => element.querySelector("h1"),
        say: (id, ...what) => { if (id === accountId) card.say(...what); },
        draw(changed) {
            const latest = changed.find(({ account_id: id }) => id === accountId);
            if (!latest) return card.call();
            const hasSynced = latest.last_synced_at !== account.last_synced_at || (account.current_run && !latest.current_run);
            account = latest;
            card.update(account);
            if (hasSynced && account.status !== "disconnecting") for (const part of [numbers, posts, runs, diary]) part.refresh(account);
            return undefined;
        },
        enter(name) {
            document.title = text.accountTitle(board.called(account));
            const wanted = name && element.querySelector(`#title-${CSS.escape(name)}`);
            if (!wanted) scrollTo(0, 0);
            below.get(name)?.begin();
            focusOn(wanted || element.querySelector("h1"));
            wanted?.scrollIntoView();
            let moves = false;
            for (const kind of MOVES) addEventListener(kind, () => { moves = true; }, { once: true, passive: true });
            settled.then(() => { // it was pushed down; whoever goes elsewhere meanwhile stays there
                if (document.activeElement === wanted && !moves) wanted?.scrollIntoView();
            });
        },
    };
}
