"""The end of a grant where a revoke cuts off the whole person, across accounts and users."""

from datetime import timedelta

from socials.errors import AccessRefused, ReconnectNeeded, RetryLater
from socials.models.accounts import Account
from socials.models.receipts import Receipt, ReceiptState, Revocation
from socials.platforms.base import Answer, Request
from socials.timing import REFRESH_LEASE_SECONDS
from tests.support.fakes.platform import RotatingTokens, scripted
from tests.support.world import World


def person(world: World, name: str = "someone") -> None:
    """From now on tokens name whom a revoke cuts off."""
    world.offer(scripted(revoke_ends="person"))
    world.tokens = RotatingTokens(world.clock, extra={"person": name})
    world.answer_well()


def disconnected(world: World, account: Account) -> Receipt:
    receipt = world.disconnecting.disconnect(account.user, account.account_id)
    world.clock.forward(minutes=2)
    world.erase(receipt)
    return world.receipt(receipt.receipt_id, account.user)


def test_only_the_last_grant_of_a_person_is_revoked(world: World) -> None:
    person(world)
    annas, bens = world.account("1001", "user-anna"), world.account("1001", "user-ben")

    assert disconnected(world, annas).revocation is Revocation.SHARED_GRANT
    assert "revoke" not in world.called
    assert disconnected(world, bens).revocation is Revocation.REVOKED
    assert world.called.count("revoke") == 1
    assert world.secrets == {}
    assert world.rows.persons == {}
    assert world.rows.revoking == {}


def test_connecting_again_leaves_the_person_connected(world: World) -> None:
    person(world)
    world.account()
    again = world.account()
    world.clock.forward(minutes=5)
    world.wake_overdue()

    assert "revoke" not in world.called, "the old grant is the person's too"
    assert list(world.secrets) == [again.grant_id]
    assert disconnected(world, again).revocation is Revocation.REVOKED


def test_nobody_connects_where_the_platform_does_not_say_whose_access_it_is(world: World) -> None:
    """Counted nowhere, it would be cut off by the revoke of another of the same person's grants."""
    person(world)
    known = world.account("1001", "user-ben")
    world.tokens = RotatingTokens(world.clock)
    world.answer_well()

    assert world.consent().error == "platform_unavailable"
    assert list(world.secrets) == [known.grant_id]
    assert "revoke" not in world.called, "it could cut off whom it is not known to be"


def test_without_a_known_person_nothing_is_revoked(world: World) -> None:
    account = world.account()
    world.offer(scripted(revoke_ends="person"))

    assert disconnected(world, account).revocation is Revocation.SHARED_GRANT
    assert "revoke" not in world.called
    assert world.secrets == {}


def test_nobody_joins_a_person_who_is_being_revoked(world: World) -> None:
    person(world)
    account = world.account()
    joined: list[str] = []

    def join_meanwhile(request: object) -> object:
        joined.append(world.consent("user-ben").error)
        return world.network.answer(None)

    world.script("revoke", join_meanwhile)
    assert disconnected(world, account).revocation is Revocation.REVOKED
    assert joined == ["busy"]
    assert world.secrets == {}
    assert world.account("1001", "user-ben").platform == "scripted"


def test_a_revoke_that_needs_a_living_token_renews_it_first(world: World) -> None:
    account = world.account()
    world.script("revoke", AccessRefused("expired"), lambda request: world.network.answer(None))

    assert disconnected(world, account).revocation is Revocation.REVOKED
    assert world.called[-3:] == ["revoke", "refresh", "revoke"]


def test_a_grant_that_died_on_the_platform_is_not_said_to_be_revoked_by_us(world: World) -> None:
    account = world.account()
    world.script("revoke", AccessRefused("expired"))
    world.script("refresh", ReconnectNeeded("dead"))

    receipt = disconnected(world, account)
    assert receipt.revocation is Revocation.REFUSED
    assert receipt.state is ReceiptState.DONE


def test_a_person_is_free_again_after_a_revoke_that_found_the_platform_away(world: World) -> None:
    person(world)
    account = world.account()
    world.script("revoke", RetryLater("away"))
    assert disconnected(world, account).revocation is Revocation.UNREACHABLE

    world.account("1001", "user-ben")
    world.clock.forward(minutes=20)
    world.wake_overdue()

    receipt = next(iter(world.rows.receipts.values()))
    assert receipt.revocation is Revocation.SHARED_GRANT, "a revoke now would cut off who joined since"
    assert world.called.count("revoke") == 1


def test_a_person_whose_secret_is_gone_is_not_counted_for_ever(world: World) -> None:
    person(world)
    lost, other = world.account("1001", "user-anna"), world.account("1001", "user-ben")
    del world.secrets[lost.grant_id]
    disconnected(world, lost)
    world.clock.forward(days=2)
    world.wake_overdue()

    assert disconnected(world, other).revocation is Revocation.REVOKED
    assert world.rows.persons == {}
    assert world.rows.revoking == {}


def test_access_renewed_for_its_revoke_is_revoked_also_where_it_cannot_be_kept(world: World) -> None:
    account = world.account()
    revoked: list[str] = []

    def revoke(request: Request) -> Answer:
        revoked.append((request.form or {})["token"])
        if len(revoked) == 1:
            raise AccessRefused("expired")
        return world.network.answer(None)

    world.script("revoke", revoke)
    world.hooks.fail("vault.store", RuntimeError("the vault is away"), times=None)

    assert disconnected(world, account).revocation is Revocation.REVOKED
    assert revoked == ["access-1", "access-2"]


def test_data_do_not_wait_for_a_renewal_that_the_revoke_waits_for(world: World) -> None:
    account = world.account()
    world.sync(account)
    receipt = world.disconnecting.disconnect(account.user, account.account_id)
    world.clock.forward(minutes=2)
    world.ports.grants.take_lease(account.user, account.grant_id, "worker-frozen", world.clock())
    world.erase(receipt)

    row = world.receipt(receipt.receipt_id)
    assert (row.data_erased, row.state, row.revocation) == (True, ReceiptState.ERASING, None)
    assert (row.lease_until, row.wake_at) == (None, world.clock() + timedelta(seconds=30))
    assert "revoke" not in world.called
    world.clock.forward(seconds=REFRESH_LEASE_SECONDS)
    world.wake_overdue()
    row = world.receipt(receipt.receipt_id)
    assert (row.state, row.revocation) == (ReceiptState.DONE, Revocation.REVOKED)


def test_a_grant_left_behind_by_a_reconnect_is_revoked_when_the_platform_is_back(world: World) -> None:
    left = world.account()
    world.script("revoke", RetryLater("away"), lambda request: world.network.answer(None))
    again = world.account()
    world.clock.forward(minutes=5)
    world.wake_overdue()
    assert left.grant_id in world.secrets, "nobody else could revoke it"

    world.clock.forward(hours=1)
    world.wake_overdue()
    assert world.called.count("revoke") == 2
    assert list(world.secrets) == [again.grant_id]


def test_a_grant_left_behind_goes_after_a_day_though_the_platform_never_answered(world: World) -> None:
    world.account()
    world.script("revoke", RetryLater("away"))
    again = world.account()
    for _ in range(26):
        world.clock.forward(hours=1)
        world.wake_overdue()
    assert list(world.secrets) == [again.grant_id]
    assert [grant_id for _, grant_id in world.rows.grants] == [again.grant_id]
