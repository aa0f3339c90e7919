"""Which posts a run reads: recent ones daily, all of them weekly, never more than the platform allows."""

from datetime import timedelta

import pytest

from socials.errors import Refused
from socials.models.accounts import Account
from socials.models.claims import Checkpoint
from socials.models.parts import Part
from socials.models.readings import Metrics, Portion, Post
from socials.models.runs import PartState
from socials.platforms.facts import Keeping
from tests.support.builders import TODAY, a_post, an_identity, life_of
from tests.support.changing import replace
from tests.support.fakes import Killed
from tests.support.fakes.platform import scripted
from tests.support.saving import Saving
from tests.support.world import World, profile


def posts_aged(world: World, *days: int) -> list[Post]:
    return [a_post(post_id=f"p{age}", published_at=world.clock() - timedelta(days=age)) for age in days]


def read_posts(world: World, account: Account) -> int:
    """How many posts the account's next run reads."""
    world.ask(account)
    world.sync(account)
    progress = world.last_run(account).parts[Part.POSTS]
    assert progress.state is PartState.SUCCEEDED
    assert progress.total == progress.done
    return progress.done


def test_all_posts_are_read_first_then_only_recent_ones_until_a_week_is_over(world: World) -> None:
    world.offer(scripted(revisit_days=30))
    account = world.settled_account()
    pages = [posts_aged(world, 1, 20), posts_aged(world, 40, 50), posts_aged(world, 400)]
    world.answer_well(posts=pages)

    assert read_posts(world, account) == 5
    assert world.of(account).full_read_on == TODAY
    for _ in range(6):
        world.clock.forward(days=1)
        world.answer_well(posts=pages)
        assert read_posts(world, account) == 4, "the first page of old posts alone ends it"
    world.clock.forward(days=1)
    world.answer_well(posts=pages)
    assert read_posts(world, account) == 5
    assert world.of(account).full_read_on == TODAY + timedelta(days=7)


def test_a_sync_by_hand_on_the_day_of_the_weekly_reading_reads_recent_posts_only(world: World) -> None:
    world.offer(scripted(revisit_days=30))
    account = world.settled_account()
    pages = [posts_aged(world, 1, 20), posts_aged(world, 40, 50), posts_aged(world, 400)]
    world.answer_well(posts=pages)
    assert read_posts(world, account) == 5

    world.clock.forward(minutes=2)
    world.answer_well(posts=pages)
    assert read_posts(world, account) == 4


@pytest.mark.parametrize("allowed", [3, 4])
def test_no_more_posts_are_read_than_the_platforms_fact_allows(world: World, allowed: int) -> None:
    world.offer(scripted(backfill_posts=allowed))
    account = world.settled_account()
    world.answer_well(posts=[posts_aged(world, 1, 2), posts_aged(world, 3, 4), posts_aged(world, 5, 6)])

    assert read_posts(world, account) == 4
    assert world.of(account).full_read_on == TODAY


def test_old_posts_end_the_daily_reading_only_where_nothing_newer_can_follow(world: World) -> None:
    ages = [(400, 1), (), (30,), (31,), (32,)]  # a pinned one comes first, and a page may be empty
    read = {}
    for newest_first in (True, False):
        world.offer(scripted(revisit_days=30, newest_first=newest_first))
        account = world.settled_account(
            platform_account_id=str(newest_first), grant_id=f"grant_{newest_first}", full_read_on=TODAY
        )
        who = an_identity(platform_account_id=str(newest_first))
        world.answer_well(posts=[posts_aged(world, *page) for page in ages])
        world.script("profile", world.tokens.guarding(profile(who)))
        read[newest_first] = read_posts(world, account)

    assert read == {True: 4, False: 5}


@pytest.mark.parametrize("newest_first", [True, False])
def test_the_fact_bounds_the_daily_reading_too(world: World, newest_first: bool) -> None:
    world.offer(scripted(backfill_posts=3, newest_first=newest_first))
    account = world.settled_account()
    for _ in range(2):
        world.answer_well(posts=[posts_aged(world, 1, 2), posts_aged(world, 3, 4), posts_aged(world, 5, 6)])
        assert read_posts(world, account) == 4
        world.clock.forward(days=1)
    assert world.of(account).full_read_on == TODAY


def test_a_post_that_is_published_anew_is_listed_once_and_loses_no_number(world: World) -> None:
    world.offer(scripted())
    account = world.settled_account()
    first, *others = posts_aged(world, 20, 5, 30)
    first = replace(first, metrics=Metrics(likes=9, views=100))
    world.answer_well(posts=[[first, *others]])
    read_posts(world, account)
    world.clock.forward(days=1)
    anew = replace(first, published_at=world.clock() - timedelta(days=6), metrics=Metrics(views=120))
    world.answer_well(posts=[[anew, *others]])
    read_posts(world, account)

    listed = world.ports.history.posts(life_of(account), 10, None).items
    assert [post.post_id for post in listed].count(first.post_id) == 1
    [found] = [post for post in listed if post.post_id == first.post_id]
    assert (found.published_at, found.metrics) == (anew.published_at, Metrics(likes=9, views=120))
    assert len(listed) == 3
    assert list(world.rows.life(life_of(account)).ends.values()) == [world.clock()], "from now on, and not from before"


def test_a_death_among_posts_that_are_published_anew_leaves_none_twice(world: World) -> None:
    world.offer(scripted(newest_first=False))
    account = world.settled_account()
    posts = [a_post(post_id=f"p{n}", published_at=world.clock() - timedelta(days=9, hours=n)) for n in range(80)]
    anew = [replace(post, published_at=post.published_at + timedelta(minutes=1)) for post in posts[:-1]]
    world.answer_well(posts=[posts])
    read_posts(world, account)
    world.clock.forward(minutes=2)
    world.answer_well(posts=[[*anew, posts[-1]]])
    world.ask(account)
    world.hooks.kill_after("accounts.save")
    with pytest.raises(Killed):
        world.sync(account)
    world.hooks.revive()
    world.clock.forward(minutes=5)
    world.answer_well(posts=[[*anew, posts[-1]]])
    world.sync(account)

    listed = world.ports.history.posts(life_of(account), 1_000, None).items
    assert sorted(post.post_id for post in listed) == sorted(post.post_id for post in posts)


def test_many_posts_that_are_published_anew_are_written_in_turns(world: World) -> None:
    world.offer(scripted(newest_first=False))
    account = world.settled_account()
    posts = [a_post(post_id=f"p{n}", published_at=world.clock() - timedelta(days=9, hours=n)) for n in range(300)]
    world.answer_well(posts=[posts])
    read_posts(world, account)
    anew = [replace(post, published_at=post.published_at + timedelta(minutes=1)) for post in posts]
    world.clock.forward(minutes=2)
    world.answer_well(posts=[anew])
    read_posts(world, account)

    listed = world.ports.history.posts(life_of(account), 1_000, None).items
    assert {post.published_at for post in listed} >= {post.published_at for post in anew}
    assert len(listed) - len(anew) <= 3  # the last of each hundred that is asked for at once lay beyond it


def test_a_list_that_never_ends_fails_its_part_alone(world: World) -> None:
    world.offer(scripted())
    account = world.settled_account()
    world.script("posts", lambda request: world.network.answer(Portion(cursor=dict(request.query)["cursor"] + "x")))

    world.ask(account)
    world.sync(account)

    parts = world.last_run(account).parts
    assert parts[Part.POSTS].state is PartState.FAILED
    assert parts[Part.POSTS].error is not None
    assert parts[Part.POSTS].error.code == "endless_list"
    assert parts[Part.PROFILE].state is PartState.SUCCEEDED


@pytest.mark.parametrize(("ends", "expected"), [(True, timedelta(days=365)), (False, None)])
def test_when_to_reconnect_is_known_where_the_grant_ends(world: World, ends: bool, expected: timedelta | None) -> None:
    world.offer(scripted(grant_ends=ends))
    end = world.clock() + timedelta(days=365)
    world.tokens._more = {"refresh_expires_at": end}
    account = world.settled_account()

    read_posts(world, account)

    assert world.of(account).reconnect_by == (end if expected else None)


def test_an_access_that_is_renewed_has_no_end_of_its_own(world: World) -> None:
    world.offer(scripted(grant_ends=True))
    account = world.settled_account()

    read_posts(world, account)

    assert world.of(account).reconnect_by is None


def test_an_access_that_renews_itself_has_no_end_where_the_grant_has_none(world: World) -> None:
    world.offer(scripted(grant_ends=False))
    world.tokens._more = {"refresh": None}
    account = world.settled_account()

    read_posts(world, account)

    assert world.of(account).reconnect_by is None


def test_an_access_that_came_without_what_renews_it_ends_when_it_ends(world: World) -> None:
    world.offer(scripted(grant_ends=True))
    world.tokens._more = {"refresh": None}
    account = world.settled_account()

    read_posts(world, account)

    assert world.of(account).reconnect_by == world.secrets[account.grant_id].tokens.access_expires_at


def test_an_access_whose_early_renewal_fails_is_told_to_end_until_one_succeeds(world: World) -> None:
    world.offer(scripted(refresh_before=timedelta(days=50)))
    account = world.settled_account()
    world.script("refresh", Refused("no"), world.tokens.refresh)

    read_posts(world, account)
    assert world.of(account).reconnect_by == world.secrets[account.grant_id].tokens.access_expires_at
    world.clock.forward(minutes=2)
    read_posts(world, account)
    assert world.of(account).reconnect_by is None


def test_an_access_that_nobody_can_renew_ends_when_it_ends(world: World) -> None:
    world.offer(scripted(refreshes=False))
    account = world.settled_account()

    read_posts(world, account)

    assert world.of(account).reconnect_by == world.secrets[account.grant_id].tokens.access_expires_at


def test_what_a_platform_lets_us_keep_for_a_time_is_kept_as_long_as_it_is_read(world: World) -> None:
    world.offer(scripted(keeps=Keeping(posts=30, days=365)))
    account = world.settled_account()
    world.answer_well(posts=[posts_aged(world, 1, 2)])
    written: list[Checkpoint] = []
    save = world.ports.accounts.save

    def saving(checkpoint: Checkpoint, owner: str) -> None:
        written.append(checkpoint)
        save(checkpoint, owner)

    world.syncing = replace(world.syncing, accounts=Saving(world.ports.accounts, saving))
    read_posts(world, account)
    assert written[-1].posts_until == world.clock() + timedelta(days=30)
    assert written[-1].days_until == world.clock() + timedelta(days=365)

    for days, kept_again in ((1, 0), (6, 2)):
        world.clock.forward(days=days)
        written.clear()
        read_posts(world, account)
        assert sum(len(checkpoint.posts) for checkpoint in written) == kept_again


def test_the_weekly_reading_writes_what_has_changed_and_no_more_where_posts_may_stay(world: World) -> None:
    world.offer(scripted())
    account = world.settled_account()
    pages = [posts_aged(world, 1, 40)]
    world.answer_well(posts=pages)
    read_posts(world, account)
    before = world.posts(account)
    written: list[Checkpoint] = []
    save = world.ports.accounts.save

    def saving(checkpoint: Checkpoint, owner: str) -> None:
        written.append(checkpoint)
        save(checkpoint, owner)

    world.syncing = replace(world.syncing, accounts=Saving(world.ports.accounts, saving))
    world.clock.forward(days=7)
    world.answer_well(posts=pages)
    assert read_posts(world, account) == 2
    assert [checkpoint.posts for checkpoint in written] == [()]
    assert world.posts(account) == before
