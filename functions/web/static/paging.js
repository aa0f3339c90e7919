// A list of the API that comes in pages: the first at once, the others when asked for.

import { readPage } from "./api.js";
import { button, notice } from "./dialog.js";
import { h } from "./dom.js";
import { text } from "./text.js";

/**
 * `what`: posts, runs or events. `draw(items, more)` shows all read so far, `more`: there are more. `whenMissing` takes the
 * place of a complaint where the API does not know this list. Answers {element, refresh}.
 */
export function createPages({ accountId, what, limit, element, draw, none, whenMissing }) {
    const foot = h("div", { class: "list-foot" });
    let items = [];
    let cursor = null;

    async function read(again) {
        try {
            const page = await readPage(accountId, what, limit, again ? null : cursor);
            items = again ? page[what] : [...items, ...page[what]];
            cursor = page.next_cursor;
            draw(items, cursor !== null);
            element.hidden = !items.length;
            foot.replaceChildren(...(cursor ? [button(text.showMore, () => read(false), "soft")] : items.length ? [] : [h("p", { class: "nothing" }, none)]));
        } catch (problem) {
            if (problem.status === 404 && whenMissing) return whenMissing();
            foot.replaceChildren(notice(problem.words ?? text.problems.unknown), button(text.tryAgain, () => read(again), "soft", "sync"));
        }
        return undefined;
    }

    element.hidden = true;
    foot.append(h("p", { class: "nothing" }, text.reading));
    read(true);
    return { element: h("div", {}, element, foot), refresh: () => read(true) };
}
