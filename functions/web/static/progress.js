// A sync run in words and as a bar.

import { h } from "./dom.js";
import { number } from "./format.js";
import { text } from "./text.js";

const PARTS = ["profile", "insights", "posts"];

export const isOver = (run) => ["succeeded", "partial", "failed"].includes(run.state);

/** A line and a bar, in the place where a card says when it was synced. */
export const progressOf = (run, account) => [h("div", { class: "times" }, h("p", {}, headline(run, account)), partsOf(run)), bar(run)];

/** How far each part is. */
export function partsOf(run) {
    const parts = PARTS.filter((name) => run.parts[name]).map((name) => partItem(name, run.parts[name], run.state));
    return h("ol", { class: "parts", "aria-label": stageOf(run) }, parts);
}

/** What a run that is not over is doing. */
export const stageOf = ({ state }) => ({ queued: text.runQueued, waiting: text.runWaiting })[state] ?? text.syncing;

function headline(run, account) {
    if (run.state === "queued") return text.runQueued;
    const current = PARTS.find((name) => run.parts[name]?.state === "running");
    const words = current ? partWords(current, run.parts[current]) : text.syncing;
    return account.last_synced_at ? words : `${text.firstSync}: ${words}`;
}

function partWords(name, { done, total }) {
    return text.partRunning(text.part[name], done ? number(done) : done, total === null ? null : number(total));
}

/** A run that is under way tells of its parts from time to time only: one it calls queued may well have begun. */
function partItem(name, { state }, runState) {
    const words = text.partState[state === "queued" && runState !== "queued" ? "pending" : state];
    return h("li", { class: `part ${state}` }, text.part[name], h("span", { class: "unseen" }, `: ${words}`));
}

/** A bar as long as the running part is done, where its total is known; otherwise one that only moves. */
function bar(run) {
    const part = PARTS.map((name) => run.parts[name]).find((one) => one?.state === "running" && one.total);
    return h("progress", { "aria-label": text.syncing, ...(part ? { max: part.total, value: Math.min(part.done, part.total) } : {}) });
}

/** How a run has ended as far as its account tells, with `why` it was no success. */
export function outcomeSeen(run, account, why) {
    const isGood = Date.parse(account.last_synced_at) >= Date.parse(run.queued_at);
    return isGood ? { words: text.runSucceeded, kind: "good" } : { words: text.runIncomplete(why).trim(), kind: "warn" };
}

/** How a run ended, as {words, kind}. */
export function outcomeOf(run) {
    if (run.state === "succeeded") return { words: text.runSucceeded, kind: "good" };
    const failed = PARTS.filter((name) => run.parts[name]?.state === "failed");
    const why = failed.map((name) => run.parts[name].error?.message).find(Boolean) ?? "";
    if (run.state === "failed") return { words: text.runFailed(why).trim(), kind: "bad" };
    return { words: `${text.runPartial(failed.map((name) => text.part[name]))} ${why}`.trim(), kind: "warn" };
}
