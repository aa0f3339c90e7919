"""An account's diary: what happened to it and when, in the order in which it happened."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct, field

from socials import ids
from socials.models.accounts import Cause, Wait
from socials.models.runs import PartState, Run, RunState

Detail = Mapping[str, str]


class EventType(StrEnum):
    CONNECTED = "connected"
    RECONNECTED = "reconnected"
    SYNCED = "synced"
    PARTLY_SYNCED = "partly_synced"
    SYNC_FAILED = "sync_failed"
    WAITING = "waiting"
    BROKEN = "broken"
    HEALED = "healed"


# Our clock knows whole seconds: of one second, this is the order in which things can have happened.
_ORDER = tuple(EventType)

_OUTCOMES = {
    RunState.SUCCEEDED: EventType.SYNCED,
    RunState.PARTIAL: EventType.PARTLY_SYNCED,
    RunState.FAILED: EventType.SYNC_FAILED,
}


class Event(Struct, frozen=True, kw_only=True):
    """`detail`: words by name, such as `code` and `message` of a cause, or a `run_id`; never anything secret."""

    event_id: str
    type: EventType
    detail: Detail = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        return ids.time_of(self.event_id)


def happened(what: EventType, at: datetime, **detail: str) -> Event:
    in_order = at + timedelta(milliseconds=100 * _ORDER.index(what))
    return Event(event_id=ids.time_ordered_id(in_order), type=what, detail=detail)


def run_ended(run: Run, at: datetime) -> Event:
    """How the run ended; where it was no success also why."""
    cause: dict[str, str] = {}
    for part, progress in run.parts.items():
        if progress.state is PartState.FAILED and progress.error is not None and not cause:
            cause = {"part": part.value, "code": progress.error.code, "message": progress.error.message}
    return happened(_OUTCOMES[run.state], at, run_id=run.run_id, trigger=run.trigger.value, **cause)


def began_to_wait(wait: Wait, at: datetime) -> Event:
    return happened(EventType.WAITING, at, code=wait.code, message=wait.message)


def broke(cause: Cause, at: datetime) -> Event:
    return happened(EventType.BROKEN, at, code=cause.code, message=cause.message)
