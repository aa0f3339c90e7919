"""What is counted while the load lasts: answers and their times by readers, memory of each process."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.benchmarks.load_seeding import user_named
from tests.benchmarks.report import Cell
from tests.support.stack import Person, Stack

READS = ("/accounts?limit=25", "/accounts/{}", "/accounts/{}/metrics", "/accounts/{}/posts?limit=25")
PROC = Path("/proc")
USERS = 50


@dataclass
class Readers:
    """Reads at a steady pace, each user's own accounts, until stopped. `seconds` by kind of read."""

    stack: Stack
    per_second: float
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """One reader; a read that takes long delays the next one, so the load is bounded."""
        known: dict[int, tuple[Person, str]] = {}
        for number in count():
            user = number // len(READS) % USERS
            if user not in known:
                person = self.stack.person(user_named(user))
                listed = person.get("/accounts?limit=1").json()["accounts"]
                user = user if listed else 0
                known.setdefault(user, (person, listed[0]["account_id"] if listed else ""))
            person, account_id = known[user]
            read = READS[number % len(READS)]
            began = time.monotonic()
            answer = person.get(read.format(account_id))
            took = time.monotonic() - began
            self.statuses[answer.status_code] += 1
            self.seconds[read].append(took)
            if self.stopped.wait(max(0.0, 1 / self.per_second - took)):
                return

    def rows(self, reads: Sequence[str]) -> tuple[tuple[Cell, ...], ...]:
        """By read: how often, and the milliseconds that half, 95 in 100 and 99 in 100 of them took at most."""
        return tuple(self._row(read, sorted(self.seconds[read])) for read in reads if self.seconds[read])

    def _row(self, read: str, times: Sequence[float]) -> tuple[Cell, ...]:
        at = (times[min(len(times) - 1, int(len(times) * share))] * 1000 for share in (0.5, 0.95, 0.99))
        return (f"GET {read.format('{id}')}", len(times), *(round(each, 1) for each in at))


@dataclass
class Memory:
    """Resident memory in MB of the stack's processes and of DynamoDB Local, sampled every `every` seconds."""

    root: int
    every: float = 2.0
    samples: dict[tuple[int, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.stopped.wait(self.every):
            for process, name in self._processes().items():
                if (size := _resident(process)) is not None:
                    self.samples[process, name].append(size)

    def _processes(self) -> dict[int, str]:
        found = {self.root: "the stack itself"}
        for path in PROC.glob("[0-9]*"):
            try:
                parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
                words = (path / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except (OSError, ValueError, IndexError):
                continue
            if parent == self.root or (parent == os.getpid() and words[0].endswith("java")):
                found[int(path.name)] = _named(words)
        return found

    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """Of each process that lived through: its name, samples, MB (median) in the second and the last quarter, and
        how many percent that is more."""
        rows: list[tuple[Cell, ...]] = []
        for (_, name), sizes in sorted(self.samples.items(), key=lambda item: (item[0][1], item[0][0])):
            if len(sizes) >= 8:
                quarter = len(sizes) // 4
                early, late = statistics.median(sizes[quarter : 2 * quarter]), statistics.median(sizes[-quarter:])
                rows.append((name, len(sizes), round(early, 1), round(late, 1), round(100 * (late - early) / early, 1)))
        return tuple(rows)


def _named(words: list[str]) -> str:
    if any("moto_server" in word for word in words):
        return "moto (queues, secrets)"
    for word in words:
        if '"paths"' in word:
            return "function " + word.partition("functions/")[2].partition('"')[0]
    return "DynamoDB Local" if words[0].endswith("java") else Path(words[0]).name


def _resident(process: int) -> float | None:
    try:
        status = (PROC / str(process) / "status").read_text()
    except OSError:
        return None
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(found[0]) / 1024 if found else None
