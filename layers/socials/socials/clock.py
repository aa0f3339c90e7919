"""What time it is, in whole seconds, always UTC."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def now() -> datetime:
    """The current time. `CLOCK_SHIFT` (seconds) moves it: the local stack sets it to play a later day."""
    real, shift = datetime.fromtimestamp(int(time.time()), UTC), os.environ.get("CLOCK_SHIFT")
    return real + timedelta(seconds=int(shift)) if shift else real


def iso(moment: datetime) -> str:
    """`2026-11-22T20:45:00Z`: how every time is written in answers and items."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def from_iso(text: str) -> datetime:
    """The reverse of `iso`; a time without a zone is read as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def from_epoch(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)
