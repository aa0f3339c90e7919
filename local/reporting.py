"""The console: one line a request, and what the stack itself has to say."""

import sys
from datetime import datetime


def say(line: str) -> None:
    """Prints one line with the time of day, at once."""
    sys.stdout.write(f"{datetime.now().astimezone():%H:%M:%S} {line}\n")
    sys.stdout.flush()
