"""Putting accounts where a test wants them, through the ports, so that it works on any set of them."""

from datetime import datetime
from typing import Any

from socials import ids
from socials.models.accounts import Account
from socials.models.claims import Checkpoint, ClaimOutcome
from socials.models.connections import Join
from socials.models.readings import Day, Post
from socials.models.receipts import Receipt
from socials.models.runs import Run, RunState
from tests.support.builders import NOW, a_connection, a_receipt, a_run, wakeup_of
from tests.support.changing import replace


def seed(ports: Any, *accounts: Account, grant_id: str | None = None) -> Account:
    """Connect accounts exactly as given, on one grant. Returns the first as stored."""
    grant = grant_id or accounts[0].grant_id
    of = accounts[0]
    connection = a_connection(
        user=of.user,
        connection_id=ids.random_id("connection"),
        grant_id=grant,
        state_hash=None,
        platform=of.platform,
    )
    ports.connections.start(connection)
    assert ports.connections.finish(
        connection, [Join(replace(a, grant_id=grant), None) for a in accounts], of.connected_at
    )
    ports.connections.delete(connection.user, connection.connection_id)
    return stored(ports, accounts[0])


def stored(ports: Any, account: Account) -> Account:
    """The row as it stands."""
    row = ports.accounts.get(account.user, account.account_id)
    assert row is not None
    return row


def claimed(ports: Any, account: Account, owner: str = "worker", now: datetime = NOW) -> Account:
    """The row after `owner` claimed its run."""
    claim = ports.accounts.claim(wakeup_of(account), owner, a_run(account, queued_at=now), now)
    assert claim.outcome is ClaimOutcome.CLAIMED
    return claim.account


def keep(
    ports: Any,
    account: Account,
    *,
    days: tuple[Day, ...] = (),
    posts: tuple[Post, ...] = (),
    run: Run | None = None,
    now: datetime = NOW,
    days_until: datetime | None = None,
) -> Account:
    """Store data under the account's life the way a worker does: claim, one checkpoint with the finished run.

    The account must be free for a run. Leaves no run and no lease, and wake_at as it was.
    """
    row, run = stored(ports, account), run or a_run(account, queued_at=now)
    ok, _ = ports.accounts.request_run(account.user, account.account_id, run, now)
    assert ok, "the account cannot start a run"
    mine = claimed(ports, account, "keeper", now)
    finished = replace(run, state=RunState.SUCCEEDED, started_at=now, finished_at=now)
    after = replace(mine, run=None, lease_until=None, wake_at=row.wake_at)
    kept = Checkpoint(account=after, days=days, posts=posts, finished=finished, days_until=days_until)
    ports.accounts.save(kept, "keeper")
    return stored(ports, account)


def disconnecting(ports: Any, account: Account, now: datetime = NOW) -> Receipt:
    """Fence the account; the receipt as made."""
    row = stored(ports, account)
    receipt = a_receipt(row, requested_at=now)
    assert ports.receipts.open(receipt, row)
    return receipt
