"""Queues in memory: what was sent stays in order until a test takes it."""

from collections.abc import Sequence
from threading import RLock

from socials.models.wakeups import Queue, Wakeup


class FakeWakeups:
    """`sent`: (queue, wakeup) in order. `postponed`: (queue_arn, receipt_handle, seconds)."""

    def __init__(self) -> None:
        self.sent: list[tuple[Queue, Wakeup]] = []
        self.postponed: list[tuple[str, str, int]] = []
        self._lock = RLock()

    def send(self, queue: Queue, wakeup: Wakeup) -> None:
        with self._lock:
            self.sent.append((queue, wakeup))

    def send_many(self, queue: Queue, wakeups: Sequence[Wakeup]) -> None:
        with self._lock:
            self.sent.extend((queue, wakeup) for wakeup in wakeups)

    def postpone(self, queue_arn: str, receipt_handle: str, seconds: int) -> None:
        with self._lock:
            self.postponed.append((queue_arn, receipt_handle, seconds))

    def take(self, queue: Queue) -> list[Wakeup]:
        """Take all messages of one queue."""
        with self._lock:
            taken = [wakeup for name, wakeup in self.sent if name == queue]
            self.sent = [pair for pair in self.sent if pair[0] != queue]
            return taken
