// A line over known days: which neighbouring days it joins, and where it must say that days between are unknown.

import { DAY } from "./days.js";
import { s } from "./dom.js";

export const round = (value) => Math.round(value * 10) / 10;

export const path = (points) => `M${points.map(({ x, y }) => `${x} ${y}`).join("L")}`;

/** `points`: known days in order, each with its `time`. Answers a dotted path over the gaps and one over all else. */
export function traces(points) {
    let [line, gaps, goesOn] = ["", "", false];
    points.slice(1).forEach((point, index) => {
        const before = points[index];
        const isGap = point.time - before.time > DAY;
        if (isGap) gaps += path([before, point]);
        else line += goesOn ? `L${point.x} ${point.y}` : path([before, point]);
        goesOn = !isGap;
    });
    return [gaps && s("path", { class: "sparkline-gap", d: gaps }), line && s("path", { class: "sparkline-line", d: line })].filter(Boolean);
}
