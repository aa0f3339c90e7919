// Disconnecting: the question, the erasing, the receipt and the last step on the platform, in one dialog.

import { readReceipt, startDisconnect } from "./api.js";
import { nameOf } from "./card.js";
import { button, buttons, notice, openDialog } from "./dialog.js";
import { announce, h, linkable } from "./dom.js";
import { dateName } from "./format.js";
import { glyph } from "./glyphs.js";
import { poll } from "./polling.js";
import { text } from "./text.js";

const DELAY = 1000;

/** Asks, then disconnects; an account that is being disconnected already shows its receipt at once. */
export function openDisconnect(account, board) {
    const platform = board.platform(account);
    const following = new AbortController();
    const dialog = openDialog({ whenClosed: () => following.abort(), fallback: board.home });
    const flow = { account, platform, board, dialog, signal: following.signal };
    if (account.status === "disconnecting") request(flow, []);
    else ask(flow);
}

function ask(flow, error = null) {
    const { account, platform, dialog } = flow;
    const cancel = button(text.cancel, dialog.close);
    const confirm = button(text.disconnectConfirm, () => request(flow, [cancel, confirm]), "danger");
    const nodes = [
        error ? notice(error) : null,
        h("p", {}, text.disconnectWhat(platform.name)),
        h("ul", { class: "plain-list" }, text.disconnectDeletes.map((words) => h("li", {}, words))),
        h("p", { class: "hint" }, text.disconnectStays(platform.name)),
        buttons(cancel, confirm),
    ];
    dialog.step(text.disconnectTitle(nameOf(account)), nodes, cancel);
}

async function request(flow, controls) {
    const { account, board } = flow;
    for (const control of controls) control.disabled = true;
    if (controls.length) controls[1].textContent = text.disconnectStarting;
    try {
        const receipt = await startDisconnect(account.account_id);
        board.update({ ...account, status: "disconnecting", status_reason: null, current_run: null });
        await follow(flow, receipt);
    } catch (problem) {
        ask(flow, problem.words ?? text.problems.unknown);
    }
}

async function follow(flow, receipt) {
    const { account, dialog, signal } = flow;
    if (receipt.state !== "done") erasing(flow);
    let latest = receipt;
    try {
        if (receipt.state !== "done") {
            await poll(() => readReceipt(receipt.receipt_id), (now) => { latest = now; return now.state === "done" ? null : DELAY; }, signal);
        }
        if (latest.state !== "done") return;
        flow.board.gone(account.account_id);
        announce(text.erasedAnnounced(nameOf(account)));
        if (dialog.isOpen) done(flow, latest);
    } catch {
        if (dialog.isOpen) dialog.step(text.erasingTitle(nameOf(account)), [notice(text.erasingLost), buttons(button(text.close, dialog.close, "primary"))]);
    }
}

function erasing({ account, dialog }) {
    dialog.step(text.erasingTitle(nameOf(account)), [
        h("p", {}, text.erasing),
        h("progress", { "aria-label": text.erasingTitle(nameOf(account)) }),
        buttons(button(text.close, dialog.close)),
    ]);
}

function done({ account, platform, dialog }, receipt) {
    const outcome = receipt.platform_revocation;
    const facts = [
        [text.deletedLabel, deletedWords(receipt.deleted)],
        outcome ? [text.revocationLabel(platform.name), (text.platformRevocation[outcome] ?? (() => outcome))(platform.name)] : null,
        receipt.backups_until ? [text.backupsLabel, text.backups(dateName(receipt.backups_until))] : null,
    ].filter(Boolean);
    dialog.step(text.erasedTitle(nameOf(account)), [
        h("dl", { class: "facts" }, facts.map(([label, words]) => h("div", {}, h("dt", {}, label), h("dd", {}, words)))),
        lastStep(receipt, platform),
        buttons(button(text.done, dialog.close, "primary")),
    ]);
}

function deletedWords(deleted) {
    const words = Object.entries(text.deleted).filter(([name]) => deleted?.[name]).map(([name, say]) => say(deleted[name]));
    return words.length ? words.join(" · ") : text.deletedNothing;
}

function lastStep(receipt, platform) {
    const { url, steps } = receipt.revocation ?? {};
    if (!steps?.length) return null;
    const address = linkable(url);
    const title = receipt.platform_revocation === "revoked" ? text.optionalStep : text.lastStep;
    const link = address
        ? h("a", { class: "button soft", href: address, target: "_blank", rel: "noopener noreferrer" }, text.openRevocation(platform.name), glyph("external"), h("span", { class: "unseen" }, ` ${text.opensInNewTab}`))
        : null;
    return h("section", { class: "last-step" }, h("h3", {}, title(platform.name)), h("ol", {}, steps.map((step) => h("li", {}, step))), link);
}
