"""The platform's clock: whose wait it is, that it is never forgotten, and that nobody wakes at one second."""

from collections import Counter
from datetime import timedelta
from threading import Thread

import pytest

from socials.budgeting import BudgetBook
from socials.errors import RetryLater
from socials.models.accounts import Account
from socials.models.budgets import Budget
from socials.models.parts import Part
from socials.models.runs import PartState, RunState
from socials.platforms.base import Answer, Request
from socials.timing import MAX_ATTEMPTS, RUN_LEASE_SECONDS
from tests.support.builders import an_identity, wakeup_of
from tests.support.world import World, profile


def limited(world: World, scope: str = "account", minutes: int = 30) -> RetryLater:
    until = world.clock() + timedelta(minutes=minutes)
    return RetryLater("Wait.", code="rate_limited", until=until, scope=scope, http_status=429)  # type: ignore[arg-type]


def test_an_account_waits_though_the_apps_budget_could_not_be_kept(world: World) -> None:
    account = world.account()
    world.script("profile", limited(world, "app"))
    world.hooks.fail("budgets.wait", OSError("table away"))
    with pytest.raises(OSError, match="table away"):
        world.sync(account)

    row = world.of(account)
    assert row.wait is not None and row.wait.code == "rate_limited"
    world.network.requests.clear()
    world.sync(account)
    assert world.called == []


def test_after_a_limit_the_budget_is_read_again(world: World) -> None:
    one, other = world.account("1001"), world.account("2002", user="user-bert")
    world.script("profile", limited(world))
    book = world.budgets()
    for account in (one, other):
        world.syncing.run(wakeup_of(account), "owner", lambda: 100, book)

    assert world.hooks.count("budgets.get") == 2


def test_a_neighbour_in_mid_run_makes_no_further_call_once_the_apps_wait_was_heard(world: World) -> None:
    """Ten accounts of a batch are worked on side by side, with one book."""
    one, other = world.account("1001"), world.account("2002", user="user-bert")
    book, until = world.budgets(), world.clock() + timedelta(minutes=30)
    well = world.tokens.guarding(profile(an_identity(platform_account_id="1001")))
    asked: list[object] = []

    def reply(request: Request) -> Answer:
        asked.append(request)
        if len(asked) > 1:
            raise limited(world, "app")
        world.syncing.run(wakeup_of(other), "two", lambda: 100, book)  # meanwhile, in another thread
        return well(request)

    world.script("profile", reply)
    world.network.requests.clear()
    world.hooks.calls.clear()
    world.syncing.run(wakeup_of(one), "one", lambda: 100, book)

    assert world.called == ["profile", "profile"]
    row = world.of(one)
    assert row.run is not None and row.wait is not None
    assert (row.run.state, row.run.parts[Part.PROFILE].state) == (RunState.WAITING, PartState.SUCCEEDED)
    assert (row.wait.code, row.wait.until, row.attempts) == (BudgetBook.CODE, until, 0)
    assert world.hooks.count("budgets.get") == 1


def test_an_accounts_own_limit_forgets_no_wait_of_the_app(world: World) -> None:
    book, until = world.budgets(), world.clock() + timedelta(minutes=30)
    world.ports.budgets.wait(Budget("scripted", until, "rate_limited", "Wait."))
    for look in (book.check, book.check_again):
        with pytest.raises(RetryLater):
            look("scripted")
    book.heard("scripted", limited(world))

    with pytest.raises(RetryLater):
        book.check_again("scripted")
    world.clock.at = until
    book.check_again("scripted")


def test_the_whole_apps_wait_lasts_a_minute_where_the_platform_named_no_time(world: World) -> None:
    book, end = world.budgets(), world.clock() + timedelta(minutes=1)
    book.heard("scripted", RetryLater("All of you.", code="rate_limited", scope="app", http_status=403))

    with pytest.raises(RetryLater) as told:
        book.check_again("scripted")
    assert (told.value.until, told.value.scope) == (end, "app")
    assert world.rows.budgets["scripted"].until == end
    world.clock.at = end
    book.check("scripted")


@pytest.mark.parametrize("minutes", [(30, 10, 30), (10, 30, 30)])
def test_a_later_end_is_never_shortened_and_an_earlier_one_is_put_off(
    world: World, minutes: tuple[int, int, int]
) -> None:
    book, now = world.budgets(), world.clock()
    first, second, obeyed = minutes
    for each in (first, second):
        book.heard("scripted", limited(world, "app", each))

    with pytest.raises(RetryLater) as told:
        book.check_again("scripted")
    assert told.value.until == now + timedelta(minutes=obeyed)


def test_an_outage_of_one_account_has_nobody_read_the_budget_again(world: World) -> None:
    book = world.budgets()
    book.check("scripted")
    book.heard("scripted", RetryLater("Down.", http_status=503))
    book.check("scripted")

    assert world.hooks.count("budgets.get") == 1


def test_whoever_asks_while_the_budget_is_read_waits_for_that_reading(world: World) -> None:
    book = world.budgets()
    neighbour = Thread(target=book.check, args=("scripted",))

    def meet() -> None:
        neighbour.start()
        neighbour.join(timeout=0.02)

    world.hooks.before("budgets.get", meet)
    book.check("scripted")
    neighbour.join()

    assert world.hooks.count("budgets.get") == 1


def test_a_limit_heard_while_the_budget_is_read_has_it_read_again(world: World) -> None:
    book = world.budgets()
    neighbour = Thread(target=book.heard, args=("scripted", limited(world)))

    def meet() -> None:
        neighbour.start()
        neighbour.join(timeout=0.02)

    world.hooks.before("budgets.get", meet)
    book.check("scripted")
    neighbour.join()
    book.check("scripted")

    assert world.hooks.count("budgets.get") == 2


def test_an_accounts_own_limit_stops_nobody_else(world: World) -> None:
    world.account("1001")
    world.script("profile", limited(world))
    world.sync(world.row(next(iter(world.rows.accounts))[1]))

    assert world.rows.budgets == {}


def test_the_whole_apps_wait_is_no_attempt_of_an_account(world: World) -> None:
    """However often the platform stops all of us: whoever was not even asked about has lost nothing."""
    account = world.account()
    for _ in range(MAX_ATTEMPTS + 3):
        until = world.clock() + timedelta(minutes=30)
        world.ports.budgets.wait(Budget("scripted", until, "rate_limited", "Wait."))
        world.sync(account)
        row = world.of(account)
        assert row.run is not None and row.run.state is RunState.WAITING
        assert (row.attempts, row.failure) == (0, None)
        world.clock.forward(minutes=45)
    world.sync(account)
    assert world.of(account).last_synced_at == world.clock()


def test_the_whole_apps_wait_ends_no_run_at_its_last_attempt(world: World) -> None:
    account = world.account()
    world.script("profile", RetryLater("No answer.", code="timeout"))
    for _ in range(MAX_ATTEMPTS - 1):
        world.sync(account)
        world.clock.at = world.of(account).wake_at or world.clock()
    until = world.clock() + timedelta(minutes=30)
    world.ports.budgets.wait(Budget("scripted", until, "rate_limited", "Wait."))
    world.sync(account)

    row = world.of(account)
    assert row.run is not None and row.run.state is RunState.WAITING
    assert (row.attempts, row.failure) == (MAX_ATTEMPTS - 1, None)


def test_a_slow_renewal_of_the_lease_is_renewed_again_before_a_call(world: World) -> None:
    account = world.account()
    world.hooks.after("network.profile", lambda: world.clock.forward(seconds=55))
    world.hooks.after("accounts.save", lambda: world.clock.forward(seconds=55))
    leases: list[float] = []

    def look() -> None:
        row = world.of(account)
        assert row.lease_until is not None
        leases.append((row.lease_until - world.clock()).total_seconds())

    world.hooks.before("network.insights", look)
    world.sync(account)

    assert leases == [RUN_LEASE_SECONDS]


def test_accounts_told_to_wait_wake_spread_out_and_none_too_early(world: World) -> None:
    accounts = [waiting_account(world, number) for number in range(200)]
    until = world.clock() + timedelta(minutes=30)
    at = Counter(row.wake_at for row in accounts)

    assert min(moment for moment in at if moment is not None) >= until
    assert max(moment for moment in at if moment is not None) <= until + timedelta(minutes=8)
    assert len(at) > 100 and max(at.values()) < 10


def waiting_account(world: World, number: int) -> Account:
    account = world.settled_account(
        platform_account_id=str(number), grant_id=f"grant_{number}", wake_at=world.clock(), user=f"user-{number}"
    )
    world.script("profile", limited(world))
    world.sync(account)
    return world.of(account)


def test_pressing_sync_never_waits_behind_the_daily_flood(world: World) -> None:
    """A sync by hand has a queue, and so workers, of its own; also what is left of it when time runs out."""
    by_hand = world.settled_account(platform_account_id="1", grant_id="grant_1")
    daily = world.settled_account(platform_account_id="2", grant_id="grant_2", wake_at=world.clock())
    world.requesting.sync(by_hand.user, by_hand.account_id)
    world.dispatching.dispatch(world.clock(), sweep=True)
    assert [each.id for each in world.queues.take("manual")] == [by_hand.account_id]
    assert [each.id for each in world.queues.take("daily")] == [daily.account_id]

    world.sync(by_hand, time_left=5)
    assert [each.id for each in world.queues.take("manual")] == [by_hand.account_id]


def test_a_sync_by_hand_that_had_to_wait_does_not_wait_behind_the_daily_flood_then(world: World) -> None:
    by_hand = world.settled_account(platform_account_id="1", grant_id="grant_1")
    world.ask(by_hand)
    world.script("profile", limited(world, minutes=1))
    world.sync(by_hand)
    assert world.of(by_hand).run is not None
    wake_at = world.of(by_hand).wake_at
    assert wake_at is not None
    daily = world.settled_account(platform_account_id="2", grant_id="grant_2", wake_at=wake_at)
    world.clock.at = wake_at

    world.dispatching.dispatch(world.clock(), sweep=False)

    assert world.queues.take("manual") == [wakeup_of(by_hand)]
    assert world.queues.take("daily") == [wakeup_of(daily)]
    world.answer_well()
    world.sync(by_hand)
    assert world.of(by_hand).run is None
