"""The stack's time: the wall clock plus a shift that only grows."""

import threading
from datetime import UTC, datetime, timedelta


class Clock:
    """What time it is on the stack. `shift` is in whole seconds, so that every process agrees on it."""

    def __init__(self) -> None:
        self.shift = 0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The stack's time, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.shift)

    def move_to(self, at: datetime) -> bool:
        """Moves the stack's time forward to `at`, for good; whether it moved. A time that has been changes nothing."""
        with self._lock:
            shift = -int(-(at - datetime.now(UTC)).total_seconds() // 1)
            moved = shift > self.shift
            self.shift = max(self.shift, shift)
            return moved


def iso(at: datetime) -> str:
    """`at` as EventBridge and the API write it: `2026-11-22T20:45:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
