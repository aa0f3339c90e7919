// A list of the API that comes in pages, each when asked for.

import { announce } from "./announcing.js";
import { readPage } from "./api.js";
import { button, notice, retryButton } from "./dialog.js";
import { focusOn, h, keepingFocus, whileBusy } from "./dom.js";
import { number } from "./format.js";
import { text } from "./text.js";

/**
 * `what`: posts, runs or events. `draw(items, more)` shows all read so far, `more`: there are more; it answers the element
 * of each item, in the order in which they stand. `whenMissing` takes the place of a complaint where the API does not know
 * this list, `whenLost` is told where it does not know the account. Answers {element, begin, refresh}: `begin()` reads the first page, once, and answers when it is shown;
 * `refresh()` begins anew a list that has been begun.
 */
export function createPages({ accountId, what, limit, element, draw, none, whenLost, whenMissing }) {
    const foot = h("div", { class: "list-foot" });
    const whole = h("div", {}, element, foot);
    const more = button(text.showMore, () => whileBusy([more], () => read(false)), "soft");
    let items = [];
    let cursor = null;
    let asked = 0;
    let first = null;

    /** Only the newest reading counts: one that begins the list anew overtakes one that goes on with it. */
    async function read(again) {
        const mine = (asked += 1);
        try {
            const page = await readPage(accountId, what, limit, again ? null : cursor);
            if (mine === asked) take(page[what], page.next_cursor, again);
        } catch (problem) {
            if (problem.code === "not_found") whenLost();
            if (problem.status === 404 && whenMissing) return whenMissing();
            const retry = retryButton(() => read(again));
            if (mine === asked) keepingFocus(foot, () => foot.replaceChildren(notice(problem.words ?? text.problems.unknown), retry), () => retry);
        }
        return undefined;
    }

    function take(read, next, again) {
        const goesOn = !again && foot.contains(document.activeElement);
        items = again ? read : [...items, ...read];
        cursor = next;
        keepingFocus(whole, () => show(read, goesOn), () => element);
        if (!again) announce(text.shownMore(number(read.length), number(items.length)));
    }

    /** `goesOn`: the focus goes on to the first of the new items, where whoever asked for them wants to read on. */
    function show(fresh, goesOn) {
        const rows = draw(items, cursor !== null);
        element.hidden = !items.length;
        const end = cursor ? more : items.length ? null : h("p", { class: "nothing" }, none);
        if (foot.firstChild !== end) foot.replaceChildren(...[end].filter(Boolean));
        if (goesOn) focusOn([...rows].find(([item]) => fresh.includes(item))?.[1]);
    }

    element.hidden = true;
    foot.append(h("p", { class: "nothing" }, text.reading));
    return { element: whole, begin: () => (first ??= read(true)), refresh: () => first && read(true) };
}
