// Making elements. Data only ever becomes text nodes and attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `h("p", { class: "hint", onclick: act, hidden: false }, "text", child, null)`. */
export function h(tag, properties = {}, ...children) {
    return fill(document.createElement(tag), properties, children);
}

/** The same for an SVG element. */
export function s(tag, properties = {}, ...children) {
    return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
    for (const [name, value] of Object.entries(properties)) {
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

/** Fills a part of the page anew only when what it shows has changed, so that focus and pictures stay. */
export function show(element, shown, build) {
    const key = JSON.stringify(shown);
    if (element.shownKey === key) return;
    element.shownKey = key;
    element.replaceChildren(...[build(shown)].flat().filter(Boolean));
}

function parsed(url) {
    if (!url) return null;
    try {
        return new URL(url);
    } catch {
        return null;
    }
}

/** The address if a person may be led there, else null: `javascript:` and its kind never become a link. */
export function linkable(url) {
    return ["https:", "http:"].includes(parsed(url)?.protocol) ? url : null;
}

/** The address if a picture may be loaded from it, else null: https, or http on this very machine. */
export function picturable(url) {
    const { protocol, hostname } = parsed(url) ?? {};
    return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost"].includes(hostname)) ? url : null;
}

/** Whether it is on the page to be seen, if only by scrolling. */
export const isThere = (element) => Boolean(element?.isConnected) && element.checkVisibility();

/** Does what may take away or hide what has the focus in `element`; a focus that is lost goes to what `place()` answers. */
export function keepingFocus(element, act, place) {
    const isHere = element.contains(document.activeElement);
    act();
    const focused = document.activeElement;
    if (isHere && (focused === document.body || !isThere(focused))) focusOn(place());
}

/** Whether presses of this button count for nothing at the moment. */
export const isBusy = (control) => control.getAttribute("aria-disabled") === "true";

/** Has these buttons take no presses until `act` is over; they keep the focus, which `disabled` would take from them. */
export async function whileBusy(controls, act) {
    for (const control of controls) control.setAttribute("aria-disabled", "true");
    try {
        return await act();
    } finally {
        for (const control of controls) control.removeAttribute("aria-disabled");
    }
}

/** Moves the focus to a heading or a paragraph that is no stop of the Tab key. */
export function focusOn(element, how) {
    if (!element) return;
    if (!element.matches("a[href], button, input, select, textarea, summary, [tabindex='0']")) element.tabIndex = -1;
    element.focus(how);
}
