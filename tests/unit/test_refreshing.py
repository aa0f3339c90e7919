"""Refreshing: a rotated token is not lost, whoever else refreshes, dies or disconnects meanwhile (invariant 5)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from socials.errors import AccessRefused, Fenced, OutOfTime, PlatformError, ReconnectNeeded, Refused, RetryLater
from socials.models.accounts import Account, Wait
from socials.models.grants import Sealed
from socials.models.readings import Tokens
from socials.platforms import platform
from socials.refreshing import REFRESH_INTERRUPTED, Holder, renewed
from socials.timing import REFRESH_LEASE_SECONDS
from tests.support.builders import a_grant, an_account, tokens
from tests.support.changing import replace
from tests.support.fakes import Killed
from tests.support.fakes.platform import RotatingTokens, scripted
from tests.support.world import World, profile


@pytest.fixture
def account(world: World) -> Account:
    """One whose access token has just expired."""
    account = world.settled_account()
    world.clock.forward(hours=1)
    return account


def fresh(
    world: World,
    account: Account,
    owner: str = "one",
    held: Sealed | None = None,
    *,
    waited: bool = False,
    refused: bool = False,
) -> Sealed:
    of = platform("scripted")
    held = held or world.secrets[account.grant_id]
    holder = Holder(account.user, account.grant_id, owner, waited)
    return world.refreshing.fresh(of, world.ports.doors.open(of, None), holder, held, refused=refused)


def works(world: World, sealed: Sealed) -> bool:
    return sealed.tokens.access == f"access-{world.tokens.number}" and not world.tokens.revoked


def leased(world: World, account: Account) -> bool:
    return world.rows.grants[account.user, account.grant_id].lease_owner is not None


def test_tokens_that_last_are_used_without_any_look(world: World) -> None:
    account = world.settled_account()
    world.hooks.calls.clear()

    assert fresh(world, account) == world.secrets[account.grant_id]
    assert world.hooks.calls == ["doors.open"]


@pytest.mark.parametrize(("left", "soon"), [(None, False), (0, False), (1, True)])
def test_an_access_is_renewed_once_less_than_its_time_is_left(world: World, left: int | None, soon: bool) -> None:
    of = platform("scripted")
    end = None if left is None else world.clock() + of.facts.refresh_before - timedelta(seconds=left)
    assert world.refreshing.expires_soon(of, tokens(access_expires_at=end)) is soon


def test_a_pair_that_somebody_stored_and_that_ends_soon_too_is_renewed(world: World, account: Account) -> None:
    held = world.secrets[account.grant_id]
    fresh(world, account)
    world.clock.forward(minutes=58)

    sealed = fresh(world, account, held=held)

    assert world.called.count("refresh") == 2
    assert sealed.version == 3


def test_the_rotated_pair_is_stored_before_it_is_used(world: World, account: Account) -> None:
    world.hooks.calls.clear()

    sealed = fresh(world, account)

    assert world.hooks.calls == [
        "doors.open",
        "grants.take_lease",
        "vault.read",
        "apps.get",
        "network.refresh",
        "vault.store",
        "grants.release_lease",
    ]
    assert (sealed.version, sealed) == (2, world.secrets[account.grant_id])
    assert works(world, sealed)
    assert not leased(world, account)


def test_while_another_refreshes_one_waits_a_moment(world: World, account: Account) -> None:
    seen: list[BaseException] = []

    def other() -> None:
        with pytest.raises(RetryLater) as raised:
            fresh(world, account, "two")
        seen.append(raised.value)

    world.hooks.before("network.refresh", other)
    fresh(world, account)

    assert isinstance(seen[0], RetryLater)
    assert seen[0].code == "refresh_in_progress"
    assert seen[0].until is not None
    assert seen[0].until > world.clock()
    assert world.called.count("refresh") == 1


@pytest.mark.parametrize("late_moment", range(6))
def test_two_workers_interleaved_at_every_step_end_with_one_living_pair(
    monkeypatch: pytest.MonkeyPatch, late_moment: int
) -> None:
    world = World(monkeypatch)
    account = world.settled_account()
    world.clock.forward(hours=1)
    held = world.secrets[account.grant_id]
    calls = ["grants.take_lease", "vault.read", "apps.get", "network.refresh", "vault.store", "grants.release_lease"]
    results: list[Sealed] = []

    def other() -> None:
        try:
            results.append(fresh(world, account, "two", held))
        except RetryLater as error:
            assert error.code == "refresh_in_progress"

    world.hooks.before(calls[late_moment], other)
    results.append(fresh(world, account, "one", held))

    assert all(works(world, sealed) for sealed in results)
    assert world.called.count("refresh") == 1
    assert world.secrets[account.grant_id].version == 2


def test_a_slow_winner_still_stores_after_its_lease_and_the_others_take_it(world: World, account: Account) -> None:
    """The first gets its answer and dawdles past its lease; a second takes the lease and is refused: no proof."""
    results: list[object] = []

    def second() -> None:
        world.clock.forward(seconds=REFRESH_LEASE_SECONDS)
        try:
            results.append(fresh(world, account, "two"))
        except RetryLater as error:
            results.append(error.code)

    world.hooks.before("vault.store", second)
    first = fresh(world, account, "one")

    assert results == [REFRESH_INTERRUPTED]
    assert works(world, first)
    assert works(world, fresh(world, account, "two", waited=True))
    assert world.called.count("refresh") == 2


def test_a_loser_of_the_swap_takes_the_winners_pair(world: World, account: Account) -> None:
    """Both ask with the same pair on a platform that answers both; whoever stores first wins."""
    world.script("refresh", lambda _: world.network.answer(tokens(access="loser")), lambda _: winner_answer(world))
    held = world.secrets[account.grant_id]

    def second() -> None:
        world.clock.forward(seconds=REFRESH_LEASE_SECONDS)
        fresh(world, account, "two", held)

    world.hooks.before("vault.store", second)
    sealed = fresh(world, account, "one", held)

    assert (sealed.tokens.access, sealed.version) == ("winner", 2)
    assert world.secrets[account.grant_id] == sealed


def winner_answer(world: World) -> object:
    return world.network.answer(tokens(access="winner"))


def test_a_refusal_after_somebody_stored_a_newer_pair_is_no_proof(world: World, account: Account) -> None:
    held = world.secrets[account.grant_id]

    def meanwhile() -> None:
        world.tokens.number = 7
        world.ports.secrets.store(account.user, account.grant_id, world.tokens.pair(), held.version)

    world.hooks.before("network.refresh", meanwhile)

    assert works(world, fresh(world, account, held=held))


def test_a_plain_refusal_is_proof(world: World, account: Account) -> None:
    world.tokens.revoked = True
    with pytest.raises(ReconnectNeeded) as raised:
        fresh(world, account)

    assert raised.value.code == "token_revoked"
    assert not leased(world, account)


@pytest.mark.parametrize("moment", range(12))
def test_a_worker_that_died_at_any_step_costs_at_most_the_one_pair_nobody_can_save(
    monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    world = World(monkeypatch)
    account = world.settled_account()
    world.clock.forward(hours=1)
    of = platform("scripted")
    client = world.ports.doors.open(of, None)
    held = world.secrets[account.grant_id]
    world.hooks.die_at(moment)
    with pytest.raises(Killed):
        world.refreshing.fresh(of, client, Holder(account.user, account.grant_id, "one"), held)
    world.hooks.revive()
    lost = world.tokens.number == 2 and world.secrets[account.grant_id].version == 1
    world.clock.forward(seconds=REFRESH_LEASE_SECONDS)
    if not lost:
        assert works(world, fresh(world, account, "two"))
        return
    with pytest.raises(RetryLater) as waiting:
        fresh(world, account, "two")
    assert waiting.value.code == REFRESH_INTERRUPTED
    assert waiting.value.until == world.clock() + timedelta(seconds=REFRESH_LEASE_SECONDS)
    with pytest.raises(ReconnectNeeded) as proof:
        fresh(world, account, "three", waited=True)
    assert proof.value.code == REFRESH_INTERRUPTED


def test_only_the_moments_between_answer_and_store_lose_a_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = []
    for moment in range(12):
        world = World(monkeypatch)
        account = world.settled_account()
        world.clock.forward(hours=1)
        of, held = platform("scripted"), world.secrets[account.grant_id]
        client = world.ports.doors.open(of, None)
        world.hooks.die_at(moment)
        with pytest.raises(Killed):
            world.refreshing.fresh(of, client, Holder(account.user, account.grant_id, "one"), held)
        if world.tokens.number == 2 and world.secrets[account.grant_id].version == 1:
            lost.append(world.hooks.died_at)
    assert lost == ["after network.refresh", "before vault.store"]


def test_through_a_run_an_interrupted_refresh_waits_once_and_then_asks_for_reconnection(world: World) -> None:
    account = world.account()
    world.clock.forward(minutes=58)
    world.hooks.kill_before("vault.store")
    with pytest.raises(Killed):
        world.sync(account)
    world.hooks.revive()
    world.clock.forward(seconds=REFRESH_LEASE_SECONDS)

    world.sync(account)

    row = world.of(account)
    assert row.broken is None
    assert row.wait is not None
    assert (row.wait.code, row.wait.until) == (
        REFRESH_INTERRUPTED,
        world.clock() + timedelta(seconds=REFRESH_LEASE_SECONDS),
    )
    assert isinstance(row.wait, Wait)
    world.clock.at = row.wake_at or world.clock()
    world.sync(account)
    broken = world.of(account).broken
    assert broken is not None
    assert broken.code == REFRESH_INTERRUPTED


@pytest.mark.parametrize(("rotates", "reason"), [(False, "token_revoked"), (True, REFRESH_INTERRUPTED)])
def test_a_grant_taken_back_after_an_outage_says_so_where_a_renewal_takes_nothing_away(
    world: World, rotates: bool, reason: str
) -> None:
    world.offer(scripted(rotates=rotates))
    account = world.account()
    world.clock.forward(minutes=58)
    world.script("refresh", UNAVAILABLE, world.tokens.refresh)
    world.sync(account)
    world.tokens.revoked = True
    for _ in range(2):  # refused once, it is looked at again before anything is said
        assert world.of(account).broken is None
        world.clock.at = world.of(account).wake_at or world.clock()
        world.sync(account)

    broken = world.of(account).broken
    assert broken is not None
    assert broken.code == reason


@pytest.mark.parametrize("slug", ["linkedin", "youtube"])
def test_google_and_linkedin_keep_the_refresh_token_that_is_sent(slug: str) -> None:
    assert not platform(slug).facts.rotates


def test_a_wait_for_something_else_is_not_the_one_for_an_interrupted_refresh(world: World) -> None:
    account = world.account()
    world.script("profile", RetryLater("No answer.", code="timeout"), world.tokens.guarding(profile()))
    world.sync(account)
    world.clock.forward(minutes=58)
    world.hooks.kill_before("vault.store")
    with pytest.raises(Killed):
        world.sync(account)
    world.hooks.revive()
    world.clock.forward(seconds=REFRESH_LEASE_SECONDS)

    world.sync(account)

    row = world.of(account)
    assert row.broken is None
    assert row.wait is not None and row.wait.code == REFRESH_INTERRUPTED


def test_an_interrupted_refresh_whose_answer_was_never_given_heals_at_once(world: World, account: Account) -> None:
    world.script("refresh", RetryLater("timeout", code="timeout"), world.tokens.refresh)
    with pytest.raises(RetryLater):
        fresh(world, account)

    assert works(world, fresh(world, account, "two"))
    world.clock.forward(hours=1)
    world.tokens.revoked = True
    with pytest.raises(ReconnectNeeded) as raised:
        fresh(world, account, "three")
    assert raised.value.code == "token_revoked"


LIMITED = RetryLater("Slow down.", code="rate_limited", http_status=429)


@pytest.mark.parametrize("error", [LIMITED, OutOfTime()])
def test_a_renewal_that_was_not_made_is_no_interrupted_one(world: World, account: Account, error: Exception) -> None:
    world.script("refresh", error)
    with pytest.raises(type(error)):
        fresh(world, account)
    assert (account.user, account.grant_id) not in world.rows.interrupted

    world.script("refresh", UNAVAILABLE, error)
    for each in (UNAVAILABLE, error):
        with pytest.raises(type(each)):
            fresh(world, account)
    assert (account.user, account.grant_id) in world.rows.interrupted, "the one before still is"


def test_a_blank_answer_overwrites_nothing(world: World, account: Account) -> None:
    before = world.secrets[account.grant_id]
    world.script("refresh", tokens(access=""))
    with pytest.raises(RetryLater) as raised:
        fresh(world, account)

    assert raised.value.code == "unreadable_answer"
    assert world.secrets[account.grant_id] == before


def test_what_a_renewal_leaves_blank_is_kept() -> None:
    old = tokens()
    expiry = old.refresh_expires_at
    assert expiry is not None
    blank = Tokens(access="access-2")

    assert renewed(old, blank) == replace(old, access="access-2", access_expires_at=None)
    rotated = renewed(old, replace(blank, refresh="refresh-2", extra={"did": "x"}, scopes=("a",)))
    assert (rotated.refresh, rotated.refresh_expires_at, rotated.scopes) == ("refresh-2", None, ("a",))
    assert rotated.extra == {**old.extra, "did": "x"}
    assert renewed(old, replace(blank, refresh=old.refresh)).refresh_expires_at == expiry
    later = expiry + timedelta(days=1)
    assert renewed(old, replace(blank, refresh_expires_at=later)).refresh_expires_at == later


def test_a_grant_erased_while_the_platform_answered_leaves_nobody_holding_the_new_pair(
    world: World, account: Account
) -> None:
    world.hooks.before("vault.store", lambda: world.ports.secrets.destroy(account.user, account.grant_id))
    with pytest.raises(Fenced):
        fresh(world, account)

    assert world.tokens.revoked
    assert world.network.requests[-1].form == {"token": "access-2"}
    assert world.secrets == {}


@pytest.mark.parametrize("facts", [{"revokes": False}, {"revoke_ends": "person"}])
def test_a_pair_in_hand_is_revoked_only_where_that_can_be_done_and_hurts_nobody_else(
    world: World, account: Account, facts: dict[str, Any]
) -> None:
    world.offer(scripted(**facts))
    world.hooks.after("network.refresh", world.secrets.clear)
    with pytest.raises(Fenced):
        fresh(world, account)

    assert world.called == ["refresh"]


@pytest.mark.parametrize("error", [RetryLater("down"), Refused("no"), ReconnectNeeded("gone")])
def test_a_pair_in_hand_that_cannot_be_revoked_is_dropped_all_the_same(
    world: World, account: Account, error: Exception
) -> None:
    world.script("revoke", error)
    world.hooks.before("vault.store", lambda: world.ports.secrets.destroy(account.user, account.grant_id))
    with pytest.raises(Fenced):
        fresh(world, account)


def test_a_grant_whose_row_or_secret_is_gone_is_a_fence(world: World, account: Account) -> None:
    held = world.secrets.pop(account.grant_id)
    with pytest.raises(Fenced):
        fresh(world, account, held=held)
    world.rows.grants.clear()
    with pytest.raises(Fenced):
        fresh(world, account, held=held)
    assert world.called == []


def test_tokens_that_cannot_be_renewed_are_used_until_they_end(world: World) -> None:
    world.offer(scripted(refreshes=False))
    account = an_account(platform="scripted")
    world.rows.put_grant(a_grant(account))
    pair = RotatingTokens(world.clock).pair()
    sealed = world.ports.secrets.create(account.user, account.grant_id, pair)
    world.clock.forward(minutes=59)

    assert fresh(world, account) == sealed
    for later, refused in ((timedelta(0), True), (timedelta(minutes=1), False)):
        world.clock.at += later
        with pytest.raises(ReconnectNeeded) as raised:
            fresh(world, account, refused=refused)
        assert raised.value.code == "token_expired"
    assert world.hooks.count("grants.take_lease") == 0


def test_a_refused_access_token_is_renewed_though_it_has_not_expired(world: World) -> None:
    account = world.settled_account()

    assert works(world, fresh(world, account, refused=True))


def test_a_refused_access_token_takes_what_somebody_else_stored(world: World) -> None:
    account = world.settled_account()
    held = world.secrets[account.grant_id]
    fresh(world, account, "other", refused=True)

    assert works(world, fresh(world, account, held=held, refused=True))
    assert world.called.count("refresh") == 1


@pytest.mark.parametrize("error", [Refused("no"), AccessRefused("no")])
def test_a_refusal_of_another_kind_leaves_no_interrupted_refresh_behind(
    world: World, account: Account, error: Exception
) -> None:
    world.script("refresh", error, world.tokens.refresh)
    with pytest.raises(type(error)):
        fresh(world, account)
    assert (account.user, account.grant_id) not in world.rows.interrupted


def a_mistake(error: Exception) -> Callable[[], None]:
    def action() -> None:
        raise error

    return action


def test_an_error_of_our_own_after_the_call_counts_as_interrupted(world: World, account: Account) -> None:
    world.hooks.before("vault.store", a_mistake(OSError("vault away")), times=3)
    with pytest.raises(OSError, match="vault away"):
        fresh(world, account)

    assert (account.user, account.grant_id) in world.rows.interrupted


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_vault_in_trouble_is_asked_again_before_a_pair_is_given_up(
    world: World, account: Account, moment: str
) -> None:
    plan = world.hooks.before if moment == "before" else world.hooks.after
    plan("vault.store", a_mistake(OSError("vault away")), times=2)

    assert fresh(world, account).tokens.access == f"access-{world.tokens.number}"
    assert world.secrets[account.grant_id].tokens.refresh == f"refresh-{world.tokens.number}"


UNAVAILABLE = RetryLater("The platform has a problem of its own.", code="platform_unavailable", http_status=500)


@pytest.mark.parametrize("failure", [UNAVAILABLE, Refused("Not understood.", code="bad_request", http_status=400)])
def test_a_renewal_long_before_the_end_that_fails_costs_no_sync(world: World, failure: PlatformError) -> None:
    world.offer(scripted(refresh_before=timedelta(days=50)))
    account = world.settled_account()  # its access lasts for an hour
    world.answer_well()
    world.script("refresh", failure)

    world.ask(account)
    world.sync(account)

    assert world.of(account).last_synced_at == world.clock()
    assert world.called.count("refresh") == 1, "asked once a run"
    assert not leased(world, account)


def test_a_renewal_that_succeeds_after_all_leaves_no_end_behind(world: World) -> None:
    world.offer(scripted(refresh_before=timedelta(days=50)))
    account = world.settled_account()
    world.answer_well()
    world.script("refresh", UNAVAILABLE, world.tokens.refresh)
    world.script("profile", AccessRefused("no"), world.tokens.guarding(profile()))

    world.ask(account)
    world.sync(account)

    assert world.of(account).last_synced_at == world.clock()
    assert world.of(account).reconnect_by is None


def test_a_renewal_that_is_asked_to_wait_makes_the_sync_wait(world: World) -> None:
    world.offer(scripted(refresh_before=timedelta(days=50)))
    account = world.settled_account()
    world.script("refresh", RetryLater("Slow down.", code="rate_limited", http_status=429))

    world.ask(account)
    world.sync(account)

    assert world.called == ["refresh"]
    assert (wait := world.of(account).wait) and wait.code == "rate_limited"


def test_a_renewal_that_fails_near_the_end_makes_the_sync_wait(world: World, account: Account) -> None:
    world.script("refresh", UNAVAILABLE)

    world.ask(account)
    world.sync(account)

    assert world.called == ["refresh"]
    assert (wait := world.of(account).wait) and wait.code == "platform_unavailable"
