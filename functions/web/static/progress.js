// A sync run in words and as a bar.

import { h } from "./dom.js";
import { number, tickingTime } from "./format.js";
import { text } from "./text.js";

const PARTS = ["profile", "insights", "posts"];
const ENDED = ["succeeded", "failed", "not_offered"];

export const isOver = (run) => ["succeeded", "partial", "failed"].includes(run.state);

/** Two lines and a bar, in the place where a card says when it was synced. */
export function progressOf(run, account) {
    return [
        h("p", { class: "progress-words" }, headline(run, account)),
        h("ol", { class: "parts", "aria-label": text.syncing }, PARTS.filter((name) => run.parts[name]).map((name) => partItem(name, run.parts[name]))),
        bar(run),
    ];
}

function headline(run, account) {
    const attempt = account.status_reason?.next_attempt_at;
    if (run.state === "waiting") return attempt ? [text.runWaiting, " · ", tickingTime("nextAttempt", attempt)] : text.runWaiting;
    if (run.state === "queued") return text.runQueued;
    const current = PARTS.find((name) => run.parts[name]?.state === "running");
    const words = current ? partWords(current, run.parts[current]) : text.syncing;
    return account.last_synced_at ? words : `${text.firstSync}: ${words}`;
}

function partWords(name, { done, total }) {
    return text.partRunning(text.part[name], done ? number(done) : done, total === null ? null : number(total));
}

function partItem(name, { state }) {
    return h("li", { class: `part ${state}` }, text.part[name], h("span", { class: "unseen" }, `: ${text.partState[state]}`));
}

/** A bar with a length where the total of the running part is known, otherwise one that only moves. */
function bar(run) {
    const current = PARTS.map((name) => run.parts[name]).find((part) => part?.state === "running" && part.total);
    const ended = PARTS.filter((name) => ENDED.includes(run.parts[name]?.state)).length;
    const value = current ? { max: PARTS.length, value: ended + Math.min(1, current.done / current.total) } : {};
    return h("progress", { "aria-label": text.syncing, ...value });
}

/** How a run ended, as {words, kind}. */
export function outcomeOf(run) {
    if (run.state === "succeeded") return { words: text.runSucceeded, kind: "good" };
    const failed = PARTS.filter((name) => run.parts[name]?.state === "failed");
    const why = failed.map((name) => run.parts[name].error?.message).find(Boolean) ?? "";
    if (run.state === "failed") return { words: text.runFailed(why).trim(), kind: "bad" };
    return { words: `${text.runPartial(failed.map((name) => text.part[name]))} ${why}`.trim(), kind: "warn" };
}
