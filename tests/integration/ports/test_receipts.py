"""The contract of receipts: the fence, the erase's lease, and their 30 days."""

from datetime import timedelta
from typing import Any

import pytest

from socials import ids
from socials.errors import Fenced
from socials.models.connections import Join
from socials.models.grants import member
from socials.models.receipts import Counts, ReceiptState, Revocation
from socials.models.wakeups import Wakeup
from socials.timing import HEAL_AFTER, RECEIPT_LIVES, RUN_LEASE_SECONDS
from tests.support.builders import NOW, USER, a_connection, a_receipt, a_run, an_account
from tests.support.changing import replace
from tests.support.seeding import claimed, disconnecting, seed, stored

LEASE = timedelta(seconds=RUN_LEASE_SECONDS)
SECOND = timedelta(seconds=1)


def test_the_fence_marks_the_account_and_takes_it_off_the_agenda(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run(), wake_at=NOW))
    receipt = disconnecting(ports, account)
    row = stored(ports, account)
    assert row == replace(account, receipt_id=receipt.receipt_id, wake_at=None)
    assert row.disconnecting
    assert list(ports.agenda.due(ids.shard(account.account_id), None, NOW + LEASE)) == []
    assert ports.receipts.get(USER, receipt.receipt_id, NOW) == receipt
    due = list(ports.agenda.due(ids.shard(receipt.receipt_id), None, receipt.wake_at))
    assert due == [Wakeup(USER, "receipt", receipt.receipt_id, account.life)]


def test_an_account_is_fenced_once(ports: Any) -> None:
    account = seed(ports, an_account())
    first = disconnecting(ports, account)
    second = a_receipt(account, receipt_id=ids.receipt_id(account.account_id, NOW + SECOND))
    assert not ports.receipts.open(second, account)
    assert not ports.receipts.open(second, stored(ports, account))
    assert ports.receipts.newest(USER, account.account_id, NOW) == first


def test_the_fence_falls_only_on_what_was_seen(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    leased = claimed(ports, account, "w1")
    assert not ports.receipts.open(a_receipt(account), account)
    assert not ports.receipts.open(a_receipt(leased), replace(leased, lease_until=leased.lease_until + SECOND))
    assert not ports.receipts.open(a_receipt(leased), replace(leased, life="life_before"))
    assert stored(ports, account) == leased
    assert ports.receipts.newest(USER, account.account_id, NOW) is None
    assert ports.receipts.open(a_receipt(leased), leased)


def test_a_row_that_is_gone_is_not_fenced(ports: Any) -> None:
    assert not ports.receipts.open(a_receipt(), an_account())
    assert ports.accounts.list(USER) == []


@pytest.mark.parametrize("receipt_id", ["", "acc_x", "acc_x.", ".", "a.b.c", "x" * 3000, "acc#x.y", "\x00"])
def test_an_id_of_any_shape_is_just_not_found(ports: Any, receipt_id: str) -> None:
    disconnecting(ports, seed(ports, an_account()))
    assert ports.receipts.get(USER, receipt_id, NOW) is None
    assert ports.receipts.newest(USER, receipt_id, NOW) is None


def test_nobody_reads_another_users_receipt(ports: Any) -> None:
    receipt = disconnecting(ports, seed(ports, an_account()))
    assert ports.receipts.get("user-ben", receipt.receipt_id, NOW) is None
    assert ports.receipts.newest("user-ben", receipt.account_id, NOW) is None


def test_the_newest_receipt_of_just_that_account(ports: Any) -> None:
    account, other = an_account(), an_account(platform_account_id="1002")
    seed(ports, account, other)
    disconnecting(ports, account)
    seed(ports, replace(account, life="life_second", grant_id="grant_2"))
    newest = disconnecting(ports, account, NOW + SECOND)
    disconnecting(ports, other, NOW + 2 * SECOND)
    assert ports.receipts.newest(USER, account.account_id, NOW) == newest


# ---------------------------------------------------------------- the erase


def test_one_worker_at_a_time_erases(ports: Any) -> None:
    receipt = disconnecting(ports, seed(ports, an_account()))
    mine = replace(receipt, lease_owner="w1", lease_until=NOW + LEASE, wake_at=NOW + LEASE, attempts=1)
    assert ports.receipts.claim(USER, receipt.receipt_id, "w1", NOW) == (True, mine)
    assert ports.receipts.claim(USER, receipt.receipt_id, "w2", NOW + LEASE - SECOND) == (False, mine)
    claimed_again, theirs = ports.receipts.claim(USER, receipt.receipt_id, "w2", NOW + LEASE)
    assert claimed_again
    assert (theirs.lease_owner, theirs.attempts) == ("w2", 2)
    with pytest.raises(Fenced):
        ports.receipts.save(mine, "w1")
    assert ports.receipts.get(USER, receipt.receipt_id, NOW) == theirs


def test_there_is_nothing_to_claim_where_no_receipt_is(ports: Any) -> None:
    receipt = a_receipt()
    assert ports.receipts.claim(USER, receipt.receipt_id, "w1", NOW) == (False, None)
    ports.receipts.allow(USER, receipt.receipt_id, NOW)
    with pytest.raises(Fenced):
        ports.receipts.save(receipt, "w1")
    assert ports.receipts.get(USER, receipt.receipt_id, NOW) is None


def test_the_progress_is_kept(ports: Any) -> None:
    receipt = disconnecting(ports, seed(ports, an_account()))
    _, mine = ports.receipts.claim(USER, receipt.receipt_id, "w1", NOW)
    half = replace(mine, revocation=Revocation.REVOKED, deleted=Counts(snapshots=3, posts=4, runs=1, secrets=0))
    ports.receipts.save(half, "w1")
    assert ports.receipts.get(USER, receipt.receipt_id, NOW) == half
    done = replace(
        half,
        state=ReceiptState.DONE,
        data_erased=True,
        deleted=replace(half.deleted, secrets=1),
        finished_at=NOW,
        backups_until=half.backups_until + timedelta(hours=30),
        lease_until=None,
        wake_at=None,
    )
    ports.receipts.save(done, "w1")
    finished = replace(done, lease_owner=None)
    assert ports.receipts.get(USER, receipt.receipt_id, NOW) == finished
    assert ports.receipts.claim(USER, receipt.receipt_id, "w2", NOW) == (False, finished)
    assert list(ports.agenda.due(ids.shard(receipt.receipt_id), None, NOW + RECEIPT_LIVES)) == []


def test_a_run_that_stopped_lets_the_erase_begin_early_never_late(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    claimed(ports, account, "w1")
    receipt = disconnecting(ports, account)
    assert receipt.not_before == NOW + LEASE
    ports.receipts.allow(USER, receipt.receipt_id, NOW + SECOND)
    ports.receipts.allow(USER, receipt.receipt_id, NOW + 9 * SECOND)
    assert ports.receipts.get(USER, receipt.receipt_id, NOW) == replace(receipt, not_before=NOW + SECOND)


def test_saving_progress_does_not_take_back_that_the_run_stopped(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    claimed(ports, account, "w1")
    receipt = disconnecting(ports, account)
    _, mine = ports.receipts.claim(USER, receipt.receipt_id, "w2", NOW)
    ports.receipts.allow(USER, receipt.receipt_id, NOW)
    ports.receipts.save(replace(mine, wake_at=NOW), "w2")
    assert ports.receipts.get(USER, receipt.receipt_id, NOW).not_before == NOW


def test_a_finished_receipt_is_readable_for_thirty_days_an_unfinished_one_for_good(ports: Any) -> None:
    receipt = disconnecting(ports, seed(ports, an_account()))
    end = NOW + RECEIPT_LIVES
    assert ports.receipts.get(USER, receipt.receipt_id, end) == receipt
    _, mine = ports.receipts.claim(USER, receipt.receipt_id, "w1", NOW)
    ports.receipts.save(replace(mine, state=ReceiptState.DONE, lease_until=None, wake_at=None), "w1")
    assert ports.receipts.get(USER, receipt.receipt_id, end - SECOND)
    assert ports.receipts.newest(USER, receipt.account_id, end - SECOND)
    assert ports.receipts.get(USER, receipt.receipt_id, end) is None
    assert ports.receipts.newest(USER, receipt.account_id, end) is None
    assert ports.receipts.claim(USER, receipt.receipt_id, "w2", end) == (False, None)


def test_a_reconnect_in_between_keeps_the_fence_from_naming_a_grant_that_was_left(ports: Any) -> None:
    seen = seed(ports, an_account())
    connection = a_connection(connection_id="connection_2", grant_id="grant_2", state_hash=None)
    ports.connections.start(connection)
    again = replace(seen, grant_id="grant_2", connection_id="connection_2")
    assert ports.connections.finish(connection, [Join(again, seen)], NOW)

    assert not ports.receipts.open(a_receipt(seen), seen)
    row = stored(ports, seen)
    assert row.receipt_id is None
    assert ports.receipts.open(a_receipt(row), row)


def test_the_last_one_out_counts_the_secret_and_retires_the_grant(ports: Any) -> None:
    anna, shop = an_account(), an_account(platform_account_id="2002")
    seed(ports, anna, shop)
    settle_at, counts = NOW + 9 * LEASE, Counts(posts=3)
    told = []
    for account in (anna, shop):
        receipt = disconnecting(ports, account)
        _, mine = ports.receipts.claim(USER, receipt.receipt_id, "w", NOW)
        saved = ports.receipts.leave_grant(replace(mine, deleted=counts, lease_until=NOW + 2 * LEASE), "w", settle_at)
        assert ports.receipts.get(USER, receipt.receipt_id, NOW) == saved
        told.append(saved.deleted)
        grant = ports.grants.get(USER, anna.grant_id)
        assert member(account.account_id, account.life) not in grant.members
    assert told == [Counts(posts=3, secrets=0), Counts(posts=3, secrets=1)]
    assert (grant.retired, grant.members, grant.wake_at) == (True, frozenset(), settle_at + HEAL_AFTER)


def test_an_erase_that_lost_its_lease_leaves_no_grant(ports: Any) -> None:
    account = seed(ports, an_account())
    receipt = disconnecting(ports, account)
    _, mine = ports.receipts.claim(USER, receipt.receipt_id, "w1", NOW)
    ports.receipts.claim(USER, receipt.receipt_id, "w2", NOW + LEASE)
    with pytest.raises(Fenced):
        ports.receipts.leave_grant(replace(mine, deleted=Counts()), "w1", NOW)
    assert ports.grants.get(USER, account.grant_id).members == {member(account.account_id, account.life)}
    assert ports.receipts.get(USER, receipt.receipt_id, NOW).deleted is None


def test_who_is_on_no_grant_any_more_counts_no_secret(ports: Any) -> None:
    account = seed(ports, an_account())
    receipt = disconnecting(ports, account)
    ports.grants.leave(USER, account.grant_id, member(account.account_id, account.life), NOW)
    _, mine = ports.receipts.claim(USER, receipt.receipt_id, "w", NOW)
    assert ports.receipts.leave_grant(replace(mine, deleted=Counts(posts=3)), "w", NOW).deleted == Counts(posts=3)
