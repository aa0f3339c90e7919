"""Account rows of a worker: claims and checkpoints, each one conditional write."""

from datetime import datetime, timedelta

from socials import ids
from socials.aws.items import accounts as rows
from socials.aws.items import history, keys
from socials.aws.items.accounts import item_to_account
from socials.aws.items.attributes import Item, stands_so
from socials.aws.items.keys import Key
from socials.aws.items.runs import run_to_map
from socials.aws.items.weeks import weeks
from socials.aws.table.accounts import TableAccounts, account_of, run_as_seen
from socials.aws.table.changes import Change, put, update
from socials.aws.table.table import Written
from socials.clock import epoch
from socials.errors import Fenced
from socials.models.accounts import Account, Cause
from socials.models.claims import MOST_BESIDE, Checkpoint, Claim, ClaimOutcome
from socials.models.events import Event
from socials.models.lives import LifeKey
from socials.models.runs import Run, RunState
from socials.models.wakeups import Wakeup
from socials.timing import RETAKE_AFTER, RUN_LEASE_SECONDS
from socials.values import replace

# A waiting run and no run at all are both due at wake_at; a queued or running one is due at once.
_CLAIMABLE = (
    "#life = :life AND attribute_not_exists(#receipt_id)"
    " AND (attribute_not_exists(#lease_until) OR #lease_until <= :now)"
    " AND (#run_state IN (:queued, :running) OR #wake_at <= :now)"
)
_AT_ONCE = (RunState.QUEUED, RunState.RUNNING)
_NOBODY_HAD_IT = "attribute_not_exists(#run_started_at)"

# The same update continues the row's run or begins the new one: attempts and start are absent where no run is.
_CLAIM = (
    "SET #run = if_not_exists(#run, :new_run), #run_started_at = if_not_exists(#run_started_at, :now),"
    " #attempts = if_not_exists(#attempts, :zero) + :one"
)

_OWNED = "#life = :life AND attribute_not_exists(#receipt_id) AND #run.#run_id = :run_id AND #lease_owner = :owner"

_MAY_END = (
    "#life = :life AND #connection_id = :connection AND attribute_not_exists(#receipt_id)"
    " AND (attribute_not_exists(#broken) OR #broken.#code <> :code)"
)


class TableWorkedAccounts(TableAccounts):
    def claim(self, wakeup: Wakeup, owner: str, new_run: Run, now: datetime) -> Claim:
        """Nobody had the run before: that is tried first, and nearly always so. A lease that is this owner's to this
        very second was taken here: an owner has one message only."""
        taken = {
            "run_state": RunState.RUNNING,
            "lease_owner": owner,
            "lease_until": now + timedelta(seconds=RUN_LEASE_SECONDS),
        }
        values = {
            "life": wakeup.life,
            "now": now,
            "new_run": run_to_map(replace(new_run, started_at=now)),
            "zero": 0,
            "one": 1,
        }
        values |= {"queued": RunState.QUEUED, "running": RunState.RUNNING}
        key = keys.account(wakeup.user, wakeup.id)

        def take(when: str, agenda: Item) -> Written:
            return self._table.write(update(key, taken | agenda, also=_CLAIM, when=when, **values))

        soon, daily = {"wake_at": now + RETAKE_AFTER}, {"wake_at": ids.next_daily(wakeup.id, now), "trigger": None}
        written = take(f"{_CLAIMABLE} AND {_NOBODY_HAD_IT}", soon if wakeup.again else daily)
        if not written.done and (run := _run_of_another(written.item, wakeup.life, now)):
            written = take(_CLAIMABLE, soon | rows.agenda_fields(run))
        if written.done or stands_so(written.item, taken | {"life": wakeup.life, "receipt_id": None}):
            return Claim(ClaimOutcome.CLAIMED, account_of(written.item))
        return _unclaimed(written.item, wakeup.life, now)

    def save(self, checkpoint: Checkpoint, owner: str) -> None:
        account, run = checkpoint.account, checkpoint.finished or checkpoint.account.run
        if run is None:
            raise Fenced
        beside = _beside(checkpoint)
        if len(beside) > MOST_BESIDE:
            raise ValueError(f"a checkpoint holds at most {MOST_BESIDE} items beside the row")
        fields = rows.profile_fields(account) | rows.progress_fields(account)
        fields["lease_owner"] = owner if account.lease_until else None
        if account.lease_until is None:
            fields |= rows.agenda_fields(account.run)
        fenced = {"life": account.life, "run_id": run.run_id, "owner": owner}
        row = update(keys.account(account.user, account.account_id), fields, when=_OWNED, **fenced)
        done = self._table.write_all([row, *beside]) if beside else self._alone(row, fields, account.life)
        if not done:
            raise Fenced

    def _alone(self, row: Change, fields: Item, life: str) -> bool:
        """What gives the lease back leaves nobody's, which its repeat finds. (A transaction has a token.)"""
        written = self._table.write(row)
        return written.done or stands_so(written.item, fields | {"life": life, "receipt_id": None})

    def end_access(self, seen: Account, cause: Cause, event: Event, ended: Run | None = None) -> bool:
        fields = rows.run_fields(None, 0) | rows.agenda_fields(None) | {"broken": rows.cause_to_map(cause)}
        key, life = keys.account(seen.user, seen.account_id), LifeKey(seen.user, seen.account_id, seen.life)
        as_seen, values = run_as_seen(ended)
        values |= {"life": seen.life, "connection": seen.connection_id, "code": cause.code}
        row = update(key, fields, when=f"{_MAY_END} AND {as_seen}", **values)
        beside = [put(history.run_item(life, ended))] if ended is not None else []
        return self._table.write_all([row, put(history.event_to_item(life, event)), *beside])

    def release(self, user: str, account_id: str, owner: str) -> Account | None:
        lease = {"lease_owner": None, "lease_until": None}
        change = update(keys.account(user, account_id), lease, when="#lease_owner = :owner", owner=owner)
        return account_of(self._table.write(change).item)


def _run_of_another(item: Item | None, life: str, now: datetime) -> Run | None:
    """The run that the failed condition gave back, if it is there to be claimed, though a worker had it before."""
    if item is None or item["life"] != life or "run_started_at" not in item or "receipt_id" in item:
        return None
    row = item_to_account(item)
    return row.run if _is_due(item, now) and not row.leased_at(now) else None


def _unclaimed(item: Item | None, life: str, now: datetime) -> Claim:
    """Why there was nothing to claim, from the row that the failed condition gave back."""
    if item is None or item["life"] != life:
        return Claim(ClaimOutcome.IDLE, None)
    row = item_to_account(item)
    leased = _is_due(item, now) and not row.disconnecting and row.leased_at(now)
    return Claim(ClaimOutcome.LEASED if leased else ClaimOutcome.IDLE, row)


def _is_due(item: Item, now: datetime) -> bool:
    return item.get("run_state") in _AT_ONCE or bool(item.get("wake_at", epoch(now) + 1) <= epoch(now))


def _beside(checkpoint: Checkpoint) -> list[Change]:
    """A day is merged into what is stored of it; one that knows nothing is left out."""
    account = checkpoint.account
    life = LifeKey(account.user, account.account_id, account.life)
    changes = [_week(*week, checkpoint.days_until) for week in weeks(life, checkpoint.days)]
    changes += [put(history.post_to_item(life, post, checkpoint.posts_until)) for post in checkpoint.posts]
    changes += [put(history.post_to_item(life, post, post.updated_at)) for post in checkpoint.moved]
    if checkpoint.finished is not None:
        changes.append(put(history.run_item(life, checkpoint.finished)))
    return changes + [put(history.event_to_item(life, event)) for event in checkpoint.events]


def _week(key: Key, known: Item, settled: Item, until: datetime | None) -> Change:
    """Where days may be kept for a time only, the first write of a week says until when, so that none of its days is
    kept for longer than it may be."""
    sets = {name: value for name, value in known.items() if isinstance(value, frozenset)}
    fields = {name: value for name, value in known.items() if name not in sets}
    also = f"ADD {_each(sets)} DELETE {_each(settled)}" if settled else f"ADD {_each(sets)}"
    values: Item = {**sets, **settled}
    if until is not None:
        also, values["until"] = f"SET #expires_at = if_not_exists(#expires_at, :until) {also}", until
    return update(key, fields, also=also, when="", **values)


def _each(sets: Item) -> str:
    return ", ".join(f"#{name} :{name}" for name in sets)
