"""Disconnecting and erasing: the receipt first, then nothing left, and no sibling harmed (invariants 3, 4)."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest

from socials.errors import Conflict, NotFound, ReconnectNeeded, Refused, RetryLater
from socials.models.accounts import Account
from socials.models.receipts import Counts, Receipt, ReceiptState, Revocation
from socials.models.wakeups import Wakeup
from socials.platforms.base import Answer
from socials.timing import HEAL_AFTER, RECEIPT_LIVES, REVOKE_TRIED_FOR, RUN_LEASE_SECONDS
from socials.worker import Done, Leased
from tests.support.builders import USER, a_run, an_identity, life_of, wakeup_of
from tests.support.changing import replace
from tests.support.fakes import Killed
from tests.support.fakes.platform import scripted
from tests.support.world import World, some_posts


@pytest.fixture
def account(world: World) -> Account:
    """A connected account with two days, three posts and one run; its diary says connected, and synced."""
    return a_synced_account(world)


def a_synced_account(world: World) -> Account:
    world.answer_well(posts=[some_posts(1, 3)])
    account = world.account()
    world.sync(account)
    world.queues.sent.clear()
    world.network.requests.clear()
    return world.of(account)


def siblings(world: World, *numbers: str) -> list[Account]:
    """Accounts that live on one grant."""
    world.script("identify", tuple(an_identity(platform_account_id=n, username=n) for n in numbers))
    returned = world.consent()
    candidates = world.rows.connections[USER, returned.connection_id].candidates
    accounts = world.connecting.choose(USER, returned.connection_id, [each.account_id for each in candidates])
    world.network.requests.clear()
    return accounts


def disconnect(world: World, account: Account) -> Receipt:
    return world.disconnecting.disconnect(account.user, account.account_id)


def nothing_but_receipts(world: World) -> bool:
    return not any(world.everything().values())


def looks_again_in(world: World, receipt: Receipt) -> timedelta:
    """Nobody has it meanwhile."""
    row = world.receipt(receipt.receipt_id)
    assert (row.lease_owner, row.lease_until) == (None, None)
    assert row.wake_at is not None
    return row.wake_at - world.clock()


COUNTS = Counts(snapshots=2, posts=3, runs=1, events=2, secrets=1)


def test_the_receipt_comes_first_and_the_fence_with_it(world: World, account: Account) -> None:
    world.hooks.calls.clear()

    receipt = disconnect(world, account)

    assert world.hooks.calls == ["accounts.get", "receipts.open", "wakeups.send"]
    assert receipt.state is ReceiptState.ERASING
    assert receipt.receipt_id.startswith(account.account_id)
    assert (receipt.revocation, receipt.deleted) == (None, None)
    assert receipt.backups_until == world.clock() + timedelta(days=7)
    assert receipt.wake_at == world.clock() + HEAL_AFTER
    row = world.of(account)
    assert (row.receipt_id, row.wake_at) == (receipt.receipt_id, None)
    assert world.queues.take("erase") == [Wakeup(USER, "receipt", receipt.receipt_id, account.life)]
    assert world.called == []


def test_an_erase_revokes_once_and_leaves_nothing_but_its_receipt(world: World, account: Account) -> None:
    receipt = disconnect(world, account)

    assert world.erase(receipt) == Done()

    done = world.receipt(receipt.receipt_id)
    assert (done.state, done.revocation, done.deleted) == (ReceiptState.DONE, Revocation.REVOKED, COUNTS)
    assert (done.finished_at, done.wake_at, done.lease_until) == (world.clock(), None, None)
    assert world.called == ["revoke"]
    assert nothing_but_receipts(world)
    assert world.erase(receipt) == Done()
    assert world.called == ["revoke"]


def test_a_platform_without_a_revoke_is_told_nothing(world: World, account: Account) -> None:
    world.offer(scripted(revokes=False))
    receipt = disconnect(world, account)
    world.erase(receipt)

    assert world.receipt(receipt.receipt_id).revocation is Revocation.NOT_OFFERED
    assert world.called == []
    assert nothing_but_receipts(world)


@pytest.mark.parametrize("error", [Refused("no"), ReconnectNeeded("dead already")])
def test_a_refused_revoke_is_said_and_delays_nothing(world: World, account: Account, error: Exception) -> None:
    world.script("revoke", error)
    receipt = disconnect(world, account)
    world.erase(receipt)

    assert world.receipt(receipt.receipt_id).revocation is Revocation.REFUSED
    assert world.receipt(receipt.receipt_id).state is ReceiptState.DONE
    assert nothing_but_receipts(world)


def test_it_waits_for_the_lease_that_the_fence_found(world: World, account: Account) -> None:
    until = world.clock() + timedelta(seconds=RUN_LEASE_SECONDS // 3)
    world.rows.put_account(replace(account, lease_owner="dead", lease_until=until))
    receipt = disconnect(world, account)

    assert world.erase(receipt) == Leased(until)
    assert world.called == []
    assert world.holds_of(life_of(account)) > 0
    assert world.receipt(receipt.receipt_id).wake_at == until
    world.clock.at = until
    world.erase(receipt)
    assert nothing_but_receipts(world)


def test_an_erase_that_is_leased_is_looked_at_again_when_the_lease_ends(world: World, account: Account) -> None:
    receipt = disconnect(world, account)
    seen: list[object] = []
    world.hooks.before("network.revoke", lambda: seen.append(world.erase(receipt)))
    world.erase(receipt)

    assert seen == [Leased(world.clock() + timedelta(seconds=RUN_LEASE_SECONDS))]
    assert world.called == ["revoke"]


def test_an_erase_that_another_one_took_over_ends_without_a_word(world: World, account: Account) -> None:
    receipt = disconnect(world, account)

    def overtake() -> None:
        world.clock.forward(seconds=RUN_LEASE_SECONDS)
        world.erase(receipt)

    world.hooks.before("network.revoke", overtake)
    assert world.erase(receipt) == Done()

    done = world.receipt(receipt.receipt_id)
    assert (done.state, done.revocation, done.deleted) == (ReceiptState.DONE, Revocation.REVOKED, COUNTS)


def test_an_erase_killed_at_any_moment_ends_the_same_on_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    for moment in range(100):
        world = World(monkeypatch)
        account = a_synced_account(world)
        world.script("revoke", None)
        receipt = disconnect(world, account)
        world.hooks.die_at(moment)
        died = True
        try:
            world.erase(receipt)
            died = False
        except Killed:
            pass
        world.hooks.revive()
        world.clock.forward(minutes=2)
        world.wake_overdue()

        done = world.receipt(receipt.receipt_id)
        assert (done.state, done.deleted, done.revocation) == (ReceiptState.DONE, COUNTS, Revocation.REVOKED), moment
        assert nothing_but_receipts(world), moment
        if not died:
            return
    raise AssertionError("it never came to an end")


def test_a_disconnect_killed_at_any_moment_is_as_if_never_asked_or_heals(monkeypatch: pytest.MonkeyPatch) -> None:
    for moment in range(6):
        world = World(monkeypatch)
        account = a_synced_account(world)
        before = world.everything()
        world.hooks.die_at(moment)
        with pytest.raises(Killed):
            disconnect(world, account)
        world.hooks.revive()
        if not world.rows.receipts:
            assert world.everything() == before
            continue
        world.clock.forward(minutes=2)
        world.wake_overdue()
        assert nothing_but_receipts(world)


def test_a_long_history_is_erased_over_several_invocations(world: World) -> None:
    world.answer_well(posts=[some_posts(1, 90) for _ in range(1)])
    account = world.account()
    world.sync(account)
    life = world.rows.life(life_of(account))
    posts = some_posts(1, 1200)
    life.posts.update({(post.published_at, post.post_id): post for post in posts})
    receipt = disconnect(world, account)
    left = iter([100.0, 100.0, 5.0])
    wakeup = Wakeup(USER, "receipt", receipt.receipt_id, receipt.life)
    world.queues.sent.clear()

    assert world.erasing.erase(wakeup, "one", lambda: next(left)) == Done()

    assert 0 < world.holds_of(life_of(account)) < 1200
    assert looks_again_in(world, receipt) == timedelta(seconds=1)
    assert world.queues.take("erase") == [wakeup]
    assert world.of(account).disconnecting
    world.erase(receipt)
    done = world.receipt(receipt.receipt_id)
    assert done.deleted is not None
    assert (done.deleted.posts, done.state) == (1200, ReceiptState.DONE)
    assert nothing_but_receipts(world)


def test_what_was_stored_between_a_count_and_a_death_cannot_be(world: World, account: Account) -> None:
    receipt = disconnect(world, account)
    world.hooks.kill_after("remains.delete_some")
    with pytest.raises(Killed):
        world.erase(receipt)
    world.hooks.revive()
    world.clock.forward(seconds=RUN_LEASE_SECONDS)
    world.erase(receipt)

    assert world.receipt(receipt.receipt_id).deleted == COUNTS


def test_a_secret_that_still_answers_keeps_the_receipt_open(world: World, account: Account) -> None:
    secret = world.secrets[account.grant_id]
    receipt = disconnect(world, account)
    world.hooks.before("vault.answers", lambda: world.secrets.update({account.grant_id: secret}))
    world.erase(receipt)
    assert world.receipt(receipt.receipt_id).state is ReceiptState.ERASING
    assert looks_again_in(world, receipt) == timedelta(seconds=1)
    assert world.holds_of(life_of(account)) == 0
    world.clock.forward(minutes=1)
    world.wake_overdue()

    assert world.receipt(receipt.receipt_id).state is ReceiptState.DONE
    assert nothing_but_receipts(world)


def test_backups_reach_back_from_the_end_of_an_erase_that_was_late(world: World, account: Account) -> None:
    receipt = disconnect(world, account)
    world.clock.forward(hours=30)
    world.erase(receipt)

    done = world.receipt(receipt.receipt_id)
    assert (done.state, done.finished_at) == (ReceiptState.DONE, world.clock())
    assert done.backups_until == world.clock() + timedelta(days=7)


def test_backups_of_a_secret_that_was_kept_for_its_revoke_reach_back_from_its_end(
    world: World, account: Account
) -> None:
    world.script("revoke", is_away)
    receipt = disconnect(world, account)
    world.erase(receipt)
    assert world.receipt(receipt.receipt_id).backups_until == receipt.backups_until
    world.clock.at += REVOKE_TRIED_FOR
    world.erase(receipt)

    assert not world.secrets
    assert world.receipt(receipt.receipt_id).backups_until == world.clock() + timedelta(days=7)


# An unreachable platform ---------------------------------------------------------------------------------------


def is_away(_request: object) -> Answer:
    raise RetryLater("down")


def has_a_bug(_request: object) -> Answer:
    raise ValueError("a bug in a mapping")


@pytest.mark.parametrize("revoke", [is_away, has_a_bug])
def test_data_never_wait_for_a_platform_and_the_revoke_is_tried_for_a_day(
    world: World, account: Account, revoke: object
) -> None:
    world.script("revoke", revoke)
    receipt = disconnect(world, account)
    world.erase(receipt)

    standing = world.receipt(receipt.receipt_id)
    assert (standing.state, standing.revocation) == (ReceiptState.ERASING, Revocation.UNREACHABLE)
    assert (world.rows.accounts, world.holds_of(life_of(account))) == ({}, 0)
    assert world.rows.grants[USER, account.grant_id].wake_at == receipt.settle_at + HEAL_AFTER, "for the sweep"
    assert disconnect(world, account).receipt_id == receipt.receipt_id
    tries = 1
    while world.receipt(receipt.receipt_id).state is ReceiptState.ERASING:
        wake_at = world.receipt(receipt.receipt_id).wake_at
        assert wake_at is not None
        assert account.grant_id in world.secrets
        world.clock.at = wake_at
        world.wake_overdue()
        tries += 1
    done = world.receipt(receipt.receipt_id)
    assert done.revocation is Revocation.UNREACHABLE
    assert world.clock() == receipt.requested_at + REVOKE_TRIED_FOR
    assert world.called.count("revoke") == tries
    assert nothing_but_receipts(world)


@pytest.mark.parametrize("moment", range(12))
def test_a_death_after_the_day_leaves_the_receipt_saying_that_nobody_was_reached(
    monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    world = World(monkeypatch)
    account = a_synced_account(world)
    world.script("revoke", is_away)
    receipt = disconnect(world, account)
    world.erase(receipt)
    world.clock.at = receipt.requested_at + REVOKE_TRIED_FOR
    world.hooks.die_at(moment)
    with pytest.raises(Killed):
        world.erase(receipt)
    world.hooks.revive()
    world.clock.forward(seconds=RUN_LEASE_SECONDS)
    world.erase(receipt)

    done = world.receipt(receipt.receipt_id)
    assert (done.state, done.revocation, done.deleted) == (ReceiptState.DONE, Revocation.UNREACHABLE, COUNTS)
    assert nothing_but_receipts(world)


def test_a_platform_that_comes_back_is_revoked_after_all(world: World, account: Account) -> None:
    world.script("revoke", RetryLater("down"), world.tokens.revoke)
    receipt = disconnect(world, account)
    assert world.erase(receipt) == Done()
    assert looks_again_in(world, receipt) == timedelta(minutes=15)
    world.hooks.calls.clear()
    world.clock.forward(minutes=15)
    world.wake_overdue()

    done = world.receipt(receipt.receipt_id)
    assert (done.state, done.revocation, done.deleted) == (ReceiptState.DONE, Revocation.REVOKED, COUNTS)
    assert "remains.delete_some" not in world.hooks.calls


@pytest.mark.parametrize(
    ("answer", "said"),
    [(None, Revocation.REVOKED), (Refused("no"), Revocation.REFUSED), (RetryLater("down"), Revocation.UNREACHABLE)],
)
def test_the_last_try_to_revoke_is_told_as_it_went(
    world: World, account: Account, answer: Exception | None, said: Revocation
) -> None:
    world.script("revoke", RetryLater("down"), answer)
    receipt = disconnect(world, account)
    world.erase(receipt)
    world.clock.at = receipt.requested_at + REVOKE_TRIED_FOR
    world.erase(receipt)

    done = world.receipt(receipt.receipt_id)
    assert (done.state, done.revocation) == (ReceiptState.DONE, said)


def test_where_the_last_try_meets_a_renewal_nobody_was_reached(world: World, account: Account) -> None:
    receipt = disconnect(world, account)
    world.clock.at = receipt.requested_at + REVOKE_TRIED_FOR
    assert world.ports.grants.take_lease(USER, account.grant_id, "frozen", world.clock()) is not None
    world.erase(receipt)

    done = world.receipt(receipt.receipt_id)
    assert (done.state, done.revocation) == (ReceiptState.DONE, Revocation.UNREACHABLE)
    assert world.called == []
    assert nothing_but_receipts(world)


def test_the_same_identity_can_connect_again_while_the_revoke_is_being_tried(world: World, account: Account) -> None:
    world.script("revoke", RetryLater("down"))
    receipt = disconnect(world, account)
    world.erase(receipt)
    again = world.account()
    world.sync(again)
    world.clock.at = receipt.requested_at + REVOKE_TRIED_FOR
    world.erase(receipt)

    assert world.receipt(receipt.receipt_id).state is ReceiptState.DONE
    assert world.of(again).life == again.life
    assert list(world.secrets) == [again.grant_id]
    second = disconnect(world, again)
    assert second.receipt_id != receipt.receipt_id


# Siblings ------------------------------------------------------------------------------------------------------


def test_one_that_leaves_breaks_no_sibling(world: World) -> None:
    one, other = siblings(world, "1001", "2002")
    world.script("profile", RetryLater("not now"))
    receipt = disconnect(world, one)
    world.erase(receipt)

    done = world.receipt(receipt.receipt_id)
    assert (done.state, done.revocation) == (ReceiptState.DONE, Revocation.SHARED_GRANT)
    assert done.deleted is not None
    assert done.deleted.secrets == 0
    assert world.called == []
    assert one.grant_id in world.secrets
    assert len(world.rows.grants[USER, one.grant_id].members) == 1
    assert world.of(other).grant_id == one.grant_id
    last = disconnect(world, other)
    world.erase(last)
    assert world.receipt(last.receipt_id).revocation is Revocation.REVOKED
    assert nothing_but_receipts(world)


@pytest.mark.parametrize("revokes", [True, False])
@pytest.mark.parametrize("step", range(22))
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_that_leave_at_once_exactly_one_takes_the_grant_along(
    monkeypatch: pytest.MonkeyPatch, order: Sequence[int], step: int, revokes: bool
) -> None:
    world = World(monkeypatch)
    world.offer(scripted(revokes=revokes))
    accounts = siblings(world, "1001", "2002")
    receipts = [disconnect(world, accounts[each]) for each in order]
    interleave(world, step, lambda: world.erase(receipts[1]))
    world.erase(receipts[0])
    if world.receipt(receipts[1].receipt_id).state is ReceiptState.ERASING:
        world.erase(receipts[1])

    done = [world.receipt(receipt.receipt_id) for receipt in receipts]
    assert {each.state for each in done} == {ReceiptState.DONE}
    assert sum(each.deleted.secrets for each in done if each.deleted) == 1
    expected = [Revocation.REVOKED, Revocation.SHARED_GRANT] if revokes else [Revocation.NOT_OFFERED] * 2
    assert sorted(str(each.revocation) for each in done) == expected
    assert world.called == (["revoke"] if revokes else [])
    assert nothing_but_receipts(world)


def interleave(world: World, step: int, action: object) -> None:
    original, seen = world.hooks.run, -1

    def run(moment: str, call: str) -> None:
        nonlocal seen
        original(moment, call)
        seen += 1
        if seen == step:
            action()  # type: ignore[operator]

    world.hooks.run = run  # type: ignore[method-assign]


@pytest.mark.parametrize("moment", range(20))
def test_two_that_leave_with_a_death_in_between_leave_nothing(monkeypatch: pytest.MonkeyPatch, moment: int) -> None:
    world = World(monkeypatch)
    world.script("revoke", None)
    accounts = siblings(world, "1001", "2002")
    world.script("revoke", None)
    receipts = [disconnect(world, account) for account in accounts]
    world.hooks.die_at(moment)
    with pytest.raises(Killed):
        world.erase(receipts[0])
    world.hooks.revive()
    world.erase(receipts[1])
    world.clock.forward(seconds=RUN_LEASE_SECONDS)
    for receipt in receipts:
        world.erase(receipt)

    done = [world.receipt(receipt.receipt_id) for receipt in receipts]
    assert {each.state for each in done} == {ReceiptState.DONE}
    assert "revoke" in world.called
    told = [(each.revocation, each.deleted.secrets) for each in done if each.deleted]
    assert sorted(told) == [(Revocation.REVOKED, 1), (Revocation.SHARED_GRANT, 0)]
    assert nothing_but_receipts(world)


# Asking again, and asking for what is not yours ----------------------------------------------------------------


def test_repeating_a_disconnect_answers_the_newest_receipt_for_thirty_days(world: World, account: Account) -> None:
    receipt = disconnect(world, account)
    assert disconnect(world, account) == receipt
    assert world.disconnecting.find(USER, receipt.receipt_id) == receipt
    world.erase(receipt)
    done = disconnect(world, account)
    assert (done.receipt_id, done.state) == (receipt.receipt_id, ReceiptState.DONE)
    world.clock.at = receipt.requested_at + RECEIPT_LIVES - timedelta(seconds=1)
    assert disconnect(world, account) == done
    world.clock.forward(seconds=1)
    with pytest.raises(NotFound):
        disconnect(world, account)
    with pytest.raises(NotFound):
        world.disconnecting.find(USER, receipt.receipt_id)


def test_another_users_account_and_receipt_do_not_exist(world: World, account: Account) -> None:
    for account_id in (account.account_id, "acc_nobody", ""):
        with pytest.raises(NotFound):
            world.disconnecting.disconnect("user-mallory", account_id)
    receipt = disconnect(world, account)
    for user, receipt_id in (("user-mallory", receipt.receipt_id), (USER, "no-such-receipt"), (USER, "")):
        with pytest.raises(NotFound):
            world.disconnecting.find(user, receipt_id)
    before = world.everything()
    world.erasing.erase(Wakeup("user-mallory", "receipt", receipt.receipt_id, account.life), "x", lambda: 100)
    assert world.everything() == before


def test_disconnecting_everything_gives_a_receipt_each(world: World) -> None:
    accounts = [world.account(number) for number in ("1", "2", "3")]
    theirs = world.account("4", user="user-bert")

    world.hooks.calls.clear()
    receipts = world.disconnecting.disconnect_all(USER)

    opened = ["receipts.open"] * 3
    assert world.hooks.calls == ["accounts.list", *opened, "wakeups.send_many"], "500 end within one request"
    assert {receipt.account_id for receipt in receipts} == {account.account_id for account in accounts}
    assert world.disconnecting.disconnect_all("user-nobody") == []
    world.script("revoke", None)
    for receipt in receipts:
        world.erase(receipt)
    assert list(world.rows.accounts.values()) == [theirs]
    assert list(world.secrets) == [theirs.grant_id]


def test_a_claim_between_the_look_and_the_fence_is_looked_at_again(world: World, account: Account) -> None:
    world.clock.forward(minutes=1)
    world.ask(account)
    claim = partial(world.ports.accounts.claim, wakeup_of(account), "w", a_run(account), world.clock())
    world.hooks.before("receipts.open", claim)
    receipt = disconnect(world, account)

    assert receipt.not_before == world.clock() + timedelta(seconds=RUN_LEASE_SECONDS)


def test_a_row_that_never_stands_still_is_a_conflict(world: World, account: Account) -> None:
    def stir() -> None:
        world.clock.forward(seconds=1)
        until = world.clock() + timedelta(seconds=RUN_LEASE_SECONDS)
        world.rows.put_account(replace(account, lease_owner="w", lease_until=until))

    world.hooks.before("receipts.open", stir, times=None)
    with pytest.raises(Conflict) as refused:
        disconnect(world, account)
    assert refused.value.code == "busy"
    assert world.hooks.count("receipts.open") == 5


def test_two_that_ask_at_once_get_the_same_receipt(world: World, account: Account) -> None:
    other: list[Receipt] = []
    world.hooks.before("receipts.open", lambda: other.append(disconnect(world, account)))

    assert disconnect(world, account) == other[0]
    assert len(world.rows.receipts) == 1
