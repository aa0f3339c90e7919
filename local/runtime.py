"""A function's own process: one handler, called with one event at a time. It knows nothing of this repository but
the folders it is given, as in Lambda.

Started as `python -P runtime.py <json>` with {"handler", "paths", "name", "memory", "arn", "answers"}. Reads an
invocation a line from standard input, {"event", "request_id", "timeout", "clock_shift"}, and answers a line to the file
descriptor `answers`: {"ready"} when it has imported the handler, then {"result"} or {"error": {"type", "message"}} a
time. What the handler prints goes to the log.
"""

import importlib
import json
import os
import queue
import secrets
import sys
import threading
import time
import traceback
from typing import Any


class Context:
    """Lambda's context object, as far as the product's libraries look at it."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, start: dict[str, Any], request_id: str, timeout: float) -> None:
        self.function_name = start["name"]
        self.memory_limit_in_mb = str(start["memory"])
        self.invoked_function_arn = start["arn"]
        self.aws_request_id = request_id
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = "local"
        self._deadline = time.monotonic() + timeout

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def read_invocations(invocations: "queue.Queue[str]") -> None:
    """Takes the invocations off standard input; its end is the stack's end, and then ours, whatever is running."""
    for line in sys.stdin:
        invocations.put(line)
    os._exit(0)


def invoke(handler: Any, start: dict[str, Any], invocation: dict[str, Any]) -> str:
    """The answer to one invocation, as a line of JSON."""
    os.environ["CLOCK_SHIFT"] = str(invocation["clock_shift"])
    os.environ["_X_AMZN_TRACE_ID"] = (
        f"Root=1-{int(time.time()):x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=1"
    )
    context = Context(start, invocation["request_id"], invocation["timeout"])
    try:
        return json.dumps({"result": handler(invocation["event"], context)})
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is the invocation's error
        traceback.print_exc()
        return json.dumps({"error": {"type": type(error).__name__, "message": str(error)}})


def main() -> None:
    """Imports the handler, then serves invocations until standard input ends."""
    start = json.loads(sys.argv[1])
    answers = os.fdopen(start["answers"], "w", encoding="utf-8")
    invocations: queue.Queue[str] = queue.Queue()
    threading.Thread(target=read_invocations, args=(invocations,), daemon=True).start()
    sys.path[:0] = start["paths"]
    module, _, name = start["handler"].rpartition(".")
    handler = getattr(importlib.import_module(module.replace("/", ".")), name)
    answers.write('{"ready": true}\n')
    answers.flush()
    while True:
        answers.write(invoke(handler, start, json.loads(invocations.get())) + "\n")
        answers.flush()
        sys.stdout.flush()


if __name__ == "__main__":
    main()
