"""The agenda, and the queues that wake what is due."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from socials.models.wakeups import Queue, Wakeup


class Agenda(Protocol):
    """The index of everything that needs work at a time. Eventually consistent; a later look finds what one misses."""

    def due(self, shard: int, since: datetime | None, until: datetime) -> Iterator[Wakeup]:
        """What is due in [since, until] (from the beginning where since is None), oldest first."""
        ...


class Wakeups(Protocol):
    """The queues."""

    def send(self, queue: Queue, wakeup: Wakeup) -> None: ...

    def send_many(self, queue: Queue, wakeups: Sequence[Wakeup]) -> None:
        """In batches of ten; what a batch refuses is logged and left to the next look at the agenda."""
        ...

    def postpone(self, queue_arn: str, receipt_handle: str, seconds: int) -> None:
        """Let a message become visible again in `seconds` (0..43200), for one whose row is leased by another."""
        ...
