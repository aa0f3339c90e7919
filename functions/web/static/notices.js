// What stands above the list until somebody puts it away: how something ended that nobody watched to its end.

import { button } from "./dialog.js";
import { h, keepingFocus } from "./dom.js";
import { glyph } from "./glyphs.js";
import { text } from "./text.js";

/** Answers {element, put(key, words, {kind, action, home})}: `key` takes the place of one of the same key, `action` is {words, act}, `home()` has the focus of one that is put away. */
export function createNotices() {
    const element = h("div", { class: "said" });
    const put = (key, words, { kind = "info", action = null, home }) => {
        const dismiss = h("button", { type: "button", class: "icon-button", "aria-label": text.dismiss, onclick: () => keepingFocus(element, () => line.remove(), home) }, glyph("close"));
        const act = action ? button(action.words, action.act, "soft small") : null;
        const line = h("p", { class: `notice ${kind}`, "data-about": key }, glyph(kind === "warn" ? "alert" : "info"), h("span", {}, words), act, dismiss);
        const earlier = [...element.children].find((one) => one.dataset.about === key);
        if (earlier) earlier.replaceWith(line);
        else element.append(line);
    };
    return { element, put };
}
