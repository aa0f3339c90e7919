"""Pinterest's official description, served by Prism from ../shared. Skips where either is missing."""

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("SHARED_DIR") or ROOT / ".." / "shared")
if not SHARED.is_absolute():
    SHARED = ROOT / SHARED
SERVERS = Path(os.environ.get("REAL_SERVERS_DIR") or "~/.cache/real-servers").expanduser()
DESCRIPTION = SHARED / "specs" / "pinterest-openapi-v5.23.0.json"
START = SHARED / "real-servers" / "prism" / "start.py"
PRISM = SERVERS / "prism" / "node_modules" / "@stoplight" / "prism-cli"


def _missing() -> str | None:
    for needed in (DESCRIPTION, START, PRISM, SERVERS / "node24" / "bin" / "node"):
        if not needed.exists():
            return f"{needed.name} is missing: run real-servers/setup of ../shared (SHARED_DIR, REAL_SERVERS_DIR)"
    return None if shutil.which("setpriv") else "setpriv (util-linux) is missing"


@pytest.fixture(scope="session")
def description() -> dict[str, Any]:
    if reason := _missing():
        pytest.skip(reason)
    found: dict[str, Any] = json.loads(DESCRIPTION.read_text("utf-8"))
    return found


@pytest.fixture(scope="session")
def prism(description: dict[str, Any]) -> Iterator[str]:
    """The address of a running Prism."""
    arguments = [sys.executable, str(START), str(DESCRIPTION), "--max-seconds", "300"]
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
