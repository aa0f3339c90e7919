"""A sync run and its parts."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct, field

from socials.models.parts import Part
from socials.timing import DAILY_SUCCESS_LIVES, RUN_LIVES
from socials.values import replace


class Trigger(StrEnum):
    MANUAL = "manual"
    DAILY = "daily"
    CONNECT = "connect"


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"


ACTIVE_STATES = frozenset({RunState.QUEUED, RunState.RUNNING, RunState.WAITING})


class PartState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NOT_OFFERED = "not_offered"


ENDED_PARTS = frozenset({PartState.SUCCEEDED, PartState.FAILED, PartState.NOT_OFFERED})


class Problem(Struct, frozen=True):
    """Why something failed: a stable code and a sentence for people."""

    code: str
    message: str


class PartProgress(Struct, frozen=True, kw_only=True):
    """How far one part is. `cursor`: where the next step goes on (the platform's own, opaque). `estimated_from`: the
    oldest day read so far whose numbers the platform still works on, until the part has ended."""

    state: PartState = PartState.QUEUED
    done: int = 0
    total: int | None = None
    error: Problem | None = None
    cursor: str | None = None
    steps: int = 0
    estimated_from: date | None = None

    @property
    def ended(self) -> bool:
        return self.state in ENDED_PARTS


def _queued_parts() -> Mapping[Part, PartProgress]:
    return {part: PartProgress() for part in Part}


class Run(Struct, frozen=True, kw_only=True):
    """One pass over one account."""

    run_id: str
    account_id: str
    trigger: Trigger
    state: RunState
    queued_at: datetime
    parts: Mapping[Part, PartProgress] = field(default_factory=_queued_parts)
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def active(self) -> bool:
        return self.state in ACTIVE_STATES

    def with_part(self, part: Part, progress: PartProgress) -> "Run":
        return replace(self, parts={**self.parts, part: progress})

    def failing_open_parts(self, problem: Problem) -> "Run":
        parts = {
            part: progress if progress.ended else replace(progress, state=PartState.FAILED, error=problem, cursor=None)
            for part, progress in self.parts.items()
        }
        return replace(self, parts=parts)

    def finished(self, now: datetime) -> "Run":
        return replace(self, state=self.outcome(), finished_at=now)

    def outcome(self) -> RunState:
        """Succeeded: every part succeeded or is not offered; failed: none succeeded; else partial."""
        states = {progress.state for progress in self.parts.values()}
        if PartState.SUCCEEDED not in states:
            return RunState.FAILED
        return RunState.PARTIAL if PartState.FAILED in states else RunState.SUCCEEDED

    @property
    def ends_at(self) -> datetime:
        """From when on a finished run may no longer be read. What went well day after day says little, and soonest."""
        is_usual = self.trigger is Trigger.DAILY and self.state is RunState.SUCCEEDED
        return self.queued_at + (DAILY_SUCCESS_LIVES if is_usual else RUN_LIVES)

    @property
    def is_success(self) -> bool:
        """The profile succeeded and no part failed."""
        return self.parts[Part.PROFILE].state is PartState.SUCCEEDED and self.outcome() is RunState.SUCCEEDED
