// The line of totals, which is the filter by status, and beside it the filter by platform and the search.

import { h, show } from "./dom.js";
import { number } from "./format.js";
import { glyph } from "./glyphs.js";
import { text } from "./text.js";

const STATUSES = ["connected", "needs_sync", "connection_error", "disconnecting"];
const PATIENCE = 150;

/**
 * `filter` is changed in place; `changed()` is called after each change. `show(wanted)` asks for that and nothing else.
 * Answers {totals, tools, update, show}.
 */
export function createToolbar(filter, changed) {
    const totals = h("div", { class: "totals", role: "group", "aria-label": text.filterByStatus });
    const search = h("input", { type: "search", id: "search", class: "search", placeholder: text.search, "aria-label": text.search, value: filter.q, autocomplete: "off", spellcheck: "false", oninput: () => later() });
    const platforms = h("select", { "aria-label": text.filterByPlatform, onchange: () => choose("platform", platforms.value) });
    const tools = h("div", { class: "tools", role: "search" }, h("span", { class: "search-box" }, glyph("search"), search), platforms);
    let timer;

    function later() {
        clearTimeout(timer);
        timer = setTimeout(() => choose("q", search.value.trim()), PATIENCE);
    }

    function choose(name, value) {
        filter[name] = value;
        changed();
    }

    function update(accounts, platformOf) {
        const counts = STATUSES.map((status) => [status, accounts.filter((account) => account.status === status).length]).filter(([status, count]) => count || filter.status === status);
        const focused = document.activeElement?.dataset?.status;
        const hadFocus = totals.contains(document.activeElement);
        show(totals, [accounts.length, counts, filter.status], () => (accounts.length > 1 || filter.status ? switches(accounts.length, counts) : plainTotals(counts)));
        if (hadFocus) totals.querySelector(`[data-status="${focused}"]`)?.focus();
        const slugs = [...new Set(accounts.map(({ platform }) => platform))];
        const names = slugs.map((slug) => [slug, platformOf({ platform: slug }).name]).sort(([, one], [, other]) => one.localeCompare(other));
        show(platforms, names, () => [h("option", { value: "" }, text.allPlatforms), ...names.map(([slug, name]) => h("option", { value: slug }, name))]);
        platforms.value = filter.platform;
        platforms.hidden = names.length < 2 && !filter.platform;
        tools.hidden = accounts.length < 2;
    }

    const switches = (all, counts) => [
        pill("", text.totalsAll(number(all), all)),
        ...counts.map(([status, count]) => pill(status, text.totals[status](count))),
    ];
    const pill = (status, words) =>
        h("button", { type: "button", class: `total ${status}`, "data-status": status, "aria-pressed": String(filter.status === status), onclick: () => choose("status", filter.status === status ? "" : status) }, words);
    const plainTotals = (counts) => counts.map(([status, count]) => h("span", { class: `total ${status}` }, text.totals[status](count)));

    function showOnly(wanted) {
        clearTimeout(timer); // what was being typed is not wanted any more
        Object.assign(filter, { status: "", platform: "", q: "" }, wanted);
        search.value = filter.q;
        changed();
    }

    return { totals, tools, update, show: showOnly };
}
