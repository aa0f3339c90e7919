// Syncing by hand, and following any run until its end.

import { announce, announceOutcome } from "./announcing.js";
import { readAccount, readRun, startSync } from "./api.js";
import { upcoming, wait } from "./format.js";
import { poll } from "./polling.js";
import { isOver, outcomeOf } from "./progress.js";
import { text } from "./text.js";

const DELAY = { queued: 700, running: 1000 };
const followed = new Set();
const A_MINUTE = 60_000;
const TICK = { near: 1000, far: 10_000 }; // of a wait, while it is told in seconds and while it is not
const OWN_TROUBLE = ["platform_unavailable", "blocked"]; // of a platform, which then has not asked us to wait
const starting = new Set(); // accounts whose sync has been asked for, and not yet answered

export const isFollowing = (run) => followed.has(run.run_id);

/** Presses Sync. `board` is the list: {get(id), update(account), progress(id, run), lost(id), say(id, words, kind, isWait), said(id), platform(account), called(account), watch()}. */
export async function sync(account, board) {
    const id = account.account_id;
    if (starting.has(id)) return undefined;
    if (account.current_run?.state === "waiting") return tellWait(account, board);
    board.say(id, "");
    announce(text.syncStarted(board.called(account)));
    try {
        const run = await begin(account, board);
        if (isLeaving(account, board)) return undefined;
        board.update({ ...latestOf(account, board), current_run: run });
        return await follow(account, run, board);
    } catch (problem) {
        return refused(account, problem, board);
    }
}

/** Asks for a run. The card shows so at once, and until the answer is there further presses count for nothing. */
async function begin(account, board) {
    const id = account.account_id;
    starting.add(id);
    board.update({ ...account, is_starting: true });
    try {
        return await startSync(id);
    } finally {
        starting.delete(id);
        if (board.get(id)?.is_starting) board.update({ ...board.get(id), is_starting: false });
    }
}

/** An account that is being disconnected, or has been, shows that and nothing of a sync. */
const isLeaving = ({ account_id: id }, board) => [undefined, "disconnecting"].includes(board.get(id)?.status);

const latestOf = (account, board) => board.get(account.account_id) ?? account;

/** Why the account's run waits and until when. */
function waitOf(account, board) {
    const { code, next_attempt_at: attempt } = account.status_reason ?? {};
    const platform = board.platform(account).name;
    return text.waitingFor(OWN_TROUBLE.includes(code) ? text.cause[code](platform) : null, platform, attempt ? upcoming(attempt) : null);
}

/** A run that waits goes on by itself: whoever presses is told when, as long as those words are true to the minute. */
function tellWait(account, board) {
    const words = waitOf(account, board);
    announce(text.runAnnounced(board.called(account), words));
    const left = Date.parse(account.status_reason?.next_attempt_at) - Date.now();
    tellFor(left > 0 ? Math.min(left, A_MINUTE) : A_MINUTE, () => waitOf(latestOf(account, board), board), account, board);
}

async function refused(account, problem, board) {
    const name = board.platform(account).name;
    const hasWait = problem.status === 429 && problem.retryAfter !== null;
    const waiting = problem.code === "platform_wait";
    const waitWords = (left) => (waiting ? text.platformWait(name, wait(left)) : text.syncWait(wait(left)));
    const words = hasWait ? waitWords(problem.retryAfter) : problem.words;
    if (problem.status === 404) return board.lost(account.account_id);
    announce(text.runAnnounced(board.called(account), words));
    if (problem.status === 409) await refresh(account, board);
    if (hasWait) tellFor(problem.retryAfter * 1000, waitWords, account, board, true);
    else tell(account, board, words, "bad");
}

/**
 * Tells of a wait so many milliseconds long in words that go with the time, `wordsAt(seconds left)`, and takes them back
 * when it is over; ends where something else is said meanwhile, or the account leaves.
 */
function tellFor(milliseconds, wordsAt, account, board, isWait = false) {
    const id = account.account_id;
    const end = Date.now() + milliseconds;
    let words = board.said(id);
    const step = () => {
        if (board.said(id) !== words || isLeaving(account, board)) return;
        const left = end - Date.now();
        if (left <= 0) return board.say(id, "");
        words = wordsAt(left / 1000);
        tell(account, board, words, "info", isWait);
        setTimeout(step, left > A_MINUTE + TICK.far ? TICK.far : left % TICK.near || TICK.near);
    };
    step();
}

/** On the card, unless its status says it already. `isWait`: until these words go, pressing Sync would change nothing. */
function tell({ account_id: accountId }, board, words, kind, isWait) {
    const isSaid = ["connection_error", "disconnecting"].includes(board.get(accountId)?.status);
    board.say(accountId, isSaid ? "" : words, kind, isWait && !isSaid);
}

async function refresh(account, board) {
    try {
        const read = await readAccount(account.account_id);
        if (!isLeaving(account, board) || read.status === "disconnecting") board.update(read); // else it was read before
    } catch (problem) {
        if (problem.status === 404) board.lost(account.account_id);
    }
}

/** Says how a run has ended, on the card and aloud; `others`: how many are still under way. */
export function tellOutcome(account, outcome, board, others) {
    tell(account, board, outcome.words, outcome.kind);
    announceOutcome(board.called(account), outcome, others);
}

const knowsProfile = ({ parts }) => parts.profile?.state === "succeeded";

/**
 * Shows a run's progress until it is over or waits for its platform, then the account as it is now. Following twice is
 * following once.
 */
export async function follow(account, run, board) {
    if (followed.has(run.run_id)) return;
    followed.add(run.run_id);
    board.say(account.account_id, "");
    let latest = run;
    const read = async () => {
        const now = await readRun(account.account_id, run.run_id);
        const isNews = knowsProfile(now) && !knowsProfile(latest) && !isOver(now) && latestOf(account, board).last_synced_at === null;
        if (isNews) await refresh(account, board); // a first sync may take long, and its followers are known by now
        return now;
    };
    const look = (now) => {
        latest = now;
        if (isLeaving(account, board)) return null;
        if (DELAY[now.state]) board.progress(account.account_id, now);
        return DELAY[now.state] ?? null;
    };
    try {
        await poll(read, look);
        if (isLeaving(account, board)) return;
        if (!isOver(latest)) {
            followed.delete(run.run_id);
            board.progress(account.account_id, latest);
        }
        await refresh(account, board);
        if (isLeaving(account, board)) return;
        const now = latestOf(account, board);
        if (latest.state === "waiting" && now.current_run) announce(text.runAnnounced(board.called(now), waitOf(now, board))); // its card says so by itself
        if (isOver(latest)) tellOutcome(account, outcomeOf(latest), board, followed.size - 1);
    } catch (problem) {
        followed.delete(run.run_id);
        if (isLeaving(account, board)) return;
        if (problem.status === 404) {
            await refresh(account, board);
            return;
        }
        board.say(account.account_id, text.progressLost, "warn");
        board.watch();
    } finally {
        followed.delete(run.run_id);
    }
}
