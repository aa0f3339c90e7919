"""A run whose workers all die or choke ends by itself, by the queue and the rule alone, with its reason in the row."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from socials import ids
from socials.models.accounts import Account
from socials.models.claims import ClaimOutcome
from socials.models.runs import RunState, Trigger
from socials.timing import MAX_ATTEMPTS, RETAKE_AFTER
from tests.faults.any_order import own_platforms
from tests.faults.checking import FORGOTTEN
from tests.faults.world import FaultWorld
from tests.support.builders import wakeup_of
from tests.support.changing import replace
from tests.support.fakes import Killed
from tests.support.fakes.accounts import FakeAccounts
from tests.support.world import World, some_posts

MINUTES = 30
DEATHS = [
    ("vault.read", "killed before"),
    ("network.profile", "killed before"),
    ("network.posts", "killed after"),
    ("accounts.save", "killed before"),
]


@pytest.fixture
def weather() -> Iterator[FaultWorld]:
    """One account that was synced an hour ago, in a world where processes can die."""
    with own_platforms():
        world = FaultWorld()
        world.connect("user-1", "weather", "ann", ["ann-1"])
        world.pump()
        world.clock.forward(hours=1)
        yield world


def minutes_until_it_is_over(world: FaultWorld) -> int:
    """The rule fires each minute, and each minute's messages are delivered."""
    for minute in range(MINUTES):
        world.pump()
        world.watch.look()
        if the_account(world).run is None:
            return minute
        world.tick(minutes=1)
    raise AssertionError(f"it is left behind: {the_account(world)}")


def the_account(world: FaultWorld) -> Account:
    (account,) = world.living()
    return account


@pytest.mark.parametrize(("call", "kind"), DEATHS)
def test_five_killed_workers_in_a_row_end_the_run_within_half_an_hour(
    weather: FaultWorld, call: str, kind: str
) -> None:
    for _ in range(MAX_ATTEMPTS):
        weather.plan.arm(kind, call)
    weather.press()

    minutes_until_it_is_over(weather)

    assert weather.plan.fired.total() == MAX_ATTEMPTS
    row = the_account(weather)
    assert row.failure is not None
    assert row.failure.code == "cut_off"
    assert row.wake_at == ids.next_daily(row.account_id, weather.clock())
    assert weather.watch.breaches == []


def test_after_it_pressing_sync_starts_a_run_that_is_read(weather: FaultWorld) -> None:
    for _ in range(MAX_ATTEMPTS):
        weather.plan.arm("killed before", "network.profile")
    weather.press()
    minutes_until_it_is_over(weather)
    weather.clock.forward(minutes=1)

    weather.press()
    weather.pump()

    row = the_account(weather)
    assert (row.run, row.failure) == (None, None)
    assert row.last_synced_at == weather.clock()


def test_the_watch_sees_a_run_that_is_left_behind_in_the_dead_letters(
    weather: FaultWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it would be if a claim left nothing on the agenda but the next day."""
    claim = FakeAccounts.claim

    def forgetful(self: FakeAccounts, wakeup: object, owner: str, *more: object) -> object:
        claimed = claim(self, wakeup, owner, *more)  # type: ignore[arg-type]
        if claimed.outcome is ClaimOutcome.CLAIMED and claimed.account is not None:
            tomorrow = weather.clock() + timedelta(days=1)
            self._rows.put_account(replace(claimed.account, wake_at=tomorrow))
        return claimed

    monkeypatch.setattr(FakeAccounts, "claim", forgetful)
    for _ in range(MAX_ATTEMPTS):
        weather.plan.arm("killed before", "network.profile")
    weather.press()
    with pytest.raises(AssertionError, match="left behind"):
        minutes_until_it_is_over(weather)

    assert weather.watch.kinds[FORGOTTEN]


def test_an_ordinary_claim_leaves_the_daily_minute_and_one_after_a_death_comes_back_soon(world: World) -> None:
    account = world.settled_account()
    world.ask(account)
    for number in range(2):
        world.hooks.kill_before("network.profile")
        with pytest.raises(Killed):
            world.sync(account)
        world.hooks.revive()
        soon = world.clock() + RETAKE_AFTER
        expected = ids.next_daily(account.account_id, world.clock()) if number == 0 else soon
        assert world.of(account).wake_at == expected
        world.clock.forward(minutes=3)


def test_the_first_claim_of_a_message_that_came_in_vain_before_comes_back_soon_too(world: World) -> None:
    """It may have been its last delivery."""
    account = world.settled_account()
    wakeup = replace(world.ask(account), again=True)
    world.hooks.kill_before("network.profile")
    with pytest.raises(Killed):
        world.handle(wakeup)

    assert world.of(account).wake_at == world.clock() + RETAKE_AFTER


def test_a_run_that_chokes_again_and_again_after_some_progress_ends_too(world: World) -> None:
    """Progress begins the count of attempts anew, so that the message is used up before they are."""
    account = world.settled_account()
    world.answer_well(posts=[some_posts(1, 95), some_posts(96, 100)])
    world.ask(account)
    world.hooks.fail("network.posts", ValueError("x"), skip=1, times=None)
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(ValueError, match="x"):
            world.sync(account)
        row = world.of(account)
        assert row.failure is not None
        assert row.wake_at == world.clock() + RETAKE_AFTER
        world.clock.at = row.wake_at

    world.dispatching.dispatch(world.clock(), sweep=False)
    (woken,) = world.queues.take("manual")
    assert woken == wakeup_of(account)
    with pytest.raises(ValueError, match="x"):
        world.handle(woken)

    row, run = world.of(account), world.last_run(account)
    assert (row.run, run.state, run.trigger) == (None, RunState.PARTIAL, Trigger.MANUAL)
    assert row.failure is not None
    assert row.failure.code == "internal_error"
    assert row.wake_at == ids.next_daily(account.account_id, world.clock())
