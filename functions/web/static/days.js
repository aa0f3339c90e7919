// Days as platforms count them, `2026-11-22`, each in a time zone of its own.

export const DAY = 86_400_000;

export const dayBefore = (date, days) => new Date(Date.parse(date) - days * DAY).toISOString().slice(0, 10);

const zones = new Map(); // what tells the day in a zone takes its time to be made

function today(zone) {
    if (!zones.has(zone)) zones.set(zone, new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }));
    return zones.get(zone).format(new Date());
}

/** Today on the platform's clock, or the newest day of the account where that is later. */
export const newestDay = (account, platform) => [today(platform.day_zone ?? "UTC"), account.followers_30d.at(-1)?.date ?? ""].sort().at(-1);
