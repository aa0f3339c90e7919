"""The minute's work: whatever the agenda says is due gets a wake-up. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from socials import ids
from socials.ports import Agenda, Queue, Wakeup, Wakeups

_LOOK_BACK = timedelta(minutes=3)
_SEND_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Dispatching:
    agenda: Agenda
    wakeups: Wakeups

    def dispatch(self, now: datetime, *, sweep: bool) -> int:
        """Wake what fell due in the last three minutes; everything overdue on a sweep. Returns how many."""
        since = None if sweep else now - _LOOK_BACK
        waiting: dict[Queue, list[Wakeup]] = {"daily": [], "erase": []}
        sent = 0
        for wakeup in self._due(since, now):
            queue: Queue = "daily" if wakeup.kind == "account" else "erase"
            waiting[queue].append(wakeup)
            if len(waiting[queue]) == _SEND_AT_ONCE:
                sent += self._send(queue, waiting)
        return sent + self._send("daily", waiting) + self._send("erase", waiting)

    def _due(self, since: datetime | None, now: datetime) -> Iterator[Wakeup]:
        """Shard after shard in one stream, so that a message to the queue is filled by all of them."""
        for shard in range(ids.AGENDA_SHARDS):
            yield from self.agenda.due(shard, since, now)

    def _send(self, queue: Queue, waiting: dict[Queue, list[Wakeup]]) -> int:
        batch, waiting[queue] = waiting[queue], []
        if batch:
            self.wakeups.send_many(queue, batch)
        return len(batch)
