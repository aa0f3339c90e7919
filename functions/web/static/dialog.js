// A modal dialog whose content changes step by step, with its own live region.

import { liveRegion } from "./announcing.js";
import { focusOn, h, isBusy, isThere } from "./dom.js";
import { glyph } from "./glyphs.js";
import { text } from "./text.js";

/**
 * Opens a dialog. `step(title, nodes, focus, about)` shows a step and moves the focus to `focus`, else to its title, also in
 * a window so low that the title could not be seen then; `about` is what describes the step, an element with an id.
 * `whenClosed` runs once, however it is closed. The focus goes back to where it was, unless it has a place already; to
 * `fallback()` where that is gone or hidden.
 */
export function openDialog({ whenClosed, fallback }) {
    const cameFrom = document.activeElement;
    const title = h("h2", { id: "dialog-title" });
    const content = h("div", { class: "dialog-content" });
    const closing = h("button", { type: "button", class: "icon-button", "aria-label": text.close, onclick: () => dialog.close() }, glyph("close"));
    const dialog = h(
        "dialog",
        { class: "dialog", "aria-labelledby": "dialog-title" },
        h("div", { class: "dialog-header" }, title, closing),
        content,
        liveRegion(),
    );
    dialog.addEventListener("close", () => {
        dialog.remove();
        whenClosed?.();
        const { activeElement: now, body } = document;
        if (now !== body && isThere(now)) return; // on the page that one went to meanwhile, too
        focusOn(isThere(cameFrom) && cameFrom !== body ? cameFrom : fallback?.());
    });
    document.body.append(dialog);
    dialog.showModal();
    return {
        step(words, nodes, focus = title, about = null) {
            title.textContent = words;
            if (about) dialog.setAttribute("aria-describedby", about.id);
            else dialog.removeAttribute("aria-describedby");
            content.replaceChildren(...nodes.filter(Boolean));
            dialog.scrollTop = 0;
            focusOn(focus);
            if (!dialog.scrollTop) return;
            focusOn(title); // what it asks is seen before what answers it
            dialog.scrollTop = 0;
        },
        close: () => dialog.close(),
        get isOpen() { return dialog.open; },
    };
}

/** Closes the dialog that is open, if any. */
export const closeDialog = () => document.querySelector("dialog[open]")?.close();

/** The row of buttons at the end of a step. */
export const buttons = (...children) => h("div", { class: "buttons" }, ...children);

export function button(words, onclick, kind = "quiet", icon = null) {
    const press = ({ currentTarget }) => { if (!isBusy(currentTarget)) onclick(); };
    return h("button", { type: "button", class: `button ${kind}`, onclick: press }, icon ? glyph(icon) : null, words);
}

/** The button that tries again what could not be read. It does so by itself once the network is back. */
export function retryButton(again, kind = "soft") {
    const retry = button(text.tryAgain, again, kind, "sync");
    addEventListener("online", () => { if (retry.isConnected) again(); }, { once: true });
    return retry;
}

/** `kind`: error, or warn, which is nothing new and so is not read out by itself. */
export const notice = (words, kind = "error") =>
    h("p", { class: `notice ${kind}`, role: kind === "error" ? "alert" : null }, glyph("alert"), h("span", {}, words));
