"""Days on which AWS conflicts, lags and deletes in its own time: lived on the fakes and on each engine."""

from typing import Any

import pytest

from socials.errors import NoSecret
from socials.models.receipts import Receipt, ReceiptState
from tests.integration.ports.conftest import AWS_ENGINES
from tests.support.aws_world import AwsWorldPorts
from tests.support.bad_days import BadDaysOfAws, BadDaysOfFakes
from tests.support.builders import life_of
from tests.support.world import World, some_posts


@pytest.fixture(params=["fakes", *AWS_ENGINES])
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    if request.param == "fakes":
        return World(monkeypatch)
    aws: Any = request.getfixturevalue(f"{request.param}_ports")
    return World(monkeypatch, lambda hooks: AwsWorldPorts(aws.fresh(), hooks))


@pytest.fixture
def bad(world: World) -> Any:
    aws = getattr(world.ports, "aws", None)
    return BadDaysOfAws(aws) if aws else BadDaysOfFakes(world.ports)


def test_a_life_in_which_every_write_meets_another_ends_as_any(world: World, bad: Any) -> None:
    bad.conflicting = True
    world.answer_well(posts=[some_posts(1, 5)])
    account = world.account()
    world.sync(account)
    assert len(world.posts(account)) == 5
    world.clock.forward(minutes=2)
    world.ask(world.of(account))
    receipt = world.disconnecting.disconnect(account.user, account.account_id)
    world.erase(receipt)
    assert world.receipt(receipt.receipt_id).state is ReceiptState.DONE
    assert (world.holds_of(life_of(account)), world.rows.accounts, world.rows.grants) == (0, {}, {})
    assert getattr(bad, "conflicts", 10) >= 10


def test_what_the_index_does_not_show_in_its_minute_is_found_by_the_sweep(world: World, bad: Any) -> None:
    account = world.account()
    bad.lagging = True
    for _ in range(6):
        world.clock.forward(minutes=1)
        assert world.dispatching.dispatch(world.clock(), sweep=False) == 0
    bad.lagging = False
    assert world.dispatching.dispatch(world.clock(), sweep=False) == 0  # its three minutes are over
    world.wake_overdue()
    assert world.of(account).last_synced_at == world.clock()


def test_what_the_index_shows_two_minutes_late_waits_for_no_sweep(world: World, bad: Any) -> None:
    world.account()
    world.clock.forward(minutes=2)
    bad.lagging = True
    assert world.dispatching.dispatch(world.clock(), sweep=False) == 0
    world.clock.forward(minutes=2)
    bad.lagging = False
    assert world.dispatching.dispatch(world.clock(), sweep=False) >= 1


def test_a_receipt_is_not_done_while_the_secret_still_answers(world: World, bad: Any) -> None:
    account = world.account()
    world.sync(account)
    bad.slow = True
    receipt = world.disconnecting.disconnect(account.user, account.account_id)
    for _ in range(3):
        _erase_again(world, receipt)
        assert world.receipt(receipt.receipt_id).state is ReceiptState.ERASING
        assert world.ports.vault.answers(account.user, account.grant_id)
        world.clock.forward(minutes=3)
    bad.deletions_end()
    _erase_again(world, receipt)
    assert world.receipt(receipt.receipt_id).state is ReceiptState.DONE
    with pytest.raises(NoSecret):
        world.ports.vault.read(account.user, account.grant_id)


def _erase_again(world: World, receipt: Receipt) -> None:
    world.queues.sent.clear()
    world.erase(receipt)
