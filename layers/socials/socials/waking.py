"""Waking what a committed write left to do. The write itself put the row on the agenda, so a lost message heals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from socials.models.wakeups import Queue, Wakeup
from socials.telemetry import measure

if TYPE_CHECKING:
    from socials.ports import Wakeups


def wake(wakeups: Wakeups, queue: Queue, due: Sequence[Wakeup]) -> None:
    """Send them, after the write and never before. Does not raise: what was asked for is done, whatever becomes of the
    message; each row's own `wake_at` brings it to work two minutes later."""
    if not due:
        return
    try:
        if len(due) == 1:
            wakeups.send(queue, due[0])
        else:
            wakeups.send_many(queue, due)
    except Exception as error:  # noqa: BLE001 - an answer must not deny what was written
        from socials.mishaps import told

        which = {"kind": due[0].kind, "id": due[0].id} if len(due) == 1 else {"kind": due[0].kind}
        measure("wake-up not sent", {"NotSent": len(due)}, queue=queue, **which, error=told(error))
