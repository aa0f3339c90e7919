"""Looking at accounts and their data."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from socials import ids
from socials.answers import metrics_answer
from socials.errors import Invalid, NotFound
from socials.listing import Filter
from socials.models.accounts import Account, Cause
from socials.models.readings import Day, Metrics
from socials.models.runs import RunState
from socials.status import Status
from socials.timing import SUCCESS_IS_FRESH_FOR
from tests.support.builders import NOW, TODAY, USER, a_day, a_run, an_account, life_of
from tests.support.changing import replace
from tests.support.world import World

ALL = Filter()


def put(world: World, number: int, **changes: object) -> Account:
    account = an_account(
        platform_account_id=str(number), connected_at=NOW - timedelta(days=100 - number), last_synced_at=NOW, **changes
    )
    return world.rows.put_account(account)


def test_accounts_come_oldest_first_in_pages_that_meet_without_gap(world: World) -> None:
    rows = [put(world, number) for number in range(7)]
    put(world, 8, user="user-bert")
    got, cursor = [], None
    for _ in range(4):
        page = world.listing.page(USER, ALL, 2, cursor)
        got += page.accounts
        cursor = page.cursor
    assert got == rows
    assert cursor is None
    assert world.hooks.count("accounts.list") == 4


def test_an_account_whose_success_grows_old_meanwhile_is_listed_as_it_is_counted(world: World) -> None:
    account = put(world, 1)
    moments = count_up(NOW + SUCCESS_IS_FRESH_FOR - timedelta(seconds=1))
    page = replace(world.listing, clock=lambda: next(moments)).page(USER, Filter(status=Status.CONNECTED), 25, None)

    assert (page.accounts, page.counts[Status.CONNECTED]) == ((account,), 1)


def count_up(moment: datetime) -> Iterator[datetime]:
    while True:
        yield moment
        moment += timedelta(seconds=1)


def test_counts_are_over_all_accounts_whatever_is_filtered(world: World) -> None:
    put(world, 1)
    put(world, 2, platform="bluesky")
    world.rows.put_account(replace(put(world, 3), last_synced_at=None))
    put(world, 4, broken=Cause("token_revoked", "Gone.", NOW))
    leaving = put(world, 5)
    world.rows.put_account(replace(leaving, receipt_id=ids.receipt_id(leaving.account_id, NOW)))

    page = world.listing.page(USER, Filter(platform="bluesky"), 25, None)

    assert [account.platform for account in page.accounts] == ["bluesky"]
    assert page.counts == {
        Status.CONNECTED: 2,
        Status.NEEDS_SYNC: 1,
        Status.CONNECTION_ERROR: 1,
        Status.DISCONNECTING: 1,
    }
    assert len(world.listing.page(USER, Filter(status=Status.CONNECTION_ERROR), 25, None).accounts) == 1
    assert len(world.listing.page(USER, Filter(can_publish=True), 25, None).accounts) == 1  # Bluesky asks no scope
    assert len(world.listing.page(USER, Filter(can_publish=False), 25, None).accounts) == 4
    assert world.listing.page("user-nobody", ALL, 25, None).counts == dict.fromkeys(Status, 0)


def test_another_users_account_does_not_exist(world: World) -> None:
    account = put(world, 1)
    for look in (
        lambda: world.listing.account("user-mallory", account.account_id),
        lambda: world.browsing.runs("user-mallory", account.account_id, 25, None),
        lambda: world.browsing.run("user-mallory", account.account_id, "x"),
        lambda: world.browsing.posts("user-mallory", account.account_id, 25, None),
        lambda: world.browsing.days("user-mallory", account.account_id, None, None),
    ):
        with pytest.raises(NotFound):
            look()


def test_data_of_an_account_that_is_leaving_cannot_be_read(world: World) -> None:
    account = put(world, 1)
    world.rows.put_account(replace(account, receipt_id=ids.receipt_id(account.account_id, NOW)))
    for look in (
        lambda: world.browsing.runs(USER, account.account_id, 25, None),
        lambda: world.browsing.run(USER, account.account_id, "x"),
        lambda: world.browsing.posts(USER, account.account_id, 25, None),
        lambda: world.browsing.days(USER, account.account_id, None, None),
    ):
        with pytest.raises(NotFound):
            look()
    assert world.listing.account(USER, account.account_id).disconnecting


@pytest.mark.parametrize("current", [True, False])
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 100])
def test_runs_come_newest_first_with_the_one_under_way(world: World, limit: int, current: bool) -> None:
    runs = [
        a_run(an_account(platform_account_id="1"), queued_at=NOW - timedelta(hours=n), state=RunState.SUCCEEDED)
        for n in range(1, 5)
    ]
    account = put(world, 1)
    world.rows.life(life_of(account)).runs.update({run.run_id: run for run in runs})
    under_way = a_run(account, state=RunState.RUNNING)
    if current:
        world.rows.put_account(replace(account, run=under_way))
    got, cursor = [], None
    for _ in range(6):
        page = world.browsing.runs(USER, account.account_id, limit, cursor)
        assert len(page.items) <= limit
        got += page.items
        cursor = page.cursor
        if cursor is None:
            break
    assert got == ([under_way] if current else []) + runs


def test_one_run_is_found_whether_under_way_or_over(world: World) -> None:
    account = put(world, 1)
    over, current = a_run(account, state=RunState.FAILED), a_run(account, state=RunState.RUNNING)
    world.rows.life(life_of(account)).runs[over.run_id] = over
    world.rows.put_account(replace(account, run=current))

    assert world.browsing.run(USER, account.account_id, over.run_id) == over
    assert world.browsing.run(USER, account.account_id, current.run_id) == current
    with pytest.raises(NotFound):
        world.browsing.run(USER, account.account_id, "nothing")


def test_days_are_ninety_by_default_and_366_at_most(world: World) -> None:
    account = put(world, 1)
    days = {day: a_day(day) for day in (TODAY - timedelta(days=n) for n in range(400))}
    world.rows.life(life_of(account)).days.update(days)

    def look(first: date | None = None, last: date | None = None) -> list[Day]:
        return world.browsing.days(USER, account.account_id, first, last)[0]

    assert [day.date for day in look()] == [TODAY - timedelta(days=n) for n in reversed(range(90))]
    assert len(look(TODAY - timedelta(days=365))) == 366
    assert look(TODAY, TODAY) == [days[TODAY]]
    assert look(TODAY - timedelta(days=500), TODAY - timedelta(days=450)) == []
    for first, last in ((TODAY, TODAY - timedelta(days=1)), (TODAY - timedelta(days=366), None)):
        with pytest.raises(Invalid) as raised:
            look(first, last)
        assert raised.value.errors[0].field == "from"


def test_how_far_back_days_go_is_said_as_it_is(world: World) -> None:
    account = put(world, 1)
    with pytest.raises(Invalid) as raised:
        world.browsing.days(USER, account.account_id, TODAY - timedelta(days=366), None)

    assert raised.value.errors[0].detail == f"at most 365 days before `to` ({TODAY})"
    assert world.browsing.days(USER, account.account_id, TODAY - timedelta(days=365), None)[0] == []


def test_the_edges_of_the_calendar_break_nothing(world: World) -> None:
    account = put(world, 1)

    assert world.browsing.days(USER, account.account_id, None, date.min)[0] == []
    assert world.browsing.days(USER, account.account_id, None, date.max)[0] == []
    with pytest.raises(Invalid):
        world.browsing.days(USER, account.account_id, date.max, date.min)
    with pytest.raises(Invalid):
        world.browsing.days(USER, account.account_id, date.min, date.max)


# Growth --------------------------------------------------------------------------------------------------------


def on(ago: int, followers: int | None) -> Day:
    return Day(date=TODAY - timedelta(days=ago), followers=followers, metrics=Metrics(likes=1))


@pytest.mark.parametrize(
    ("days", "growth"),
    [
        ([], None),
        ([on(0, 10)], None),
        ([on(5, None), on(0, 10)], None),
        ([on(5, 8), on(3, None), on(0, 10)], (8, 10, 2, 25.0)),
        ([on(9, None), on(5, 8), on(3, 6), on(0, None)], (8, 6, -2, -25.0)),
        ([on(5, 0), on(0, 10)], (0, 10, 10, None)),
        ([on(5, 3), on(0, 4)], (3, 4, 1, 33.33)),
    ],
)
def test_growth_is_between_two_known_days(days: list[Day], growth: tuple[object, ...] | None) -> None:
    got = metrics_answer(days, TODAY)["growth"]["followers"]

    if growth is None:
        assert got is None
    else:
        assert (got["from"], got["to"], got["change"], got["percent"]) == growth
        assert got["from_day"] < got["to_day"]


def test_unknown_numbers_are_null_and_today_is_provisional() -> None:
    [yesterday, today] = metrics_answer([on(1, None), replace(on(0, 5), provisional=False)], TODAY)["days"]

    assert yesterday == {
        "date": "2026-11-21",
        "followers": None,
        "impressions": None,
        "reach": None,
        "likes": 1,
        "comments": None,
        "saves": None,
        "shares": None,
        "clicks": None,
        "views": None,
        "provisional": False,
    }
    assert today["provisional"] is True
