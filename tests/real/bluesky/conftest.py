"""A whole real Bluesky network on this machine, and a local stack that reaches it on its own hosts."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.stack import ROOT, Stack, start_stack

SHARED = Path(os.environ.get("SHARED_DIR") or "../shared")
NETWORK = (SHARED if SHARED.is_absolute() else ROOT / SHARED) / "real-servers" / "bluesky" / "network.mjs"
SERVERS = Path(os.environ.get("REAL_SERVERS_DIR") or Path.home() / ".cache" / "real-servers")
NODE = SERVERS / "node22" / "bin" / "node"

# Three pages of a hundred, with the four posts that the seeding makes besides.
BULK_POSTS = 226
START_SECONDS = 420
STARTS = 3


@dataclass(frozen=True, slots=True)
class Network:
    """`doc`: service addresses, accounts, and beside each what the seeding really made. `log`: its requests."""

    doc: dict[str, Any]
    log: Path

    @property
    def service(self) -> str:
        return str(self.doc["service"])

    def account(self, name: str) -> dict[str, Any]:
        return next(each for each in self.doc["accounts"] if each["name"] == name)

    def requests(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    if not NETWORK.exists():
        pytest.skip(f"no {NETWORK.name} under {SHARED}: the real network is not there")
    if not NODE.exists():
        pytest.skip("the real servers are not installed: run their setup script first")
    process, found = _start(tmp_path_factory)
    try:
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _start(tmp_path_factory: pytest.TempPathFactory) -> "tuple[subprocess.Popen[bytes], Network]":
    """It picks free ports before it listens on them: where another program was quicker, it is started again."""
    for attempt in range(1, STARTS + 1):
        folder = tmp_path_factory.mktemp("bluesky")
        folder.chmod(0o755)
        out, log, console = folder / "bsky.json", folder / "requests.log", folder / "network.log"
        command = [str(NODE), str(NETWORK), "--out", str(out), "--log", str(log), "--bulk-posts", str(BULK_POSTS)]
        with console.open("wb") as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        doc = _ready(process, out)
        if doc is not None:
            return process, Network(doc, log)
        process.kill()
        said = console.read_text(errors="replace")[-3000:]
        assert attempt < STARTS and "EADDRINUSE" in said, said
    raise AssertionError


def _ready(process: "subprocess.Popen[bytes]", out: Path) -> dict[str, Any] | None:
    """What the network says of itself once everything is seeded and indexed; None where it ended or never came up."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if out.exists() and (text := out.read_text()).endswith("}"):
            doc: dict[str, Any] = json.loads(text)
            requests.post(f"{doc['control']}/sync", timeout=90).raise_for_status()
            return doc
        time.sleep(0.2)
    return None


@pytest.fixture(scope="session")
def stack(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = start_stack(tmp_path_factory.mktemp("stack"), environment={"REAL": "bluesky", "ALLOW_PRIVATE_HOSTS": "1"})
    try:
        yield running
    finally:
        running.stop()
