"""A sync run: its parts, its outcome, and what it leaves in the row."""

from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest

from socials import ids
from socials.errors import AccessRefused, NotOffered, ReconnectNeeded, Refused, RetryLater
from socials.models.accounts import Account, Cause, FollowerPoint
from socials.models.claims import Checkpoint
from socials.models.parts import Part
from socials.models.readings import Day, Metrics, Portion, Post, ProfileReading
from socials.models.runs import PartState, RunState, Trigger
from socials.platforms.base import Answer, Request
from socials.syncing import GivenUp
from socials.timing import HEAL_AFTER, MAX_ATTEMPTS, RUN_LEASE_SECONDS
from socials.worker import Done, Leased
from socials.working import Work
from tests.support.builders import TODAY, a_post, an_account, an_identity, wakeup_of
from tests.support.changing import replace
from tests.support.fakes import Killed
from tests.support.fakes.platform import scripted
from tests.support.saving import Saving
from tests.support.world import World, final_day, profile, record_of, some_posts

YESTERDAY = TODAY - timedelta(days=1)


def states(world: World, account: Account) -> dict[Part, PartState]:
    return {part: progress.state for part, progress in world.last_run(account).parts.items()}


def test_a_first_run_reads_profile_insights_and_posts_in_one_transaction(world: World) -> None:
    world.answer_well(posts=[some_posts(1, 90)[:89]])
    account = world.account()
    world.hooks.calls.clear()

    assert world.sync(account) == Done()

    calls = [call for call in world.hooks.calls if call.partition(".")[0] in ("accounts", "history", "vault", "grants")]
    assert calls == ["accounts.claim", "vault.read", "accounts.save"]
    row, run = world.of(account), world.last_run(account)
    assert (run.state, run.trigger) == (RunState.SUCCEEDED, Trigger.CONNECT)
    assert (row.run, row.lease_owner, row.lease_until, row.attempts) == (None, None, None, 0)
    assert row.last_synced_at == row.last_run_finished_at == run.finished_at == world.clock()
    assert row.wake_at == ids.next_daily(account.account_id, world.clock())
    assert row.follower_count == 120
    assert world.days(account)[TODAY].followers == 120
    assert world.days(account)[YESTERDAY].metrics.impressions == 7
    assert row.insights_through == YESTERDAY
    assert len(world.posts(account)) == 89
    assert [(progress.done, progress.total) for progress in run.parts.values()] == [(1, 1), (1, 1), (89, 89)]
    assert {part: p.state for part, p in run.parts.items()} == dict.fromkeys(Part, PartState.SUCCEEDED)


def test_a_part_that_the_platform_lacks_is_not_offered_and_the_run_succeeds(world: World) -> None:
    world.offer(scripted(parts=(Part.PROFILE, Part.POSTS)))
    account = world.account()

    world.sync(account)

    assert states(world, account)[Part.INSIGHTS] is PartState.NOT_OFFERED
    assert world.last_run(account).state is RunState.SUCCEEDED
    assert world.of(account).last_synced_at == world.clock()


def test_a_part_whose_scope_is_missing_is_not_offered(world: World) -> None:
    world.script("exchange", world.network.answer(replace(world.tokens.pair(), scopes=("read",))))
    account = world.account()

    world.sync(account)

    assert states(world, account)[Part.POSTS] is PartState.NOT_OFFERED
    assert world.last_run(account).state is RunState.SUCCEEDED
    assert world.of(account).scopes == ("read",)
    assert world.of(account).broken is None


def test_a_platform_that_says_it_does_not_offer_a_part_leaves_its_reason(world: World) -> None:
    world.script("insights", NotOffered("Business accounts only.", code="business_account_required"))
    account = world.account()

    world.sync(account)

    part = world.last_run(account).parts[Part.INSIGHTS]
    assert part.state is PartState.NOT_OFFERED
    assert part.error is not None
    assert part.error.code == "business_account_required"
    assert world.last_run(account).state is RunState.SUCCEEDED
    assert world.of(account).failure is None


def test_a_profile_that_is_not_offered_is_no_success(world: World) -> None:
    account = world.account()
    world.script("profile", NotOffered("Business accounts only.", code="business_account_required"))

    world.sync(account)

    assert states(world, account)[Part.PROFILE] is PartState.FAILED
    row = world.of(account)
    assert row.failure is not None and row.failure.code == "business_account_required"
    assert (row.last_synced_at, row.broken) == (None, None)


def test_an_access_that_one_part_alone_refuses_breaks_nothing(world: World) -> None:
    account = world.account()
    world.script("posts", AccessRefused("No."))

    world.sync(account)

    assert states(world, account)[Part.POSTS] is PartState.FAILED
    assert world.last_run(account).state is RunState.PARTIAL
    assert (world.called.count("posts"), world.called.count("refresh")) == (2, 1), "not before it was renewed"
    row = world.of(account)
    assert row.failure is not None and row.failure.code == "access_refused"
    assert row.broken is None


@pytest.mark.parametrize("cannot", ["the platform", "the grant"])
def test_where_nothing_can_be_renewed_a_part_that_is_refused_fails_alone_and_the_profile_is_proof(
    world: World, cannot: str
) -> None:
    if cannot == "the platform":
        world.offer(scripted(refreshes=False))
    else:
        world.tokens._more = {"refresh": None}
    account = world.settled_account()
    world.script("posts", AccessRefused("No."))
    world.ask(account)
    world.sync(account)

    row = world.of(account)
    assert (states(world, account)[Part.POSTS], row.broken) == (PartState.FAILED, None)
    assert (world.called.count("posts"), world.called.count("refresh")) == (1, 0)

    world.clock.forward(minutes=2)
    world.script("profile", AccessRefused("No."))
    world.ask(account)
    world.sync(account)
    assert world.of(account).broken is not None


def test_of_two_parts_that_have_to_wait_the_first_one_says_why(world: World) -> None:
    account = world.account()
    world.script("insights", RetryLater("Down.", http_status=503))
    world.script("posts", RetryLater("Not what was promised.", code="unreadable_answer", http_status=200))

    world.sync(account)

    wait = world.of(account).wait
    assert wait is not None and wait.code == "platform_unavailable"


@pytest.mark.parametrize("failing", [Part.PROFILE, Part.INSIGHTS, Part.POSTS])
def test_a_failing_part_leaves_the_others_standing(world: World, failing: Part) -> None:
    world.answer_well(posts=[some_posts(1, 3)])
    account = world.account()
    world.script(failing, Refused("No.", code="account_suspended"))

    world.sync(account)

    run, row = world.last_run(account), world.of(account)
    assert run.state is RunState.PARTIAL
    assert {part for part, p in run.parts.items() if p.state is PartState.FAILED} == {failing}
    assert row.failure is not None
    assert row.failure.code == "account_suspended"
    assert row.last_synced_at is None
    assert (YESTERDAY in world.days(account)) is (failing is not Part.INSIGHTS)
    assert (len(world.posts(account)) == 3) is (failing is not Part.POSTS)
    assert (row.follower_count == 120) is (failing is not Part.PROFILE)


def test_a_failure_keeps_its_since_and_is_forgotten_by_a_success(world: World) -> None:
    account = world.settled_account()
    world.script("posts", Refused("No."))
    world.ask(account)
    world.sync(account)
    first = world.clock()
    world.clock.forward(hours=1)
    world.ask(account)
    world.sync(account)
    failure = world.of(account).failure
    assert failure is not None
    assert failure.since == first

    world.script("posts", Refused("Gone.", code="account_suspended"))
    world.clock.forward(hours=1)
    world.ask(account)
    world.sync(account)
    another = world.of(account).failure
    assert another is not None
    assert (another.code, another.since) == ("account_suspended", world.clock())

    world.answer_well()
    world.clock.forward(hours=1)
    world.ask(account)
    world.sync(account)

    assert world.of(account).failure is None


def test_whoever_moved_away_is_told_where_to_since_we_first_heard_and_until_they_are_back(world: World) -> None:
    account = world.settled_account()

    def synced(moved_to: str | None) -> Cause | None:
        world.answer_well()
        world.script("profile", world.tokens.guarding(profile(moved_to=moved_to)))
        world.clock.forward(hours=1)
        world.ask(account)
        world.sync(account)
        return world.of(account).moved

    first = synced("anna@new.example")
    assert first is not None
    assert (first.code, first.since) == ("account_moved", world.clock())
    assert "anna@new.example" in first.message
    assert world.last_run(account).state is RunState.SUCCEEDED
    assert synced("anna@new.example") == first
    other = synced("anna@newest.example")
    assert other is not None
    assert other.since == world.clock()
    assert synced(None) is None


def test_what_a_person_changed_of_their_profile_shows_after_the_next_sync(world: World) -> None:
    account = world.settled_account()
    page, picture = "https://platform.example/berta", "https://platform.example/berta.jpg"
    now = an_identity(username="berta", display_name="Berta", avatar_url=picture, profile_url=page)
    world.script("profile", profile(now))
    world.ask(account)
    world.sync(account)

    row = world.of(account)
    assert (row.username, row.display_name, row.avatar_url, row.profile_url) == ("berta", "Berta", picture, page)


def test_a_blank_never_overwrites_a_number(world: World) -> None:
    world.answer_well(posts=[[replace(a_post(1), metrics=Metrics(likes=5, comments=2), updated_at=None)]])
    account = world.account()
    world.sync(account)
    world.clock.forward(hours=1)
    world.answer_well(posts=[[replace(a_post(1), metrics=Metrics(likes=6), updated_at=None)]], followers=None)
    world.script("insights", world.network.answer(Portion(days=(Day(date=YESTERDAY, metrics=Metrics(clicks=1)),))))
    world.ask(account)
    world.sync(account)

    assert world.posts(account)["post-00001"].metrics == Metrics(likes=6, comments=2)
    day = world.days(account)[YESTERDAY]
    assert (day.metrics, day.provisional) == (Metrics(impressions=7, clicks=1), False)
    assert world.days(account)[TODAY].followers == 120
    assert world.of(account).follower_count == 120
    assert [point.n for point in world.of(account).followers] == [120]


def test_a_number_of_followers_that_is_hidden_now_is_shown_no_more_and_its_days_stay(world: World) -> None:
    world.answer_well()
    account = world.account()
    world.sync(account)
    world.clock.forward(days=1)
    hidden = ProfileReading(identity=an_identity(), followers=None, hides_followers=True)
    world.script("profile", Portion(profile=hidden))
    world.ask(account)
    world.sync(account)

    assert world.of(account).follower_count is None
    assert [point.n for point in world.of(account).followers] == [120, None]
    assert world.days(account)[TODAY].followers == 120


def test_an_empty_answer_leaves_every_good_number(world: World) -> None:
    world.answer_well(posts=[some_posts(1, 3)])
    account = world.account()
    world.sync(account)
    days, posts = world.days(account), world.posts(account)
    for part in ("insights", "posts"):
        world.script(part, Portion())
    world.clock.forward(hours=1)
    world.ask(account)
    world.sync(account)

    assert (world.days(account), world.posts(account)) == (days, posts)


def test_unknown_is_none_and_makes_no_day(world: World) -> None:
    account = world.account()
    world.answer_well(followers=None)
    world.script("insights", Portion())
    world.script("posts", Portion(posts=(replace(a_post(1), metrics=Metrics(), updated_at=None),)))

    world.sync(account)

    assert world.of(account).follower_count is None
    assert world.days(account) == {}
    assert world.posts(account)["post-00001"].metrics == Metrics()


def test_only_changed_posts_are_written(world: World) -> None:
    world.answer_well(posts=[some_posts(1, 3)])
    account = world.account()
    world.sync(account)
    first = world.clock()
    changed = replace(a_post(2), metrics=Metrics(likes=99, comments=0), updated_at=None)
    world.answer_well(posts=[[*some_posts(1, 1), changed, *some_posts(3, 3)]])
    world.clock.forward(hours=1)
    world.ask(account)
    world.sync(account)

    assert {post.updated_at for post in world.posts(account).values() if post.post_id != "post-00002"} == {first}
    assert world.posts(account)["post-00002"].updated_at == world.clock()


def test_a_new_post_is_known_since_the_sync_that_brought_it(world: World) -> None:
    world.answer_well(posts=[some_posts(1, 1)])
    account = world.account()
    world.sync(account)
    first = world.clock()
    world.clock.forward(hours=1)
    world.answer_well(posts=[some_posts(1, 2)])
    world.ask(account)
    world.sync(account)

    assert [post.updated_at for post in world.posts(account).values()] == [first, world.clock()]


def test_a_post_that_got_another_title_or_address_keeps_when_its_numbers_last_changed(world: World) -> None:
    world.answer_well(posts=[some_posts(1, 1)])
    account = world.account()
    world.sync(account)
    [before] = world.posts(account).values()
    world.clock.forward(days=1)
    renamed = replace(some_posts(1, 1)[0], permalink="https://platform.example/renamed/1", title="Another")
    world.answer_well(posts=[[renamed]])
    world.ask(account)
    world.sync(account)

    [after] = world.posts(account).values()
    assert (after.permalink, after.title) == (renamed.permalink, "Another")
    assert after.updated_at == before.updated_at


def test_a_run_that_goes_on_upon_another_day_reads_the_profile_of_that_day(world: World) -> None:
    account = world.settled_account()
    world.answer_well(followers=100)
    world.script("insights", RetryLater("wait", code="rate_limited", until=world.clock() + timedelta(days=6)))
    world.ask(account)
    world.sync(account)
    assert world.of(account).follower_count == 100
    world.network.requests.clear()
    world.clock.forward(days=6, hours=1)
    world.answer_well(followers=250)
    world.sync(account)

    assert world.last_run(account).state is RunState.SUCCEEDED
    assert world.of(account).follower_count == 250
    assert world.days(account)[world.clock().date()].followers == 250
    assert world.called.count("profile") == 1


def test_a_run_that_goes_on_upon_the_same_day_does_not_read_the_profile_again(world: World) -> None:
    account = world.settled_account(followers=(FollowerPoint(YESTERDAY, 119),))
    world.script("insights", RetryLater("wait", code="rate_limited", until=world.clock() + timedelta(minutes=5)))
    world.ask(account)
    world.sync(account)
    world.network.requests.clear()
    world.clock.forward(minutes=6)
    world.answer_well()
    world.sync(account)

    assert world.last_run(account).state is RunState.SUCCEEDED
    assert "profile" not in world.called


def test_a_provisional_day_is_not_final_with_us(world: World) -> None:
    account = world.account()
    today = replace(final_day(TODAY), provisional=True)
    world.script("insights", Portion(days=(final_day(YESTERDAY), today)))

    world.sync(account)

    assert world.of(account).insights_through == YESTERDAY
    assert world.days(account)[TODAY] == Day(
        date=TODAY, followers=120, metrics=Metrics(impressions=7), provisional=True
    )


def test_what_one_reading_tells_of_a_day_twice_is_put_together(world: World) -> None:
    account = world.account()
    told = [Day(date=TODAY, followers=125), Day(date=TODAY, metrics=Metrics(clicks=1), provisional=True)]
    told += [replace(final_day(YESTERDAY), followers=118), Day(date=YESTERDAY, followers=119)]
    world.script("insights", Portion(days=tuple(told)))

    world.sync(account)

    assert world.days(account) == {
        TODAY: Day(date=TODAY, followers=125, metrics=Metrics(clicks=1), provisional=True),
        YESTERDAY: replace(final_day(YESTERDAY), followers=119),
    }


@pytest.mark.parametrize("posts", range(94, 101))
def test_the_last_write_of_a_run_takes_whatever_number_is_left_for_it(world: World, posts: int) -> None:
    """Beside the row there is room for 99: for a run, two days, an entry of the diary and 95 posts."""
    world.answer_well(posts=[some_posts(1, posts)])
    account = world.settled_account()
    world.ask(account)

    assert world.sync(account) == Done()

    assert len(world.posts(account)) == posts
    assert world.last_run(account).state is RunState.SUCCEEDED
    assert world.hooks.count("accounts.save") == (1 if posts <= 95 else 2)


@pytest.mark.parametrize(("second_page", "kept"), [(89, 0), (90, 90)])
def test_pages_are_written_as_soon_as_they_are_worth_a_write(world: World, second_page: int, kept: int) -> None:
    world.answer_well(posts=[some_posts(1, 60), some_posts(61, second_page), some_posts(91, 100)])
    account = world.account()
    world.hooks.kill_before("network.posts", skip=2)

    with pytest.raises(Killed):
        world.sync(account)

    assert len(world.posts(account)) == kept
    run = world.of(account).run
    assert run is not None
    assert run.parts[Part.POSTS].done == kept, "who takes over goes on behind what is stored"


def test_each_thing_is_written_once_and_every_write_renews_the_lease(world: World) -> None:
    world.answer_well(posts=[some_posts(1, 90), some_posts(91, 180), some_posts(181, 400)])
    account = world.account()
    written: list[object] = []
    leases: list[float] = []
    save = world.ports.accounts.save

    def saving(checkpoint: Checkpoint, owner: str) -> None:
        save(checkpoint, owner)
        written.extend(checkpoint.posts + checkpoint.days)
        if checkpoint.account.lease_until is not None:
            leases.append((checkpoint.account.lease_until - world.clock()).total_seconds())
        world.clock.forward(seconds=10)

    world.syncing = replace(world.syncing, accounts=Saving(world.ports.accounts, saving))
    world.sync(account)

    assert len(written) == 400 + 2
    assert leases == [RUN_LEASE_SECONDS] * 4


def test_250_posts_a_page_are_written_in_several_fenced_transactions(world: World) -> None:
    world.answer_well(posts=[some_posts(1, 250), some_posts(251, 300)])
    account = world.account()
    world.hooks.calls.clear()

    world.sync(account)

    assert len(world.posts(account)) == 300
    assert world.hooks.count("accounts.save") == 4
    assert world.last_run(account).parts[Part.POSTS].done == 300


def cut_off(world: World, at_save: int) -> tuple[Account, dict[str, Post]]:
    """A new account whose worker died over its first posts, between two writes of them; and those that were kept."""
    world.answer_well(posts=[some_posts(1, 80), some_posts(81, 150)])
    account = world.account()
    world.hooks.kill_before("accounts.save", skip=at_save - 1)
    with pytest.raises(Killed):
        world.sync(account)
    world.hooks.revive()
    world.clock.forward(seconds=RUN_LEASE_SECONDS)
    kept = world.posts(account)
    assert 0 < len(kept) < 150
    return account, kept


def read_without_numbers(world: World, account: Account) -> None:
    """The platform tells the same posts, and of none how it fares."""
    unknown = tuple(replace(post, metrics=Metrics()) for post in some_posts(1, 150))
    world.answer_well(posts=[unknown[:80], unknown[80:]])
    world.sync(account)
    assert len(world.posts(account)) == 150


def test_only_the_first_attempt_at_an_accounts_first_run_asks_for_no_stored_posts(world: World) -> None:
    account, kept = cut_off(world, at_save=2)
    assert world.hooks.count("history.stored_posts") == 0
    read_without_numbers(world, account)
    assert world.hooks.count("history.stored_posts") > 0
    assert {post_id: world.posts(account)[post_id] for post_id in kept} == kept


def test_the_run_of_a_reconnect_asks_for_what_the_first_one_stored(world: World) -> None:
    account, kept = cut_off(world, at_save=2)
    again = world.account()
    assert (again.life, again.attempts) == (account.life, 0)
    read_without_numbers(world, again)
    assert {post_id: world.posts(account)[post_id] for post_id in kept} == kept


def test_a_write_cut_off_after_a_checkpoint_is_asked_for_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    absorb = Work.absorb

    def keeping_at_once(work: Work, part: Part, portion: Portion, today: date) -> None:
        absorb(work, part, portion, today)
        if part is Part.INSIGHTS:
            work.checkpoint()

    monkeypatch.setattr(Work, "absorb", keeping_at_once)
    account, kept = cut_off(world, at_save=3)
    assert world.of(account).attempts == 0
    read_without_numbers(world, account)
    assert {post_id: world.posts(account)[post_id] for post_id in kept} == kept


def test_a_run_out_of_time_goes_on_where_it_stopped(world: World) -> None:
    world.answer_well(posts=[some_posts(1, 5), some_posts(6, 10), some_posts(11, 15)])
    account = world.account()
    left = iter([100.0] * 2 * 4 + [5.0])  # looked at before each step, and before its call

    assert world.sync(account, lambda: next(left)) == Done()

    run = world.of(account).run
    assert run is not None
    assert (run.state, run.parts[Part.POSTS].done) == (RunState.RUNNING, 10)
    assert len(world.posts(account)) == 10
    assert world.of(account).lease_until is None
    assert world.of(account).wake_at == world.clock() + HEAL_AFTER
    assert world.queues.take("manual") == [wakeup_of(account)]
    world.network.requests.clear()
    world.sync(account)
    assert world.called == ["posts"]
    assert len(world.posts(account)) == 15
    assert world.last_run(account).run_id == run.run_id
    assert world.last_run(account).state is RunState.SUCCEEDED


def test_how_many_posts_there_are_is_known_from_the_page_that_told_it(world: World) -> None:
    account = world.settled_account()
    pages = [Portion(posts=some_posts(1, 5), cursor="1", total=15), Portion(posts=some_posts(6, 10), cursor="2")]
    world.script("posts", *pages, RetryLater("Down.", http_status=503))
    world.ask(account)
    world.sync(account)

    run = world.of(account).run
    assert run is not None
    assert (run.parts[Part.POSTS].done, run.parts[Part.POSTS].total) == (10, 15)


def test_no_renewal_begins_that_the_invocation_may_not_outlive(world: World) -> None:
    """The platform took its time to refuse the old access: a pair that comes as Lambda ends the process is lost."""
    account = world.settled_account()
    end = world.clock() + timedelta(seconds=24)

    def left() -> float:
        return (end - world.clock()).total_seconds()

    def refusing(request: Request) -> Answer:
        world.clock.forward(seconds=10)
        raise AccessRefused("Old.")

    world.script("profile", refusing, world.tokens.guarding(profile()))
    world.ask(account)
    world.network.requests.clear()

    assert world.sync(account, left) == Done()

    assert "refresh" not in world.called
    run = world.of(account).run
    assert run is not None and run.state is RunState.RUNNING
    assert world.of(account).lease_until is None
    assert world.queues.take("manual") == [wakeup_of(account)]
    world.script("profile", AccessRefused("Old."), world.tokens.guarding(profile()))
    world.sync(account)
    assert world.called.count("refresh") == 1
    assert world.last_run(account).state is RunState.SUCCEEDED
    assert world.of(account).broken is None


def test_a_worker_killed_at_any_moment_leaves_a_run_that_another_finishes(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = None
    for moment in range(1_000):
        world = World(monkeypatch)
        world.answer_well(posts=[some_posts(1, 110), some_posts(111, 115)])
        account = world.account()
        world.tokens.number += 1  # so that a refresh is part of it
        world.secrets[account.grant_id] = replace(world.secrets[account.grant_id], tokens=world.tokens.pair())
        world.clock.forward(minutes=58)
        if expected is not None:
            world.hooks.die_at(moment)
        died = False
        try:
            world.sync(account)
        except BaseException:
            assert world.hooks.dead
            died = True
        refreshes_before = world.tokens.number
        world.hooks.revive()
        if died:
            for _ in range(4):
                world.clock.forward(seconds=RUN_LEASE_SECONDS * 3)
                world.handle(wakeup_of(account))
        row = world.of(account)
        if row.broken is not None:  # only between the platform's answer and the store nothing can be saved
            assert row.broken.code == "refresh_interrupted"
            assert refreshes_before == 3
            assert world.secrets[account.grant_id].version == 1
            continue
        result = (world.days(account), {k: replace(p, updated_at=None) for k, p in world.posts(account).items()})
        outcome = (row.follower_count, row.run, row.lease_until, world.runs(account)[0].state, len(world.runs(account)))
        if expected is None:
            expected = result, outcome
        assert (result, outcome) == expected, moment
        if moment and not died:
            return
    raise AssertionError("it never came to an end")


def test_doubled_late_and_reordered_wakeups_make_one_run_at_a_time(world: World) -> None:
    account = world.account()
    seen: list[object] = []
    world.hooks.before("network.profile", lambda: seen.append(world.sync(account)))

    assert world.sync(account) == Done()
    assert seen == [Leased(world.clock() + timedelta(seconds=RUN_LEASE_SECONDS))]
    assert world.sync(account) == Done()
    stale = an_account(platform="scripted", life="life_of_old")
    assert world.sync(stale) == Done()

    assert world.called.count("profile") == 1
    assert len(world.runs(account)) == 1


def test_a_worker_whose_lease_was_taken_over_writes_nothing_more(world: World) -> None:
    account = world.account()

    def overtake() -> None:
        world.clock.forward(seconds=RUN_LEASE_SECONDS + 1)
        world.sync(account)

    world.hooks.before("network.posts", overtake)
    world.sync(account)

    assert len(world.runs(account)) == 1
    assert world.hooks.count("receipts.allow") == 0


def test_the_daily_run_comes_at_the_accounts_own_minute(world: World) -> None:
    account = world.settled_account()
    due = world.of(account).wake_at
    assert due is not None
    world.clock.at = due - timedelta(seconds=1)
    world.sync(account)
    assert world.called == []
    world.clock.forward(seconds=1)
    world.tokens.number += 1
    world.secrets[account.grant_id] = replace(world.secrets[account.grant_id], tokens=world.tokens.pair())
    world.sync(account)

    assert world.last_run(account).trigger is Trigger.DAILY
    assert world.of(account).wake_at == ids.next_daily(account.account_id, due)


def test_a_named_wait_is_obeyed_to_the_second(world: World) -> None:
    account = world.account()
    until = world.clock() + timedelta(minutes=10)
    world.script("profile", RetryLater("Too fast.", code="rate_limited", until=until, http_status=429))

    assert world.sync(account) == Done()

    row = world.of(account)
    assert row.run is not None
    assert row.run.state is RunState.WAITING
    assert row.run.parts[Part.PROFILE].state is PartState.WAITING
    assert row.wait is not None
    assert (row.wait.code, row.wait.until, row.wait.since) == ("rate_limited", until, world.clock())
    assert row.wake_at is not None
    assert until <= row.wake_at < until + timedelta(seconds=150)
    assert row.broken is None
    world.network.requests.clear()
    world.clock.at = row.wake_at - timedelta(seconds=1)
    assert world.sync(account) == Done()
    assert world.called == []
    world.answer_well()
    world.clock.at = row.wake_at
    world.sync(account)
    assert world.last_run(account).state is RunState.SUCCEEDED
    assert world.last_run(account).parts[Part.PROFILE].error is None
    assert world.of(account).wait is None


def test_a_named_time_that_is_past_is_waited_for_by_a_second(world: World) -> None:
    account = world.account()
    world.script("profile", RetryLater("Wait.", code="rate_limited", until=world.clock() - timedelta(minutes=5)))
    world.sync(account)

    row = world.of(account)
    assert row.wait is not None
    assert row.wait.until == world.clock() + timedelta(seconds=1)


def test_a_wait_counts_from_when_it_began_and_another_from_then(world: World) -> None:
    account = world.account()
    since: list[object] = []
    for code in ("timeout", "timeout", "dns_failed"):
        world.script("profile", RetryLater("No answer.", code=code))
        world.sync(account)
        row = world.of(account)
        assert row.wait is not None and row.wake_at is not None
        since.append(row.wait.since)
        began, world.clock.at = world.clock(), row.wake_at

    assert since[0] == since[1]
    assert since[2] == began


def test_proof_ends_a_wait(world: World) -> None:
    account = world.account()
    world.script("profile", RetryLater("No answer.", code="timeout"))
    world.sync(account)
    world.clock.at = world.of(account).wake_at or world.clock()
    world.script("profile", ReconnectNeeded("Gone.", code="token_revoked"))
    world.sync(account)

    row = world.of(account)
    assert row.broken is not None
    assert row.wait is None


@pytest.mark.parametrize("limit", [{"http_status": 429}, {"code": "rate_limited", "http_status": 400}])
def test_a_limit_of_one_part_without_a_time_keeps_the_others_from_calling(world: World, limit: dict[str, Any]) -> None:
    account = world.settled_account()
    world.answer_well(posts=[some_posts(1, 5)])
    world.script("insights", RetryLater("Too fast.", **limit))

    world.ask(account)
    world.sync(account)

    assert world.called[-1] == "insights"
    assert not world.posts(account)


@pytest.mark.parametrize("code", ["unreadable_answer", "body_too_large"])
def test_an_answer_of_one_part_that_cannot_be_read_costs_no_other(world: World, code: str) -> None:
    account = world.settled_account()
    world.answer_well(posts=[some_posts(1, 5)])
    world.script("insights", RetryLater("Not what was promised.", code=code))

    world.ask(account)
    world.sync(account)

    assert len(world.posts(account)) == 5
    assert world.of(account).broken is None


def test_a_lone_5xx_of_one_part_waits_after_the_others_were_read(world: World) -> None:
    world.answer_well(posts=[some_posts(1, 3)])
    account = world.account()
    world.script("insights", RetryLater("Down.", http_status=503))

    world.sync(account)

    row = world.of(account)
    assert row.run is not None
    assert {part: p.state for part, p in row.run.parts.items()} == {
        Part.PROFILE: PartState.SUCCEEDED,
        Part.INSIGHTS: PartState.WAITING,
        Part.POSTS: PartState.SUCCEEDED,
    }
    assert len(world.posts(account)) == 3
    assert row.wait is not None
    assert row.wait.until == world.clock() + timedelta(minutes=1)


def test_without_an_answer_it_backs_off_and_fails_after_five_attempts(world: World) -> None:
    account = world.account()
    world.script("profile", RetryLater("No answer.", code="timeout"))
    waits = []
    for _ in range(MAX_ATTEMPTS - 1):
        world.sync(account)
        row = world.of(account)
        assert row.wait is not None
        assert row.wake_at is not None
        waits.append((row.wait.until - world.clock()) / timedelta(minutes=1))
        world.clock.at = row.wake_at
    assert waits == [1, 5, 15, 60]

    world.sync(account)

    row, run = world.of(account), world.last_run(account)
    assert run.state is RunState.FAILED
    assert run.parts[Part.POSTS].state is PartState.FAILED
    assert (row.run, row.wait, row.broken) == (None, None, None)
    assert row.failure is not None
    assert row.failure.code == "timeout"
    assert row.wake_at == ids.next_daily(account.account_id, world.clock())


def test_progress_starts_the_count_of_attempts_again(world: World) -> None:
    account = world.account()
    world.script("insights", RetryLater("No answer.", code="timeout"))
    for _ in range(MAX_ATTEMPTS):
        world.sync(account)
        world.clock.at = world.of(account).wake_at or world.clock()

    assert world.of(account).run is not None
    assert world.of(account).attempts == MAX_ATTEMPTS - 1


def test_a_wait_that_outlives_the_run_is_still_obeyed(world: World) -> None:
    account = world.account()
    for _ in range(MAX_ATTEMPTS):
        until = world.clock() + timedelta(hours=30)
        world.script("profile", RetryLater("Too fast.", code="rate_limited", until=until, http_status=429))
        world.sync(account)
        row = world.of(account)
        assert row.wake_at is not None
        assert row.wake_at >= until
        if row.run is not None:
            world.clock.at = row.wake_at

    assert world.last_run(account).state is RunState.FAILED
    assert row.wait is not None
    assert row.wait.until == until


def test_many_accounts_whose_wait_outlives_their_runs_do_not_wake_at_one_second(world: World) -> None:
    until = world.clock() + timedelta(hours=30)
    woken = set()
    for number in range(20):
        account = world.settled_account(
            platform_account_id=str(number), grant_id=f"grant_{number}", user=f"user-{number}", wake_at=world.clock()
        )
        for _ in range(MAX_ATTEMPTS):
            world.script("profile", RetryLater("Too fast.", code="rate_limited", until=until, http_status=429))
            world.sync(account)
            if world.of(account).run is not None:
                world.rows.put_account(replace(world.of(account), wake_at=world.clock()))
        row = world.of(account)
        assert row.run is None
        assert row.wake_at is not None
        assert until <= row.wake_at < until + timedelta(minutes=15)
        woken.add(row.wake_at)

    assert len(woken) > 10


def test_a_poisonous_account_ends_failed_with_its_reason_and_delays_no_other(world: World) -> None:
    good, bad = world.account("1001"), world.account("2002", user="user-bert")
    world.answer_well(posts=[some_posts(1, 3)])
    world.script("identify", ValueError("not yours"))
    well = world.tokens.guarding(profile())

    def reply(request: object) -> object:
        if world.rows.accounts["user-bert", bad.account_id].lease_owner is not None:
            raise ValueError("poison")
        return well(request)  # type: ignore[arg-type]

    world.script("profile", reply)
    records = [record_of(wakeup_of(bad), 1), record_of(wakeup_of(good), 2)]
    for attempt in range(1, MAX_ATTEMPTS + 1):
        world.clock.forward(minutes=3)
        answer = world.worker.serve(records, world.handle, lambda: 100)
        assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
        row = world.of(bad)
        assert row.failure is not None
        assert row.failure.code == "internal_error"
        assert row.lease_until is None
        assert (row.run is None) is (attempt == MAX_ATTEMPTS)
    assert world.last_run(bad).state is RunState.FAILED
    assert world.last_run(good).state is RunState.SUCCEEDED


def test_poison_reaches_the_dead_letters_though_several_messages_shared_its_attempts(world: World) -> None:
    account = world.account()
    world.script("profile", ValueError("poison"))
    wakeup, once_more = wakeup_of(account), replace(wakeup_of(account), again=True)
    for _ in range(MAX_ATTEMPTS):
        world.clock.forward(minutes=3)
        with pytest.raises(ValueError, match="poison"):
            world.handle(wakeup)
    assert world.of(account).run is None
    with pytest.raises(GivenUp):
        world.handle(once_more)
    assert isinstance(world.handle(wakeup), Done), "whoever comes for the first time has nothing to do"

    world.clock.forward(days=1)
    world.answer_well()
    world.handle(wakeup)
    assert isinstance(world.handle(once_more), Done), "and nothing is wrong once a sync has succeeded"


def test_poison_after_a_page_loses_no_post_of_it(world: World) -> None:
    account = world.account()
    world.answer_well(posts=[some_posts(1, 5), some_posts(6, 10)])
    world.hooks.fail("network.posts", ValueError("poison"), skip=1)
    with pytest.raises(ValueError, match="poison"):
        world.sync(account)
    assert (world.posts(account), world.days(account)) == ({}, {})
    run = world.of(account).run
    assert run is not None and not any(progress.steps for progress in run.parts.values())

    world.sync(account)

    assert len(world.posts(account)) == 10
    assert TODAY in world.days(account)
    assert world.last_run(account).state is RunState.SUCCEEDED


def test_a_run_that_kills_every_worker_ends_with_a_reason_in_the_row(world: World) -> None:
    account = world.account()
    for _ in range(MAX_ATTEMPTS):
        world.hooks.kill_before("network.profile")
        with pytest.raises(BaseException, match=r"network\.profile"):
            world.sync(account)
        world.hooks.revive()
        world.clock.forward(seconds=RUN_LEASE_SECONDS)
    world.network.requests.clear()

    world.sync(account)

    assert world.called == []
    failure = world.of(account).failure
    assert failure is not None
    assert failure.code == "cut_off"
    assert world.last_run(account).state is RunState.FAILED


def test_a_refused_access_token_is_refreshed_once_and_the_run_goes_on(world: World) -> None:
    account = world.account()
    world.tokens.number += 1
    world.secrets[account.grant_id] = replace(world.secrets[account.grant_id], tokens=world.tokens.pair())
    world.tokens.guarding(None)
    world.script("profile", AccessRefused("Old."), world.tokens.guarding(profile()))

    world.sync(account)

    assert world.called == ["exchange", "identify", "profile", "refresh", "profile", "insights", "posts"]
    assert world.secrets[account.grant_id].version == 2
    assert world.last_run(account).state is RunState.SUCCEEDED


@pytest.mark.parametrize(
    ("refusal", "code"),
    [(AccessRefused("No."), "token_revoked"), (AccessRefused("Moved.", code="account_moved"), "account_moved")],
)
def test_an_access_token_refused_twice_is_proof(world: World, refusal: AccessRefused, code: str) -> None:
    account = world.account()
    world.script("profile", refusal)

    world.sync(account)

    broken = world.of(account).broken
    assert broken is not None
    assert broken.code == code
    assert world.called.count("refresh") == 1


def test_a_plain_refusal_of_the_refresh_fails_the_parts_and_poisons_nothing(world: World) -> None:
    account = world.account()
    world.clock.forward(minutes=58)
    world.script("refresh", Refused("Suspended.", code="account_suspended"))

    assert world.sync(account) == Done()

    assert world.last_run(account).state is RunState.FAILED
    row = world.of(account)
    assert row.failure is not None
    assert (row.failure.code, row.broken) == ("account_suspended", None)


def test_a_revoked_token_marks_the_account_for_reconnection_and_is_looked_at_daily_for_a_week(world: World) -> None:
    account = world.account()
    world.clock.forward(minutes=58)
    world.tokens.revoked = True
    world.sync(account)
    since = world.clock()
    row = world.of(account)
    assert row.broken is not None
    assert (row.broken.code, row.broken.since, row.run) == ("token_revoked", since, None)
    checks = 0
    while row.wake_at is not None:
        world.clock.at = row.wake_at
        world.network.requests.clear()
        world.sync(account)
        checks += 1
        assert world.called == ["refresh"]
        row = world.of(account)
        assert row.broken is not None
        assert row.broken.since == since

    assert checks in (7, 8)


@pytest.mark.parametrize(
    "answer",
    [Refused("Suspended.", code="account_suspended"), RetryLater("Down.", http_status=503), ValueError("poison")],
    ids=lambda answer: type(answer).__name__,
)
def test_the_daily_look_at_a_broken_account_ends_after_a_week_whatever_is_answered(
    world: World, answer: Exception
) -> None:
    account = world.account()
    world.clock.forward(minutes=58)
    world.tokens.revoked = True
    world.sync(account)
    since, runs = world.clock(), len(world.runs(account))
    world.script("refresh", answer)
    for _ in range(100):
        wake_at = world.of(account).wake_at
        if wake_at is None:
            break
        world.clock.at = wake_at
        with suppress(ValueError):
            world.sync(account)

    row = world.of(account)
    assert row.wake_at is None
    assert row.broken is not None
    assert (row.broken.code, row.broken.since) == ("token_revoked", since)
    assert len(world.runs(account)) - runs in (7, 8)
    assert timedelta(days=7) <= world.clock() - since < timedelta(days=9)


def test_a_platforms_own_mistake_heals_without_the_person(world: World) -> None:
    account = world.account()
    world.clock.forward(minutes=58)
    world.tokens.revoked = True
    world.sync(account)
    world.tokens.revoked = False
    world.clock.at = world.of(account).wake_at or world.clock()

    world.sync(account)

    row = world.of(account)
    assert (row.broken, row.failure) == (None, None)
    assert row.last_synced_at == world.clock()


def test_a_lost_profile_scope_is_proof_before_any_call(world: World) -> None:
    world.script("exchange", world.network.answer(replace(world.tokens.pair(), scopes=("posts",))))
    account = world.account()
    world.network.requests.clear()

    world.sync(account)

    broken = world.of(account).broken
    assert broken is not None
    assert broken.code == "scope_missing"
    assert world.called == []


def test_an_outage_is_never_a_connection_error(world: World) -> None:
    account = world.account()
    for more in ({"http_status": 500}, {"code": "timeout"}, {"code": "dns_failed"}, {"http_status": 429}):
        world.script("profile", RetryLater("x", **more))
        world.sync(account)
        world.clock.at = world.of(account).wake_at or world.clock()
        assert world.of(account).broken is None


def test_another_identity_behind_the_tokens_writes_nothing(world: World) -> None:
    world.answer_well(posts=[some_posts(1, 3)])
    account = world.account()
    world.script("profile", profile(an_identity(platform_account_id="9999", username="mallory")))

    world.sync(account)

    row = world.of(account)
    assert (row.username, row.follower_count) == ("anna", None)
    assert (world.days(account), world.posts(account)) == ({}, {})
    assert world.last_run(account).state is RunState.FAILED
    assert row.failure is not None
    assert row.failure.code == "identity_changed"
    assert world.called[-1] == "profile"


def test_a_secret_that_is_not_readable_yet_is_no_proof_just_after_connecting(world: World) -> None:
    account = world.account()
    secret = world.secrets.pop(account.grant_id)

    world.sync(account)

    row = world.of(account)
    assert row.broken is None
    assert row.wait is not None
    assert row.wait.code == "secret_settling"
    world.secrets[account.grant_id] = secret
    world.clock.at = row.wake_at or world.clock()
    world.sync(account)
    assert world.last_run(account).state is RunState.SUCCEEDED


def test_nor_is_it_just_after_somebody_has_reconnected(world: World) -> None:
    account = world.account()
    world.sync(account)
    world.clock.forward(days=30)
    leaving = world.connecting.reconnect(account.user, account.account_id, "https://app.example/connections/callback")
    assert world.consent(leaving=leaving).outcome == "done"
    world.secrets.pop(world.of(account).grant_id)

    world.sync(account)

    row = world.of(account)
    assert row.broken is None
    assert row.wait is not None and row.wait.code == "secret_settling"


def test_a_secret_that_is_gone_is_proof(world: World) -> None:
    account = world.settled_account()
    world.ask(account)
    world.secrets.clear()

    world.sync(account)

    broken = world.of(account).broken
    assert broken is not None
    assert broken.code == "token_missing"


def test_an_app_wide_limit_stops_every_account_before_its_first_call(world: World) -> None:
    one, other = world.account("1001"), world.account("2002", user="user-bert")
    until = world.clock() + timedelta(minutes=30)
    world.script("profile", RetryLater("All of you.", code="rate_limited", until=until, scope="app", http_status=429))
    book = world.budgets()
    world.syncing.run(wakeup_of(one), "one", lambda: 100, book)
    world.network.requests.clear()
    world.syncing.run(wakeup_of(other), "two", lambda: 100, book)

    assert world.called == []
    row = world.of(other)
    assert row.wait is not None
    assert (row.wait.code, row.wait.until) == ("app_limit", until)
    assert world.rows.budgets["scripted"].until == until
    assert world.hooks.count("budgets.wait") == 1
    world.answer_well()
    world.clock.at = row.wake_at or until
    world.script("profile", world.tokens.guarding(profile(an_identity(platform_account_id="2002"))))
    world.sync(other)
    assert world.last_run(other).state is RunState.SUCCEEDED


def test_the_budget_is_read_once_an_invocation(world: World) -> None:
    one, other = world.account("1001"), world.account("2002", user="user-bert")
    book = world.budgets()
    for account in (one, other):
        world.syncing.run(wakeup_of(account), "owner", lambda: 100, book)

    assert world.hooks.count("budgets.get") == 1


def test_nothing_unforeseen_is_swallowed_without_a_trace(world: World) -> None:
    account = world.account()
    world.hooks.fail("budgets.get", OSError("no table"), times=None)
    world.answer_well(posts=[some_posts(1, 3)])
    with pytest.raises(OSError, match="no table"):
        world.sync(account)
    failure = world.of(account).failure
    assert failure is not None
    assert failure.code == "internal_error"
    assert world.days(account) == {}


def test_proof_in_the_middle_of_a_run_keeps_what_was_read(world: World) -> None:
    account = world.account()
    world.script("posts", ReconnectNeeded("Gone.", code="token_revoked"))

    world.sync(account)

    assert world.of(account).broken is not None
    assert world.days(account)[TODAY].followers == 120
    assert world.last_run(account).state is RunState.PARTIAL
