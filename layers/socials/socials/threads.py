"""The threads in which the messages of a batch are worked on, side by side."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache

# From so much memory on Lambda gives a function the time of a whole processor, or more ("Configure Lambda function
# memory" in AWS's guide). Below that it gives part of one's time, and yet two processors to spend it on.
_WHOLE_PROCESSOR_MB = 1769


@cache
def threads(number: int) -> ThreadPoolExecutor:
    """Kept for the next invocation: to begin a thread costs as much as a call to a platform."""
    return ThreadPoolExecutor(number, "worker", _keep_together)


def _keep_together() -> None:
    """Has this thread run where the others of its process do, if all of them have less than one processor's time.

    One of them holds the interpreter at a time. On two processors each handover goes to cold caches, and the time that
    both spend comes out of the same share, so that it is used up, and everybody stands still, the sooner.
    """
    if int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") or _WHOLE_PROCESSOR_MB) >= _WHOLE_PROCESSOR_MB:
        return
    with suppress(OSError):  # a container that may not choose: no worse than before
        processors = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {processors[os.getpid() % len(processors)]})
