// One banner that names what is broken, however much it is.

import { h } from "./dom.js";
import { button } from "./dialog.js";
import { glyph } from "./glyphs.js";
import { text } from "./text.js";

const NAMED = 3;

/** Null where nothing is broken. `called(account)`: its name. `act(account)` reconnects the only one, `showAll()` shows them where there are more. */
export function bannerOf(broken, called, act, showAll) {
    if (!broken.length) return null;
    const names = broken.slice(0, NAMED).map(called);
    const [only] = broken;
    return h(
        "section",
        { class: "banner", "aria-label": text.bannerLabel },
        glyph("alert"),
        h("p", {}, text.banner(names, broken.length)),
        broken.length === 1 ? button(text.bannerReconnect, () => act(only), "soft") : button(text.bannerShow, showAll, "soft"),
    );
}
