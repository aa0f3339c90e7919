"""Works on the runs that the queues wake."""

from typing import Any

from socials import wiring
from socials.budgeting import BudgetBook
from socials.ids import unique
from socials.models.wakeups import Wakeup
from socials.syncing import AT_ONCE
from socials.telemetry import Unit, invoke, mark
from socials.worker import Outcome

syncing = wiring.syncing()
worker = wiring.worker(AT_ONCE)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    def time_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    def serve(_unit: Unit) -> dict[str, Any]:
        budgets = wiring.budget_book()
        return worker.serve(event["Records"], lambda wakeup: run(wakeup, budgets), time_left)

    def run(wakeup: Wakeup, budgets: BudgetBook) -> Outcome:
        """Each message is an owner of its own: a doubled one must not pass for the worker that holds the lease."""
        owner = unique("worker")
        mark(worker=owner)
        return syncing.run(wakeup, owner, time_left, budgets)

    return invoke(context, serve)
