"""Tells of runs: taken up, put off, ended; and of accounts that now need their person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

from socials.clock import iso
from socials.errors import Fenced
from socials.measures import cause_of
from socials.models.accounts import Account, Cause
from socials.models.claims import Checkpoint, Claim, ClaimOutcome
from socials.models.events import Event, EventType
from socials.models.runs import PartProgress, Run, RunState
from socials.models.wakeups import Wakeup
from socials.refreshing import REFRESH_IN_PROGRESS
from socials.telemetry import about, current, line, mark, measure
from socials.telling.through import Through

if TYPE_CHECKING:
    from socials.ports import WorkedAccounts


def told_accounts(inner: WorkedAccounts) -> WorkedAccounts:
    """`inner`, whose claims and last writes of a step are told, and what ends an account's access."""
    return cast("WorkedAccounts", _ToldAccounts(inner))


class _ToldAccounts(Through):
    inner: WorkedAccounts

    def claim(self, wakeup: Wakeup, owner: str, new_run: Run, now: datetime) -> Claim:
        claim = self.inner.claim(wakeup, owner, new_run, now)
        account = claim.account
        if claim.outcome is ClaimOutcome.CLAIMED and account is not None and account.run is not None:
            _take_up(account, account.run)
        else:
            line("nothing to sync", "DEBUG", claim=claim.outcome.value)
        return claim

    def save(self, checkpoint: Checkpoint, owner: str) -> None:
        try:
            self.inner.save(checkpoint, owner)
        except Fenced:
            line("run fenced: disconnected, reconnected or taken over meanwhile")
            raise
        if checkpoint.account.lease_until is None:
            _end_step(checkpoint)

    def end_access(self, seen: Account, cause: Cause, event: Event, ended: Run | None = None) -> bool:
        done = self.inner.end_access(seen, cause, event, ended)
        if done:
            with_account = {"platform": seen.platform, "account_id": seen.account_id}
            measure("access ended", {"ConnectionErrors": 1}, **with_account, cause=cause_of(cause.code))
        return done


def _take_up(account: Account, run: Run) -> None:
    about(run.run_id)
    mark(
        platform=account.platform,
        account_id=account.account_id,
        trigger=run.trigger.value,
        attempt=account.attempts,
        connection_id=account.connection_id if run.trigger.value == "connect" else None,
    )


def _end_step(checkpoint: Checkpoint) -> None:
    """A step of a run is over when the lease is given back."""
    account, finished = checkpoint.account, checkpoint.finished
    if finished is not None:
        _end(finished)
    elif account.run is not None and account.run.state is RunState.WAITING and account.wait is not None:
        _wait(account, account.run)
    else:
        parts = _parts(account.run)
        measure("run goes on later", {}, outcome="continues", parts=parts, ms=current().milliseconds)
    for event in checkpoint.events:
        if event.type is EventType.BROKEN:
            measure("connection broke", {"ConnectionErrors": 1}, cause=cause_of(event.detail["code"]))


def _end(run: Run) -> None:
    seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at and run.started_at else 0.0
    trouble = int(not run.is_success)
    values = {"Runs": 1, "RunSeconds": seconds, "RunTrouble": trouble}
    measure("run ended", values, outcome=run.state.value, parts=_parts(run), ms=current().milliseconds)


def _wait(account: Account, run: Run) -> None:
    """A sibling's renewal of a few seconds is no trouble of the platform's."""
    assert account.wait is not None
    values = {} if account.wait.code == REFRESH_IN_PROGRESS else {"Waits": 1, "RunTrouble": 1}
    until, ms = iso(account.wait.until), current().milliseconds
    measure("run waits", values, outcome="waits", code=account.wait.code, until=until, parts=_parts(run), ms=ms)


def _parts(run: Run | None) -> dict[str, str]:
    """`{"posts": "failed rate_limited 40"}`: the state, the error's code, how many were read."""
    return {part.value: _progress(progress) for part, progress in (run.parts.items() if run is not None else ())}


def _progress(progress: PartProgress) -> str:
    code = [progress.error.code] if progress.error is not None else []
    return " ".join([progress.state.value, *code, str(progress.done)])
