"""A queue's batch: each message on its own, some at a time, the rest handed back when time runs out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from socials.clock import Clock
from socials.models.wakeups import KINDS, Wakeup
from socials.telemetry import about, failed, line, mark, measure, pseudonym, unit
from socials.timing import STOP_BEFORE_SECONDS

if TYPE_CHECKING:
    from socials.ports import Wakeups


class Done(Struct, frozen=True):
    """Acknowledge: done, or nothing to do."""


class Leased(Struct, frozen=True):
    """Another worker has it until then: do not acknowledge, look again when the lease ends."""

    until: datetime


# One less than the queues allow (`maxReceiveCount`): whoever has the lease came by a message of its own, which stays
# until the work has ended; a doubled one beside it is nothing for the dead letters.
MOST_LOOKS = 4

Outcome = Done | Leased
Handle = Callable[[Wakeup], Outcome]
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Worker:
    """`at_once`: so many messages of a batch are worked on at a time, each in a thread of its own: most of a sync is
    waiting for somebody else, and a slow account keeps none of the others waiting. `stop_before`: with fewer seconds
    left no message is begun."""

    wakeups: Wakeups
    clock: Clock
    at_once: int = 1
    stop_before: float = STOP_BEFORE_SECONDS

    def serve(
        self, records: Sequence[Record], handle: Handle, time_left: Callable[[], float]
    ) -> dict[str, list[dict[str, str]]]:
        """Handle each SQS record, begun in their order. Returns the partial batch answer; what is named in it comes
        back to the queue."""
        settled = self._each(records, lambda record: self._settled(record, handle, time_left))
        back = [record["messageId"] for record, done in zip(records, settled, strict=True) if not done]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in back]}

    def _each(self, records: Sequence[Record], settle: Callable[[Record], bool]) -> list[bool]:
        if min(self.at_once, len(records)) <= 1:
            return list(map(settle, records))
        from concurrent.futures import Future, wait

        from socials.threads import threads

        pool, begun = threads(self.at_once), list[Future[bool]]()
        try:
            # What is told of a message is told of its invocation too.
            begun.extend(pool.submit(copy_context().run, settle, record) for record in records)
        finally:
            wait(begun)  # whatever is raised here or there: nothing goes on behind an answer
        return [each.result() for each in begun]

    def _settled(self, record: Record, handle: Handle, time_left: Callable[[], float]) -> bool:
        with unit(message_id=record["messageId"]):
            if time_left() < self.stop_before:
                line("message given back for lack of time", queue=_queue_of(record))
                return False
            try:
                return self._served(record, handle)
            except Exception as error:  # noqa: BLE001 - one message's failure is no other's
                failed("message failed", error, queue=_queue_of(record))
                measure("message given back", {"MessagesFailed": 1})
                return False

    def _served(self, record: Record, handle: Handle) -> bool:
        wakeup = wakeup_from(record["body"], again=_receives(record) > 1)
        outcome = handle(_announced(wakeup))
        if isinstance(outcome, Done):
            return True
        if _receives(record) >= MOST_LOOKS:
            line("message dropped: another worker has had it for long", queue=_queue_of(record))
            return True
        seconds = max(1, int((outcome.until - self.clock()).total_seconds()) + 1)
        self.wakeups.postpone(record["eventSourceARN"], record["receiptHandle"], seconds)
        line("message postponed: another worker has it", seconds=seconds, queue=_queue_of(record))
        return False


def _announced(wakeup: Wakeup) -> Wakeup:
    """Every line from now on says whose message it is; a receipt's or a connection's id leads back to the request."""
    ids = {f"{wakeup.kind}_id": wakeup.id}
    mark(kind=wakeup.kind, user=pseudonym(wakeup.user), **ids)
    if wakeup.kind != "account":
        about(wakeup.id)
    return wakeup


def _queue_of(record: Record) -> str:
    return str(record["eventSourceARN"]).rpartition(":")[2]


def _receives(record: Record) -> int:
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))


def wakeup_from(body: str, *, again: bool = False) -> Wakeup:
    """Raises ValueError, KeyError for a body that is no wake-up (it ends in the dead letters)."""
    message = json.loads(body)
    if message["kind"] not in KINDS:
        raise ValueError(f"kind: one of {', '.join(KINDS)}")
    return Wakeup(str(message["user"]), message["kind"], str(message["id"]), str(message.get("life", "")), again)
