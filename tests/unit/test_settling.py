"""The end of a grant where a revoke cuts off the whole person, across accounts and users."""

from socials.errors import AccessRefused, ReconnectNeeded, RetryLater
from socials.models.accounts import Account
from socials.models.receipts import Receipt, ReceiptState, Revocation
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


def test_without_a_known_person_nothing_is_revoked(world: World) -> None:
    world.offer(scripted(revoke_ends="person"))
    account = world.account()

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
