"""A disconnect or a reconnect in the middle of a run, before and after every single step of it."""

from datetime import timedelta

import pytest

from socials.models.accounts import Account
from socials.models.receipts import Receipt, ReceiptState, Revocation
from socials.models.runs import RunState
from socials.timing import RUN_LEASE_SECONDS
from tests.support.builders import a_grant, an_account, life_of, wakeup_of
from tests.support.changing import replace
from tests.support.world import World, some_posts

STEPS = 40


def a_world_with_a_run(monkeypatch: pytest.MonkeyPatch) -> tuple[World, Account]:
    """A run with a refresh, a page split over two transactions, and one more page."""
    world = World(monkeypatch)
    world.answer_well(posts=[some_posts(1, 110), some_posts(111, 115)])
    account = world.account()
    world.clock.forward(minutes=58)
    return world, account


def at(world: World, step: int, action: object) -> bool:
    """Sync with `action` forced at that step. Whether there was such a step."""
    original, seen, done = world.hooks.run, -1, False

    def run(moment: str, call: str) -> None:
        nonlocal seen, done
        original(moment, call)
        if done:
            return
        seen += 1
        if seen == step:
            done = True
            action()  # type: ignore[operator]

    world.hooks.run = run  # type: ignore[method-assign]
    account = next(iter(world.rows.accounts.values()))
    world.sync(account)
    world.hooks.run = original  # type: ignore[method-assign]
    return done


def erase_to_the_end(world: World, receipt: Receipt) -> Receipt:
    world.clock.forward(seconds=RUN_LEASE_SECONDS)
    world.erase(receipt)
    return world.receipt(receipt.receipt_id)


@pytest.mark.parametrize("step", range(STEPS))
def test_a_disconnect_at_any_step_of_a_run_wins(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    world, account = a_world_with_a_run(monkeypatch)
    receipts: list[Receipt] = []
    stored: list[object] = []

    def disconnect() -> None:
        receipts.append(world.disconnecting.disconnect(account.user, account.account_id))
        stored.append((world.days(account), world.posts(account), world.runs(account), world.of(account)))

    if not at(world, step, disconnect):
        receipts.append(world.disconnecting.disconnect(account.user, account.account_id))
        stored.append((world.days(account), world.posts(account), world.runs(account), world.of(account)))
    days, posts, runs, row = stored[0]  # type: ignore[misc]
    assert (world.days(account), world.posts(account), world.runs(account)) == (days, posts, runs)
    assert world.of(account) in (row, replace(row, lease_owner=None, lease_until=None))

    world.sync(account)  # a late message
    receipt = erase_to_the_end(world, receipts[0])

    assert receipt.state is ReceiptState.DONE
    assert receipt.revocation is Revocation.REVOKED
    assert world.holds_of(life_of(account)) == 0
    assert (world.rows.accounts, world.rows.grants, world.secrets) == ({}, {}, {})
    assert world.tokens.revoked
    calls_of_the_revoke = world.called.index("revoke")
    world.sync(account)
    assert world.called[calls_of_the_revoke:] == ["revoke"]


def test_all_steps_of_a_run_were_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = a_world_with_a_run(monkeypatch)

    assert not at(world, STEPS, lambda: None)


def test_a_run_whose_lease_ends_while_fenced_makes_no_further_call(world: World) -> None:
    world.answer_well(posts=[some_posts(1, 5), some_posts(6, 10)])
    account = world.account()

    def disconnect_and_dawdle() -> None:
        world.disconnecting.disconnect(account.user, account.account_id)
        world.clock.forward(seconds=RUN_LEASE_SECONDS - 5)

    world.hooks.after("network.insights", disconnect_and_dawdle)
    world.sync(account)

    assert world.called[-1] == "insights"


def test_a_stopped_run_gives_its_lease_back_so_that_the_erase_begins_at_once(world: World) -> None:
    account = world.account()
    world.hooks.after("network.posts", lambda: world.disconnecting.disconnect(account.user, account.account_id))
    world.sync(account)
    wakeup = world.queues.take("erase")[-1]

    world.handle(wakeup)

    assert world.receipt(wakeup.id).state is ReceiptState.DONE


def test_a_worker_that_lost_its_lease_lets_no_erase_begin_while_another_may_call(world: World) -> None:
    account = world.account()
    receipts: list[Receipt] = []

    def overtaken_then_disconnected() -> None:
        world.clock.forward(seconds=RUN_LEASE_SECONDS)
        row = world.of(account)
        world.rows.put_account(
            replace(row, lease_owner="other", lease_until=world.clock() + timedelta(seconds=RUN_LEASE_SECONDS))
        )
        receipts.append(world.disconnecting.disconnect(account.user, account.account_id))

    world.hooks.before("network.posts", overtaken_then_disconnected)
    world.sync(account)
    not_before = world.receipt(receipts[0].receipt_id).not_before

    assert not_before == world.clock() + timedelta(seconds=RUN_LEASE_SECONDS)


@pytest.mark.parametrize("step", range(1, STEPS))
def test_a_reconnect_at_any_step_of_a_run_stops_the_old_worker_and_starts_anew(
    monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    world, account = a_world_with_a_run(monkeypatch)
    old_grant = account.grant_id
    rows: list[Account] = []

    def reconnect() -> None:
        leaving = world.connecting.reconnect(account.user, account.account_id, "https://app.example/callback")
        world.tokens.number += 1  # a consent of its own; the old pair is dead on this platform
        assert world.consent(leaving=leaving).outcome == "done"
        rows.append(world.of(account))

    if not at(world, step, reconnect):
        reconnect()
    assert world.of(account) in (rows[0], replace(rows[0], lease_owner=None, lease_until=None))
    assert rows[0].life == account.life
    assert rows[0].grant_id != old_grant

    world.clock.forward(seconds=RUN_LEASE_SECONDS)
    world.sync(account)

    assert world.last_run(account).state is RunState.SUCCEEDED
    assert world.last_run(account).run_id == rows[0].run.run_id if rows[0].run else False
    assert len(world.posts(account)) == 115


def test_a_connection_of_the_same_identity_during_a_disconnect_is_left_alone_by_the_erase(world: World) -> None:
    account = world.account()
    world.sync(account)
    receipt = world.disconnecting.disconnect(account.user, account.account_id)
    again = world.account()
    assert (again.account_id, again.receipt_id) == (account.account_id, None)
    assert again.life != account.life
    world.sync(again)
    held = world.holds_of(life_of(again))
    world.script("revoke", None)

    erased = erase_to_the_end(world, receipt)

    assert erased.state is ReceiptState.DONE
    assert world.holds_of(life_of(account)) == 0
    assert world.holds_of(life_of(again)) == held > 0
    assert world.of(again).life == again.life
    assert list(world.secrets) == [again.grant_id]
    assert list(world.rows.grants) == [(again.user, again.grant_id)]


def test_a_message_of_another_life_or_user_does_nothing(world: World) -> None:
    account = world.account()
    others = (
        replace(wakeup_of(account), life="life_old"),
        replace(wakeup_of(account), user="user-mallory"),
        replace(wakeup_of(account), id="acc_nobody"),
    )
    before = world.everything()
    world.network.requests.clear()

    for wakeup in others:
        world.handle(wakeup)

    assert world.everything() == before
    assert world.called == []


def test_a_sync_asked_for_during_a_disconnect_starts_nothing(world: World) -> None:
    account = an_account(platform="scripted")
    world.rows.put_account(account)
    world.rows.put_grant(a_grant(account))
    world.disconnecting.disconnect(account.user, account.account_id)
    world.sync(account)

    assert world.called == []
    assert world.of(account).run is None
