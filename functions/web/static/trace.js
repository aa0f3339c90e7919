// A line over known days: which neighbouring days it joins, and where it must say that days between are unknown.

const DAY = 86_400_000;

export const round = (value) => Math.round(value * 10) / 10;

export const path = (points) => `M${points.map(({ x, y }) => `${x} ${y}`).join("L")}`;

/** `points`: known days in order, each with its `time`. Answers {from, to, gap} as indexes: whole stretches and gaps. */
export function stretches(points) {
    const pieces = [];
    points.slice(1).forEach((point, index) => {
        const gap = point.time - points[index].time > DAY;
        const piece = pieces[pieces.length - 1];
        if (piece && !gap && !piece.gap) piece.to = index + 1;
        else pieces.push({ from: index, to: index + 1, gap });
    });
    return pieces;
}
