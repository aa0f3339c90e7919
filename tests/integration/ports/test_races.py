"""Many at once, one winner: the ports under threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

from socials.errors import Fenced
from socials.models.claims import Checkpoint, ClaimOutcome
from socials.models.connections import ConnectionStatus, Join
from socials.models.grants import member
from socials.models.receipts import Counts
from tests.support.builders import GRANT_ID, NOW, USER, a_connection, a_post, a_receipt, a_run, an_account, wakeup_of
from tests.support.builders import life_of as life
from tests.support.changing import replace
from tests.support.seeding import claimed, seed, stored

RIVALS = 8


def at_once(action: Callable[[int], Any]) -> list[Any]:
    """What each rival got; all start together."""
    barrier = Barrier(RIVALS)

    def run(number: int) -> Any:
        barrier.wait()
        return action(number)

    with ThreadPoolExecutor(RIVALS) as pool:
        return list(pool.map(run, range(RIVALS)))


def test_one_of_many_claims_wins(atomic_ports: Any) -> None:
    account = seed(atomic_ports, an_account(wake_at=NOW))
    claims = at_once(lambda n: atomic_ports.accounts.claim(wakeup_of(account), f"w{n}", a_run(), NOW))
    assert [claim.outcome for claim in claims].count(ClaimOutcome.CLAIMED) == 1
    row = stored(atomic_ports, account)
    assert row.attempts == 1
    winner = next(claim for claim in claims if claim.outcome is ClaimOutcome.CLAIMED)
    assert winner.account == row


def test_one_of_many_requests_makes_the_run(atomic_ports: Any) -> None:
    account = seed(atomic_ports, an_account())
    asked = at_once(lambda _: atomic_ports.accounts.request_run(USER, account.account_id, a_run(), NOW))
    assert [done for done, _ in asked].count(True) == 1
    assert all(row.run == stored(atomic_ports, account).run for _, row in asked)


def test_one_of_many_disconnects_opens_the_receipt(atomic_ports: Any) -> None:
    account = seed(atomic_ports, an_account())
    opened = at_once(lambda _: atomic_ports.receipts.open(a_receipt(account), account))
    assert opened.count(True) == 1
    newest = atomic_ports.receipts.newest(USER, account.account_id, NOW)
    assert stored(atomic_ports, account).receipt_id == newest.receipt_id


def test_a_checkpoint_is_stored_before_the_fence_or_not_at_all(atomic_ports: Any) -> None:
    account = seed(atomic_ports, an_account(run=a_run()))
    mine = claimed(atomic_ports, account, "w")

    def act(number: int) -> str:
        if number == RIVALS // 2:
            assert atomic_ports.receipts.open(a_receipt(mine), mine)
            return "fence"
        try:
            atomic_ports.accounts.save(Checkpoint(account=mine, posts=(a_post(number),)), "w")
        except Fenced:
            return "fenced"
        return "stored"

    done = at_once(act)
    posts = atomic_ports.history.posts(life(account), 100, None).items
    assert len(posts) == done.count("stored")
    assert stored(atomic_ports, account).disconnecting


def test_many_connects_of_one_identity_leave_one_life_and_one_grant(atomic_ports: Any) -> None:
    def connect(number: int) -> bool:
        connection = a_connection(connection_id=f"c{number}", grant_id=f"g{number}", state_hash=None)
        atomic_ports.connections.start(connection)
        account = an_account(life=f"life_{number}", grant_id=connection.grant_id)
        done = replace(connection, status=ConnectionStatus.DONE)
        return atomic_ports.connections.finish(done, [Join(account, None)], NOW)

    assert at_once(connect).count(True) == 1
    (row,) = atomic_ports.accounts.list(USER)
    grants = [atomic_ports.grants.get(USER, f"g{n}") for n in range(RIVALS)]
    assert [grant.grant_id for grant in grants if grant] == [row.grant_id]


def test_a_state_is_taken_once(atomic_ports: Any) -> None:
    connection = a_connection()
    atomic_ports.connections.start(connection)
    taken = at_once(lambda _: atomic_ports.connections.take_state(connection.state_hash, NOW))
    assert len([leads_to for leads_to in taken if leads_to]) == 1


def test_one_of_many_may_refresh(atomic_ports: Any) -> None:
    seed(atomic_ports, an_account())
    leases = at_once(lambda n: atomic_ports.grants.take_lease(USER, GRANT_ID, f"w{n}", NOW))
    assert len([lease for lease in leases if lease]) == 1


def test_all_members_leave_at_once_and_the_grant_retires(atomic_ports: Any) -> None:
    accounts = [an_account(platform_account_id=str(n)) for n in range(RIVALS)]
    seed(atomic_ports, *accounts)

    def leave(number: int) -> Any:
        me = member(accounts[number].account_id, accounts[number].life)
        return atomic_ports.grants.leave(USER, GRANT_ID, me, NOW + timedelta(seconds=number))

    left = at_once(leave)
    assert [grant.retired for grant in left].count(True) == 1
    grant = atomic_ports.grants.get(USER, GRANT_ID)
    assert (grant.members, grant.retired) == (frozenset(), True)


def test_of_many_that_leave_a_grant_at_once_one_takes_its_secret_along(atomic_ports: Any) -> None:
    accounts = [an_account(platform_account_id=str(n)) for n in range(RIVALS)]
    seed(atomic_ports, *accounts)
    receipts = [a_receipt(account) for account in accounts]
    claims = []
    for account, receipt in zip(accounts, receipts, strict=True):
        assert atomic_ports.receipts.open(receipt, stored(atomic_ports, account))
        claims.append(atomic_ports.receipts.claim(USER, receipt.receipt_id, "w", NOW)[1])
    left = at_once(lambda n: atomic_ports.receipts.leave_grant(replace(claims[n], deleted=Counts(posts=n)), "w", NOW))
    assert [receipt.deleted.secrets for receipt in left].count(1) == 1
    assert [receipt.deleted.posts for receipt in left] == list(range(RIVALS))
    assert atomic_ports.grants.get(USER, GRANT_ID).retired


def test_one_of_many_erases(atomic_ports: Any) -> None:
    account = seed(atomic_ports, an_account())
    receipt = a_receipt(account)
    atomic_ports.receipts.open(receipt, account)
    claims = at_once(lambda n: atomic_ports.receipts.claim(USER, receipt.receipt_id, f"w{n}", NOW))
    assert [done for done, _ in claims].count(True) == 1
