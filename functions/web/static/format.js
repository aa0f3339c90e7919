// Numbers and times in words. Numbers and dates follow the reader's locale, sentences the page's language.

import { h } from "./dom.js";
import { language, text } from "./text.js";

const plain = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const signed = new Intl.NumberFormat(undefined, { signDisplay: "exceptZero" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const calendarDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const dayOfTime = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const wholeDay = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const longDate = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeZone: "UTC" });
const mediumDay = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(language, { style: "narrow" });

const UNITS = [["second", 60], ["minute", 60], ["hour", 24], ["day", 7], ["week", 4.35], ["month", 12], ["year", Infinity]];

export const number = (value) => plain.format(value);
export const shortNumber = (value) => (Math.abs(value) < 1_000_000 ? plain : compact).format(value);
export const signedNumber = (value) => signed.format(value);
export const exactTime = (iso) => moment.format(new Date(iso));
/** A platform's day, `2026-11-22`, which belongs to no time zone of ours. */
export const dayName = (date) => calendarDay.format(new Date(`${date}T00:00:00Z`));
export const longDay = (date) => wholeDay.format(new Date(`${date}T00:00:00Z`));
export const wholeDate = (date) => longDate.format(new Date(`${date}T00:00:00Z`));
export const shortDay = (iso) => mediumDay.format(new Date(iso));
export const shortTime = (iso) => dayAndTime.format(new Date(iso));
export const dateName = (iso) => dayOfTime.format(new Date(iso));

function distance(seconds) {
    let value = seconds;
    for (const [unit, size] of UNITS) {
        if (Math.abs(value) < size) return relative.format(Math.trunc(value), unit);
        value /= size;
    }
    return "";
}

/** "in 45s": a Retry-After of so many seconds. */
export const wait = (seconds) => distance(Math.max(1, Math.ceil(seconds)));

/** "3h ago" or "in 2 days", as seen from now. */
export function fromNow(iso) {
    const seconds = (new Date(iso) - Date.now()) / 1000;
    if (seconds <= 0 && seconds > -60) return text.justNow;
    return distance(seconds);
}

const SENTENCES = {
    synced: (iso) => text.synced(new Date(iso) > Date.now() ? text.justNow : fromNow(iso)),
    nextSync: (iso) => text.nextSync(upcoming(iso)),
    nextAttempt: (iso) => text.nextAttempt(upcoming(iso)),
};

/** "in 2 days", of a time that may be over already: then it is about to come. */
export const upcoming = (iso) => (new Date(iso) <= Date.now() ? text.soon : fromNow(iso));

/** A <time> that says one of the sentences above and goes on ticking; the exact time is its title. */
export function tickingTime(sentence, iso) {
    return h("time", { datetime: iso, title: exactTime(iso), "data-sentence": sentence }, SENTENCES[sentence](iso));
}

/** Keeps every ticking time of the page true. */
export function keepTicking() {
    setInterval(() => {
        for (const element of document.querySelectorAll("time[data-sentence]")) {
            const words = SENTENCES[element.dataset.sentence](element.dateTime);
            if (element.textContent !== words) element.textContent = words;
        }
    }, 10_000);
}

/** "12 kB", of so many characters or bytes. */
export const shortSize = (size) =>
    size < 1_000_000 ? text.kilobytes(plain.format(Math.ceil(size / 1000))) : text.megabytes(compact.format(size / 1_000_000));

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Up to two letters that stand for a name: whole characters, so that emoji and combined letters stay whole. */
export function initials(name) {
    const all = name.replace(/^@/, "").split(/[\s._-]+/).filter(Boolean);
    const lettered = all.filter((word) => /^\p{L}/u.test(word));
    const words = lettered.length ? lettered : all;
    const firsts = [words[0], words.length > 1 ? words[words.length - 1] : null].filter(Boolean);
    return firsts.map((word) => graphemes.segment(word)[Symbol.iterator]().next().value.segment).join("").toLocaleUpperCase() || "?";
}
