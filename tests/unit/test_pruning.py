"""A page that leaves a grant takes its own token along, and nobody else's."""

from socials.models.receipts import Receipt, ReceiptState
from tests.support.builders import an_identity
from tests.support.fakes.platform import RotatingTokens
from tests.support.world import World

PAGES = {"page:1001": "token-of-1001", "page:1002": "token-of-1002"}


def two_pages(world: World) -> tuple[str, str, str]:
    """Two pages on one grant, and the grant."""
    world.tokens = RotatingTokens(world.clock, extra=PAGES)
    world.answer_well()
    world.script(
        "identify",
        world.tokens.guarding((an_identity(platform_account_id="1001"), an_identity(platform_account_id="1002"))),
    )
    returned = world.consent()
    connection = world.rows.connections["user-anna", returned.connection_id]
    ids = [candidate.account_id for candidate in connection.candidates]
    world.connecting.choose("user-anna", connection.connection_id, ids)
    return ids[0], ids[1], connection.grant_id


def extra(world: World, grant_id: str) -> set[str]:
    return set(world.secrets[grant_id].tokens.extra)


def disconnect(world: World, account_id: str) -> Receipt:
    receipt = world.disconnecting.disconnect("user-anna", account_id)
    world.clock.forward(minutes=2)
    world.erase(receipt)
    return world.receipt(receipt.receipt_id)


def test_a_page_that_leaves_takes_its_token_along(world: World) -> None:
    first, _, grant_id = two_pages(world)

    assert disconnect(world, first).state is ReceiptState.DONE
    assert extra(world, grant_id) == {"page:1002"}
    assert world.secrets[grant_id].version == 2


def test_a_page_that_leaves_waits_for_a_renewal_under_way(world: World) -> None:
    first, _, grant_id = two_pages(world)
    lease = world.ports.grants.take_lease("user-anna", grant_id, "another", world.clock())
    assert lease is not None
    receipt = world.disconnecting.disconnect("user-anna", first)
    world.erase(receipt)
    assert world.receipt(receipt.receipt_id).state is ReceiptState.ERASING
    assert extra(world, grant_id) == set(PAGES)

    world.ports.grants.release_lease("user-anna", lease, settled=True)
    world.clock.forward(seconds=10)
    world.erase(receipt)
    assert world.receipt(receipt.receipt_id).state is ReceiptState.DONE
    assert extra(world, grant_id) == {"page:1002"}


def test_the_last_page_takes_the_secret_along(world: World) -> None:
    first, second, grant_id = two_pages(world)
    disconnect(world, first)
    disconnect(world, second)
    assert grant_id not in world.secrets


def test_a_page_connected_again_before_its_erase_leaves_no_token_behind(world: World) -> None:
    first, second, grant_id = two_pages(world)
    receipt = world.disconnecting.disconnect("user-anna", first)
    world.script("identify", world.tokens.guarding((an_identity(platform_account_id="1001"),)))
    world.consent()
    world.clock.forward(minutes=2)
    world.erase(receipt)

    assert world.receipt(receipt.receipt_id).state is ReceiptState.DONE
    assert extra(world, grant_id) == {"page:1002"}
    assert world.row(second).grant_id == grant_id
