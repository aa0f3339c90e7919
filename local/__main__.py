"""Runs the whole product on this machine until Ctrl-C: `python -m local`."""

import os
import signal
import sys
import threading
from types import FrameType

from local.options import read_options


class Ended(BaseException):
    """Ctrl-C or SIGTERM."""


def main() -> int:
    """Starts the stack, says where it is, and ends it with all its processes on SIGINT or SIGTERM."""
    options = read_options(sys.argv[1:], os.environ)
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)
    print(f"Starting PostLoudly from {options.template.name} ...", flush=True)
    from local.stack import Stack

    try:
        stack = Stack(options)
    except OSError as error:
        print(f"Port {options.port} cannot be used: {error.strerror}. Another one: PORT=3001 make run", file=sys.stderr)
        return 1
    try:
        stack.start()
        print(welcome(stack.origin, options.real), flush=True)
        threading.Event().wait()
    except Ended:
        pass
    finally:
        stack.stop()
    return 0


def end(_signal: int, _frame: FrameType | None) -> None:
    """Leaves whatever the main thread does, once."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise Ended


def welcome(origin: str, real: tuple[str, ...]) -> str:
    """What the person reads when everything runs."""
    from local import sandbox

    bluesky = (
        "Bluesky is the real one: connect with your handle and an app password from its settings."
        if "bluesky" in real
        else "A real Bluesky account instead: REAL=bluesky make run, then your handle and an app password."
    )
    return "\n".join(
        ("", f"  {origin}  - sign in with one click", "", sandbox.welcome(origin).rstrip(), "", bluesky, "Ctrl-C ends.")
    )


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads may still wait for answers of processes that are gone
