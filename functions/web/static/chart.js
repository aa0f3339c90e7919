// One metric over days: a line to look at, arrow keys to read it day by day, and the same numbers as a table beside it.

import { DAY } from "./days.js";
import { h, s } from "./dom.js";
import { dayName, longDay, number, shortNumber } from "./format.js";
import { tableOf } from "./table.js";
import { text } from "./text.js";
import { path, round, traces } from "./trace.js";

const HEIGHT = 168;
const INSET = { top: 8, right: 8, bottom: 24, left: 52 };

/**
 * `days`: [{date, n, provisional}], known days only, oldest first, within `range` {from, to}. `fromZero`: 0 is on
 * the scale. `aside`: a node beside the title. Answers the figure.
 */
export function chartOf({ title, days, range, fromZero, aside, large }) {
    const readout = h("p", { class: "readout" });
    const canvas = s("svg", { class: "plot-picture", "aria-hidden": "true", height: HEIGHT });
    const plot = h("div", {
        class: "plot", tabindex: "0", role: "slider", "aria-label": text.chartOf(title), "aria-valuemin": "0", "aria-valuemax": String(days.length - 1),
        onkeydown: (event) => move(event), onpointermove: (event) => point(event), onpointerleave: () => read(days.length - 1),
    }, canvas);
    const rows = days.toReversed().map((day) => [longDay(day.date), number(day.n) + (day.provisional ? ` ${text.provisionalShort}` : "")]);
    const table = h("details", { class: "chart-table" }, h("summary", {}, text.asTable, h("span", { class: "unseen" }, ` ${title}`)), tableOf(text.tableOf(title), [{ words: text.day }, { words: title, isNumber: true }], rows));
    let index = days.length - 1;
    let points = [];
    let cursor = null;

    function draw() {
        const width = Math.max(plot.clientWidth, 200);
        const scale = scaleOf(days, range, fromZero, width);
        points = days.map((day) => ({ x: scale.x(Date.parse(day.date)), y: scale.y(day.n), time: Date.parse(day.date), provisional: day.provisional }));
        const floor = HEIGHT - INSET.bottom;
        cursor = s("g", { class: "plot-cursor" }, s("line", { y1: INSET.top, y2: floor }), s("circle", { r: 4 }));
        canvas.setAttribute("width", width);
        canvas.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
        canvas.replaceChildren(
            ...scale.ticks.flatMap(({ y, words }) => [s("line", { class: "plot-grid", x1: INSET.left, x2: width - INSET.right, y1: y, y2: y }), s("text", { x: INSET.left - 8, y: y + 4, "text-anchor": "end" }, words)]),
            s("text", { x: INSET.left, y: HEIGHT - 4 }, dayName(range.from)),
            s("text", { x: width - INSET.right, y: HEIGHT - 4, "text-anchor": "end" }, dayName(range.to)),
            s("path", { class: "sparkline-area", d: `${path(points)}V${floor}H${points[0].x}Z` }),
            ...traces(points),
            ...points.filter((one) => one.provisional || points.length === 1).map(({ x, y, provisional }) => s("circle", { class: provisional ? "sparkline-open" : "sparkline-dot", cx: x, cy: y, r: 3.5 })),
            cursor,
        );
        read(index);
    }

    function read(at) {
        index = Math.max(0, Math.min(days.length - 1, at));
        const day = days[index];
        const words = text.readout(longDay(day.date), number(day.n), day.provisional);
        readout.textContent = words;
        plot.setAttribute("aria-valuenow", String(index));
        plot.setAttribute("aria-valuetext", words);
        if (!points.length) return;
        const { x, y } = points[index];
        cursor.firstChild.setAttribute("x1", x);
        cursor.firstChild.setAttribute("x2", x);
        cursor.lastChild.setAttribute("cx", x);
        cursor.lastChild.setAttribute("cy", y);
    }

    function move(event) {
        const to = { ArrowRight: index + 1, ArrowUp: index + 1, ArrowLeft: index - 1, ArrowDown: index - 1, Home: 0, End: days.length - 1, PageUp: index + 7, PageDown: index - 7 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        read(to);
    }

    function point(event) {
        const x = event.clientX - plot.getBoundingClientRect().left;
        const distances = points.map((one) => Math.abs(one.x - x));
        read(distances.indexOf(Math.min(...distances)));
    }

    new ResizeObserver(draw).observe(plot);
    return h("figure", { class: `chart ${large ? "is-large" : ""}` }, h("figcaption", {}, h("h3", {}, title), aside ?? null), readout, plot, table);
}

function scaleOf(days, range, fromZero, width) {
    const [first, last] = [Date.parse(range.from), Date.parse(range.to)];
    const values = days.map((day) => day.n).concat(fromZero ? 0 : []);
    const { low, high, step } = roundScale(Math.min(...values), Math.max(...values));
    const y = (value) => round(HEIGHT - INSET.bottom - ((value - low) / (high - low)) * (HEIGHT - INSET.top - INSET.bottom));
    const ticks = [];
    for (let value = low; value <= high; value += step) ticks.push({ y: y(value), words: shortNumber(value) });
    return { x: (time) => round(INSET.left + ((time - first) / Math.max(DAY, last - first)) * (width - INSET.left - INSET.right)), y, ticks };
}

/** A scale of at most four whole steps of 1, 2 or 5 times a power of ten. */
function roundScale(low, high) {
    const power = 10 ** Math.floor(Math.log10(Math.max(1, (high - low) / 4)));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => Math.ceil(high / size) - Math.floor(low / size) <= 4) ?? 20 * power;
    const from = (Math.floor(low / step) - (low === high && low > 0 ? 1 : 0)) * step;
    return { low: from, high: Math.max(Math.ceil(high / step) * step, from + step), step };
}
