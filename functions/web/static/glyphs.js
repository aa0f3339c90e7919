// The page's own line icons, on a grid of 24.

import { s } from "./dom.js";

const PATHS = {
    alert: "M12 8.5v4.5M12 16.5v.01M10.3 4.2 2.9 17a2 2 0 0 0 1.7 3h14.8a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0z",
    back: "M19 12H5M11 6l-6 6 6 6",
    chart: "M4 19.5h16M6.5 15.5l4-5 3.5 3 4.5-7",
    check: "M20 12a8 8 0 1 1-4.5-7.2M20 6l-8.5 8.5L8.5 11.5",
    clock: "M12 7.5V12l3 2M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0z",
    close: "M6 6l12 12M18 6 6 18",
    cross: "M9 9l6 6M15 9l-6 6M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0z",
    down: "M12 6v12M6.5 12.5 12 18l5.5-5.5",
    external: "M14 5h5v5M19 5l-8 8M17 14v4a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 5 18V8.5A1.5 1.5 0 0 1 6.5 7H10",
    info: "M12 11v5M12 8v.01M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0z",
    leave: "M14 7V5.5A1.5 1.5 0 0 0 12.5 4h-6A1.5 1.5 0 0 0 5 5.5v13A1.5 1.5 0 0 0 6.5 20h6a1.5 1.5 0 0 0 1.5-1.5V17M10 12h10M17 9l3 3-3 3",
    more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
    plus: "M12 5v14M5 12h14",
    reconnect: "M9 15l6-6M11 6.5l1.5-1.5a4.6 4.6 0 0 1 6.5 6.5L17.5 13M13 17.5 11.5 19A4.6 4.6 0 0 1 5 12.5L6.5 11",
    save: "M12 4v10M7.5 10 12 14.5 16.5 10M5 19h14",
    search: "M16.2 16.2 20 20M18 11a7 7 0 1 1-14 0 7 7 0 0 1 14 0z",
    sync: "M20 5v5h-5M4 19v-5h5M19.5 10A8 8 0 0 0 5.6 7M4.5 14a8 8 0 0 0 13.9 3",
    trash: "M5 7h14M10 7V5h4v2M7 7l.8 12h8.4L17 7M10.5 10.5v5.5M13.5 10.5v5.5",
    up: "M12 18V6M6.5 11.5 12 6l5.5 5.5",
};

const drawn = new Map();

/** An icon beside words, hidden from screen readers: the words say it. Each is made once and then copied. */
export function glyph(name) {
    if (!drawn.has(name)) drawn.set(name, s("svg", { class: `glyph glyph-${name}`, viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: PATHS[name] })));
    return drawn.get(name).cloneNode(true);
}
