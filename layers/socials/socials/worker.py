"""A queue's batch: each message on its own, the rest handed back when time runs out."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from socials.clock import Clock
from socials.ports import Wakeup, Wakeups
from socials.telemetry import logger
from socials.timing import STOP_BEFORE_SECONDS


@dataclass(frozen=True, slots=True)
class Done:
    """Acknowledge: done, or nothing to do."""


@dataclass(frozen=True, slots=True)
class Leased:
    """Another worker has it until then: do not acknowledge, look again when the lease ends."""

    until: datetime


Outcome = Done | Leased
Handle = Callable[[Wakeup], Outcome]


@dataclass(frozen=True, slots=True)
class Worker:
    wakeups: Wakeups
    clock: Clock

    def serve(
        self, records: Sequence[Mapping[str, Any]], handle: Handle, time_left: Callable[[], float]
    ) -> dict[str, list[dict[str, str]]]:
        """Handle each SQS record. Returns the partial batch answer; what is named in it comes back to the queue."""
        failed = [record["messageId"] for record in records if not self._settled(record, handle, time_left)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _settled(self, record: Mapping[str, Any], handle: Handle, time_left: Callable[[], float]) -> bool:
        if time_left() < STOP_BEFORE_SECONDS:
            return False
        try:
            outcome = handle(wakeup_from(record["body"]))
            if isinstance(outcome, Leased):
                seconds = max(1, int((outcome.until - self.clock()).total_seconds()) + 1)
                self.wakeups.postpone(record["eventSourceARN"], record["receiptHandle"], seconds)
        except Exception:  # noqa: BLE001 - one message's failure is no other's
            logger.exception("message failed", message_id=record["messageId"])
            return False
        return isinstance(outcome, Done)


def wakeup_from(body: str) -> Wakeup:
    """Raises ValueError, KeyError for a body that is no wake-up (it ends in the dead letters)."""
    message = json.loads(body)
    if message["kind"] not in ("account", "receipt", "connection", "grant"):
        raise ValueError("kind: one of account, receipt, connection, grant")
    return Wakeup(str(message["user"]), message["kind"], str(message["id"]), str(message.get("life", "")))
