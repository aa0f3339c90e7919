"""How soon a cold function answers, from what `sam build` made. `make bench BENCH=cold_start`.

Instructions (callgrind) of importing a handler and its first invocation, above what the runtime takes by itself; and
the first answer under the real runtime (awslambdaric behind the emulator that the SAM CLI ships), in milliseconds.
Beside them two yardsticks measured in the same run. AWS and the platform are `cold_aws`, a process of their own.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.cold_aws import ColdAws
from tests.benchmarks.report import Cell, Table, record, skip

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
ARCHITECTURE = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
BUILT = ROOT / ".aws-sam" / "bench"
PYTHON = ROOT / ".venv-runtime" / "bin" / "python"
EMULATORS = ".venv-sam/lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-" + ARCHITECTURE
COLD_STARTS = 5
ENOUGH_SECONDS = 1800

# Of the design: times the bare handler's instructions.
GOALS = {"ListAccounts": 1.0, "SyncAccount": 1.0, "DisconnectAccount": 1.0, "DispatchSyncs": 1.0}
GOALS |= {"RunSyncs": 1.1, "EraseAccount": 1.1}


@dataclass(frozen=True, slots=True)
class Case:
    """`paths`: the function's folder, then its layers'. `event`: its first invocation."""

    paths: tuple[Path, ...]
    event: Mapping[str, Any]


def bare() -> Case:
    """The yardstick of the goals."""
    return Case((HERE / "yardsticks" / "bare", _untrimmed(bytecode=True)), {})


def naive() -> Case:
    """The yardstick of the first answer."""
    return Case((HERE / "yardsticks" / "naive", _untrimmed(bytecode=False)), _event("list_accounts"))


def functions() -> dict[str, Case]:
    """Every function that is built."""
    built = {"ConnectAccount": "connect_account-platforms"}
    names = [path.name for path in sorted(BUILT.iterdir()) if (path / "app.py").exists()]
    layers = (BUILT / "SocialsLayer" / "python", BUILT / "DependenciesLayer" / "python")
    events = {name: built.get(name, re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()) for name in names}
    return {name: Case((BUILT / name, *layers), _event(event)) for name, event in events.items()}


def instructions(case: Case | None) -> int:
    """Of one process: the runtime's own modules, and, with a case, its handler's import and first invocation. With an
    AWS of its own: what one function has deleted another has to find."""
    aws = ColdAws()
    try:
        return _instructions(case, aws)
    finally:
        aws.close()


def _instructions(case: Case | None, aws: ColdAws) -> int:
    order = {"paths": [str(path) for path in case.paths] if case else [], "event": case.event if case else {}}
    command = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(PYTHON), "-P")
    ended = subprocess.run(
        (*command, str(HERE / "cold_start_once.py"), json.dumps(order)),
        env=_environment(aws),
        capture_output=True,
        text=True,
        check=True,
        timeout=ENOUGH_SECONDS,
    )
    counted = re.search(r"Collected : (\d+)", ended.stderr)
    assert counted, ended.stderr
    return int(counted[1])


def first_answer(case: Case, aws: ColdAws, emulator: str) -> float:
    """Milliseconds from the request to the answer, with nothing started before."""
    port, inner = _free_ports()
    environment = _environment(aws) | {
        "PYTHONPATH": os.pathsep.join(map(str, case.paths[1:])),
        "LAMBDA_TASK_ROOT": str(case.paths[0]),
    }
    addresses = (
        "--runtime-interface-emulator-address",
        f"127.0.0.1:{port}",
        "--runtime-api-address",
        f"127.0.0.1:{inner}",
    )
    running = subprocess.Popen(
        (emulator, *addresses, str(PYTHON), "-m", "awslambdaric", "app.handler"),
        env=environment,
        cwd=case.paths[0],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
        asked = urllib.request.Request(url, data=json.dumps(case.event).encode())
        began = time.perf_counter()
        urllib.request.urlopen(asked, timeout=ENOUGH_SECONDS).read()
        return (time.perf_counter() - began) * 1000
    finally:
        running.terminate()
        running.wait()


def first_answers(known: Mapping[str, Case], aws: ColdAws, emulator: str) -> dict[str, float]:
    """The median of each. They take turns, so that what else the machine does falls on all alike."""
    turns = [{name: first_answer(case, aws, emulator) for name, case in known.items()} for _ in range(COLD_STARTS)]
    return {name: statistics.median(turn[name] for turn in turns) for name in known}


def _environment(aws: ColdAws) -> dict[str, str]:
    """What Lambda's filesystem does is done by a variable here: nothing that is compiled can be kept."""
    return {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"} | aws.environment()


def _untrimmed(*, bytecode: bool) -> Path:
    """The packages of the yardsticks as pip leaves them, made once; with bytecode as we ship it, or without any."""
    folder = BUILT.parent / f"untrimmed-{'bytecode' if bytecode else 'sources'}"
    if not folder.exists():
        pins = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
        names = ("aws-lambda-powertools", "boto3", "pydantic")
        wanted = [match[0] for name in names if (match := re.search(rf"^{name}==[\w.]+", pins, re.MULTILINE))]
        pip = (str(PYTHON), "-m", "pip", "install", "--quiet", "--no-compile", "--target", str(folder))
        subprocess.run((*pip, *wanted), check=True)
        if bytecode:
            compiling = ("-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash")
            subprocess.run((str(PYTHON), *compiling, str(folder)), check=True)
    return folder


def _event(name: str) -> Mapping[str, Any]:
    event: Mapping[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return event


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


def _wait_for(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _millions(count: int) -> float:
    return round(count / 1e6, 1)


def main() -> int:
    emulator = next(map(str, ROOT.glob(EMULATORS)), None)
    for missing, reason in (
        (not shutil.which("valgrind"), "no valgrind on the PATH"),
        (not PYTHON.exists(), "no runtime (make bench makes it with Python 3.13)"),
        (not BUILT.exists(), "nothing built (make bench builds it)"),
        (emulator is None, "no emulator in the SAM CLI (make validate installs it)"),
    ):
        if missing:
            skip("cold_start", reason)
            return 0
    known, alone = {"bare": bare(), "naive": naive(), **functions()}, instructions(None)
    counted = {name: instructions(case) - alone for name, case in known.items()}
    aws = ColdAws()
    try:
        waited = first_answers({name: known[name] for name in ("naive", "bare", "ListAccounts")}, aws, str(emulator))
    finally:
        aws.close()
    rows: list[tuple[Cell, ...]] = [
        (name, _millions(count), round(count / counted["bare"], 2), GOALS.get(name)) for name, count in counted.items()
    ]
    times = [(name, round(took), round(waited["naive"] / took, 1)) for name, took in waited.items()]
    sizes = [(folder.name, _size(folder)) for folder in (BUILT / "DependenciesLayer", BUILT / "SocialsLayer")]
    sizes.append(("packages of the yardsticks, untrimmed", _size(_untrimmed(bytecode=True))))
    record(
        "cold_start",
        about="From what `sam build` makes, with Python 3.13: instructions of a handler's import and first invocation, "
        'above the runtime\'s own; `bare` is a `boto3.client("dynamodb")` and one query, with bytecode, untrimmed; '
        "`naive` a list with powertools' resolver and validation, pydantic and boto3's resource, without bytecode.",
        commands=["make bench BENCH=cold_start"],
        tables=[
            Table(("function", "million instructions", "× bare", "goal"), tuple(rows)),
            Table(("function", "first answer, ms", "× sooner than naive"), tuple(times), "Under the real runtime"),
            Table(("what", "bytes"), tuple(sizes), "Sizes with bytecode"),
        ],
        notes=[
            f"The runtime by itself: {_millions(alone)} million instructions.",
            f"First answers are the median of {COLD_STARTS}; the goal is 4.5 times sooner than the naive one.",
            "`RunSyncs` runs a whole sync in its first invocation, calls to the platform among it.",
        ],
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
