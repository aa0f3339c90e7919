"""A run and the progress of its parts."""

from datetime import datetime
from typing import Any

from socials.aws.items.attributes import Item, day, known, time
from socials.clock import from_epoch
from socials.models.parts import Part
from socials.models.runs import PartProgress, PartState, Problem, Run, RunState, Trigger
from socials.timing import RUN_LIVES


def run_to_item(run: Run) -> Item:
    """All of a run, as a RUN item keeps it."""
    times = {"started_at": run.started_at, "finished_at": run.finished_at}
    return known({**run_to_map(run), "state": run.state, **times, "expires_at": run_ends(run)})


def run_to_map(run: Run) -> Item:
    """What an account's row keeps under `run`. State and start stand beside it, so that one update can claim any row:
    DynamoDB lets no update set both a map and something in it."""
    parts = {part.value: _part_to_map(progress) for part, progress in run.parts.items()}
    return {"run_id": run.run_id, "trigger": run.trigger, "queued_at": run.queued_at, "parts": parts}


def run_ends(run: Run) -> datetime:
    """When a RUN item may no longer be read."""
    return run.queued_at + RUN_LIVES


def item_to_run(item: Item, account_id: str) -> Run:
    return Run(
        run_id=item["run_id"],
        account_id=account_id,
        trigger=Trigger(item["trigger"]),
        state=RunState(item["state"]),
        queued_at=from_epoch(item["queued_at"]),
        parts={Part(name): _map_to_part(progress) for name, progress in item["parts"].items()},
        started_at=time(item.get("started_at")),
        finished_at=time(item.get("finished_at")),
    )


def _part_to_map(progress: PartProgress) -> Item:
    error = progress.error and {"code": progress.error.code, "message": progress.error.message}
    return known(
        {
            "state": progress.state,
            "done": progress.done or None,
            "total": progress.total,
            "error": error,
            "cursor": progress.cursor,
            "steps": progress.steps or None,
            "estimated_from": progress.estimated_from and progress.estimated_from.isoformat(),
        }
    )


def _map_to_part(part: dict[str, Any]) -> PartProgress:
    error = part.get("error")
    return PartProgress(
        state=PartState(part["state"]),
        done=part.get("done", 0),
        total=part.get("total"),
        error=error and Problem(error["code"], error["message"]),
        cursor=part.get("cursor"),
        steps=part.get("steps", 0),
        estimated_from=day(part.get("estimated_from")),
    )
