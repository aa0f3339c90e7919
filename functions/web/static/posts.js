// An account's posts with their numbers, sortable by each.

import { h, linkable } from "./dom.js";
import { exactTime, number, shortDay } from "./format.js";
import { createPages } from "./paging.js";
import { sortableTable } from "./table.js";
import { text } from "./text.js";

const METRICS = ["views", "impressions", "reach", "likes", "comments", "saves", "shares", "clicks"];
const LIMIT = 100;

const unknown = () => [h("span", { "aria-hidden": "true" }, "–"), h("span", { class: "unseen" }, text.unknown)];

/** Answers {element, first, refresh()}; `first`: when they are shown. `whenLost`: see paging.js. */
export function createPosts(account, platform, whenLost) {
    const columns = [
        { name: "title", words: text.post, cell: titleOf, value: (post) => (post.title ?? "").toLocaleLowerCase() || null },
        { name: "published_at", words: text.published, cell: (post) => h("time", { datetime: post.published_at, title: exactTime(post.published_at) }, shortDay(post.published_at)), value: (post) => post.published_at },
        ...METRICS.filter((name) => platform.metrics?.[name] !== false).map((name) => ({
            name, words: text.metric[name], isNumber: true, value: (post) => post.metrics[name], cell: (post) => (post.metrics[name] === null ? unknown() : number(post.metrics[name])),
        })),
    ];
    const table = sortableTable(text.postsTable, columns, "published_at");
    const hint = h("p", { class: "hint" });
    const draw = (posts, more) => {
        hint.textContent = more ? text.postsSome(number(posts.length)) : posts.length ? text.postsAll(number(posts.length), posts.length) : "";
        return table.fill(posts);
    };
    const pages = createPages({ accountId: account.account_id, what: "posts", limit: LIMIT, element: table.element, draw, none: text.noPosts, whenLost });
    return { element: h("div", {}, hint, pages.element), first: pages.begin(), refresh: pages.refresh };
}

function titleOf(post) {
    const words = h("bdi", {}, post.title || text.untitled(post.media_type));
    const address = linkable(post.permalink);
    return h("span", { class: "post-title" }, address ? h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, words) : words);
}
