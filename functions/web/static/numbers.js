// An account's numbers by day over a range that the person chooses, and the names of those that its platform does not offer.

import { readMetrics } from "./api.js";
import { chartOf } from "./chart.js";
import { DAY, dayBefore, newestDay } from "./days.js";
import { notice, retryButton } from "./dialog.js";
import { h, keepingFocus } from "./dom.js";
import { signedNumber } from "./format.js";
import { text } from "./text.js";

const SPANS = [7, 30, 90];
const METRICS = ["followers", "views", "impressions", "reach", "likes", "comments", "saves", "shares", "clicks"];
const LONGEST = 366;

/** Answers {element, first, refresh(account)}; `first`: when they are shown. `whenLost`: see paging.js. */
export function createNumbers(account, platform, whenLost) {
    const charts = h("div", { class: "charts", "aria-live": "off" }, h("p", { class: "nothing" }, text.reading));
    let today = newestDay(account, platform);
    let range = { from: dayBefore(today, 29), to: today };
    let asked = 0;

    const trouble = h("p", { class: "field-error", role: "alert" });
    const dates = ["from", "to"].map((name) => h("input", { type: "date", name, "aria-label": text[name], max: today, onchange: () => choose() }));
    const custom = h("div", { class: "range-dates", hidden: true }, dates[0], h("span", { "aria-hidden": "true" }, "–"), dates[1], trouble);
    const radios = [...SPANS, 0].map((span) => radio(span));
    const controls = h("fieldset", { class: "range" }, h("legend", { class: "unseen" }, text.range), radios);

    function radio(span) {
        const input = h("input", { type: "radio", name: "range", value: String(span), checked: span === 30, onchange: () => take(span) });
        return h("label", {}, input, h("span", {}, span ? text.days(span) : text.ownRange));
    }

    function take(span) {
        custom.hidden = span !== 0;
        if (!span) return dates.forEach((input) => { input.value = range[input.name]; });
        range = { from: dayBefore(today, span - 1), to: today };
        return load();
    }

    function choose() {
        const [from, to] = dates.map(({ value }) => value);
        const days = (Date.parse(to) - Date.parse(from)) / DAY + 1;
        trouble.textContent = Number.isNaN(days) ? text.rangeOpen : days < 1 ? text.rangeBackwards : days > LONGEST ? text.rangeTooLong(LONGEST) : "";
        if (trouble.textContent) return;
        range = { from, to };
        load();
    }

    async function load() {
        const mine = (asked += 1);
        charts.setAttribute("aria-busy", "true");
        try {
            const answer = await readMetrics(account.account_id, range.from, range.to);
            if (mine === asked) fill(draw(answer));
        } catch (problem) {
            if (problem.code === "not_found") whenLost();
            if (mine === asked) fill([notice(problem.words ?? text.problems.unknown), retryButton(load)]);
        }
        charts.removeAttribute("aria-busy");
    }

    /** The focus stays on the chart of the same number, where there still is one. */
    function fill(nodes) {
        const name = document.activeElement.getAttribute("aria-label");
        const same = () => [...charts.querySelectorAll("[aria-label]")].find((node) => node.getAttribute("aria-label") === name);
        keepingFocus(charts, () => charts.replaceChildren(...nodes), () => (name && same()) || charts);
    }

    function draw({ days, growth }) {
        const offered = METRICS.filter((name) => platform.metrics?.[name] !== false);
        const known = offered.filter((name) => days.some((day) => day[name] !== null));
        const unknown = offered.filter((name) => !known.includes(name));
        const missing = METRICS.filter((name) => !offered.includes(name));
        return [
            ...known.map((name) => chartOf({
                title: text.metric[name],
                days: days.filter((day) => day[name] !== null).map((day) => ({ date: day.date, n: day[name], provisional: day.provisional })),
                range, fromZero: name !== "followers", large: name === "followers", aside: name === "followers" ? growthWords(growth?.followers) : null,
            })),
            known.length ? null : h("p", { class: "nothing" }, text.noNumbers),
            h(
                "div",
                { class: "metrics-missing hint" },
                unknown.length ? h("p", {}, text.metricsUnknown(unknown.map((name) => text.metric[name]), platform.name)) : null,
                missing.length ? h("p", {}, text.metricsNotOffered(missing.map((name) => text.metric[name]), platform.name)) : null,
            ),
        ].filter(Boolean);
    }

    /** Reads them again; a range that ended today ends on the new day where one has begun since. */
    function refresh(latest) {
        const newest = newestDay(latest, platform);
        const days = (Date.parse(newest) - Date.parse(today)) / DAY;
        if (days) {
            if (range.to === today) range = { from: dayBefore(range.from, -days), to: newest };
            for (const input of dates) Object.assign(input, { max: newest, value: range[input.name] });
            today = newest;
        }
        return load();
    }

    return { element: h("div", {}, h("div", { class: "range-row" }, controls, custom), charts), first: load(), refresh };
}

function growthWords(growth) {
    if (!growth) return null;
    const percent = growth.percent === null ? "" : ` (${signedNumber(growth.percent)} %)`;
    return h("p", { class: growth.change > 0 ? "is-up" : "faint" }, text.growth(signedNumber(growth.change) + percent));
}
