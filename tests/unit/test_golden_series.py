"""Numbers that never lie: what two weeks of an imperfect platform leave behind, day by day."""

from datetime import date, timedelta

import pytest

from socials.errors import RetryLater
from socials.models.accounts import Account
from socials.models.readings import Day, Metrics, Portion, Post
from socials.models.runs import RunState
from tests.support.builders import an_identity
from tests.support.changing import replace
from tests.support.fakes.platform import scripted
from tests.support.world import World, profile, some_posts


def a_day_passes(world: World, account: Account, *, followers: int | None = None, days: tuple[Day, ...] = ()) -> None:
    """The next day's run, with what the platform tells in it."""
    world.clock.at = world.of(account).wake_at or world.clock.at
    world.script("profile", world.tokens.guarding(profile(followers=followers)))
    world.script("insights", world.tokens.guarding(Portion(days=days)))
    world.sync(account)


def final(day: date, impressions: int | None) -> Day:
    return Day(date=day, metrics=Metrics(impressions=impressions), provisional=False)


def estimate(day: date, impressions: int | None) -> Day:
    return Day(date=day, metrics=Metrics(impressions=impressions), provisional=True)


@pytest.fixture
def account(world: World) -> Account:
    return world.settled_account(wake_at=world.clock())


def impressions(world: World, account: Account) -> dict[date, int | None]:
    return {day.date: day.metrics.impressions for day in world.days(account).values()}


def test_follower_loss_and_gaps_stay_as_they_were(world: World, account: Account) -> None:
    told = [120, 118, None, None, 90, 0, 3]
    for followers in told:
        a_day_passes(world, account, followers=followers)

    row = world.of(account)
    assert [point.n for point in row.followers] == told
    assert row.follower_count == 3
    assert row.follower_change(1) == 3  # from a true zero, which the platform told
    assert row.follower_change(4) is None  # that day is unknown, and nothing is made up between its neighbours
    assert row.follower_change(5) == 3 - 118
    assert [day.followers for day in world.days(account).values() if day.followers is not None] == [120, 118, 90, 0, 3]


def test_estimates_are_revised_and_final_days_are_not_blanked(world: World, account: Account) -> None:
    first = world.clock().date() - timedelta(days=2)
    second, third = first + timedelta(days=1), first + timedelta(days=2)
    a_day_passes(world, account, days=(final(first, 10), estimate(second, 4)))
    assert world.days(account)[second].provisional
    a_day_passes(world, account, days=(final(first, None), estimate(second, 9), estimate(third, None)))
    a_day_passes(world, account, days=(final(first, 11), final(second, 8), estimate(third, 2)))

    assert impressions(world, account) == {first: 11, second: 8, third: 2}
    assert world.days(account)[second].provisional is False
    assert world.days(account)[third].provisional is True
    assert world.of(account).insights_through == second


def test_a_day_that_the_platform_left_out_stays_absent(world: World, account: Account) -> None:
    today = world.clock().date()
    days = [today - timedelta(days=n) for n in (5, 4, 1)]
    a_day_passes(world, account, days=tuple(final(day, 7) for day in days))

    assert sorted(impressions(world, account)) == sorted(days)


def test_an_empty_or_failing_answer_after_a_full_one_takes_nothing_away(world: World, account: Account) -> None:
    day = world.clock().date() - timedelta(days=1)
    world.answer_well(posts=[some_posts(1, 5)])
    a_day_passes(world, account, followers=120, days=(final(day, 7),))
    before = world.days(account)[day], world.posts(account), world.of(account).follower_count

    world.answer_well(posts=[()])
    a_day_passes(world, account, followers=None, days=())
    world.script("posts", RetryLater("Away.", http_status=500))
    a_day_passes(world, account, followers=None, days=(final(day, None),))

    assert (world.days(account)[day], world.posts(account), world.of(account).follower_count) == before


def test_a_post_deleted_on_the_platform_keeps_its_last_numbers(world: World, account: Account) -> None:
    world.answer_well(posts=[some_posts(1, 3)])
    a_day_passes(world, account, followers=1)
    gone = world.posts(account)["post-00002"]
    left = tuple(post for post in some_posts(1, 3) if post.post_id != gone.post_id)
    world.answer_well(posts=[left])
    a_day_passes(world, account, followers=1)

    assert world.posts(account)[gone.post_id] == gone


def test_a_posts_numbers_may_fall_and_blanks_of_it_are_kept_known(world: World, account: Account) -> None:
    (post,) = some_posts(7, 7)

    def told(likes: int | None, comments: int | None) -> Post:
        return replace(post, metrics=Metrics(likes=likes, comments=comments))

    for reading in (told(10, 4), told(8, None), told(None, 0)):
        world.answer_well(posts=[(reading,)])
        a_day_passes(world, account, followers=1)

    assert world.posts(account)[post.post_id].metrics == Metrics(likes=8, comments=0)


def test_a_new_name_and_picture_are_taken_over_and_the_history_stays(world: World, account: Account) -> None:
    a_day_passes(world, account, followers=50)
    renamed = an_identity(username="anna.new", display_name="Anna N.", avatar_url="https://cdn.example/2.png")
    world.clock.at = world.of(account).wake_at or world.clock.at
    world.script("profile", world.tokens.guarding(profile(renamed, followers=51)))
    world.sync(account)

    row = world.of(account)
    assert (row.username, row.display_name, row.avatar_url) == ("anna.new", "Anna N.", "https://cdn.example/2.png")
    assert (row.account_id, row.life) == (account.account_id, account.life)
    assert [point.n for point in row.followers] == [50, 51]


@pytest.mark.parametrize(("zone", "expected"), [("UTC", 22), ("America/Los_Angeles", 22), ("Asia/Tokyo", 23)])
def test_a_day_is_the_platforms_day(world: World, zone: str, expected: int) -> None:
    world.offer(scripted(day_zone=zone))
    account = world.settled_account(wake_at=world.clock())  # 20:45 UTC
    world.script("profile", world.tokens.guarding(profile(followers=5)))
    world.sync(account)

    assert [point.date.day for point in world.of(account).followers] == [expected]
    assert world.last_run(account).state is RunState.SUCCEEDED
