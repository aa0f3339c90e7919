"""The contract of days, posts and runs of one life."""

from datetime import date, timedelta
from typing import Any

import pytest

from socials.errors import Malformed
from socials.models.accounts import Account
from socials.models.claims import Checkpoint
from socials.models.events import EventType, happened
from socials.models.readings import Metrics
from socials.models.runs import RunState, Trigger
from socials.timing import DAILY_SUCCESS_LIVES, RUN_LIVES
from tests.support.builders import NOW, TODAY, a_day, a_post, a_run, an_account, life_of
from tests.support.changing import replace
from tests.support.seeding import claimed, keep, seed

DAY = timedelta(days=1)


def an_idle_account(ports: Any) -> Account:
    return seed(ports, an_account())


def test_days_come_oldest_first_and_within_their_bounds(ports: Any) -> None:
    account = an_idle_account(ports)
    days = tuple(a_day(TODAY - n * DAY, followers=n, provisional=n == 0) for n in range(5))
    keep(ports, account, days=days)
    life = life_of(account)
    assert ports.history.days(life, TODAY - 3 * DAY, TODAY - DAY) == [days[3], days[2], days[1]]
    assert ports.history.days(life, TODAY, TODAY) == [days[0]]
    assert ports.history.days(life, TODAY, TODAY - DAY) == []
    assert ports.history.days(replace(life, life="life_other"), TODAY - 9 * DAY, TODAY) == []


@pytest.mark.parametrize("newest", [date(2026, 11, 22), date(2026, 11, 23), date(2027, 1, 3), date(2028, 3, 2)])
def test_days_read_as_they_were_written_in_whatever_week_month_and_year(ports: Any, newest: date) -> None:
    account = an_idle_account(ports)
    numbers = Metrics(impressions=1, reach=0, likes=2, comments=3, saves=4, shares=5, clicks=6, views=7)
    days = tuple(a_day(newest - n * DAY, followers=n, metrics=numbers, provisional=n < 2) for n in range(20))
    keep(ports, account, days=days)
    assert ports.history.days(life_of(account), date(2026, 1, 1), newest) == [*reversed(days)]
    places = [place for place, _ in ports.history.everything(life_of(account), "") if place.startswith("DAY#")]
    assert places == [f"DAY#{day.date}" for day in reversed(days)]


def test_a_day_takes_in_what_is_new_and_its_neighbours_stay(ports: Any) -> None:
    account, monday = an_idle_account(ports), date(2026, 11, 16)
    before = [a_day(monday + n * DAY, followers=n, metrics=Metrics(likes=n, saves=9)) for n in (0, 2)]
    keep(ports, account, days=tuple(before))
    read = (a_day(monday, followers=None, metrics=Metrics(likes=70)), a_day(monday + DAY, followers=1))
    mine = claimed(ports, account, "reader", NOW + DAY)
    ports.accounts.save(Checkpoint(account=mine, days=read), "reader")
    merged = replace(before[0], metrics=Metrics(likes=70, saves=9))
    assert ports.history.days(life_of(account), monday, TODAY) == [merged, read[1], before[1]]


def test_a_post_reads_as_it_was_written(ports: Any) -> None:
    account = an_idle_account(ports)
    bare = a_post(1, post_id="at://did:plc:x/app.bsky.feed.post/3k#1", title=None, media_type=None, metrics=Metrics())
    full = a_post(2, title="", metrics=Metrics(impressions=1, reach=0, likes=2, comments=3, saves=4, shares=5, views=6))
    keep(ports, account, posts=(bare, full))
    assert ports.history.posts(life_of(account), 10, None).items == (full, bare)


def test_posts_are_paged_newest_first_without_a_gap_or_a_double(ports: Any) -> None:
    account = an_idle_account(ports)
    same_second = a_post(0).published_at
    posts = tuple(a_post(n, published_at=same_second) if n < 3 else a_post(n) for n in range(7))
    keep(ports, account, posts=posts)
    seen, cursor, pages = [], None, 0
    while cursor is not None or not pages:
        page = ports.history.posts(life_of(account), 2, cursor)
        seen += page.items
        cursor, pages = page.cursor, pages + 1
    assert seen == list(reversed(posts))
    assert pages == 4


def test_a_full_last_page_has_no_cursor(ports: Any) -> None:
    account = an_idle_account(ports)
    keep(ports, account, posts=(a_post(1), a_post(2)))
    assert ports.history.posts(life_of(account), 2, None).cursor is None


@pytest.mark.parametrize("cursor", ["", "x" * 513, "ä" * 300])
def test_what_cannot_be_a_cursor_is_refused(ports: Any, cursor: str) -> None:
    life = life_of(an_idle_account(ports))
    for listed in (ports.history.posts, ports.history.runs):
        with pytest.raises(Malformed):
            listed(life, 10, cursor)


@pytest.mark.parametrize("place", ["DAY#2026-11-20", "DAY#", "DAY#2026-99-99", "DAY#0001-01-01", "DAY", "-"])
def test_any_place_to_go_on_from_skips_just_what_lies_before_it(ports: Any, place: str) -> None:
    account = an_idle_account(ports)
    keep(ports, account, days=tuple(a_day(TODAY - n * DAY) for n in range(9)))
    everything = list(ports.history.everything(life_of(account), ""))
    assert list(ports.history.everything(life_of(account), place)) == [each for each in everything if each[0] > place]


@pytest.mark.parametrize("cursor", ["RUN#01", "zzzz", "\x01", "#", "2026"])
def test_a_made_up_cursor_never_leads_out_of_its_list(ports: Any, cursor: str) -> None:
    account = an_idle_account(ports)
    keep(ports, account, posts=(a_post(1),), days=(a_day(),))
    life = life_of(account)
    assert set(ports.history.posts(life, 10, cursor).items) <= {a_post(1)}
    assert len(ports.history.runs(life, 10, cursor).items) <= 1


def test_only_stored_posts_are_found_again(ports: Any) -> None:
    account = an_idle_account(ports)
    posts = tuple(a_post(n) for n in range(90))
    keep(ports, account, posts=posts)
    asked = [replace(post, metrics=Metrics(likes=999)) for post in posts] + [a_post(n) for n in range(90, 100)]
    assert ports.history.stored_posts(life_of(account), asked) == {post.post_id: post for post in posts}


@pytest.mark.parametrize("pinned", [(0,), (0, 41), (3, 7, 500)])
def test_posts_told_out_of_their_place_are_found_too(ports: Any, pinned: tuple[int, ...]) -> None:
    account = an_idle_account(ports)
    posts = tuple(a_post(n) for n in (*range(80), *range(90, 100)))
    keep(ports, account, posts=posts)
    asked = [a_post(n) for n in (*pinned, *range(85, 100))]
    kept = {post.post_id: post for post in posts}
    found = ports.history.stored_posts(life_of(account), asked)
    assert found.items() <= kept.items()
    assert found.keys() >= {each.post_id for each in asked} & kept.keys()


def test_what_is_stored_between_posts_is_met_and_nothing_before_or_behind_them(ports: Any) -> None:
    account = an_idle_account(ports)
    posts = {n: a_post(n) for n in range(6)}
    keep(ports, account, posts=tuple(posts.values()))
    found = ports.history.stored_posts(life_of(account), [posts[1], posts[2], posts[4]])
    assert found == {posts[n].post_id: posts[n] for n in (1, 2, 3, 4)}


def test_a_post_that_leaves_is_told_with_its_time_until_then_and_stays_when_it_is_written_anew(ports: Any) -> None:
    account = an_idle_account(ports)
    now = ports.clock()
    leaving, back, staying = (a_post(n) for n in (1, 2, 3))
    until = {post.post_id: replace(post, leaves_at=now + 15 * DAY) for post in (leaving, back)}
    keep(ports, account, posts=(*until.values(), staying))
    life, asked = life_of(account), [leaving, back, staying]
    assert ports.history.stored_posts(life, asked) == {staying.post_id: staying} | until

    ports.clock.forward(days=2)
    mine = claimed(ports, account, "lister", ports.clock())
    ports.accounts.save(Checkpoint(account=mine, posts=(back,)), "lister")
    ports.clock.forward(days=13)
    assert set(ports.history.posts(life, 10, None).items) == {back, staying}
    assert ports.history.stored_posts(life, asked) == {post.post_id: post for post in (back, staying)}


def test_a_post_whose_time_has_changed_is_found_where_it_was_until_that_is_read_no_more(ports: Any) -> None:
    account = an_idle_account(ports)
    old, others = a_post(3, metrics=Metrics(likes=7)), (a_post(1), a_post(9))
    keep(ports, account, posts=(old, *others))
    new, life = replace(old, published_at=a_post(6).published_at), life_of(account)
    assert ports.history.stored_posts(life, [new, *others]) == {post.post_id: post for post in (old, *others)}

    ports.clock.forward(days=2)
    mine = claimed(ports, account, "mover", ports.clock())
    moved = replace(old, updated_at=ports.clock())
    ports.accounts.save(Checkpoint(account=mine, posts=(new,), moved=(moved,)), "mover")
    assert ports.history.stored_posts(life, [new, *others]) == {post.post_id: post for post in (new, *others)}
    assert {post.published_at for post in ports.history.posts(life, 10, None).items if post.post_id == old.post_id} == {
        new.published_at
    }


def test_a_post_asked_for_twice_is_found_once_and_none_is_no_question(ports: Any) -> None:
    account = an_idle_account(ports)
    keep(ports, account, posts=(a_post(1),))
    assert ports.history.stored_posts(life_of(account), [a_post(1), a_post(1)]) == {"post-00001": a_post(1)}
    assert ports.history.stored_posts(life_of(account), []) == {}


def test_more_than_a_hundred_posts_are_no_question_either(ports: Any) -> None:
    life = life_of(an_idle_account(ports))
    with pytest.raises(ValueError, match="100"):
        ports.history.stored_posts(life, [a_post(n) for n in range(101)])


def test_runs_come_newest_first(ports: Any) -> None:
    account = an_idle_account(ports)
    runs = []
    for _ in range(3):
        ports.clock.forward(hours=1)
        run = a_run(account, queued_at=ports.clock(), trigger=Trigger.DAILY)
        keep(ports, account, run=run, now=ports.clock())
        runs.append(replace(run, state=RunState.SUCCEEDED, started_at=ports.clock(), finished_at=ports.clock()))
    life = life_of(account)
    first = ports.history.runs(life, 2, None)
    assert first.items == (runs[2], runs[1])
    assert ports.history.runs(life, 2, first.cursor).items == (runs[0],)
    assert ports.history.run(life, runs[1].run_id) == runs[1]
    assert ports.history.run(replace(life, life="life_other"), runs[1].run_id) is None


@pytest.mark.parametrize("run_id", ["", "x" * 3000, "01\x00", "#"])
def test_a_run_id_of_any_shape_is_just_not_found(ports: Any, run_id: str) -> None:
    assert ports.history.run(life_of(an_idle_account(ports)), run_id) is None


def test_a_run_is_unreadable_ninety_days_after_it_was_queued(ports: Any) -> None:
    account = an_idle_account(ports)
    run = a_run(account, queued_at=NOW)
    keep(ports, account, run=run)
    young = a_run(account, queued_at=NOW + DAY)
    keep(ports, account, run=young, now=NOW + DAY)
    life = life_of(account)
    ports.clock.at = NOW + RUN_LIVES - timedelta(seconds=1)
    assert ports.history.run(life, run.run_id)
    ports.clock.forward(seconds=1)
    assert ports.history.run(life, run.run_id) is None
    page = ports.history.runs(life, 1, None)
    assert [kept.run_id for kept in page.items] == [young.run_id]
    assert page.cursor is None


def test_a_daily_success_is_unreadable_after_thirty_days_and_a_daily_trouble_after_ninety(ports: Any) -> None:
    account = seed(ports, an_account(wake_at=NOW))
    for state in (RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED):
        mine = claimed(ports, account)
        ended = replace(mine.run, trigger=Trigger.DAILY, state=state, finished_at=NOW)
        after = replace(mine, run=None, lease_until=None, wake_at=NOW)
        ports.accounts.save(Checkpoint(account=after, finished=ended), "worker")
    life = life_of(account)

    def states() -> set[RunState]:
        return {run.state for run in ports.history.runs(life, 10, None).items}

    ports.clock.at = NOW + DAILY_SUCCESS_LIVES - timedelta(seconds=1)
    assert states() == {RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED}
    ports.clock.forward(seconds=1)
    assert states() == {RunState.PARTIAL, RunState.FAILED}
    ports.clock.at = NOW + RUN_LIVES
    assert states() == set()


def test_everything_is_told_noun_by_noun_and_from_any_place_on(ports: Any) -> None:
    account = an_idle_account(ports)
    days, posts = (a_day(TODAY - DAY), a_day(TODAY)), (a_post(1), a_post(2))
    event, run = happened(EventType.SYNCED, NOW), a_run(account)
    keep(ports, account, days=days, posts=posts, run=run)
    mine = claimed(ports, account, "diarist", NOW + 2 * DAY)
    ports.accounts.save(Checkpoint(account=mine, events=(event,)), "diarist")
    life = life_of(account)

    told = list(ports.history.everything(life, ""))

    assert [entry for _, entry in told][:-1] == [*days, event, *posts]
    assert told[-1][1].run_id == run.run_id
    for number, (place, _) in enumerate(told):
        assert list(ports.history.everything(life, place)) == told[number + 1 :]
    assert list(ports.history.everything(replace(life, life="life_other"), "")) == []
    ports.clock.at = NOW + RUN_LIVES
    assert [entry for _, entry in ports.history.everything(life, "")] == [*days, *posts]
    with pytest.raises(Malformed):
        list(ports.history.everything(life, "x" * 2_000))


def test_the_first_day_is_the_earliest(ports: Any) -> None:
    account = an_idle_account(ports)
    assert ports.history.first_day(life_of(account)) is None
    keep(ports, account, days=(a_day(TODAY), a_day(TODAY - 3 * DAY)), posts=(a_post(1),))
    assert ports.history.first_day(life_of(account)) == TODAY - 3 * DAY


def test_what_a_platform_let_us_keep_for_a_time_is_unreadable_after_it(ports: Any) -> None:
    account = an_idle_account(ports)
    keep(ports, account, days=tuple(a_day(TODAY - n * DAY) for n in range(3)), posts=(a_post(1), a_post(2)))
    ends = NOW + 3 * DAY
    short, life = tuple(a_day(TODAY - n * DAY) for n in range(10, 40)), life_of(account)
    mine = claimed(ports, account, "keeper", NOW + DAY)
    written = {"days": short, "posts": (a_post(2), a_post(3)), "days_until": ends, "posts_until": ends}
    ports.accounts.save(Checkpoint(account=mine, **written), "keeper")
    ports.clock.at = ends - timedelta(seconds=1)
    assert ports.history.first_day(life) == TODAY - 39 * DAY
    ports.clock.at = ends
    assert ports.history.first_day(life) == TODAY - 2 * DAY
    assert [day.date for day in ports.history.days(life, TODAY - 50 * DAY, TODAY)] == [
        TODAY - n * DAY for n in (2, 1, 0)
    ]
    assert [post.post_id for post in ports.history.posts(life, 9, None).items] == [a_post(1).post_id]
    assert ports.history.stored_posts(life, [a_post(1), a_post(2)]).keys() == {a_post(1).post_id}
    assert len([place for place, _ in ports.history.everything(life, "") if place[:4] in ("DAY#", "POST")]) == 4
