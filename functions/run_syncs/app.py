"""Works on the runs that the queues wake."""

from typing import Any

from socials import wiring
from socials.ids import random_id
from socials.telemetry import Unit, invoke

syncing = wiring.syncing()
worker = wiring.worker()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    owner = random_id("worker")

    def time_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    def serve(_unit: Unit) -> dict[str, Any]:
        budgets = wiring.budget_book()
        return worker.serve(event["Records"], lambda wakeup: syncing.run(wakeup, owner, time_left, budgets), time_left)

    return invoke(context, serve, worker=owner)
