// Saving all that is held of an account as one file.

import { announce } from "./announcing.js";
import { readExport } from "./api.js";
import { button, buttons, notice, openDialog } from "./dialog.js";
import { h, whileBusy } from "./dom.js";
import { shortSize } from "./format.js";
import { text } from "./text.js";

const MEDIA_TYPE = { csv: "text/csv", jsonl: "application/jsonl" };

/** Reads the pages into one file: put together they make it. */
async function collect(account, format, tell) {
    const parts = [];
    let size = 0;
    for await (const page of readExport(account.account_id, format)) {
        parts.push(page);
        tell(size += page.length);
    }
    return new Blob(parts, { type: MEDIA_TYPE[format] });
}

function save(blob, name) {
    const address = URL.createObjectURL(blob);
    h("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

const fileName = (account, format) =>
    `${[account.platform, (account.username ?? account.account_id).replace(/[^\p{L}\p{N}._-]+/gu, "_"), new Date().toISOString().slice(0, 10)].join("-")}.${format}`;

/** Two buttons, one a format, and a line that says how far it is. */
export function exportButtons(account, board) {
    const line = h("p", { class: "hint" });
    const choices = ["csv", "jsonl"].map((format) => button(text.exportAs[format], () => whileBusy(choices, () => run(format)), "soft small", "save"));
    async function run(format) {
        try {
            const blob = await collect(account, format, (size) => { line.textContent = text.exporting(shortSize(size)); });
            save(blob, fileName(account, format));
            line.textContent = text.exported(shortSize(blob.size));
            announce(line.textContent);
        } catch (problem) {
            line.replaceChildren(notice(await whyNot(problem, account, board)));
        }
    }
    return h("div", { class: "export" }, h("div", { class: "export-buttons" }, choices), line);
}

/** Where the API does not know the account's data: because it is gone or going, perhaps from another tab. */
async function whyNot(problem, account, board) {
    if (problem.code !== "not_found") return problem.status === 404 ? text.exportMissing : problem.words ?? text.problems.unknown;
    const name = board.called(account);
    await board.look(account.account_id);
    const now = board.get(account.account_id);
    return now?.status === "disconnecting" ? text.problems.disconnecting : now ? problem.words : text.isGone(name);
}

export function openExport(account, board) {
    const dialog = openDialog({ fallback: board.home });
    dialog.step(text.exportTitle(board.called(account)), [h("p", {}, text.exportWhat), exportButtons(account, board), buttons(button(text.close, dialog.close))]);
}
