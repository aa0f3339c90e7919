// A table in a frame of its own that scrolls sideways where it must, by keyboard too.

import { h } from "./dom.js";
import { glyph } from "./glyphs.js";

/** `columns`: [{words, isNumber}], `rows`: arrays of nodes or words; the first of each row is its heading. */
export function tableOf(caption, columns, rows) {
    const head = h("tr", {}, columns.map(({ words, isNumber }) => h("th", { scope: "col", class: isNumber ? "number" : null }, words)));
    return frame(caption, h("table", {}, h("caption", { class: "unseen" }, caption), h("thead", {}, head), h("tbody", {}, rows.map((row) => rowOf(row, columns)))));
}

const frame = (name, table) => h("div", { class: "table-frame", role: "region", "aria-label": name, tabindex: "0" }, table);

const rowOf = (cells, columns) =>
    h("tr", {}, cells.map((cell, index) => h(index ? "td" : "th", { scope: index ? null : "row", class: columns[index].isNumber ? "number" : null }, cell)));

/**
 * A table whose columns sort it. `columns`: [{name, words, isNumber, cell(item), value(item)}]; unknown values (null) stand
 * last either way. `fill(items)` answers the row of each, in the order in which they stand.
 * Answers {element, fill}.
 */
export function sortableTable(caption, columns, sortedBy, descending = true) {
    let items = [];
    let rows = new Map();
    let [by, falling] = [sortedBy, descending];
    const body = h("tbody");
    const heads = columns.map((column) => {
        const press = h("button", { type: "button", class: "sort", onclick: () => sort(column) }, column.words, glyph("down"));
        return h("th", { scope: "col", class: column.isNumber ? "number" : null }, press);
    });

    function sort(column) {
        falling = by === column.name ? !falling : true;
        by = column.name;
        draw();
    }

    function draw() {
        const { value } = columns.find(({ name }) => name === by);
        const known = items.filter((item) => value(item) !== null);
        known.sort((one, other) => (value(one) < value(other) ? -1 : value(one) > value(other) ? 1 : 0) * (falling ? -1 : 1));
        const sorted = [...known, ...items.filter((item) => value(item) === null)];
        rows = new Map(sorted.map((item) => [item, rowOf(columns.map(({ cell }) => cell(item)), columns)]));
        body.replaceChildren(...rows.values());
        heads.forEach((head, index) => {
            if (columns[index].name === by) head.setAttribute("aria-sort", falling ? "descending" : "ascending");
            else head.removeAttribute("aria-sort");
        });
    }

    const element = frame(caption, h("table", {}, h("caption", { class: "unseen" }, caption), h("thead", {}, h("tr", {}, heads)), body));
    return { element, fill: (latest) => { items = latest; draw(); return rows; } };
}
