// Asking again until something has happened.

const HIDDEN_DELAY = 10_000;
const PATIENCE = 6;

/** Waits so many milliseconds; ends at once when the page comes to the front, when the network comes back, or when `signal` is aborted. */
export function pause(milliseconds, signal) {
    return new Promise((resolve) => {
        const end = () => {
            clearTimeout(timer);
            document.removeEventListener("visibilitychange", whenSeen);
            removeEventListener("online", end);
            signal?.removeEventListener("abort", end);
            resolve();
        };
        const whenSeen = () => document.visibilityState === "visible" && end();
        const timer = setTimeout(end, milliseconds);
        document.addEventListener("visibilitychange", whenSeen);
        addEventListener("online", end);
        signal?.addEventListener("abort", end);
    });
}

/**
 * Reads until `look(value)` answers null; else it answers the milliseconds to wait before reading again. Trouble on the
 * way (no network, 429, 5xx) is sat out for a while; anything else is thrown. Ends silently when `signal` is aborted.
 */
export async function poll(read, look, signal) {
    let troubles = 0;
    while (!signal?.aborted) {
        let delay;
        try {
            const value = await read();
            if (signal?.aborted) return;
            troubles = 0;
            delay = look(value);
            if (delay === null) return;
        } catch (problem) {
            troubles += 1;
            if (!problem.passing || troubles > PATIENCE) throw problem;
            delay = Math.max(1000 * 2 ** (troubles - 1), (problem.retryAfter ?? 0) * 1000);
        }
        await pause(document.hidden ? Math.max(delay, HIDDEN_DELAY) : delay, signal);
    }
}
