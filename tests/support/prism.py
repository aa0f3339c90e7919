"""Prism with an official description of ../shared: a server that judges every request by it. Skips where one of them
is missing."""

import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT / (os.environ.get("SHARED_DIR") or "../shared")
SERVERS = Path(os.environ.get("REAL_SERVERS_DIR") or "~/.cache/real-servers").expanduser()
START = SHARED / "real-servers" / "prism" / "start.py"
PRISM = SERVERS / "prism" / "node_modules" / "@stoplight" / "prism-cli"


def described(name: str) -> Path:
    """The description of that file name. Skips the test where Prism cannot serve it."""
    description = SHARED / "specs" / name
    for needed in (description, START, PRISM, SERVERS / "node24" / "bin" / "node"):
        if not needed.exists():
            pytest.skip(f"{needed.name} is missing: run real-servers/setup of ../shared (SHARED_DIR, REAL_SERVERS_DIR)")
    if not shutil.which("setpriv"):
        pytest.skip("setpriv (util-linux) is missing")
    return description


@contextmanager
def running(description: Path) -> Iterator[str]:
    """The address of a Prism that serves the description."""
    arguments = [sys.executable, str(START), str(description), "--max-seconds", "300"]
    environment = {**os.environ, "REAL_SERVERS_DIR": str(SERVERS)}
    server = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield _address(server)
    finally:
        server.terminate()
        server.wait(20)


def _address(server: subprocess.Popen[str]) -> str:
    lines: queue.Queue[str] = queue.Queue()
    assert server.stdout is not None
    threading.Thread(target=lambda: [lines.put(line) for line in server.stdout or ()], daemon=True).start()
    while True:
        line = lines.get(timeout=120)
        if line.startswith("READY"):
            return next(word.removeprefix("url=") for word in line.split() if word.startswith("url="))
