"""Rate limits as the platforms count them: calls in fixed windows of the stack's time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Room:
    """What is left in a window. `resets_at` in epoch seconds, `seconds` until then."""

    limit: int
    remaining: int
    resets_at: int
    seconds: int
    window: int
    exceeded: bool


class Limits:
    """`enforced` False keeps counting and telling but refuses nobody, for load tests."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._counts: dict[str, tuple[int, int]] = {}
        self.enforced = True

    def count(self, what: str, limit: int, window: int) -> Room:
        """Counts one call of `what`, of which `limit` are allowed in `window` seconds."""
        now = int(self._now().timestamp())
        start = now - now % window
        since, used = self._counts.get(what, (start, 0))
        used = used + 1 if since == start else 1
        self._counts[what] = start, used
        exceeded = self.enforced and used > limit
        return Room(limit, max(0, limit - used), start + window, start + window - now, window, exceeded)

    def clear(self) -> None:
        self._counts.clear()
