"""A whole local stack for tests: `python -m local` as a subprocess on a free port, and a client for each user."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0
REQUEST_SECONDS = 90.0  # a tick waits up to 60 s
LOOK_SECONDS = 0.1


class Person:
    """One user's HTTP client: their access token on every request, no redirect followed, cookies kept.

    `token` may be replaced or set to None to see what the stack refuses. `why`: what the stack knows of a request by
    its id, printed where it failed with a 500, for whoever reads why a test failed.
    """

    def __init__(self, base: str, token: str | None, why: Callable[[str], str] | None = None) -> None:
        self.base = base
        self.token = token
        self._why = why
        self._session = requests.Session()
        self._session.trust_env = False

    def request(self, method: str, path: str, **more: Any) -> requests.Response:
        """Sends a request; `path` is a path of the stack or a whole URL. `json`, `data`, `headers` as in requests."""
        url = path if "://" in path else f"{self.base}{path}"
        token = {"Authorization": f"Bearer {self.token}"} if self.token and url.startswith(f"{self.base}/") else {}
        more["headers"] = token | dict(more.get("headers", {}))
        answer = self._session.request(method, url, allow_redirects=False, timeout=REQUEST_SECONDS, **more)
        if answer.status_code == 500 and self._why is not None and "json" in answer.headers.get("Content-Type", ""):
            print(self._why(answer.json().get("request_id", "")))
        return answer

    def get(self, path: str, **more: Any) -> requests.Response:
        """GET."""
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> requests.Response:
        """POST."""
        return self.request("POST", path, **more)

    def delete(self, path: str, **more: Any) -> requests.Response:
        """DELETE."""
        return self.request("DELETE", path, **more)


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack: `base` is its origin, `folder` holds `logs/<function>.log` and `console.log`."""

    base: str
    folder: Path
    process: subprocess.Popen[bytes]

    def person(self, user: str = "alice") -> Person:
        """A client signed in as `user`."""
        answer = requests.get(f"{self.base}/_local/token", params={"user": user}, timeout=REQUEST_SECONDS)
        return Person(self.base, answer.json()["token"], self.told_of)

    def anyone(self) -> Person:
        """A client that is not signed in."""
        return Person(self.base, None, self.told_of)

    def state(self) -> dict[str, Any]:
        """`GET /_local/state`."""
        answer: dict[str, Any] = self.anyone().get("/_local/state").json()
        return answer

    def now(self) -> datetime:
        """The stack's time, which ticks move forward."""
        return datetime.fromisoformat(self.anyone().get("/_local/clock").json()["now"])

    def tick(self, at: datetime | None = None) -> dict[str, Any]:
        """Moves the stack's time forward to `at` (default: only sweeps) and waits until its queues are empty."""
        answer = self.anyone().post("/_local/tick", json={"at": at.isoformat()} if at else {})
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def pass_time(self, minutes: int, person: Person) -> None:
        """Time passes, more of it where a daily sync of the person's falls into the last of it, as it does at some hour
        of the day: a sync that is asked for now is not one too many."""
        self.tick(self.now() + timedelta(minutes=minutes))
        while self._synced_just_now(person):
            self.tick(self.now() + timedelta(minutes=2))

    def _synced_just_now(self, person: Person) -> bool:
        now = self.now()
        times = [each["last_synced_at"] for each in person.get("/accounts?limit=100").json()["accounts"]]
        return any(now - datetime.fromisoformat(at) <= timedelta(minutes=1) for at in times if at)

    def log(self, function: str) -> str:
        """What a function (by its folder's name) has logged so far; `console` for the stack itself."""
        path = self.folder / "console.log" if function == "console" else self.folder / "logs" / f"{function}.log"
        return path.read_text(encoding="utf-8", errors="replace")

    def functions(self) -> list[str]:
        """Those that have logged something, each by its folder's name."""
        return sorted(file.stem for file in (self.folder / "logs").glob("*.log"))

    def lines(self, function: str) -> list[dict[str, Any]]:
        """What a function has logged so far; a line that is being written is not among it."""
        whole = self.log(function).rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]

    def told_of(self, request_id: str) -> str:
        """Every function's lines of one request."""
        lines = [line for function in self.functions() for line in self.log(function).splitlines()]
        return "\n".join(line for line in lines if request_id and request_id in line)

    def until(self, holds: Callable[[], Any], seconds: float = 30.0) -> Any:
        """The first true answer of `holds`. Raises AssertionError with the console's end after `seconds`."""
        deadline = time.monotonic() + seconds
        while not (answer := holds()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds} s\n{self.log('console')[-2000:]}")
            time.sleep(LOOK_SECONDS)
        return answer

    def stop(self) -> None:
        """Ends the stack as Ctrl-C does."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def start_stack(folder: Path, template: Path | None = None, environment: Mapping[str, str] | None = None) -> Stack:
    """Starts `python -m local` with its files in `folder` and returns when it answers.

    `environment` is added to this process's own (PLATFORM_ORIGINS, REAL, AWS_ENDPOINT_URL_DYNAMODB ...).
    Raises AssertionError with its console where it does not start.
    """
    port = free_port()
    own = {"PORT": str(port), "LOCAL_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    arguments = ["--template", str(template)] if template else []
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "console.log").open("wb") as console:
        process = subprocess.Popen(
            [sys.executable, "-m", "local", *arguments],
            cwd=ROOT,
            env={**os.environ, **own, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
        )
    stack = Stack(f"http://127.0.0.1:{port}", folder, process)
    try:
        stack.until(lambda: process.poll() is not None or _answers(stack), START_SECONDS)
        assert process.poll() is None, f"the stack ended at once:\n{stack.log('console')}"
    except BaseException:
        stack.stop()
        raise
    return stack


def _answers(stack: Stack) -> bool:
    try:
        return requests.get(f"{stack.base}/_local/state", timeout=REQUEST_SECONDS).ok
    except (requests.ConnectionError, json.JSONDecodeError):
        return False
