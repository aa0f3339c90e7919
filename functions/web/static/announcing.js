// What is said to people who cannot see a change. Every sentence is heard, also when several come at once.

import { h } from "./dom.js";
import { text } from "./text.js";

const READY = 60; // ms in which a region that has just been put in is noticed; what is in it before then is not read
const KEPT = 20_000; // ms, so that nobody comes across old sentences at the end of the page
const TOGETHER = 3000; // ms in which outcomes count as one
const ONE_BY_ONE = 2;

let ended = [];
let telling = 0;

/** The live region of a page or a dialog. Lines are added to it, and only what is added is read. */
export const liveRegion = () => h("div", { class: "announcer unseen", role: "status", "aria-atomic": "false" });

/** Says a sentence; in an open dialog where there is one, since all else is inert then. */
export function announce(sentence) {
    const region = [...document.querySelectorAll("dialog[open] .announcer")].at(-1) ?? document.querySelector("body > .announcer");
    const line = h("p", {}, sentence);
    setTimeout(() => region.append(line), READY);
    setTimeout(() => line.remove(), READY + KEPT);
}

/** Says how a run ended: at once where no `others` are under way, else for all that end together, many of them in a sum. */
export function announceOutcome(name, { words, kind }, others) {
    ended.push({ sentence: text.runAnnounced(name, words), isGood: kind === "good" });
    if (!others) return tellOutcomes();
    telling ||= setTimeout(tellOutcomes, TOGETHER);
    return undefined;
}

function tellOutcomes() {
    clearTimeout(telling);
    const [told, good] = [ended, ended.filter(({ isGood }) => isGood).length];
    [ended, telling] = [[], 0];
    if (told.length > ONE_BY_ONE) announce(text.runsAnnounced(good, told.length - good));
    else for (const { sentence } of told) announce(sentence);
}
