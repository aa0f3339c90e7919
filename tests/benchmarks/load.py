"""Reads while thousands of accounts sync: the local stack on DynamoDB Local, on the loopback interface.

LOAD_ACCOUNTS (10,000), LOAD_READS a second (10), LOAD_MINUTES at most (60). Fails on an answer of 5xx, on an account
that in the end has not synced and does not wait with a time, on a dead letter, and on a function whose memory grows.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import requests

from tests.benchmarks.load_seeding import Aws, aws_of, seed
from tests.benchmarks.load_watching import READS, Memory, Readers
from tests.benchmarks.report import Cell, Table, record, skip
from tests.support.dynamodb_local.__main__ import fetch, running
from tests.support.stack import Stack, start_stack

ACCOUNTS = int(os.environ.get("LOAD_ACCOUNTS") or 10_000)
READS_A_SECOND = float(os.environ.get("LOAD_READS") or 10)
MINUTES = float(os.environ.get("LOAD_MINUTES") or 60)
LOOK_SECONDS = 30.0
# A process may still be filling its caches a quarter through; a function that gains more than this leaks.
GROWS_AT_MOST_PERCENT = 15.0


def standing(aws: Aws, users: Sequence[str], since: float) -> tuple[int, int, int]:
    """Accounts that have synced since, others that wait with a time, and the rest."""
    synced = waiting = rest = 0
    fields = ("last_synced_at", "wait", "wake_at")
    for row in chain.from_iterable(aws.rows(user, "ACCOUNT#", *fields) for user in users):
        if float(row.get("last_synced_at", {}).get("N", 0)) >= since:
            synced += 1
        elif "wait" in row and "wake_at" in row:
            waiting += 1
        else:
            rest += 1
    return synced, waiting, rest


def work_off(stack: Stack, aws: Aws, users: Sequence[str], since: float) -> tuple[int, int, int]:
    """Fires the rule with its sweep, then looks until nobody is left, or the time is over.

    A sweep ends with its invocation, whatever is left to wake; the next hour's goes on. Here it comes as soon as the
    queues are empty.
    """
    ends = time.monotonic() + MINUTES * 60
    fire = _sweeping(stack)
    while True:
        time.sleep(LOOK_SECONDS)
        found = standing(aws, users, since)
        sys.stdout.write(f"{found[0]:,} synced, {found[1]:,} waiting, {found[2]:,} to do\n")
        sys.stdout.flush()
        if not found[2] or time.monotonic() > ends:
            fire.join()
            return found
        if not fire.is_alive() and not aws.messages():
            fire = _sweeping(stack)


def _sweeping(stack: Stack) -> threading.Thread:
    fire = threading.Thread(target=lambda: requests.post(f"{stack.base}/_local/tick", json={}, timeout=600))
    fire.start()
    return fire


def measure(endpoint: str) -> int:
    """Seeds, loads, counts. How many things are wrong."""
    folder = Path(tempfile.mkdtemp(prefix="load-"))
    stack = start_stack(folder, environment={"AWS_ENDPOINT_URL_DYNAMODB": endpoint})
    try:
        aws = aws_of(stack, endpoint)
        users, accounts = seed(stack, aws, ACCOUNTS)
        sys.stdout.write(f"{accounts:,} accounts seeded\n")
        readers = Readers(stack, READS_A_SECOND)
        memory = Memory(stack.process.pid)
        watching = [threading.Thread(target=each.run, daemon=True) for each in (readers, memory)]
        began, since = time.monotonic(), stack.now().timestamp()
        for each in watching:
            each.start()
        synced, waiting, rest = work_off(stack, aws, users, since)
        seconds = time.monotonic() - began
        dead = aws.messages(dead=True)
        for watch in (readers, memory):
            watch.stopped.set()
        for each in watching:
            each.join()
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return report(readers, memory, (accounts, synced, waiting, rest, dead), seconds)


def report(readers: Readers, memory: Memory, counts: Sequence[int], seconds: float) -> int:
    accounts, synced, waiting, rest, dead = counts
    bad = sum(number for status, number in readers.statuses.items() if status >= 500)
    answered = ", ".join(f"{number:,} × {status}" for status, number in sorted(readers.statuses.items()))
    outcome: tuple[tuple[Cell, ...], ...] = (
        ("accounts due", accounts),
        ("synced", synced),
        ("waiting with a time", waiting),
        ("lost", rest),
        ("dead letters", dead),
        ("answers of 5xx", bad),
        ("minutes until the last one", round(seconds / 60, 1)),
        ("syncs a second", round(synced / seconds, 1)),
    )
    rows = memory.rows()
    record(
        "load",
        about="A steady stream of reads while every account syncs, on the whole local stack: one machine plays AWS, "
        "the platform and the callers, so rates are this machine's. What counts: nothing fails, is lost or grows.",
        commands=[f"make load LOAD_ACCOUNTS={ACCOUNTS} LOAD_READS={READS_A_SECOND:g}"],
        tables=[
            Table(("what", "how many"), outcome, "What became of them"),
            Table(("read", "how often", "ms, half", "ms, 95 %", "ms, 99 %"), readers.rows(READS), "Reads meanwhile"),
            Table(("process", "samples", "MB early", "MB late", "growth, %"), rows, "Memory of every process"),
        ],
        notes=[
            f"Reads answered: {answered}. `os.getloadavg` at the end: {os.getloadavg()[0]:.1f}.",
            "Early and late: the median of the second and of the last quarter of the samples, one every two seconds.",
            "DynamoDB Local, moto and the sandbox (in the stack itself) keep everything that is stored in memory; "
            "functions may not grow.",
        ],
    )
    leaks = [
        row[0] for row in rows if str(row[0]).startswith("function") and float(str(row[4])) > GROWS_AT_MOST_PERCENT
    ]
    wrong = [f"{bad} answers of 5xx"] * bool(bad) + [f"{rest} accounts lost"] * bool(rest)
    wrong += [f"{dead} dead letters"] * bool(dead) + [f"{name} grows" for name in leaks]
    for each in wrong:
        sys.stdout.write(f"load: {each}\n")
    return len(wrong)


def main() -> int:
    if not (shutil.which("java") and shutil.which("mvn")) or not fetch():
        skip("load", "it needs DynamoDB Local: Java 17 and Maven")
        return 0
    with running() as endpoint:
        return min(1, measure(endpoint))


if __name__ == "__main__":
    sys.exit(main())
