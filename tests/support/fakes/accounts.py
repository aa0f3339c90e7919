"""Account rows in memory."""

from datetime import datetime, timedelta

from socials import ids
from socials.errors import Fenced
from socials.models.accounts import Account, Cause
from socials.models.claims import MOST_BESIDE, Checkpoint, Claim, ClaimOutcome
from socials.models.events import Event
from socials.models.lives import LifeKey
from socials.models.readings import Day
from socials.models.runs import Run, RunState
from socials.models.wakeups import Wakeup
from socials.timing import HEAL_AFTER, MIN_BETWEEN_RUNS, RETAKE_AFTER, RUN_LEASE_SECONDS
from tests.support.changing import replace
from tests.support.fakes.rows import LifeRows, Rows

_KEPT_BY_A_SYNC = ("user", "account_id", "life", "platform", "platform_account_id", "grant_id", "connection_id")
_KEPT_BY_A_SYNC += ("connected_at", "receipt_id")


class FakeAccounts:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def list(self, user: str) -> list[Account]:
        with self._rows.lock:
            return [account for (owner, _), account in self._rows.accounts.items() if owner == user]

    def get(self, user: str, account_id: str) -> Account | None:
        return self._rows.accounts.get((user, account_id))

    def request_run(self, user: str, account_id: str, run: Run, now: datetime) -> tuple[bool, Account | None]:
        with self._rows.lock:
            row = self.get(user, account_id)
            if row is None or not _may_start(row, now):
                return False, row
            return True, self._rows.put_account(replace(row, run=run, attempts=0, wake_at=now + HEAL_AFTER))

    def claim(self, wakeup: Wakeup, owner: str, new_run: Run, now: datetime) -> Claim:
        with self._rows.lock:
            row = self.get(wakeup.user, wakeup.id)
            if row is None or row.life != wakeup.life:
                return Claim(ClaimOutcome.IDLE, None)
            if row.disconnecting or not _has_work(row, now):
                return Claim(ClaimOutcome.IDLE, row)
            if row.leased_at(now):
                return Claim(ClaimOutcome.LEASED, row)
            return Claim(ClaimOutcome.CLAIMED, self._rows.put_account(_claimed(row, wakeup, owner, new_run, now)))

    def save(self, checkpoint: Checkpoint, owner: str) -> None:
        beside = (*checkpoint.days, *checkpoint.posts, *checkpoint.moved, *checkpoint.events)
        if len(beside) + (checkpoint.finished is not None) > MOST_BESIDE:
            raise ValueError(f"a checkpoint holds at most {MOST_BESIDE} items beside the row")
        new = checkpoint.account
        run = checkpoint.finished or new.run
        with self._rows.lock:
            row = self.get(new.user, new.account_id)
            if row is None or row.life != new.life or row.disconnecting or row.lease_owner != owner:
                raise Fenced
            if row.run is None or run is None or row.run.run_id != run.run_id:
                raise Fenced
            kept = {name: getattr(row, name) for name in _KEPT_BY_A_SYNC}
            self._rows.put_account(replace(new, lease_owner=owner, **kept))
            self._store(checkpoint)

    def end_access(self, seen: Account, cause: Cause, event: Event, ended: Run | None = None) -> bool:
        with self._rows.lock:
            row = self.get(seen.user, seen.account_id)
            if row is None or row.disconnecting or (row.life, row.connection_id) != (seen.life, seen.connection_id):
                return False
            if row.broken is not None and row.broken.code == cause.code:
                return False
            if (row.run and row.run.run_id) != (ended and ended.run_id):
                return False
            life = self._rows.life(LifeKey(row.user, row.account_id, row.life))
            self._rows.put_account(replace(row, broken=cause, run=None))
            life.events[event.event_id] = event
            life.runs |= {ended.run_id: ended} if ended is not None else {}
            return True

    def release(self, user: str, account_id: str, owner: str) -> Account | None:
        with self._rows.lock:
            row = self.get(user, account_id)
            if row is None or row.lease_owner != owner:
                return row
            return self._rows.put_account(replace(row, lease_owner=None, lease_until=None))

    def _store(self, checkpoint: Checkpoint) -> None:
        account = checkpoint.account
        life = self._rows.life(LifeKey(account.user, account.account_id, account.life))
        days = {day.date: _merged(life, day) for day in checkpoint.days if _says(day)}
        posts = {(post.published_at, post.post_id): post for post in checkpoint.posts}
        moved = {(post.published_at, post.post_id): post for post in checkpoint.moved}
        life.days.update(days)
        life.posts.update(posts | moved)
        life.ends = {key: end for key, end in life.ends.items() if key not in posts}
        life.ends.update({key: post.updated_at for key, post in moved.items()})
        life.ends.update(dict.fromkeys(days, checkpoint.days_until) if checkpoint.days_until else {})
        ends = {key: post.leaves_at or checkpoint.posts_until for key, post in posts.items()}
        life.ends.update((key, end) for key, end in ends.items() if end is not None)
        if checkpoint.finished is not None:
            life.runs[checkpoint.finished.run_id] = checkpoint.finished
        life.events.update((event.event_id, event) for event in checkpoint.events)


def _says(day: Day) -> bool:
    return day != Day(date=day.date)


def _merged(life: LifeRows, new: Day) -> Day:
    old, told = life.days.get(new.date, Day(date=new.date)), new.metrics.known().keys()
    estimates = life.estimates.get(new.date, frozenset())
    if new.provisional is not None:
        estimates = life.estimates[new.date] = estimates | told if new.provisional else estimates - told
    return Day(
        date=new.date,
        followers=old.followers if new.followers is None else new.followers,
        metrics=new.metrics.over(old.metrics),
        provisional=bool(estimates) or (old.provisional if new.provisional is None else new.provisional),
    )


def _may_start(row: Account, now: datetime) -> bool:
    if row.disconnecting or row.active_run is not None or row.broken is not None:
        return False
    if row.wait is not None and row.wait.until > now:
        return False
    return row.last_run_finished_at is None or row.last_run_finished_at + MIN_BETWEEN_RUNS <= now


def _has_work(row: Account, now: datetime) -> bool:
    at_once = row.run is not None and row.run.state in (RunState.QUEUED, RunState.RUNNING)
    return at_once or (row.wake_at is not None and row.wake_at <= now)


def _claimed(row: Account, wakeup: Wakeup, owner: str, new_run: Run, now: datetime) -> Account:
    run = row.run or new_run
    soon = wakeup.again or run.started_at is not None
    return replace(
        row,
        run=replace(run, state=RunState.RUNNING, started_at=run.started_at or now),
        attempts=row.attempts + 1 if row.run else 1,
        lease_owner=owner,
        lease_until=now + timedelta(seconds=RUN_LEASE_SECONDS),
        wake_at=now + RETAKE_AFTER if soon else ids.next_daily(row.account_id, now),
    )
