// What goes on by itself is watched to its end: a few runs one by one, so that their parts can be seen. For all others,
// and for those that wait for their platform, the whole list is read again from time to time.

import { announce } from "./announcing.js";
import { isToldOf } from "./disconnect.js";
import { pause } from "./polling.js";
import { outcomeSeen } from "./progress.js";
import { reasonsOf } from "./standing.js";
import { follow, isFollowing, tellOutcome } from "./sync.js";
import { text } from "./text.js";

const FEW = 6;
const MOVING = { seen: 3000, hidden: 10_000 };
const WAITING = { seen: 15_000, hidden: 60_000 }; // at least, however near the next attempt is
const LONGEST = 600_000;
const SLACK = 2000; // after the time of an attempt, for it to have begun

const isUnderWay = ({ current_run: run }) => Boolean(run) && run.state !== "waiting";
const isLeaving = (account) => account?.status === "disconnecting";
const delay = ({ seen, hidden }) => (document.hidden ? hidden : seen);

/** `readList()` reads the list again, `readOne(id)` an account that is leaving. Answers {note(account), plan(), compare(...)}. */
export function createWatch(board, readList, readOne) {
    const leaving = new Set();
    let [readAt, dueAt] = [Date.now(), Infinity];
    let timer;
    let isPlanning = false;
    let failures = 0;

    const isLeft = (account) => (isLeaving(account) ? !leaving.has(account.account_id) : account.current_run && !isFollowing(account.current_run));
    const underWay = () => board.all().filter(isUnderWay).length;

    /** Sees to it that the account is watched where there is something to watch. */
    function note(account) {
        if (!isLeft(account)) return;
        if (isLeaving(account) && leaving.size < FEW) seeOff(account.account_id);
        else if (isUnderWay(account) && underWay() <= FEW) follow(account, account.current_run, board);
        else planSoon();
    }

    async function seeOff(accountId) {
        const account = board.get(accountId);
        leaving.add(accountId);
        board.say(accountId, ""); // what was said of a sync
        while (isLeaving(board.get(accountId))) {
            await pause(delay(MOVING));
            await readOne(accountId);
        }
        leaving.delete(accountId);
        if (board.get(accountId) || isToldOf(accountId)) return;
        announce(text.erasedAnnounced(board.called(account)));
        board.notice(accountId, text.erasedAnnounced(board.called(account)));
    }

    function planSoon() {
        if (isPlanning) return;
        isPlanning = true;
        queueMicrotask(() => { isPlanning = false; plan(); });
    }

    /** Plans one reading of the list for all that are left; an earlier one takes the place of a later one. */
    function plan() {
        const left = board.all().filter(isLeft);
        if (!left.length) return;
        const at = left.some((account) => isLeaving(account) || isUnderWay(account)) ? readAt + moving() : nextAttempt(left);
        if (at >= dueAt) return;
        clearTimeout(timer);
        dueAt = at;
        timer = setTimeout(read, at - Date.now());
    }

    /** Longer after each reading that failed: whoever is without network for an hour does not ask a thousand times. */
    const moving = () => Math.min(delay(MOVING) * 2 ** failures, WAITING.hidden);

    function nextAttempt(waiting) {
        const times = waiting.map(({ status_reason: reason }) => Date.parse(reason?.next_attempt_at)).filter((time) => time);
        const earliest = times.length ? Math.min(...times) + SLACK : 0;
        return Math.min(Math.max(earliest, readAt + delay(WAITING)), readAt + LONGEST);
    }

    async function read() {
        dueAt = Infinity;
        await readList().then(() => { failures = 0; }, () => { failures += 1; });
        readAt = Date.now();
        plan();
    }

    /** Tells of the runs that have ended between two readings of the list: [[before, now]]. Those followed tell themselves. */
    function compare(pairs) {
        readAt = Date.now();
        const ended = pairs.filter(([{ current_run: run }, now]) => run && !isFollowing(run) && !isLeaving(now) && now.current_run?.run_id !== run.run_id);
        ended.forEach(([{ current_run: run }, now], index) => {
            const [reason] = reasonsOf(now, board.platform(now));
            tellOutcome(now, outcomeSeen(run, now, reason?.words ?? ""), board, ended.length - 1 - index + underWay());
        });
    }

    /** The network is back: what was due meanwhile is read now. */
    function readNow() {
        if (!board.all().some(isLeft)) return;
        clearTimeout(timer);
        read();
    }

    document.addEventListener("visibilitychange", () => { if (!document.hidden) plan(); });
    addEventListener("online", readNow);
    return { note, plan: planSoon, compare };
}
