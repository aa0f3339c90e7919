"""Posts that somebody deleted on the platform leave us too, in time, and none that is still there does."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from socials.errors import Refused
from socials.models.accounts import Account
from socials.models.readings import Metrics, Portion, Post
from socials.platforms.facts import Keeping
from socials.timing import UNLISTED_POSTS_LIVE
from tests.support.builders import a_post, life_of
from tests.support.changing import replace
from tests.support.fakes.platform import scripted
from tests.support.world import World

WEEK = timedelta(days=7)


def aged(world: World, *days: int) -> list[Post]:
    begun = world.clock()
    return [a_post(post_id=f"p{age}", published_at=begun - timedelta(days=age), updated_at=None) for age in days]


def sync(world: World, account: Account, *pages: Sequence[Post]) -> None:
    world.answer_well(posts=[list(page) for page in pages])
    world.ask(account)
    world.sync(account)


def shown(world: World, account: Account) -> set[str]:
    return {post.post_id for post in world.ports.history.posts(life_of(account), 100, None).items}


def settled(world: World, posts: Sequence[Post], **facts: object) -> Account:
    world.offer(scripted(**facts))
    account = world.settled_account()
    sync(world, account, posts)
    assert shown(world, account) == {post.post_id for post in posts}
    return account


def test_what_the_weekly_reading_passes_over_leaves_after_two_more_have_looked(world: World) -> None:
    first, gone, last = aged(world, 1, 2, 3)
    account = settled(world, [first, gone, last])
    for _ in range(2):
        world.clock.forward(days=7)
        sync(world, account, [first, last])
        assert shown(world, account) == {"p1", "p2", "p3"}
    leaves_at = world.posts(account)["p2"].leaves_at
    assert leaves_at is not None
    assert leaves_at - world.clock() == UNLISTED_POSTS_LIVE - WEEK, "the second look does not put it off"
    world.clock.forward(days=7)
    sync(world, account, [first, last])
    world.clock.forward(days=1)
    assert shown(world, account) == {"p1", "p3"}


def test_what_is_listed_again_stays_with_the_numbers_and_the_date_that_it_had(world: World) -> None:
    first, away, last = aged(world, 1, 2, 3)
    account = settled(world, [first, replace(away, metrics=Metrics(likes=5, saves=1)), last])
    before = world.posts(account)["p2"]
    world.clock.forward(days=7)
    sync(world, account, [first, last])
    world.clock.forward(days=1)
    sync(world, account, [first, replace(away, metrics=Metrics(likes=5)), last])
    assert world.posts(account)["p2"] == before
    world.clock.forward(days=60)
    assert shown(world, account) == {"p1", "p2", "p3"}


def test_only_the_reading_of_all_posts_judges(world: World) -> None:
    first, away, last = aged(world, 1, 2, 3)
    account = settled(world, [first, away, last])
    world.clock.forward(days=1)
    sync(world, account, [first, last])
    assert world.posts(account)["p2"].leaves_at is None


@pytest.mark.parametrize("pages", [[[]], [["p1"]], [["p2", "p3"]]])
def test_an_empty_list_or_one_cut_short_says_nothing_of_the_rest(world: World, pages: list[list[str]]) -> None:
    posts = {post.post_id: post for post in aged(world, 1, 2, 3)}
    account = settled(world, list(posts.values()))
    world.clock.forward(days=7)
    sync(world, account, *([posts[post_id] for post_id in page] for page in pages))
    assert [post.leaves_at for post in world.posts(account).values()] == [None] * 3


def test_one_that_is_pinned_above_the_newer_ones_takes_none_of_them_along(world: World) -> None:
    posts = aged(world, *range(1, 9))
    account = settled(world, posts)
    world.clock.forward(days=7)
    sync(world, account, [posts[-1], *posts[:2]], posts[2:5], posts[5:7])
    assert [post.leaves_at for post in world.posts(account).values()] == [None] * 8


def test_nor_does_one_that_is_met_before_its_own_page_comes(world: World) -> None:
    """What is read is written on the way, and looks then at what lies between the pinned one and the newest."""
    posts = aged(world, *range(1, 100))
    account = settled(world, posts)
    world.clock.forward(days=7)
    sync(world, account, [posts[-1], *posts[:89]], posts[89:-1])
    assert [post.leaves_at for post in world.posts(account).values()] == [None] * 99


def test_one_of_many_that_is_gone_is_found_though_its_neighbours_were_written_on_the_way(world: World) -> None:
    posts = aged(world, *range(1, 100))
    account = settled(world, posts)
    world.clock.forward(days=7)
    sync(world, account, [*posts[:50], *posts[51:92]], posts[92:])
    left = {post_id: post.leaves_at for post_id, post in world.posts(account).items() if post.leaves_at is not None}
    assert left == {"p51": world.clock() + UNLISTED_POSTS_LIVE}


def test_a_reading_that_fails_on_its_way_judges_nothing(world: World) -> None:
    first, away, last, older = aged(world, 1, 2, 3, 4)
    account = settled(world, [first, away, last, older])
    world.clock.forward(days=7)
    world.answer_well()
    world.script("posts", Portion(posts=(first, last), cursor="2"), Refused("No.", code="no"))
    world.ask(account)
    world.sync(account)
    assert world.posts(account)["p2"].leaves_at is None


def test_a_reading_that_began_in_another_invocation_judges_nothing(world: World) -> None:
    """Nobody keeps what its first pages have listed."""
    posts = aged(world, *range(1, 7))
    account = settled(world, posts)
    world.clock.forward(days=7)
    world.answer_well(posts=[[posts[0], posts[2]], [posts[1], posts[3], posts[5]]])
    world.ask(account)
    called = world.called.count("posts")
    world.sync(account, lambda: 10.0 if world.called.count("posts") > called else 100.0)
    assert world.called.count("posts") == called + 1, "stopped after the first page"
    world.sync(account)
    assert world.of(account).run is None
    assert [post.leaves_at for post in world.posts(account).values()] == [None] * 6


def test_where_posts_may_be_kept_for_a_time_only_that_time_ends_them(world: World) -> None:
    first, gone, last = aged(world, 1, 2, 3)
    account = settled(world, [first, gone, last], keeps=Keeping(posts=30))
    for _ in range(5):
        world.clock.forward(days=7)
        sync(world, account, [first, last])
    assert {post.leaves_at for post in world.posts(account).values()} == {None}
    assert shown(world, account) == {"p1", "p3"}
