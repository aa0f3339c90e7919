"""A page that leaves a grant takes its own token along, and nobody else's."""

from dataclasses import replace

import pytest

from socials.models.connections import ConnectionStatus
from socials.models.grants import member
from socials.models.receipts import Receipt, ReceiptState
from socials.models.wakeups import Wakeup
from tests.support.builders import an_identity
from tests.support.fakes import Killed
from tests.support.fakes.platform import RotatingTokens, scripted
from tests.support.world import World

PAGES = {"page:1001": "token-of-1001", "page:1002": "token-of-1002"}


def two_pages(world: World) -> tuple[str, str, str]:
    """Two pages on one grant, and the grant."""
    world.offer(scripted(own_tokens=True))
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


# Pages that moved, and pages that nobody chose


def connect_again(world: World, account_id: str) -> str:
    """The page alone, as its Reconnect does; the new grant. The platform gives the tokens of both once more."""
    leaving = world.connecting.reconnect("user-anna", account_id, "https://app.example/connections/callback")
    assert world.consent(leaving=leaving).outcome == "done"
    return world.row(account_id).grant_id


def left(world: World) -> list[set[str]]:
    """The names in each secret."""
    return [set(sealed.tokens.extra) for sealed in world.secrets.values()]


def test_a_page_that_moved_to_a_new_consent_leaves_no_token_behind(world: World) -> None:
    first, _, old = two_pages(world)
    new = connect_again(world, first)
    assert new != old
    world.work_off()

    assert (extra(world, old), extra(world, new)) == ({"page:1002"}, {"page:1001"})


def test_what_nobody_chose_of_a_consent_is_not_kept(world: World) -> None:
    world.offer(scripted(own_tokens=True))
    world.tokens = RotatingTokens(world.clock, extra=PAGES)
    both = (an_identity(platform_account_id="1001"), an_identity(platform_account_id="1002"))
    world.script("identify", world.tokens.guarding(both))
    returned = world.consent()
    connection = world.rows.connections["user-anna", returned.connection_id]
    world.connecting.choose("user-anna", connection.connection_id, [connection.candidates[1].account_id])
    world.work_off()

    assert extra(world, connection.grant_id) == {"page:1002"}


def test_what_may_still_be_chosen_is_kept(world: World) -> None:
    first, _, grant_id = two_pages(world)
    row = world.row(first)
    key = ("user-anna", row.connection_id)
    world.rows.connections[key] = replace(world.rows.connections[key], status=ConnectionStatus.CHOOSE)
    grant = world.rows.grants["user-anna", grant_id]
    world.rows.put_grant(replace(grant, members=frozenset({member(first, row.life)})))
    world.sweeping.sweep_grant(Wakeup("user-anna", "grant", grant_id))

    assert extra(world, grant_id) == set(PAGES)


@pytest.mark.parametrize("leaver", [0, 1])
@pytest.mark.parametrize("moment", range(25))
def test_a_page_leaves_no_token_in_any_secret_whenever_its_erase_dies(
    monkeypatch: pytest.MonkeyPatch, leaver: int, moment: int
) -> None:
    world = World(monkeypatch)
    pages = two_pages(world)
    connect_again(world, pages[0])  # no message of it ever arrives
    receipt = world.disconnecting.disconnect("user-anna", pages[leaver])
    world.clock.forward(minutes=2)
    world.hooks.die_at(moment)
    with pytest.raises(Killed):
        world.erase(receipt)
    world.hooks.revive()
    world.clock.forward(minutes=2)
    world.erase(receipt)

    assert world.receipt(receipt.receipt_id).state is ReceiptState.DONE
    assert left(world) and f"page:100{leaver + 1}" not in set().union(*left(world))
    assert f"page:100{2 - leaver}" in set().union(*left(world))
