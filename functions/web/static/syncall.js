// Syncing every account that can be synced, a few requests at a time, and saying what was skipped and why.

import { startSync } from "./api.js";
import { pause } from "./polling.js";
import { text } from "./text.js";

const AT_ONCE = 4;
const TRIES = 6;

function reasonToSkip(account) {
    if (account.status === "connection_error") return "broken";
    if (account.status === "disconnecting") return "disconnecting";
    if (account.current_run) return account.current_run.state === "waiting" ? "platform" : "running";
    if (account.status_reason?.action === "wait" && Date.parse(account.status_reason.next_attempt_at) > Date.now()) return "platform";
    return null;
}

function reasonOfRefusal(problem) {
    if (problem.status === 0) return "offline";
    if (problem.status === 404) return "gone";
    if (problem.status === 429) return problem.code === "platform_wait" ? "platform" : problem.code ? "recent" : "failed";
    return { reconnect_needed: "broken", disconnecting: "disconnecting" }[problem.code] ?? "failed";
}

/** The gateway takes only so many requests a second of everybody: what it turns away (no code of ours) is asked for again. */
async function begin(account) {
    for (let again = 1; ; again += 1) {
        try {
            return await startSync(account.account_id);
        } catch (problem) {
            if (problem.status !== 429 || problem.code || again === TRIES) throw problem;
            await pause((problem.retryAfter ?? 2 ** again / 4) * 1000);
        }
    }
}

/** Answers how it went, in words. `board.progress(id, run)` shows each run as it begins, `board.gone(id)` takes away what is no longer there. */
export async function syncAll(accounts, board) {
    const skipped = {};
    const skip = (reason) => { skipped[reason] = (skipped[reason] ?? 0) + 1; };
    const waiting = accounts.filter((account) => {
        const reason = reasonToSkip(account);
        if (reason) skip(reason);
        return !reason;
    });
    let started = 0;
    async function work() {
        for (let account = waiting.shift(); account; account = waiting.shift()) {
            try {
                const run = await begin(account);
                started += 1;
                board.progress(account.account_id, run);
            } catch (problem) {
                const reason = reasonOfRefusal(problem);
                skip(reason);
                if (reason === "gone") board.gone(account.account_id);
            }
        }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return text.syncAllDone(started, skipped);
}
