"""A run and the progress of its parts."""

from typing import Any

from socials.aws.items import keys
from socials.aws.items.attributes import Item, day, known, time
from socials.models.parts import Part
from socials.models.runs import PartProgress, PartState, Problem, Run, RunState, Trigger

_NOT_BEGUN = PartProgress()


def run_to_item(run: Run) -> Item:
    """All of a run, as a RUN item keeps it, but for its id: that is in the item's key."""
    times = {"started_at": run.started_at, "finished_at": run.finished_at}
    fields = {**run_to_map(run), "state": run.state, **times, "expires_at": run.ends_at}
    return known(fields | {"run_id": None})


def run_to_map(run: Run) -> Item:
    """What an account's row keeps under `run`. State and start stand beside it, so that one update can claim any row:
    DynamoDB lets no update set both a map and something in it. What a daily run is when a worker has just begun it goes
    without saying: the row is at its largest then, and a write is paid for by the KB."""
    return known(
        {
            "run_id": run.run_id,
            "trigger": None if run.trigger is Trigger.DAILY else run.trigger,
            "queued_at": None if run.queued_at == run.started_at else run.queued_at,
            "parts": {part.value: _part_to_map(each) for part, each in run.parts.items() if each != _NOT_BEGUN} or None,
        }
    )


def item_to_run(item: Item, account_id: str) -> Run:
    """`item`: a RUN item, or what an account's row keeps with state and start."""
    begun = {Part(name): _map_to_part(progress) for name, progress in item.get("parts", {}).items()}
    started_at = time(item.get("started_at"))
    queued_at = time(item.get("queued_at")) or started_at
    assert queued_at is not None
    return Run(
        run_id=item["run_id"] if "run_id" in item else keys.run_of(item["sk"]),
        account_id=account_id,
        trigger=Trigger(item.get("trigger", Trigger.DAILY)),
        state=RunState(item["state"]),
        queued_at=queued_at,
        parts={part: begun.get(part, _NOT_BEGUN) for part in Part},
        started_at=started_at,
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
