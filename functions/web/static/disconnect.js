// Disconnecting: the question, the erasing, the receipt and the last step on the platform, in one dialog.

import { announce } from "./announcing.js";
import { readPreview, readReceipt, startDisconnect } from "./api.js";
import { button, buttons, notice, openDialog } from "./dialog.js";
import { h, linkable, whileBusy } from "./dom.js";
import { exportButtons } from "./exporting.js";
import { dateName, exactTime, wholeDate } from "./format.js";
import { glyph } from "./glyphs.js";
import { rowOf } from "./identity.js";
import { pause, poll } from "./polling.js";
import { text } from "./text.js";

const DELAY = 1000;
const BETWEEN_TRIES = 15_000; // after the progress could not be read for a while

const underWay = new Map(); // by account: from the press on the button to the receipt, also where its dialog is closed
const followed = new Set(); // accounts whose end is told here

/** Whether the end of this account's disconnect is told here, receipt and all. */
export const isToldOf = (accountId) => followed.has(accountId);

/** Asks, then disconnects; an account that is being disconnected already shows its receipt at once. */
export function openDisconnect(account, board) {
    const flow = underWay.get(account.account_id) ?? { account, platform: board.platform(account), board, sharesWith: [] };
    openFor(flow);
    if (!underWay.has(account.account_id) && account.status !== "disconnecting") return ask(flow);
    erasing(flow);
    return underWay.has(account.account_id) || request(flow);
}

function openFor(flow) {
    flow.dialog = openDialog({ whenClosed: () => leave(flow), fallback: flow.board.home });
}

/** The dialog is closed. What has been asked for goes on, and the card says so where its status does not yet. */
function leave({ account: { account_id: id }, board, isLost }) {
    if (!underWay.has(id)) return;
    if (isLost) board.say(id, text.erasingLost, "warn");
    else if (board.get(id)?.status !== "disconnecting") board.say(id, text.disconnectStarting);
}

function ask(flow, error = null) {
    const { account, platform, dialog } = flow;
    const cancel = button(text.cancel, dialog.close);
    const confirm = button(text.disconnectConfirm, () => whileBusy([cancel, confirm], () => request(flow, confirm)), "danger");
    const ends = h("p", {}, text.disconnectWhat);
    const what = h("ul", { class: "plain-list" }, text.disconnectDeletes.map((words) => h("li", {}, words)));
    const more = h("div", { class: "preview-notes hint" });
    const about = h("div", { class: "about", id: "about-disconnect" }, ends, what, more);
    const nodes = [
        error ? notice(error) : null,
        h("div", { class: "asked-for" }, h("ul", { class: "identities" }, h("li", {}, rowOf(account)))),
        about,
        h("section", { class: "export-first" }, h("h3", {}, text.exportFirst), exportButtons(account, flow.board)),
        h("p", { class: "hint" }, text.disconnectStays(platform.name)),
        buttons(cancel, confirm),
    ];
    dialog.step(text.disconnectTitle(flow.board.called(account)), nodes, cancel, about);
    readPreview(account.account_id).then((preview) => showPreview(preview, flow, { ends, what, more }), () => {});
}

/** The real counts in place of the general words; a server without the preview leaves those. */
function showPreview(preview, flow, { ends, what, more }) {
    const { platform } = flow;
    const counts = Object.entries(text.previewCounts).filter(([name]) => preview[name]);
    flow.sharesWith = preview.shares_with ?? [];
    const shares = flow.sharesWith.length > 0;
    const words = counts.map(([name, say]) => say(preview[name], preview.first_day ? wholeDate(preview.first_day) : null));
    const revokes = shares ? null : text.previewRevokes[preview.revokes]?.(platform.name);
    const deleted = [...words, ...(shares ? [] : [text.previewAccess])];
    const notes = [shares ? text.previewShares(siblings(flow)) : null, revokes].filter(Boolean);
    if (!shares) ends.textContent = text.disconnectWhatAndEnds(platform.name);
    what.replaceChildren(...deleted.map((line) => h("li", {}, line)));
    more.replaceChildren(...notes.map((line) => h("p", {}, line)));
    if (what.isConnected) announce(text.previewAnnounced(ends.textContent, deleted, notes));
}

/** The names of the accounts that use the same access, as far as they are still here. */
const siblings = (flow) => namesOf(flow, flow.sharesWith.map((accountId) => flow.board.get(accountId)));

/** Of those that are kept: what they are called beside the account that leaves, which may be of the same name. */
const namesOf = ({ account, board }, others) => others.filter(isKept).map((other) => board.calledBeside(account, other));

const isKept = (account) => account && account.status !== "disconnecting";

async function request(flow, confirm = null) {
    const { account, board } = flow;
    const id = account.account_id;
    if (confirm) confirm.textContent = text.disconnectStarting;
    underWay.set(id, flow);
    let receipt;
    try {
        receipt = await startDisconnect(id);
    } catch (problem) {
        underWay.delete(id);
        return refused(flow, problem.words ?? text.problems.unknown);
    }
    board.update({ ...(board.get(id) ?? account), status: "disconnecting", status_reason: null, current_run: null });
    return follow(flow, receipt);
}

/** Where the dialog has been closed meanwhile, the card says what went wrong. */
function refused(flow, words) {
    const { account, board, dialog } = flow;
    if (dialog.isOpen) return ask(flow, words);
    announce(text.runAnnounced(board.called(account), words));
    return board.say(account.account_id, words, "bad");
}

/** Reads the receipt until all is done, however long that takes and whether or not the dialog is still open. */
async function follow(flow, receipt) {
    const id = flow.account.account_id;
    followed.add(id);
    let latest = receipt;
    if (latest.state !== "done") erasing(flow);
    const look = (now) => {
        latest = now;
        if (flow.isLost) erasing(flow);
        return now.state === "done" ? null : DELAY;
    };
    try {
        while (latest.state !== "done") {
            await poll(() => readReceipt(receipt.receipt_id), look).catch((problem) => lost(flow, problem));
        }
        ended(flow, latest);
    } catch (problem) {
        followed.delete(id);
        tell(flow, problem.words ?? text.problems.unknown);
    } finally {
        underWay.delete(id);
    }
}

/** The progress cannot be read at the moment: says so, and answers when it is time to ask again. */
async function lost(flow, problem) {
    if (!problem.passing) throw problem;
    flow.isLost = true;
    tell(flow, text.erasingLost);
    await pause(BETWEEN_TRIES);
}

/** Something of the progress that is to be known, in the dialog or else on the card. */
function tell({ account, board, dialog }, words) {
    if (dialog.isOpen) dialog.step(text.erasingTitle(board.called(account)), [notice(words), buttons(button(text.close, dialog.close, "primary"))]);
    else board.say(account.account_id, words, "warn");
}

/** Nobody loses the receipt by closing the dialog, as its words invite to: it can be opened from above the list. */
function ended(flow, receipt) {
    const { account, board, dialog } = flow;
    const words = text.erasedAnnounced(board.called(account));
    const show = () => { openFor(flow); done(flow, receipt); };
    board.gone(account.account_id);
    announce(words);
    if (dialog.isOpen) done(flow, receipt);
    else board.notice(receipt.receipt_id, words, { action: { words: text.showReceipt, act: show } });
}

function erasing(flow) {
    const { account, board, dialog } = flow;
    flow.isLost = false;
    board.say(account.account_id, "");
    if (!dialog.isOpen) return;
    dialog.step(text.erasingTitle(board.called(account)), [
        h("p", {}, text.erasing),
        h("progress", { "aria-label": text.erasingTitle(board.called(account)) }),
        buttons(button(text.close, dialog.close)),
    ]);
}

function done(flow, receipt) {
    const { account, platform, dialog } = flow;
    const outcome = receipt.platform_revocation;
    const facts = [
        [text.receiptId, h("code", {}, receipt.receipt_id)],
        [text.deletedLabel, deletedWords(receipt.deleted)],
        outcome ? [text.revocationLabel(platform.name), (text.platformRevocation[outcome] ?? (() => outcome))(platform.name)] : null,
        receipt.backups_until ? [text.backupsLabel, text.backups(dateName(receipt.backups_until))] : null,
    ].filter(Boolean);
    const end = button(text.done, dialog.close, "primary");
    dialog.step(text.erasedTitle(flow.board.called(account)), [
        h("dl", { class: "facts" }, facts.map(([label, words]) => h("div", {}, h("dt", {}, label), h("dd", {}, words)))),
        lastStep(flow, receipt),
        buttons(copyButton(() => receiptText(receipt, facts, flow)), end),
    ]);
}

function copyButton(textOf) {
    const copy = button(text.copyReceipt, async () => {
        const worked = await navigator.clipboard.writeText(textOf()).then(() => true, () => false);
        copy.textContent = worked ? text.copied : text.copyFailed;
        announce(copy.textContent);
        setTimeout(() => { copy.textContent = text.copyReceipt; }, 3000);
    });
    return copy;
}

/** The receipt as plain text, for the person's own papers. */
function receiptText(receipt, facts, flow) {
    const { account, board } = flow;
    const lines = facts.map(([label, words]) => `${label}: ${words.textContent ?? words}`);
    const times = [[text.receiptAsked, receipt.requested_at], [text.receiptFinished, receipt.finished_at]].filter(([, time]) => time);
    const steps = receipt.revocation?.steps ?? [];
    const { title, costs } = stepOf(flow, receipt);
    return [
        text.receiptHead(board.called(account)),
        ...lines,
        ...times.map(([label, time]) => `${label}: ${exactTime(time)}`),
        ...(steps.length ? [`${title}:`, ...(costs ? [costs] : []), ...steps.map((step, index) => `${index + 1}. ${step}`), receipt.revocation.url ?? ""] : []),
    ].join("\n");
}

function deletedWords(deleted) {
    const words = Object.entries(text.deleted).filter(([name]) => deleted?.[name]).map(([name, say]) => say(deleted[name]));
    return words.length ? words.join(" · ") : text.deletedNothing;
}

/** What the steps on the platform are for, and what they may cost: {title, costs, isShared}. */
function stepOf(flow, { platform_revocation: outcome }) {
    const { account, board, platform } = flow;
    const shared = siblings(flow);
    if (outcome === "shared_grant" || shared.length) return { title: text.sharedStep(platform.name), costs: text.sharedWarning(platform.name, shared), isShared: true };
    if (outcome === "revoked") return { title: text.optionalStep(platform.name) };
    const others = namesOf(flow, board.all().filter((other) => other.platform === account.platform && other.account_id !== account.account_id));
    return { title: text.lastStep(platform.name), costs: others.length ? text.stepCosts(others) : null };
}

/** The steps; folded where they would cut off accounts that the person keeps, so that nobody is urged to take them. */
function lastStep(flow, receipt) {
    const { url, steps } = receipt.revocation ?? {};
    if (!steps?.length) return null;
    const address = linkable(url);
    const { title, costs, isShared } = stepOf(flow, receipt);
    const link = address
        ? h("a", { class: "button soft", href: address, target: "_blank", rel: "noopener noreferrer" }, text.openRevocation(flow.platform.name), glyph("external"), h("span", { class: "unseen" }, ` ${text.opensInNewTab}`))
        : null;
    const list = h("ol", {}, steps.map((step) => h("li", {}, step)));
    if (isShared) return h("details", {}, h("summary", {}, title), h("div", { class: "last-step" }, notice(costs, "warn"), list, link));
    return h("section", { class: "last-step" }, h("h3", {}, title), list, costs ? h("p", { class: "hint" }, costs) : null, link);
}
