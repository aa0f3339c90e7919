"""A page that leaves a grant takes its own token along, and nobody else's."""

from datetime import timedelta

import pytest

from socials.models.grants import Grant, Sealed
from socials.models.receipts import Receipt, ReceiptState
from socials.worker import Done
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
    assert world.erase(receipt) == Done()
    row = world.receipt(receipt.receipt_id)
    assert (row.state, row.lease_until) == (ReceiptState.ERASING, None)
    assert row.wake_at == world.clock() + timedelta(seconds=30)
    assert extra(world, grant_id) == set(PAGES)

    world.ports.grants.release_lease("user-anna", lease, settled=True)
    world.clock.forward(seconds=30)
    world.erase(receipt)
    assert world.receipt(receipt.receipt_id).state is ReceiptState.DONE
    assert extra(world, grant_id) == {"page:1002"}


def test_the_last_page_takes_the_secret_along(world: World) -> None:
    first, second, grant_id = two_pages(world)
    disconnect(world, first)
    world.hooks.calls.clear()
    disconnect(world, second)
    assert grant_id not in world.secrets
    assert "vault.store" not in world.hooks.calls, "nothing is taken out of it before"


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


def left(world: World) -> set[str]:
    """The names in all secrets."""
    return {name for sealed in world.secrets.values() for name in sealed.tokens.extra}


def sweep(world: World) -> None:
    world.clock.forward(minutes=16)
    world.wake_overdue()


def many_pages(world: World, number: int) -> tuple[str, list[str]]:
    """A consent for so many pages, to be chosen from, and their accounts' ids."""
    world.offer(scripted(own_tokens=True))
    names = [str(1000 + n) for n in range(number)]
    world.tokens = RotatingTokens(world.clock, extra={f"page:{name}": f"token-of-{name}" for name in names})
    world.answer_well()
    identities = tuple(an_identity(platform_account_id=name) for name in names)
    world.script("identify", world.tokens.guarding(identities))
    connection_id = world.consent().connection_id
    assert connection_id is not None
    connection = world.rows.connections["user-anna", connection_id]
    return connection_id, [candidate.account_id for candidate in connection.candidates]


def test_a_page_that_moved_to_a_new_consent_leaves_no_token_behind(world: World) -> None:
    first, _, old = two_pages(world)
    new = connect_again(world, first)
    assert new != old
    sweep(world)

    assert (extra(world, old), extra(world, new)) == ({"page:1002"}, {"page:1001"})


def test_what_nobody_chose_of_a_consent_is_not_kept(world: World) -> None:
    connection_id, ids = many_pages(world, 2)
    [account] = world.connecting.choose("user-anna", connection_id, ids[1:])
    world.work_off()
    assert len(extra(world, account.grant_id)) == 2
    sweep(world)

    assert extra(world, account.grant_id) == {"page:1001"}


def test_what_a_choice_left_half_way_is_not_kept(world: World) -> None:
    connection_id, ids = many_pages(world, 40)
    world.hooks.kill_before("connections.finish", skip=1)
    with pytest.raises(Killed):
        world.connecting.choose("user-anna", connection_id, ids)
    world.hooks.revive()
    world.work_off()
    sweep(world)

    [grant] = world.rows.grants.values()
    assert len(grant.members) == len(extra(world, grant.grant_id)) == 24


def test_an_erase_leaves_what_may_still_be_chosen(world: World) -> None:
    connection_id, ids = many_pages(world, 34)
    old = world.connecting.choose("user-anna", connection_id, ids)[-1]
    world.work_off()
    receipt = world.disconnecting.disconnect("user-anna", old.account_id)
    world.clock.forward(minutes=2)
    connection_id = world.consent().connection_id or ""
    world.hooks.after("connections.finish", lambda: world.erase(receipt))  # between the two transactions
    world.connecting.choose("user-anna", connection_id, ids)
    assert world.receipt(receipt.receipt_id).state is ReceiptState.ERASING
    assert world.receipt(receipt.receipt_id).data_erased
    world.clock.forward(minutes=2)
    world.erase(receipt)

    new = world.row(old.account_id)
    assert new.life != old.life
    assert world.receipt(receipt.receipt_id).state is ReceiptState.DONE
    assert len(extra(world, new.grant_id)) == 34


def test_a_page_that_is_connected_while_it_is_erased_keeps_its_new_token(world: World) -> None:
    first, _, _ = two_pages(world)
    receipt = world.disconnecting.disconnect("user-anna", first)
    world.clock.forward(minutes=2)
    connection_id = world.consent().connection_id or ""
    world.hooks.before("grants.list", lambda: world.connecting.choose("user-anna", connection_id, [first]))
    world.erase(receipt)

    assert world.receipt(receipt.receipt_id).state is ReceiptState.DONE
    assert "page:1001" in extra(world, world.row(first).grant_id)


def test_a_sweep_that_read_a_grant_before_its_last_members_came_takes_nothing_of_theirs(world: World) -> None:
    connection_id, ids = many_pages(world, 34)
    stale: list[Grant] = []
    world.hooks.after("connections.finish", lambda: stale.extend(world.rows.grants.values()))  # the first 24
    world.connecting.choose("user-anna", connection_id, ids)
    world.ports.grants.list = lambda _: stale
    assert world.sweeping.pruning.keep_members("user-anna", "scripted", "sweep")

    assert len(extra(world, stale[0].grant_id)) == 34


class Unopened(Exception):
    """What a vault says of a secret that it cannot open."""


def test_a_secret_that_cannot_be_read_keeps_no_data_and_for_a_day_no_receipt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = two_pages(world)
    other, read = connect_again(world, second), world.ports.secrets.read

    def locked(user: str, grant_id: str) -> Sealed:
        if grant_id == other:
            raise Unopened
        return read(user, grant_id)

    monkeypatch.setattr(world.ports.secrets, "read", locked)
    receipt = world.disconnecting.disconnect("user-anna", first)
    world.clock.forward(minutes=2)
    world.erase(receipt)
    assert world.receipt(receipt.receipt_id).data_erased
    assert world.receipt(receipt.receipt_id).state is ReceiptState.ERASING
    world.clock.forward(hours=24)
    world.erase(receipt)
    assert world.receipt(receipt.receipt_id).state is ReceiptState.DONE


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
    assert left(world) == {f"page:100{2 - leaver}"}
