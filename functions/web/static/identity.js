// Who an account is: names, and the head of a card.

import { avatar } from "./avatar.js";
import { h, linkable } from "./dom.js";
import { text } from "./text.js";

export const handleOf = (account) => (account.username ? `@${account.username.replace(/^@/, "")}` : "");
export const nameOf = (account) => account.display_name || handleOf(account) || account.account_id;

/** Where the account's own page is; `section`: posts, history, diary. */
export const pageOf = (account, section = "") => `#/accounts/${encodeURIComponent(account.account_id)}${section ? `/${section}` : ""}`;

/** Picture, name and handle. `heading`: h2 on a card, where the name leads to the account's page; h1 on that page. */
export function topOf(account, platform, heading = "h2") {
    const handle = handleOf(account);
    const address = linkable(account.profile_url);
    const link = { href: address, target: "_blank", rel: "noopener noreferrer", title: text.profileOf(nameOf(account), platform.name) };
    const shownHandle = h("bdi", { class: "handle" }, (account.display_name && handle) || platform.name);
    const name = h("bdi", {}, nameOf(account));
    const isLinked = heading === "h2" && account.status !== "disconnecting";
    return [
        avatar(account, account.platform),
        h(
            "div",
            { class: "who" },
            h(heading, { title: nameOf(account) }, isLinked ? h("a", { href: pageOf(account) }, name) : name),
            h("p", { class: "where" }, address ? h("a", link, shownHandle) : shownHandle, h("span", { class: "unseen" }, ` ${text.onPlatform(platform.name)}`)),
        ),
    ];
}

/** Picture, name and handle of an account in a row of a list. */
export const rowOf = (account) => [
    avatar(account, account.platform),
    h("span", { class: "who" }, h("bdi", { class: "name" }, nameOf(account)), h("bdi", { class: "handle" }, handleOf(account))),
];
