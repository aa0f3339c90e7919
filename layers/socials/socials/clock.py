"""What time it is, in whole seconds, always UTC."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

_shift = timedelta()
# The second of the system's clock that was asked for last, and what time it is then: one sync asks eleven times.
_latest = (-1, datetime.fromtimestamp(0, UTC))


def set_clock() -> None:
    """By `CLOCK_SHIFT` (seconds), which the local stack sets before an invocation, to play a later day. Not with each
    time that is asked for: what is not there takes the environment longest to say."""
    global _shift, _latest  # noqa: PLW0603 - there is one clock
    _shift = timedelta(seconds=int(os.environ.get("CLOCK_SHIFT") or 0))
    _latest = (-1, _latest[1])


set_clock()


def now() -> datetime:
    """The current time, as the clock is set."""
    global _latest  # noqa: PLW0603 - there is one clock
    second, latest = int(time.time()), _latest
    if latest[0] != second:
        latest = _latest = (second, datetime.fromtimestamp(second, UTC) + _shift)
    return latest[1]


def iso(moment: datetime) -> str:
    """`2026-11-22T20:45:00Z`: how every time is written in answers and items."""
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return in_utc.isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def from_iso(text: str) -> datetime:
    """The reverse of `iso`; a time without a zone is read as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def from_epoch(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds // 1, UTC)
