"""Pressing Sync: in the contract's order."""

from datetime import timedelta

import pytest

from socials import ids
from socials.errors import Conflict, NotFound, TooSoon
from socials.models.accounts import Cause, Wait
from socials.models.runs import RunState, Trigger
from socials.timing import HEAL_AFTER
from tests.support.builders import NOW, USER, a_run, wakeup_of
from tests.support.changing import replace
from tests.support.world import World

BROKEN = Cause("token_revoked", "Gone.", NOW)
WAIT = Wait("rate_limited", "Wait.", NOW, NOW + timedelta(seconds=90))


def test_a_run_is_queued_with_one_write_and_one_wakeup(world: World) -> None:
    account = world.settled_account()
    world.hooks.calls.clear()

    run = world.requesting.sync(USER, account.account_id)

    assert world.hooks.calls == ["accounts.request_run", "wakeups.send"]
    assert (run.state, run.trigger) == (RunState.QUEUED, Trigger.MANUAL)
    row = world.of(account)
    assert (row.run, row.wake_at) == (run, world.clock() + HEAL_AFTER)
    assert world.queues.take("manual") == [wakeup_of(account)]


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING, RunState.WAITING])
def test_pressing_again_answers_the_run_under_way_whatever_else_is_wrong(world: World, state: RunState) -> None:
    account = world.settled_account()
    run = a_run(account, state=state)
    world.rows.put_account(replace(account, run=run, broken=BROKEN, wait=WAIT, last_run_finished_at=NOW))

    assert world.requesting.sync(USER, account.account_id) == run
    assert world.queues.sent == []


def test_refusals_come_in_the_contracts_order(world: World) -> None:
    account = world.settled_account()
    with pytest.raises(NotFound):
        world.requesting.sync("user-mallory", account.account_id)
    recent = replace(account, last_run_finished_at=NOW - timedelta(seconds=20))
    world.rows.put_account(recent)
    with pytest.raises(TooSoon) as soon:
        world.requesting.sync(USER, account.account_id)
    assert (soon.value.code, soon.value.retry_after) == ("just_synced", 40)
    world.rows.put_account(replace(recent, wait=WAIT))
    with pytest.raises(TooSoon) as waiting:
        world.requesting.sync(USER, account.account_id)
    assert (waiting.value.code, waiting.value.retry_after) == ("platform_wait", 90)
    world.rows.put_account(replace(recent, wait=WAIT, broken=BROKEN))
    with pytest.raises(Conflict) as broken:
        world.requesting.sync(USER, account.account_id)
    assert broken.value.code == "reconnect_needed"
    leaving = ids.receipt_id(account.account_id, NOW)
    world.rows.put_account(replace(recent, wait=WAIT, broken=BROKEN, run=a_run(account), receipt_id=leaving))
    with pytest.raises(Conflict) as disconnecting:
        world.requesting.sync(USER, account.account_id)
    assert disconnecting.value.code == "disconnecting"
    assert world.queues.sent == []


def test_a_minute_after_the_last_run_it_may_run_again(world: World) -> None:
    account = world.settled_account()
    world.rows.put_account(replace(account, last_run_finished_at=NOW))
    world.clock.forward(seconds=59)
    with pytest.raises(TooSoon):
        world.requesting.sync(USER, account.account_id)
    world.clock.forward(seconds=1)

    assert world.requesting.sync(USER, account.account_id).state is RunState.QUEUED


def test_a_lost_wakeup_heals_by_itself(world: World) -> None:
    account = world.account()
    world.clock.at += HEAL_AFTER
    world.wake_overdue()

    assert world.last_run(account).state is RunState.SUCCEEDED
