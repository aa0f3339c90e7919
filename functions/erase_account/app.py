"""Works on erases, and on what nobody came to live on."""

from typing import Any

from socials import wiring
from socials.ids import unique
from socials.models.wakeups import Wakeup
from socials.telemetry import invoke, mark
from socials.timing import STOP_ERASING_BEFORE_SECONDS
from socials.worker import Outcome

erasing = wiring.erasing()
sweeping = wiring.sweeping()
worker = wiring.worker(stop_before=STOP_ERASING_BEFORE_SECONDS)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    def time_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    def handle(wakeup: Wakeup) -> Outcome:
        """Each message is an owner of its own: a doubled one must not pass for the worker that holds the lease."""
        owner = unique("worker")
        mark(worker=owner)
        if wakeup.kind == "connection":
            return sweeping.sweep_connection(wakeup)
        if wakeup.kind == "grant":
            return sweeping.sweep_grant(wakeup)
        return erasing.erase(wakeup, owner, time_left)

    return invoke(context, lambda _unit: worker.serve(event["Records"], handle, time_left))
