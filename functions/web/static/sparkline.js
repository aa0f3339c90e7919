// Thirty days of followers as a small picture: a line over known days, dots over gaps, an open dot for a provisional day.

import { s } from "./dom.js";
import { dayName, number } from "./format.js";
import { text } from "./text.js";
import { path, round, traces } from "./trace.js";

const WIDTH = 160;
const HEIGHT = 44;
const INSET = 5;
const DAY = 86_400_000;

/** `days`: [{date, n|null, provisional}], oldest first. Dots only where fewer than two days are known. */
export function sparkline(days) {
    const known = days.filter((day) => day.n !== null);
    if (known.length < 2) return picture(text.trendUnknown, s("path", { class: "sparkline-none", d: `M${INSET} ${HEIGHT / 2}H${WIDTH - INSET}` }));
    const points = place(known);
    const last = points[points.length - 1];
    return picture(
        inWords(known),
        s("path", { class: "sparkline-area", d: `${path(points)}V${HEIGHT}H${points[0].x}Z` }),
        traces(points),
        points.filter((point) => point.provisional && point !== last).map((point) => dot(point)),
        dot(last),
    );
}

/** The words are its text alternative, and shown on hover. */
const picture = (words, ...shapes) =>
    s("svg", { class: "sparkline", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" }, s("title", {}, words), ...shapes);

function place(known) {
    const times = known.map((day) => Date.parse(day.date));
    const values = known.map((day) => day.n);
    const [first, low] = [times[0], Math.min(...values)];
    const [span, range] = [times[times.length - 1] - first, Math.max(...values) - low];
    return known.map((day, index) => ({
        x: round(INSET + ((times[index] - first) / span) * (WIDTH - 2 * INSET)),
        y: round(range ? HEIGHT - INSET - ((day.n - low) / range) * (HEIGHT - 2 * INSET) : HEIGHT / 2),
        time: times[index],
        provisional: day.provisional,
    }));
}

const dot = ({ x, y, provisional }) =>
    s("circle", { class: provisional ? "sparkline-open" : "sparkline-dot", cx: x, cy: y, r: provisional ? 3 : 2.5 });

function inWords(known) {
    const [first, last] = [known[0], known[known.length - 1]];
    const length = (Date.parse(last.date) - Date.parse(first.date)) / DAY + 1;
    return text.trend({
        from: number(first.n),
        to: number(last.n),
        fromDay: dayName(first.date),
        toDay: dayName(last.date),
        gaps: length - known.length,
        provisional: last.provisional,
    });
}
