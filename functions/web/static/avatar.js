// The picture of an account with its platform's mark; initials where there is no picture.

import { h, picturable } from "./dom.js";
import { initials } from "./format.js";

/** The platform's mark; its first letters where it has none. `name` is null where words beside it say it already. */
export function platformMark(slug, name = null) {
    const mark = h("img", { class: "mark", loading: "lazy", decoding: "async", src: new URL(`icons/${encodeURIComponent(slug)}.svg`, import.meta.url), alt: name ?? "" });
    mark.addEventListener("error", () => mark.replaceWith(h("span", { class: "mark mark-letters", "aria-hidden": "true" }, initials(slug))));
    return mark;
}

/** `identity`: anything with avatar_url, display_name and username. */
export function avatar(identity, platform = null) {
    const letters = () => h("span", { class: "initials" }, initials(identity.display_name || identity.username || "?"));
    const address = picturable(identity.avatar_url);
    const picture = address ? h("img", { class: "picture", src: address, alt: "", loading: "lazy", decoding: "async" }) : letters();
    picture.addEventListener("error", () => picture.replaceWith(letters()));
    return h("span", { class: "avatar", "aria-hidden": "true" }, picture, platform ? platformMark(platform) : null);
}
