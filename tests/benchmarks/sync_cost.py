"""What a sync costs beside how others would do it: accounts a second and CPU, all in one run against one platform.

Ours is the product's own worker, `functions/run_syncs`, twenty accounts at a time, as the peers have: in two
invocations side by side with ten accounts each, which is a full batch, and in four with five. An invocation is a
process of its own, as in Lambda; a peer is one process. The peers (dlt, Airbyte's CDK, Singer's SDK) stand in a venv
of their own (`make bench` installs requirements-bench.txt); without it they are left out.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.report import Table, record

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".venv-bench" / "bin" / "python"
AT_ONCE = 20
CONTAINERS = {2: "2 x 10", 4: "4 x 5"}
PLATFORM_SECONDS = 0.020
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Scenario:
    """`few`: on how many accounts those are measured that work one call after another; a rate stays what it is."""

    name: str
    kind: str
    accounts: int
    posts: int
    calls: int
    few: int

    @property
    def limit(self) -> float:
        """Accounts a second if nothing but the platform took time."""
        return AT_ONCE / (self.calls * PLATFORM_SECONDS)


SCENARIOS = (
    Scenario("23 calls an account: profile, days, 20 posts with a call each", "each", 200, 20, 23, 20),
    Scenario("2 calls an account: profile, one page of 5 posts", "few", 2_000, 5, 2, 200),
)
PEERS_AND_HOW = (
    ("dlt", "tuned"),
    ("airbyte", "tuned"),
    ("dlt", "default"),
    ("airbyte", "default"),
    ("singer", "default"),
)
NAMES = {"dlt": "dlt to duckdb", "airbyte": "Airbyte CDK", "singer": "Singer SDK"}


@dataclass(frozen=True, slots=True)
class Taken:
    """What one contestant took; `calls` an account as the platform counted them."""

    who: str
    accounts: int
    seconds: float
    cpu_seconds: float
    calls: float
    more: dict[str, float]

    @property
    def rate(self) -> float:
        return self.accounts / self.seconds

    @property
    def cpu_milliseconds(self) -> float:
        return self.cpu_seconds / self.accounts * 1000


@contextmanager
def server(scenario: Scenario) -> Iterator[int]:
    """The platform and AWS on a free port, fresh."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    arguments = [str(port), str(scenario.posts), "0"]
    process = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.sync.server", *arguments], cwd=ROOT)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def ours(scenario: Scenario, containers: int, which: str = "first") -> Taken:
    """Each container is warmed up by an event of its own, which is not counted; then all begin at once."""
    batch, share = AT_ONCE // containers, scenario.accounts // containers
    with server(scenario) as port, ExitStack() as running:
        started = [
            running.enter_context(_container(port, scenario.kind, number * (share + batch), share, batch, which))
            for number in range(containers)
        ]
        for container in started:
            assert container.stdout.readline() == "READY\n"
        for container in started:
            container.stdin.write("go\n")
            container.stdin.flush()
        told = [json.loads(container.stdout.readline()) for container in started]
        calls = _calls(port) / (scenario.accounts + AT_ONCE) / (1 if which == "first" else 2)
    more = {name: max(each[name] for each in told) for name in ("rss_mb", "rss_mb_at_a_quarter")}
    seconds, cpu_seconds = max(each["seconds"] for each in told), sum(each["cpu_seconds"] for each in told)
    who = f"PostLoudly, {CONTAINERS[containers]}" + ("" if which == "first" else ", the next day")
    return Taken(who, scenario.accounts, seconds, cpu_seconds, calls, more)


@contextmanager
def _container(port: int, kind: str, *more: int | str) -> Iterator[Any]:
    command = [sys.executable, "-m", "tests.benchmarks.sync.ours", str(port), kind, *map(str, more)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=_environment(), stdin=pipe, stdout=pipe, text=True) as process:
        yield process


def lean(scenario: Scenario) -> Taken:
    """A yardstick, not a peer: what this machine takes for the calls and the writes alone."""
    with server(scenario) as port:
        command = [sys.executable, "-m", "tests.benchmarks.sync.lean", str(port), str(scenario.accounts), scenario.kind]
        told = _told(command)
        calls = _calls(port) / (scenario.accounts + AT_ONCE)
    return Taken("a loop of requests, nothing else", scenario.accounts, told["seconds"], told["cpu_seconds"], calls, {})


def peer(scenario: Scenario, name: str, how: str) -> Taken:
    accounts = scenario.accounts if how == "tuned" else scenario.few
    script = Path(__file__).parent / "sync" / "peers" / f"with_{name}.py"
    with server(scenario) as port:
        told = _told([str(PEERS), str(script), str(port), str(accounts), scenario.kind, how])
        calls = _calls(port) / accounts
    return Taken(f"{NAMES[name]}, {how}", accounts, told["seconds"], told["cpu_seconds"], calls, {})


def compared(scenario: Scenario) -> list[Taken]:
    """All one after the other, and that `ROUNDS` times, so that a slow minute of the machine is nobody's; of each the
    median by its CPU."""
    rounds = [_round(scenario) for _ in range(ROUNDS)]
    return [sorted(each, key=lambda taken: taken.cpu_seconds)[ROUNDS // 2] for each in zip(*rounds, strict=True)]


def _round(scenario: Scenario) -> list[Taken]:
    taken = [ours(scenario, containers) for containers in CONTAINERS] + [lean(scenario)]
    if PEERS.exists():
        taken += [peer(scenario, name, how) for name, how in PEERS_AND_HOW]
    return [*taken, ours(scenario, min(CONTAINERS), "next")]


def table(scenario: Scenario, taken: list[Taken]) -> Table:
    best = max(each.rate for each in taken[: len(CONTAINERS)])
    rows = tuple(
        (
            each.who,
            each.accounts,
            f"{each.rate:.1f}",
            f"{best / each.rate:.1f} x",
            f"{each.cpu_milliseconds:.1f}",
            f"{each.calls:.1f}",
        )
        for each in taken
    )
    columns = ("what", "accounts", "accounts a second", "our best to it", "CPU ms an account", "calls an account")
    return Table(columns, rows, f"{scenario.name}; at most {scenario.limit:.1f} accounts a second")


def main() -> None:
    taken = [(scenario, compared(scenario)) for scenario in SCENARIOS]
    memory = "; ".join(
        f"{each[0].more['rss_mb_at_a_quarter']:.0f} MB after a quarter and {each[0].more['rss_mb']:.0f} MB after "
        f"{scenario.accounts:,} accounts"
        for scenario, each in taken
    )
    left_out = [] if PEERS.exists() else ["The peers were left out: there is no .venv-bench."]
    record(
        "sync_cost",
        about=(__doc__ or "").partition("\n\n")[2].strip().replace("\n", " "),
        commands=["make bench BENCH=sync_cost"],
        tables=[table(scenario, each) for scenario, each in taken],
        notes=[
            f"Each contestant ran {ROUNDS} times, in turn; its median by CPU stands here.",
            "The interpreter counts: Lambda's is built with profile-guided optimization, as a distribution's is. One "
            "that is not takes up to half more CPU, for everybody here. `make bench PYTHON=...` takes another one.",
            "A container of ours is told 512 MB, as `SyncMemory` is unless told otherwise, so its threads keep to one "
            "of the two processors.",
            "The loop of requests (`tests/benchmarks/sync/lean.py`) is a yardstick of the machine: requests prepared "
            "once in twenty threads, and batched writes. It claims no account, reads no token, stores nothing safely.",
            "The platform answers each call after 20 ms, from a process of its own that also stands in for AWS. As it "
            "would run on other machines, it goes before the contestants on this one's two processors, where whoever "
            "starts it may have that (root).",
            "Ours stores everything, as an account's first sync does: it is claimed, its token read, and all that was "
            "told written in one fenced transaction, over HTTP to a stand-in that keeps items in memory and answers "
            "at once. The next day's sync asks for the stored posts as well, and writes those that have changed: here "
            "none. dlt writes to duckdb, the others write their messages to nowhere: "
            "nobody's storage is on another machine, and nobody pays for TLS.",
            f"Memory of a container of ours at its peak: {memory}.",
            f"`os.getloadavg` while it ran: {os.getloadavg()[0]:.1f} (a busy machine takes from everybody's rate).",
            *left_out,
        ],
    )


def _environment() -> dict[str, str]:
    path = os.pathsep.join((str(ROOT), str(ROOT / "layers" / "socials")))
    # dlt's own name for it; nobody has to know of this run.
    return {**os.environ, "PYTHONPATH": path, "RUNTIME__DLTHUB_TELEMETRY": "false"}


def _told(command: list[str]) -> dict[str, Any]:
    out = subprocess.run(command, cwd=ROOT, env=_environment(), check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(out.stdout.strip().splitlines()[-1].removeprefix("RESULT "))
    return told


def _calls(port: int) -> float:
    with socket.create_connection(("127.0.0.1", port)) as asking:
        asking.sendall(b"GET /counts HTTP/1.1\r\n\r\n")
        answer = asking.recv(65_536).decode()
    return float(json.loads(answer.partition("\r\n\r\n")[2])["platform"])


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the platform's process did not start")


if __name__ == "__main__":
    main()
