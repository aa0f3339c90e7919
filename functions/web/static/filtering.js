// Which accounts are shown: by status, platform and words. What is chosen stands in the address, so a reload keeps it.

import { handleOf, nameOf } from "./identity.js";

const NAMES = ["status", "platform", "q"];
export const ORDER = ["connection_error", "needs_sync", "connected", "disconnecting"];

export const readFilter = () => {
    const query = new URLSearchParams(location.search);
    return Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
};

export function keepFilter(filter) {
    const url = new URL(location.href);
    for (const name of NAMES) {
        if (filter[name]) url.searchParams.set(name, filter[name]);
        else url.searchParams.delete(name);
    }
    history.replaceState(history.state, "", url);
}

const plain = (words) => words.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** Every word must stand somewhere in the name, the handle or the platform's name; accents and case do not matter. */
export function matches(account, platform, { status, platform: slug, q }) {
    if (status && account.status !== status) return false;
    if (slug && account.platform !== slug) return false;
    if (!q) return true;
    const about = plain(`${nameOf(account)} ${handleOf(account)} ${platform.name}`);
    return plain(q).split(/\s+/).every((word) => about.includes(word));
}

export function brokenFirst(one, other) {
    const rank = ({ status }) => ORDER.indexOf(status);
    return rank(one) - rank(other) || String(one.connected_at).localeCompare(String(other.connected_at));
}
