"""The minute's work: whatever the agenda says is due gets a wake-up. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from socials import ids
from socials.models.wakeups import Queue, Wakeup

if TYPE_CHECKING:
    from socials.ports import Agenda, Wakeups

_LOOK_BACK = timedelta(minutes=3)
_SEND_AT_ONCE = 1000
# A tick with less time than this left ends: what it did not wake has its place on the agenda still.
_STOP_BEFORE_SECONDS = 10


def _for_ever() -> float:
    return float("inf")


@dataclass(frozen=True, slots=True)
class Dispatching:
    agenda: Agenda
    wakeups: Wakeups

    def dispatch(self, now: datetime, *, sweep: bool, time_left: Callable[[], float] = _for_ever) -> int:
        """Wake what fell due in the last three minutes; everything overdue on a sweep. Returns how many. Raises where a
        queue is away, after sending to the others.

        Ends early with little time left (seconds). Each hour's sweep begins at another shard, so that those cut short
        do not all stop before the same ones; and what was woken and claimed is in no one's way any more.
        """
        since = None if sweep else now - _LOOK_BACK
        first = now.hour if sweep else 0
        waiting: dict[Queue, list[Wakeup]] = {"manual": [], "daily": [], "erase": []}
        away: dict[Queue, Exception] = {}
        sent = 0
        try:
            for wakeup in self._due(first, since, now):
                queue = _queue_of(wakeup)
                waiting[queue].append(wakeup)
                if len(waiting[queue]) == _SEND_AT_ONCE:
                    sent += self._send(queue, waiting, away)
                    if time_left() < _STOP_BEFORE_SECONDS:
                        break
            sent += sum(self._send(queue, waiting, away) for queue in waiting)
            if away:
                raise next(iter(away.values()))
        finally:  # no circle with this frame
            away.clear()
        return sent

    def _due(self, first: int, since: datetime | None, now: datetime) -> Iterator[Wakeup]:
        """Shard after shard in one stream, so that a message to the queue is filled by all of them."""
        for shard in range(first, first + ids.AGENDA_SHARDS):
            yield from self.agenda.due(shard % ids.AGENDA_SHARDS, since, now)

    def _send(self, queue: Queue, waiting: dict[Queue, list[Wakeup]], away: dict[Queue, Exception]) -> int:
        """To a queue that is away nothing more goes in this tick; the others get theirs."""
        batch, waiting[queue] = waiting[queue], []
        if not batch or queue in away:
            return 0
        try:
            self.wakeups.send_many(queue, batch)
        except Exception as error:  # noqa: BLE001 - raised when the others have theirs
            away[queue] = error
            return 0
        return len(batch)


def _queue_of(wakeup: Wakeup) -> Queue:
    """A run that somebody asked for and that had to wait does not wait behind the daily ones too."""
    if wakeup.kind != "account":
        return "erase"
    return "manual" if wakeup.by_hand else "daily"
