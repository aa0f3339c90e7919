"""Runs the functions: a small pool of processes each, with their own environment and module state."""

import contextlib
import json
import os
import selectors
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from local.clock import Clock
from local.declared import FunctionSpec

RUNTIME = Path(__file__).with_name("runtime.py")
POOL = 4
INIT_SECONDS = 30.0  # imports of a cold process, on a busy machine
LARGEST_ANSWER = 6 * 1024 * 1024


class InvocationError(Exception):
    """A function raised, crashed, timed out or answered more than Lambda carries. `kind` as Lambda names it."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class Process:
    """One process of one function: one invocation at a time."""

    def __init__(self, spec: FunctionSpec, root: Path, environment: Mapping[str, str], log: Path) -> None:
        self._spec = spec
        reader, writer = os.pipe()
        self._answers = reader
        self._buffer = b""
        self._fresh = True
        self.usable = True
        code = root / spec.folder
        layers = [root / layer for layer in spec.layers]
        start = {
            "handler": spec.handler,
            "paths": [str(path) for path in (code, *layers, *(layer / "python" for layer in layers))],
            "name": spec.name,
            "memory": spec.memory,
            "arn": spec.arn,
            "answers": writer,
        }
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                [sys.executable, "-P", str(RUNTIME), json.dumps(start)],
                cwd=code,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(writer,),
                start_new_session=True,
            )
        os.close(writer)

    def invoke(self, event: Any, clock_shift: int) -> Any:
        """The handler's answer. Raises InvocationError; after a crash or a timeout the process is not usable."""
        request_id = str(uuid.uuid4())
        timeout = self._spec.timeout
        self.wait_until_ready()
        invocation = {"event": event, "request_id": request_id, "timeout": timeout, "clock_shift": clock_shift}
        self.usable = False
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(invocation).encode() + b"\n")
            self._child.stdin.flush()
        except OSError:
            raise InvocationError("Runtime.ExitError", "the process ended before the invocation") from None
        answer = json.loads(self._line(timeout))
        self.usable = True
        if "error" in answer:
            raise InvocationError(answer["error"]["type"], answer["error"]["message"])
        return answer["result"]

    def wait_until_ready(self) -> None:
        """Returns when the handler is imported. Raises InvocationError where that fails."""
        if self._fresh:
            self.usable = False
            self._line(INIT_SECONDS)
            self._fresh, self.usable = False, True

    def _line(self, timeout: float) -> bytes:
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise InvocationError("Sandbox.Timedout", f"Task timed out after {timeout:.2f} seconds")
                chunk = os.read(self._answers, 1 << 16)
                if not chunk:
                    raise InvocationError("Runtime.ExitError", "the process ended during the invocation")
                self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        if len(line) > LARGEST_ANSWER:
            raise InvocationError("Function.ResponseSizeTooLarge", f"{len(line)} bytes")
        return line

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._child.poll() is None

    def kill(self) -> None:
        """Ends the process at once; an invocation in it fails."""
        self._child.kill()

    def discard(self) -> None:
        """Ends the process and gives its pipes back; nobody may be invoking it."""
        self._child.kill()
        self._child.wait()
        os.close(self._answers)
        assert self._child.stdin is not None
        with contextlib.suppress(OSError):  # what the process did not read any more
            self._child.stdin.close()


class Function:
    """One function of the template. `invoke` waits for a free process when all of the pool are busy."""

    def __init__(self, spec: FunctionSpec, root: Path, environment: Mapping[str, str], log: Path, clock: Clock) -> None:
        self.spec = spec
        self._new: Callable[[], Process] = partial(Process, spec, root, environment, log)
        self._clock = clock
        self._idle: list[Process] = []
        self._busy: set[Process] = set()
        self._lock = threading.Lock()
        self._warming = threading.Lock()
        self._free = threading.BoundedSemaphore(POOL)
        self._stopped = False

    def warm(self) -> None:
        """Starts the first process and returns when it is ready; an invocation meanwhile waits for it."""
        with self._warming, contextlib.suppress(InvocationError):
            process = self._take()
            try:
                process.wait_until_ready()
            finally:
                self._give_back(process)

    def invoke(self, event: Any) -> Any:
        """The handler's answer. Raises InvocationError."""
        with self._free:
            with self._warming:
                process = self._take()
            try:
                return process.invoke(event, self._clock.shift)
            finally:
                self._give_back(process)

    def _take(self) -> Process:
        with self._lock:
            if self._stopped:
                raise InvocationError("Runtime.ExitError", "the stack is stopping")
            while self._idle:
                process = self._idle.pop()
                if process.alive:
                    break
                process.discard()
            else:
                process = self._new()
            self._busy.add(process)
            return process

    def _give_back(self, process: Process) -> None:
        with self._lock:
            self._busy.discard(process)
            if process.usable:
                self._idle.append(process)
                return
        process.discard()

    def stop(self) -> None:
        """Ends every process at once."""
        with self._lock:
            self._stopped = True
            for process in (*self._idle, *self._busy):
                process.kill()
