"""A day whose numbers the platform still works on is read again until it is final, whatever lies behind it."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest

from socials.models.accounts import Account
from socials.models.parts import Part
from socials.models.readings import Day, Metrics, Portion
from socials.models.runs import RunState
from socials.platforms.base import Answer, Request
from tests.support.builders import TODAY
from tests.support.changing import replace
from tests.support.world import World, final_day


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def estimated(day: date) -> Day:
    return Day(date=day, metrics=Metrics(impressions=1), provisional=True)


def pages(world: World, *portions: Sequence[Day]) -> Callable[[Request], Answer]:
    def reply(request: Request) -> Answer:
        number = int(dict(request.query)["cursor"] or 0)
        cursor = str(number + 1) if number + 1 < len(portions) else None
        return world.network.answer(Portion(days=tuple(portions[number]), cursor=cursor))

    return reply


def read(world: World, account: Account) -> date | None:
    """The last day that is final with us after a sync."""
    world.ask(account)
    world.sync(account)
    assert world.last_run(account).state is RunState.SUCCEEDED
    return world.of(account).insights_through


def test_a_final_day_behind_an_estimated_one_is_not_the_last_that_is_final_with_us(world: World) -> None:
    account = world.settled_account()
    world.script("insights", pages(world, [estimated(ago(6)), *(final_day(ago(n)) for n in (5, 4, 3, 2, 1))]))

    assert read(world, account) == ago(7)


def test_the_oldest_of_several_estimated_days_counts_also_from_a_page_before(world: World) -> None:
    account = world.settled_account()
    world.script(
        "insights", pages(world, [final_day(ago(7)), estimated(ago(5)), estimated(ago(3))], [final_day(ago(2))])
    )

    assert read(world, account) == ago(6)


def test_a_day_that_could_not_be_read_holds_back_what_is_final_and_is_shown_to_nobody(world: World) -> None:
    account = world.settled_account()
    passed_over = Day(date=ago(6), provisional=True)
    world.script("insights", pages(world, [final_day(ago(7)), passed_over, final_day(ago(5))]))

    assert read(world, account) == ago(7)
    assert ago(5) in world.days(account) and ago(6) not in world.days(account)


def test_it_moves_on_when_the_estimated_day_has_become_final(world: World) -> None:
    account = world.settled_account()
    world.script("insights", pages(world, [final_day(ago(7)), estimated(ago(6)), final_day(ago(5))]))
    assert read(world, account) == ago(7)
    world.clock.forward(hours=1)
    world.answer_well()
    world.script("insights", pages(world, [final_day(ago(6)), final_day(ago(5)), estimated(ago(1))]))

    assert read(world, account) == ago(5)


@pytest.mark.parametrize("order", [1, -1])
def test_portions_of_one_reading_are_taken_together_in_any_order(world: World, order: int) -> None:
    days = [[final_day(ago(1)), final_day(ago(2))], [estimated(ago(6)), final_day(ago(7))], [final_day(ago(5))]]
    account = world.settled_account()
    world.script("insights", pages(world, *days[::order]))

    assert read(world, account) == ago(7)


def test_a_reading_that_another_worker_goes_on_with_remembers_its_estimated_day(world: World) -> None:
    account = world.settled_account()
    world.script("insights", pages(world, [final_day(ago(7)), estimated(ago(6))], [final_day(ago(5))]))
    left = iter([100.0] * 2 * 2 + [5.0])  # looked at before each step, and before its call
    world.ask(account)
    world.sync(account, lambda: next(left))
    run = world.of(account).run
    assert run is not None
    assert run.parts[Part.INSIGHTS].estimated_from == ago(6)

    world.sync(account)

    assert world.of(account).insights_through == ago(7)
    assert world.last_run(account).parts[Part.INSIGHTS].estimated_from is None


def test_a_day_that_was_final_and_is_estimated_again_is_read_again(world: World) -> None:
    account = world.settled_account(insights_through=ago(1))
    world.script("insights", pages(world, [estimated(ago(2)), final_day(ago(1))]))

    assert read(world, account) == ago(3)


def test_with_nothing_but_estimated_days_none_is_final(world: World) -> None:
    account = world.settled_account()
    world.script("insights", pages(world, [estimated(ago(2)), replace(estimated(ago(1)), provisional=None)]))

    assert read(world, account) is None


def test_an_estimate_that_the_final_reading_leaves_out_is_not_taken_for_final(world: World) -> None:
    """The platform refuses a metric just when the day becomes final: ours is what it told before."""
    account = world.settled_account()
    first = Day(date=ago(4), metrics=Metrics(impressions=9, likes=5), provisional=True)
    world.script("insights", pages(world, [first]))
    read(world, account)
    world.clock.forward(hours=1)
    world.answer_well()
    world.script("insights", pages(world, [final_day(ago(4), impressions=10)]))
    read(world, account)

    told = replace(first, metrics=Metrics(impressions=10, likes=5), provisional=True)
    assert world.days(account)[ago(4)] == told

    world.clock.forward(hours=1)
    world.script("insights", pages(world, [replace(told, metrics=Metrics(likes=6), provisional=False)]))
    read(world, account)
    assert world.days(account)[ago(4)] == replace(told, metrics=Metrics(impressions=10, likes=6), provisional=False)


def days_later(world: World, days: int, *told: Day) -> None:
    world.clock.forward(days=days)
    world.answer_well()
    world.script("insights", pages(world, told))


BOTH, ONE = Metrics(impressions=9, likes=5), Metrics(impressions=9)


def known(world: World) -> Account:
    """An account whose day before last was told with likes, as an estimate; what lies before it is final."""
    account = world.settled_account(insights_through=ago(5))
    world.script("insights", pages(world, [Day(date=ago(4), metrics=BOTH, provisional=True)]))
    assert read(world, account) == ago(5)
    return account


def test_what_a_reading_lacks_that_was_an_estimate_is_asked_for_again(world: World) -> None:
    account = known(world)
    days_later(world, 1, final_day(ago(4)), Day(date=ago(3), metrics=ONE, provisional=True))
    assert read(world, account) == ago(5)

    days_later(world, 1, *(Day(date=ago(n), metrics=BOTH, provisional=False) for n in (4, 3)))
    assert read(world, account) == ago(3)
    assert world.days(account)[ago(4)].provisional is False


def test_what_does_not_come_is_waited_for_a_few_days_and_stays_an_estimate(world: World) -> None:
    account = known(world)
    through = []
    for n in (4, 3, 2, 1):
        days_later(world, 1, *(final_day(ago(each)) for each in range(4, n - 1, -1)))
        through.append(read(world, account))

    assert through == [ago(5), ago(5), ago(2), ago(1)]
    assert [world.days(account)[ago(n)].provisional for n in (4, 3)] == [True, False]


def test_an_estimate_that_one_day_alone_lacks_is_not_waited_for(world: World) -> None:
    account = known(world)
    days_later(world, 1, final_day(ago(4)), Day(date=ago(3), metrics=BOTH, provisional=True))

    assert read(world, account) == ago(4)
