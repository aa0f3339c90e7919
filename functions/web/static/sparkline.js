// Thirty days of followers as a small picture: a line over known days, dots over gaps, an open dot for a provisional day.

import { DAY, dayBefore } from "./days.js";
import { s } from "./dom.js";
import { dayName, number } from "./format.js";
import { text } from "./text.js";
import { path, round, traces } from "./trace.js";

const WIDTH = 160;
const HEIGHT = 44;
const INSET = 5;
const DAYS = 30;

/**
 * `days`: [{date, n|null, provisional}], oldest first; `today` the last of the thirty, which are the picture's width whether
 * they are known or not. Dots only where fewer than two days are known.
 */
export function sparkline(days, today) {
    const start = dayBefore(today, DAYS - 1);
    const known = days.filter((day) => day.n !== null && day.date >= start);
    if (known.length < 2) return picture(text.trendUnknown, s("path", { class: "sparkline-none", d: `M${INSET} ${HEIGHT / 2}H${WIDTH - INSET}` }));
    const points = place(known, Date.parse(start));
    const last = points[points.length - 1];
    return picture(
        inWords(known),
        unknownEnds(points[0].x, last.x),
        s("path", { class: "sparkline-area", d: `${path(points)}V${HEIGHT}H${points[0].x}Z` }),
        traces(points),
        points.filter((point) => point.provisional && point !== last).map((point) => dot(point)),
        dot(last),
    );
}

/** Faint dots along the floor: the days before the first and after the last known one. */
function unknownEnds(from, to) {
    const ends = [[INSET, from], [to, WIDTH - INSET]].filter(([left, right]) => right - left > INSET);
    return ends.map(([left, right]) => s("path", { class: "sparkline-none", d: `M${left} ${HEIGHT - 1}H${right}` }));
}

/** The words are its text alternative, and shown on hover. */
const picture = (words, ...shapes) =>
    s("svg", { class: "sparkline", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" }, s("title", {}, words), ...shapes);

function place(known, start) {
    const values = known.map((day) => day.n);
    const low = Math.min(...values);
    const range = Math.max(...values) - low;
    return known.map((day) => {
        const time = Date.parse(day.date);
        return {
            x: round(INSET + ((time - start) / ((DAYS - 1) * DAY)) * (WIDTH - 2 * INSET)),
            y: round(range ? HEIGHT - INSET - ((day.n - low) / range) * (HEIGHT - 2 * INSET) : HEIGHT / 2),
            time,
            provisional: day.provisional,
        };
    });
}

const dot = ({ x, y, provisional }) =>
    s("circle", { class: provisional ? "sparkline-open" : "sparkline-dot", cx: x, cy: y, r: provisional ? 3 : 2.5 });

function inWords(known) {
    const [first, last] = [known[0], known[known.length - 1]];
    return text.trend({
        from: number(first.n),
        to: number(last.n),
        fromDay: dayName(first.date),
        toDay: dayName(last.date),
        gaps: DAYS - known.length,
        provisional: last.provisional,
    });
}
