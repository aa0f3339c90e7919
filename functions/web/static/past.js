// What happened to an account: its sync runs, and its diary.

import { h, show } from "./dom.js";
import { exactTime, shortTime } from "./format.js";
import { glyph } from "./glyphs.js";
import { createPages } from "./paging.js";
import { isOver, outcomeOf, stageOf } from "./progress.js";
import { text } from "./text.js";

const LIMIT = 10;
const ICON = { succeeded: "check", partial: "alert", failed: "cross", waiting: "clock" };
const KIND = { succeeded: "good", partial: "warn", failed: "bad" };

const time = (iso) => h("time", { class: "faint", datetime: iso, title: exactTime(iso) }, shortTime(iso));

/** Pages of `what` as a list; `item(one)` makes its elements. */
function pagesOf(account, what, item, more) {
    const element = h("ul", { class: "past" });
    const draw = (all) => {
        show(element, all, () => all.map(item));
        return new Map(all.map((one, index) => [one, element.children[index]]));
    };
    return createPages({ accountId: account.account_id, what, limit: LIMIT, element, draw, ...more });
}

/** The history of runs, newest first. `whenLost`: see paging.js. */
export const createRuns = (account, whenLost) => pagesOf(account, "runs", runItem, { none: text.noRuns, whenLost });

function runItem(run) {
    const words = isOver(run) ? outcomeOf(run).words : stageOf(run);
    return h("li", { class: `past-item ${KIND[run.state] ?? ""}` }, glyph(ICON[run.state] ?? "sync"), h("div", {}, h("p", {}, words), h("p", { class: "faint" }, text.trigger[run.trigger] ?? run.trigger, " · ", time(run.finished_at ?? run.queued_at))));
}

/** The diary, newest first; `whenMissing` where this server keeps none. */
export const createDiary = (account, whenLost, whenMissing) => pagesOf(account, "events", eventItem, { none: text.noEvents, whenLost, whenMissing });

const EVENT_ICON = { connected: "reconnect", reconnected: "reconnect", synced: "check", partly_synced: "alert", sync_failed: "cross", waiting: "clock", broken: "alert", healed: "check" };
const EVENT_KIND = { synced: "good", healed: "good", connected: "good", reconnected: "good", partly_synced: "warn", waiting: "warn", sync_failed: "bad", broken: "bad" };

function eventItem({ at, type, detail }) {
    const name = text.event[type] ?? type.replaceAll("_", " ");
    return h("li", { class: `past-item ${EVENT_KIND[type] ?? ""}` }, glyph(EVENT_ICON[type] ?? "info"), h("div", {}, h("p", {}, name, detail?.message ? h("span", { class: "faint" }, ` ${detail.message}`) : null), h("p", {}, time(at))));
}
