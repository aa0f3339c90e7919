"""Platforms whose revoke ends every grant of a person: only the last of them makes it (invariant 4)."""

from contextlib import suppress

import pytest

from socials.errors import AccessRefused, Fenced, RetryLater
from socials.models.accounts import Account
from socials.models.receipts import Receipt, ReceiptState, Revocation
from socials.platforms import platform
from socials.refreshing import Holder
from socials.timing import HEAL_AFTER, RUN_LEASE_SECONDS, UNCLAIMED_CONNECTION_LIVES
from tests.support.builders import an_identity, tokens
from tests.support.changing import replace
from tests.support.fakes import Killed
from tests.support.fakes.platform import RotatingTokens, scripted
from tests.support.world import World

EXTRA = {"person": "person-1", "registration": "ours"}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(monkeypatch)
    by_person(world)
    return world


def by_person(world: World) -> None:
    usual = scripted()
    world.offer(replace(usual, facts=replace(usual.facts, revokes="person")))
    world.tokens = RotatingTokens(world.clock, extra=EXTRA)
    world.answer_well()
    world.script("revoke", None)


def disconnect(world: World, account: Account) -> Receipt:
    receipt = world.disconnecting.disconnect(account.user, account.account_id)
    world.erase(receipt)
    return world.receipt(receipt.receipt_id, account.user)


def nothing_is_left(world: World) -> bool:
    return not any(world.everything().values()) and not world.rows.persons


def test_another_user_of_the_same_person_is_not_cut_off(world: World) -> None:
    mine, theirs = world.account(user="user-anna"), world.account(user="user-bert")

    first = disconnect(world, mine)

    assert (first.state, first.revocation) == (ReceiptState.DONE, Revocation.SHARED_GRANT)
    assert "revoke" not in world.called
    assert list(world.secrets) == [theirs.grant_id]
    last = disconnect(world, theirs)
    assert (last.state, last.revocation) == (ReceiptState.DONE, Revocation.REVOKED)
    assert world.called.count("revoke") == 1
    assert nothing_is_left(world)


def test_a_reconnect_is_not_undone_by_the_end_of_the_old_grant(world: World) -> None:
    world.account()
    again = world.account()
    world.clock.at += HEAL_AFTER
    world.wake_overdue()

    assert list(world.secrets) == [again.grant_id]
    assert "revoke" not in world.called
    assert disconnect(world, again).revocation is Revocation.REVOKED
    world.clock.forward(minutes=15)
    world.wake_overdue()  # the row of the first connection
    assert nothing_is_left(world)


def test_somebody_who_connects_during_the_revoke_is_asked_to_try_again(world: World) -> None:
    account = world.account()
    outcomes: list[str | None] = []
    world.hooks.before("network.revoke", lambda: outcomes.append(world.consent("user-bert").error))
    disconnect(world, account)

    assert outcomes == ["busy"]
    world.clock.forward(minutes=15)
    world.wake_overdue()
    assert nothing_is_left(world)
    assert world.consent("user-bert").outcome == "done"


@pytest.mark.parametrize("moment", range(40))
def test_a_death_at_any_moment_revokes_all_the_same(monkeypatch: pytest.MonkeyPatch, moment: int) -> None:
    world = World(monkeypatch)
    by_person(world)
    account = world.account()
    receipt = world.disconnecting.disconnect(account.user, account.account_id)
    world.hooks.die_at(moment)
    with suppress(Killed):
        world.erase(receipt)
    world.hooks.revive()
    world.clock.forward(seconds=RUN_LEASE_SECONDS * 2)
    world.wake_overdue()

    done = world.receipt(receipt.receipt_id)
    assert (done.state, done.revocation) == (ReceiptState.DONE, Revocation.REVOKED)
    assert nothing_is_left(world)


def test_a_revoke_that_needs_a_living_token_renews_it_and_forgets_nothing(world: World) -> None:
    account = world.account()
    world.script("refresh", tokens(access="access-2", refresh=None, extra={}))
    world.script("revoke", AccessRefused("Old."), RetryLater("Down."), None)

    receipt = disconnect(world, account)

    assert receipt.revocation is Revocation.UNREACHABLE
    kept = world.secrets[account.grant_id]
    assert (kept.version, kept.tokens.access, kept.tokens.refresh) == (2, "access-2", "refresh-1")
    assert dict(kept.tokens.extra) == EXTRA
    world.clock.forward(minutes=15)
    world.wake_overdue()
    assert world.receipt(receipt.receipt_id).revocation is Revocation.REVOKED
    assert nothing_is_left(world)


def test_a_pair_in_hand_of_an_erased_grant_cuts_off_nobody_else(world: World) -> None:
    account, other = world.account(), world.account(user="user-bert")
    of, held = platform("scripted"), world.secrets[account.grant_id]
    world.hooks.before("vault.store", lambda: world.ports.secrets.destroy(account.user, account.grant_id))
    holder = Holder(account.user, account.grant_id, "one")
    with pytest.raises(Fenced):
        world.refreshing.fresh(of, world.ports.doors.open(of, None), holder, held, refused=True)

    assert "revoke" not in world.called
    assert list(world.secrets) == [other.grant_id]


# A vault in trouble


class Unopened(Exception):
    """What a vault says of a secret that it cannot open."""


def test_a_grant_that_nobody_can_read_for_a_day_is_counted_among_the_persons_no_more(world: World) -> None:
    account = world.account()
    receipt = world.disconnecting.disconnect(account.user, account.account_id)
    world.hooks.fail("vault.read", Unopened(), times=None)
    world.hooks.fail("vault.answers", Unopened(), times=0)
    for _ in range(26):
        world.clock.forward(hours=1)
        world.wake_overdue()

    assert world.receipt(receipt.receipt_id).state is ReceiptState.DONE
    assert world.receipt(receipt.receipt_id).revocation is Revocation.UNREACHABLE
    assert nothing_is_left(world)


def test_a_vault_that_is_away_when_a_choice_is_swept_leaves_no_grant_that_is_never_the_last(world: World) -> None:
    world.script("identify", world.tokens.guarding((an_identity(), an_identity(platform_account_id="2002"))))
    world.consent()
    world.clock.at += UNCLAIMED_CONNECTION_LIVES
    world.hooks.fail("vault.read", Unopened(), times=1)
    world.wake_overdue()
    assert len(world.secrets) == 1
    world.wake_overdue()

    assert nothing_is_left(world)
    assert world.called.count("revoke") == 1
    world.answer_well()
    assert disconnect(world, world.account()).revocation is Revocation.REVOKED


def test_an_unclaimed_grant_that_nobody_can_read_for_a_day_is_counted_no_more_either(world: World) -> None:
    world.script("identify", world.tokens.guarding((an_identity(), an_identity(platform_account_id="2002"))))
    world.consent()
    world.hooks.fail("vault.read", Unopened(), times=None)
    for _ in range(26):
        world.clock.forward(hours=1)
        world.wake_overdue()

    assert nothing_is_left(world)
