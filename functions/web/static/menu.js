// A button that opens a menu: arrow keys, Home, End and first letters move in it; Escape, Tab and a click elsewhere close it.

import { h } from "./dom.js";
import { glyph } from "./glyphs.js";

/** A link to where one is already changes no address: its section is gone to again all the same. */
function goAgain(href) {
    if (href === location.hash) dispatchEvent(new Event("hashchange"));
}

/** `itemsOf()` answers, when the menu is opened: [{words, icon, act} or {words, icon, href, external}], null for none. */
export function menuButton(itemsOf) {
    let menu = null;
    const button = h("button", {
        type: "button", class: "icon-button menu-button", "aria-haspopup": "menu", "aria-expanded": "false",
        onclick: () => (menu ? close() : open()),
        onkeydown: (event) => { if (event.key === "ArrowDown" && !menu) { event.preventDefault(); open(); } },
    }, glyph("more"));

    function open() {
        const items = itemsOf().filter(Boolean).map(itemOf);
        menu = h("div", { class: "menu", role: "menu", popover: "manual", "aria-label": button.getAttribute("aria-label"), onkeydown: move }, items);
        (button.closest("main") ?? document.body).append(menu);
        menu.showPopover();
        place();
        button.setAttribute("aria-expanded", "true");
        addEventListener("pointerdown", closeFromOutside, true);
        addEventListener("scroll", place, true);
        addEventListener("resize", closeQuietly);
        addEventListener("hashchange", closeQuietly);
        items[0].focus();
    }

    /** Below the button, or above it where there is no room; never outside the window, however low, nor without its button. */
    function place() {
        const [at, size] = [button.getBoundingClientRect(), menu.getBoundingClientRect()];
        if (at.bottom < 0 || at.top > innerHeight) return closeQuietly();
        const isLow = at.bottom + size.height + 8 > innerHeight && at.top > size.height;
        const top = isLow ? at.top - size.height - 4 : at.bottom + 4;
        menu.style.top = `${Math.max(8, Math.min(top, innerHeight - size.height - 8))}px`;
        menu.style.left = `${Math.max(8, Math.min(at.right - size.width, innerWidth - size.width - 8))}px`;
        return undefined;
    }

    function itemOf({ words, icon, act, href, external }) {
        const inside = [glyph(icon), h("span", {}, words)];
        const shared = { class: "menu-item", role: "menuitem", tabindex: "-1" };
        if (!href) return h("button", { type: "button", ...shared, onclick: () => { close(); act(); } }, inside);
        return h("a", { href, ...shared, ...(external ? { target: "_blank", rel: "noopener noreferrer" } : {}), onclick: () => { close(); goAgain(href); } }, inside);
    }

    function move(event) {
        if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
        const items = [...menu.children];
        const index = items.indexOf(document.activeElement);
        const to = { ArrowDown: index + 1, ArrowUp: index - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
        if (to !== undefined) items[to % items.length].focus();
        else if (event.key === "Escape") close();
        else if (event.key === "Tab") return close();
        else if (event.key === " " && !items[index]?.href) return undefined; // it presses a button by itself, but no link
        else if (event.key === " ") items[index].click();
        else if (event.key.length === 1) [...items.slice(index + 1), ...items].find((item) => item.textContent.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
        else return undefined;
        event.preventDefault();
        return undefined;
    }

    const closeFromOutside = (event) => { if (!menu.contains(event.target) && !button.contains(event.target)) closeQuietly(); };

    function close() {
        closeQuietly();
        button.focus();
    }

    function closeQuietly() {
        menu?.remove();
        menu = null;
        button.setAttribute("aria-expanded", "false");
        removeEventListener("pointerdown", closeFromOutside, true);
        removeEventListener("scroll", place, true);
        removeEventListener("resize", closeQuietly);
        removeEventListener("hashchange", closeQuietly);
    }

    return button;
}
