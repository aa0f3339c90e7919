"""How a stretch of work on a run ends: each verdict writes the truth into the row, in one fenced write."""

from datetime import datetime, timedelta
from typing import Any

from socials import ids
from socials.budgeting import BudgetBook
from socials.errors import ReconnectNeeded, RetryLater
from socials.models.accounts import REMOVED, Account, Cause, Wait
from socials.models.events import Event, EventType, began_to_wait, broke, happened, run_ended
from socials.models.runs import PartState, Problem, Run, RunState, Trigger
from socials.refreshing import REFRESH_IN_PROGRESS
from socials.timing import HEAL_AFTER, MAX_ATTEMPTS, RECONNECT_CHECKS_FOR, RETAKE_AFTER
from socials.values import replace
from socials.working import Work

INTERNAL_ERROR = "internal_error"
# How long to wait where the platform named no time, by the attempts already made at this run without progress.
_BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))


def ended(work: Work, wait: Wait | None = None) -> None:
    """Every part has its outcome: the run is kept, the row says how the account fares. `wait`: until when the platform
    still wants to be left alone."""
    now = work.now
    run = work.run.finished(now)
    cause = None if work.grant_works else work.account.broken
    account = replace(
        work.account,
        last_synced_at=now if run.is_success else work.account.last_synced_at,
        failure=_failure(work.account, run, now),
        broken=cause,
        wait=wait,
        wake_at=_next_time(work, cause, wait, now),
        **_released(now),
    )
    events = [] if _goes_without_saying(work.account, run) else [run_ended(run, now)]
    if work.account.broken and not account.broken:
        events.append(happened(EventType.HEALED, now))
    work.write(account, run, events + _new_wait(work.account, wait, now))


def _goes_without_saying(before: Account, run: Run) -> bool:
    """A daily success after another: its run tells of it. Three of four entries of the diary would say just that, and
    hide the others; what ends a trouble, the first success and what somebody asked for are told."""
    waited = before.wait is not None and before.wait.code != REFRESH_IN_PROGRESS
    well = before.last_synced_at is not None and not (before.failure or before.broken or waited)
    return run.trigger is Trigger.DAILY and run.is_success and well


def waiting(work: Work, error: RetryLater) -> None:
    """The run waits until the time the platform named, or a growing while. After five vain attempts it has failed; one
    that the whole app's wait stopped before a call was no attempt."""
    now, asked = work.now, error.code != BudgetBook.CODE
    wait = _wait(work.account, error, now)
    if asked and work.account.attempts >= MAX_ATTEMPTS:
        work.change_run(work.run.failing_open_parts(Problem(error.code, str(error))))
        ended(work, wait if error.until is not None else None)
        return
    account = replace(
        work.account,
        run=replace(work.run, state=RunState.WAITING),
        wait=wait,
        wake_at=woken_after(wait, work.account.account_id, now),
        attempts=work.account.attempts if asked else max(work.account.attempts - 1, 0),
        lease_owner=None,
        lease_until=None,
    )
    work.write(account, events=_new_wait(work.account, wait, now))


def woken_after(wait: Wait, account_id: str, now: datetime) -> datetime:
    """When the wait is over, and a stable quarter at most of it later, 5 s to 15 min: not all wake at one second."""
    window = min(max(int((wait.until - now).total_seconds()) // 4, 5), 900)
    return wait.until + ids.spread(account_id, window)


def broken(work: Work, error: ReconnectNeeded) -> None:
    """Proof that the grant is dead. A cheap look once a day for a week heals what was the platform's own mistake."""
    now = work.now
    work.change_run(work.run.failing_open_parts(Problem(error.code, str(error))))
    old = work.account.broken
    # What the person did on the platform explains more than the refusal that follows from it.
    known = old if old and old.code == REMOVED else None
    cause = known or Cause(error.code, str(error), old.since if old else now)
    account = replace(
        work.account,
        broken=cause,
        wait=None,
        wake_at=_next_time(work, cause, None, now),
        **_released(now),
    )
    run = work.run.finished(now)
    events = [run_ended(run, now)] + ([] if old and old.code == cause.code else [broke(cause, now)])
    work.write(account, run, events)


def interrupted(work: Work) -> None:
    """Out of time: what was read is kept and the run goes on in the next invocation."""
    account = replace(work.account, run=work.run, lease_owner=None, lease_until=None, wake_at=work.now + HEAL_AFTER)
    work.write(account)


def poisoned(work: Work) -> None:
    """Something unforeseen: the reason is in the row, nothing half-read is kept, and the fifth time ends the run. Until
    then it is tried again, by its message or by the agenda."""
    now = work.now
    work.roll_back()
    problem = Problem(INTERNAL_ERROR, "Something went wrong on our side; we are looking into it.")
    if work.account.attempts >= MAX_ATTEMPTS:
        work.change_run(work.run.failing_open_parts(problem))
        ended(work)
        return
    failure = Cause(problem.code, problem.message, _since(work.account, problem.code, now))
    account = replace(
        work.account,
        failure=failure,
        wake_at=now + RETAKE_AFTER,
        lease_owner=None,
        lease_until=None,
    )
    work.write(account)


def abandoned(work: Work) -> None:
    """Every worker that had the run died over it, without a word: it ends here, before anybody tries again."""
    problem = Problem("cut_off", "The sync was cut off again and again; we are looking into it.")
    work.change_run(work.run.failing_open_parts(problem))
    ended(work)


def _wait(account: Account, error: RetryLater, now: datetime) -> Wait:
    vain = min(max(account.attempts, 1), len(_BACKOFF))
    until = max(error.until or now + _BACKOFF[vain - 1], now + timedelta(seconds=1))
    old = account.wait
    since = old.since if old is not None and old.code == error.code else now
    return Wait(error.code, str(error), since, until)


def _new_wait(account: Account, wait: Wait | None, now: datetime) -> list[Event]:
    """A wait is told once, when it begins; a sibling's renewal of a few seconds is none of the person's business."""
    if wait is None or wait.since != now or wait.code == REFRESH_IN_PROGRESS:
        return []
    return [] if account.wait == wait else [began_to_wait(wait, now)]


def _next_time(work: Work, cause: Cause | None, wait: Wait | None, now: datetime) -> datetime | None:
    """The account's daily minute; the claim may have set another, for whoever would have had to take the run over.

    None where a broken one was looked at for a week, whatever the last look brought. A wait that lasts beyond the daily
    minute ends for many accounts at once, so it is spread like any other.
    """
    if cause is not None and now - cause.since >= RECONNECT_CHECKS_FOR:
        return None
    daily = ids.next_daily(work.account.account_id, now)
    return daily if wait is None else max(daily, woken_after(wait, work.account.account_id, now))


def _released(now: datetime) -> dict[str, Any]:
    """What of a row tells that its run is over, and that nobody has it."""
    return {"run": None, "lease_owner": None, "lease_until": None, "attempts": 0, "last_run_finished_at": now}


def _failure(account: Account, run: Run, now: datetime) -> Cause | None:
    """Why the run was no success: its first failed part. None of one that was."""
    for progress in run.parts.values():
        if progress.state is PartState.FAILED and progress.error is not None:
            return Cause(progress.error.code, progress.error.message, _since(account, progress.error.code, now))
    return None


def _since(account: Account, code: str, now: datetime) -> datetime:
    return account.failure.since if account.failure is not None and account.failure.code == code else now
