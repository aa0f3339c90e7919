"""The contract of account rows: a run is asked for, claimed, checkpointed and fenced."""

from datetime import timedelta
from typing import Any

import pytest

from socials import ids
from socials.errors import Fenced
from socials.models.accounts import Account, Cause, FollowerPoint, Wait
from socials.models.claims import Checkpoint, ClaimOutcome
from socials.models.parts import Part
from socials.models.readings import Day, Metrics
from socials.models.runs import PartProgress, PartState, Problem, Run, RunState, Trigger
from socials.timing import HEAL_AFTER, RETAKE_AFTER, RUN_LEASE_SECONDS
from tests.support.builders import (
    NOW,
    TODAY,
    a_day,
    a_post,
    a_run,
    an_account,
    life_of,
    wakeup_of,
)
from tests.support.changing import replace
from tests.support.seeding import claimed, disconnecting, seed, stored

LEASE = timedelta(seconds=RUN_LEASE_SECONDS)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def a_full_account() -> Account:
    points = tuple(
        FollowerPoint(TODAY - timedelta(days=d), 100 + d if d % 3 else None) for d in range(29, 0, -1) if d != 7
    )
    parts = {
        Part.PROFILE: PartProgress(state=PartState.SUCCEEDED, done=1, total=1),
        Part.INSIGHTS: PartProgress(
            state=PartState.FAILED, error=Problem("platform_refused", "It said no."), estimated_from=TODAY
        ),
        Part.POSTS: PartProgress(state=PartState.RUNNING, done=120, total=400, cursor="Y3Vyc29y" * 20),
    }
    run = a_run(parts=parts, state=RunState.WAITING, started_at=NOW - MINUTE)
    return an_account(
        avatar_url="https://cdn.example/a.png",
        profile_url="https://platform.example/anna",
        display_name="",
        follower_count=1_234_567,
        followers=points,
        last_synced_at=NOW - timedelta(days=1),
        last_run_finished_at=NOW - timedelta(hours=3),
        insights_through=TODAY - timedelta(days=2),
        estimates=frozenset({"likes", "shares", "views"}),
        failure=Cause("platform_unavailable", "Pinterest is out of reach.", NOW - timedelta(hours=3)),
        broken=Cause("token_revoked", "Reconnect.", NOW),
        wait=Wait("rate_limited", "Later.", NOW, NOW + MINUTE),
        moved=Cause("account_moved", "It is elsewhere.", NOW),
        reconnect_by=NOW + timedelta(days=60),
        run=run,
        attempts=2,
        lease_owner="worker",
        lease_until=NOW + LEASE,
    )


def test_an_account_reads_as_it_was_written(ports: Any) -> None:
    account = a_full_account()
    assert seed(ports, account) == account
    assert ports.accounts.list(account.user) == [account]


def test_nobody_sees_another_users_account(ports: Any) -> None:
    account = seed(ports, an_account())
    for stranger in ("user-ben", "", f"{account.user}#ACCOUNT"):
        assert ports.accounts.get(stranger, account.account_id) is None
        assert ports.accounts.list(stranger) == []


@pytest.mark.parametrize("account_id", ["", "acc_none", "x" * 3000, "acc_#", "ä\x00"])
def test_an_id_of_any_shape_is_just_not_found(ports: Any, account_id: str) -> None:
    assert ports.accounts.get("user", account_id) is None
    assert ports.accounts.request_run("user", account_id, a_run(), NOW) == (False, None)


def test_a_user_whose_name_looks_like_a_key_stays_apart(ports: Any) -> None:
    odd = seed(ports, an_account(user="anna%23#ACCOUNT#x"))
    assert ports.accounts.list(odd.user) == [odd]
    assert [w.user for w in ports.agenda.due(ids.shard(odd.account_id), None, NOW + timedelta(days=2))] == [odd.user]


# ---------------------------------------------------------------- asking for a run


def test_a_run_asked_for_is_queued_and_heals_in_two_minutes(ports: Any) -> None:
    account, run = seed(ports, an_account()), a_run()
    assert ports.accounts.request_run(account.user, account.account_id, run, NOW) == (
        True,
        replace(account, run=run, wake_at=NOW + HEAL_AFTER),
    )
    assert stored(ports, account).run == run


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING, RunState.WAITING])
def test_no_second_run_while_one_is_active(ports: Any, state: RunState) -> None:
    account = seed(ports, an_account(run=a_run(state=state)))
    assert ports.accounts.request_run(account.user, account.account_id, a_run(), NOW) == (False, account)


@pytest.mark.parametrize(
    "hindrance",
    [
        {"broken": Cause("token_revoked", "", NOW)},
        {"wait": Wait("rate_limited", "", NOW, NOW + MINUTE)},
        {"last_run_finished_at": NOW - timedelta(seconds=59)},
        dict.fromkeys(("last_synced_at", "last_run_finished_at"), NOW - timedelta(seconds=59)),
        {"last_synced_at": NOW - DAY, "last_run_finished_at": NOW - timedelta(seconds=59)},
    ],
)
def test_no_run_while_the_account_cannot_have_one(ports: Any, hindrance: dict[str, Any]) -> None:
    account = seed(ports, an_account(**hindrance))
    assert ports.accounts.request_run(account.user, account.account_id, a_run(), NOW) == (False, account)


@pytest.mark.parametrize(
    "past",
    [
        {"wait": Wait("rate_limited", "", NOW - MINUTE, NOW)},
        {"last_run_finished_at": NOW - MINUTE},
        dict.fromkeys(("last_synced_at", "last_run_finished_at"), NOW - MINUTE),
    ],
)
def test_what_is_over_hinders_no_run(ports: Any, past: dict[str, Any]) -> None:
    account = seed(ports, an_account(**past))
    assert ports.accounts.request_run(account.user, account.account_id, a_run(), NOW)[0]


def test_a_disconnecting_account_gets_no_run(ports: Any) -> None:
    account = seed(ports, an_account())
    receipt = disconnecting(ports, account)
    done, row = ports.accounts.request_run(account.user, account.account_id, a_run(), NOW)
    assert not done
    assert row.receipt_id == receipt.receipt_id


# ---------------------------------------------------------------- claiming


def test_a_claim_takes_the_queued_run(ports: Any) -> None:
    run = a_run(trigger=Trigger.CONNECT)
    account = seed(ports, an_account(run=run))
    claim = ports.accounts.claim(wakeup_of(account), "w1", a_run(), NOW)
    assert claim.outcome is ClaimOutcome.CLAIMED
    assert claim.account == stored(ports, account)
    assert claim.account == replace(
        account,
        run=replace(run, state=RunState.RUNNING, started_at=NOW),
        attempts=1,
        lease_owner="w1",
        lease_until=NOW + LEASE,
        wake_at=ids.next_daily(account.account_id, NOW),
    )


def test_a_due_account_without_a_run_gets_the_new_one(ports: Any) -> None:
    account = seed(ports, an_account(wake_at=NOW))
    new = a_run(trigger=Trigger.DAILY)
    claim = ports.accounts.claim(wakeup_of(account), "w1", new, NOW)
    assert claim.outcome is ClaimOutcome.CLAIMED
    assert claim.account.run == replace(new, state=RunState.RUNNING, started_at=NOW)
    assert claim.account.attempts == 1


@pytest.mark.parametrize("changes", [{"wake_at": NOW + MINUTE}, {"wake_at": None}])
def test_an_account_without_a_run_that_is_not_due_is_left_alone(ports: Any, changes: dict[str, Any]) -> None:
    account = seed(ports, an_account(**changes))
    claim = ports.accounts.claim(wakeup_of(account), "w1", a_run(), NOW)
    assert (claim.outcome, claim.account) == (ClaimOutcome.IDLE, account)
    assert stored(ports, account) == account


def test_a_waiting_run_is_taken_up_when_its_time_has_come(ports: Any) -> None:
    run = a_run(state=RunState.WAITING, started_at=NOW - MINUTE)
    account = seed(ports, an_account(run=run, attempts=1, wake_at=NOW + MINUTE))
    assert ports.accounts.claim(wakeup_of(account), "w1", a_run(), NOW).outcome is ClaimOutcome.IDLE
    claim = ports.accounts.claim(wakeup_of(account), "w1", a_run(), NOW + MINUTE)
    assert claim.outcome is ClaimOutcome.CLAIMED
    assert claim.account.run == replace(run, state=RunState.RUNNING)
    assert claim.account.attempts == 2


def test_a_leased_run_is_not_taken_before_the_lease_ends(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    mine = claimed(ports, account, "w1")
    later = ports.accounts.claim(wakeup_of(account), "w2", a_run(), NOW + LEASE - timedelta(seconds=1))
    assert (later.outcome, later.account) == (ClaimOutcome.LEASED, mine)
    takeover = ports.accounts.claim(wakeup_of(account), "w2", a_run(), NOW + LEASE)
    assert takeover.outcome is ClaimOutcome.CLAIMED
    assert (takeover.account.lease_owner, takeover.account.attempts) == ("w2", 2)
    assert takeover.account.run == mine.run


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING, RunState.WAITING])
def test_a_run_that_a_worker_had_before_is_due_again_soon_after_the_claim(ports: Any, state: RunState) -> None:
    run = a_run(state=state, started_at=NOW - MINUTE)
    account = seed(ports, an_account(run=run, wake_at=NOW))
    assert claimed(ports, account, "w2").wake_at == NOW + RETAKE_AFTER


@pytest.mark.parametrize("changes", [{"run": a_run()}, {"wake_at": NOW}])
def test_a_claim_by_a_message_that_came_before_is_due_again_soon(ports: Any, changes: dict[str, Any]) -> None:
    account = seed(ports, an_account(**changes))
    wakeup = replace(wakeup_of(account), again=True)
    claim = ports.accounts.claim(wakeup, "w1", a_run(), NOW)
    assert (claim.outcome, claim.account.wake_at) == (ClaimOutcome.CLAIMED, NOW + RETAKE_AFTER)


@pytest.mark.parametrize("changes", [{"lease_until": NOW + MINUTE, "lease_owner": "w1"}, {"wake_at": NOW + MINUTE}])
def test_a_run_that_a_worker_had_before_is_left_alone_until_it_is_due(ports: Any, changes: dict[str, Any]) -> None:
    """Leased by another, or waiting."""
    state = RunState.RUNNING if "lease_until" in changes else RunState.WAITING
    account = seed(ports, an_account(run=a_run(state=state, started_at=NOW - MINUTE), **changes))
    claim = ports.accounts.claim(wakeup_of(account), "w2", a_run(), NOW)
    assert claim.outcome is (ClaimOutcome.LEASED if "lease_until" in changes else ClaimOutcome.IDLE)
    assert stored(ports, account) == account


def test_a_leased_row_with_nothing_due_is_idle(ports: Any) -> None:
    account = seed(ports, an_account(lease_owner="w1", lease_until=NOW + LEASE))
    assert ports.accounts.claim(wakeup_of(account), "w2", a_run(), NOW).outcome is ClaimOutcome.IDLE


def test_nothing_of_another_life_is_claimed(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    claim = ports.accounts.claim(replace(wakeup_of(account), life="life_before"), "w1", a_run(), NOW)
    assert (claim.outcome, claim.account) == (ClaimOutcome.IDLE, None)


def test_no_row_is_idle_and_is_not_made(ports: Any) -> None:
    account = an_account()
    claim = ports.accounts.claim(wakeup_of(account), "w1", a_run(), NOW)
    assert (claim.outcome, claim.account) == (ClaimOutcome.IDLE, None)
    assert ports.accounts.list(account.user) == []


def test_a_disconnecting_account_is_idle_even_while_it_is_leased(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    claimed(ports, account, "w1")
    disconnecting(ports, account)
    claim = ports.accounts.claim(wakeup_of(account), "w2", a_run(), NOW)
    assert claim.outcome is ClaimOutcome.IDLE
    assert claim.account.disconnecting


# ---------------------------------------------------------------- checkpoints


def finished(run: Run) -> Run:
    return replace(run, state=RunState.PARTIAL, finished_at=NOW + MINUTE)


def test_a_checkpoint_writes_the_row_and_what_was_read(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    mine = claimed(ports, account, "w1")
    run = mine.run.with_part(Part.POSTS, PartProgress(state=PartState.RUNNING, done=2, cursor="next"))
    after = replace(mine, username="anna2", follower_count=5, run=run, lease_until=NOW + 2 * LEASE)
    ports.accounts.save(Checkpoint(account=after, days=(a_day(),), posts=(a_post(1), a_post(2))), "w1")
    assert stored(ports, account) == after
    assert ports.history.days(life_of(account), TODAY, TODAY) == [a_day()]
    assert ports.history.posts(life_of(account), 10, None).items == (a_post(2), a_post(1))


def test_the_last_checkpoint_files_the_run_and_frees_the_row(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    mine = claimed(ports, account, "w1")
    done = finished(mine.run)
    times = {"last_synced_at": NOW, "last_run_finished_at": NOW, "wake_at": NOW + timedelta(days=1)}
    after = replace(mine, run=done, lease_until=None, **times)
    ports.accounts.save(Checkpoint(account=after, finished=done), "w1")
    row = stored(ports, account)
    assert row == replace(after, run=None, attempts=0, lease_owner=None)
    assert ports.history.run(life_of(account), done.run_id) == done


def test_after_a_finished_run_the_next_one_begins_afresh(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    mine = claimed(ports, account, "w1")
    done = finished(mine.run)
    ports.accounts.save(Checkpoint(account=replace(mine, run=done, lease_until=None, wake_at=NOW), finished=done), "w1")
    later = NOW + timedelta(hours=1)
    new = a_run(trigger=Trigger.DAILY, queued_at=later)
    claim = ports.accounts.claim(wakeup_of(account), "w2", new, later)
    assert claim.account.run == replace(new, state=RunState.RUNNING, started_at=later)
    assert claim.account.attempts == 1


def test_a_day_is_merged_and_a_blank_overwrites_nothing(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    mine = claimed(ports, account, "w1")
    first = a_day(followers=None, metrics=Metrics(impressions=7, clicks=3), provisional=True)
    only_followers = Day(date=TODAY, followers=12)
    again = Day(date=TODAY, metrics=Metrics(clicks=0, saves=1), provisional=False)
    silent = Day(date=TODAY - timedelta(days=1))
    for day in (first, only_followers, again, silent):
        ports.accounts.save(Checkpoint(account=mine, days=(day,)), "w1")
    merged = Day(date=TODAY, followers=12, metrics=Metrics(impressions=7, clicks=0, saves=1), provisional=True)
    assert ports.history.days(life_of(account), TODAY - timedelta(days=9), TODAY) == [merged]


def test_a_day_is_an_estimate_until_each_number_that_was_one_is_told_as_final(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    mine = claimed(ports, account, "w1")
    told = [
        (Metrics(impressions=7, clicks=3), True, True),
        (Metrics(clicks=4), None, True),
        (Metrics(clicks=4, saves=1), False, True),
        (Metrics(saves=2), False, True),
        (Metrics(impressions=8), False, False),
        (Metrics(saves=3), False, False),
        (Metrics(saves=4), True, True),
        (Metrics(), True, True),
        (Metrics(saves=5), False, False),
    ]
    for metrics, provisional, estimated in told:
        day = Day(date=TODAY, metrics=metrics, provisional=provisional)
        other = a_day(TODAY - timedelta(days=1), provisional=not provisional)
        ports.accounts.save(Checkpoint(account=mine, days=(day, other)), "w1")
        assert ports.history.days(life_of(account), TODAY, TODAY)[0].provisional is estimated


def test_a_checkpoint_clears_what_it_says_is_none(ports: Any) -> None:
    account = seed(ports, replace(a_full_account(), broken=None, wait=None, lease_until=None, wake_at=NOW))
    mine = claimed(ports, account, "w1")
    nothing: dict[str, Any] = dict.fromkeys(("avatar_url", "follower_count", "failure", "moved", "reconnect_by"))
    after = replace(mine, **nothing, followers=(), scopes=(), estimates=frozenset())

    ports.accounts.save(Checkpoint(account=after), "w1")
    assert stored(ports, account) == after


def test_a_checkpoint_changes_nothing_that_is_not_a_syncs(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    mine = claimed(ports, account, "w1")
    ports.accounts.save(Checkpoint(account=replace(mine, grant_id="g2", connection_id="c2", connected_at=NOW)), "w1")
    assert stored(ports, account) == mine


def test_ninety_nine_items_go_in_one_checkpoint_and_a_hundred_do_not(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    mine = claimed(ports, account, "w1")
    posts = tuple(a_post(n) for n in range(99))
    ports.accounts.save(Checkpoint(account=mine, posts=posts), "w1")
    with pytest.raises(ValueError, match="99"):
        ports.accounts.save(Checkpoint(account=mine, posts=posts, days=(a_day(),)), "w1")


def fenced(ports: Any, mine: Account, owner: str = "w1", **more: Any) -> None:
    before = ports.accounts.get(mine.user, mine.account_id)
    for beside in ({}, {"days": (a_day(),)}):
        with pytest.raises(Fenced):
            ports.accounts.save(Checkpoint(account=replace(mine, username="late"), **beside, **more), owner)
    assert ports.accounts.get(mine.user, mine.account_id) == before
    assert ports.history.days(life_of(mine), TODAY, TODAY) == []


def test_who_was_taken_over_writes_nothing_more(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    mine = claimed(ports, account, "w1")
    claimed(ports, account, "w2", NOW + LEASE)
    fenced(ports, mine)


def test_after_a_disconnect_nothing_more_is_stored(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    mine = claimed(ports, account, "w1")
    disconnecting(ports, account)
    fenced(ports, mine)
    fenced(ports, mine, finished=finished(mine.run))


def test_nothing_is_stored_into_another_life_or_a_row_that_is_gone(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    mine = claimed(ports, account, "w1")
    fenced(ports, replace(mine, life="life_before"))
    ports.remains.delete_account(account.user, account.account_id, account.life)
    fenced(ports, mine)
    assert ports.accounts.list(account.user) == []


def test_a_run_that_was_replaced_writes_nothing_more(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    mine = claimed(ports, account, "w1")
    fenced(ports, replace(mine, run=a_run(run_id="another")))
    fenced(ports, mine, finished=a_run(run_id="another"))


# ---------------------------------------------------------------- releasing


def test_a_released_row_can_be_claimed_at_once(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    mine = claimed(ports, account, "w1")
    freed = ports.accounts.release(account.user, account.account_id, "w1")
    assert freed == stored(ports, account) == replace(mine, lease_owner=None, lease_until=None)
    assert ports.accounts.claim(wakeup_of(account), "w2", a_run(), NOW).outcome is ClaimOutcome.CLAIMED


def test_nobody_releases_anothers_lease(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    mine = claimed(ports, account, "w1")
    assert ports.accounts.release(account.user, account.account_id, "w2") == mine == stored(ports, account)


def test_a_fenced_worker_can_release_a_disconnecting_row(ports: Any) -> None:
    account = seed(ports, an_account(run=a_run()))
    claimed(ports, account, "w1")
    receipt = disconnecting(ports, account)
    row = ports.accounts.release(account.user, account.account_id, "w1")
    assert (row.receipt_id, row.lease_until) == (receipt.receipt_id, None)


def test_releasing_a_row_that_is_gone_makes_none(ports: Any) -> None:
    assert ports.accounts.release("user", "acc_none", "w1") is None
    assert ports.accounts.list("user") == []


def test_a_checkpoint_of_no_run_is_fenced(ports: Any) -> None:
    mine = claimed(ports, seed(ports, an_account(wake_at=NOW)), "w1")
    with pytest.raises(Fenced):
        ports.accounts.save(Checkpoint(account=replace(mine, run=None)), "w1")
    assert stored(ports, mine) == mine
