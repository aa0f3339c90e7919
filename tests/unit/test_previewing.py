"""What a disconnect would take along: the same numbers as the receipt has afterwards."""

from datetime import timedelta

import pytest

from socials.errors import NotFound
from socials.models.accounts import Account
from socials.models.receipts import Revocation
from tests.support.builders import USER, an_identity
from tests.support.doorways import Doorway
from tests.support.fakes.platform import RotatingTokens, scripted
from tests.support.world import World, some_posts


def a_person(world: World, name: str | None) -> None:
    """From now on consents come from this person of a platform that revokes persons; None: it does not name them."""
    world.offer(scripted(revoke_ends="person"))
    world.tokens = RotatingTokens(world.clock, extra={"person": name} if name else {})
    world.answer_well()


def test_an_access_whose_time_is_over_is_not_said_to_be_revoked(world: World) -> None:
    world.offer(scripted(grant_ends=True))
    world.tokens._more = {"refresh_expires_at": world.clock() + timedelta(days=60)}
    account = world.account()
    world.sync(account)
    assert world.previewing.preview(USER, account.account_id).revokes == "token"
    world.clock.forward(days=60)

    assert world.previewing.preview(USER, account.account_id).revokes == "nothing"


def test_its_numbers_are_the_receipts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.answer_well(posts=[some_posts(1, 130)])
    account = world.account()
    world.sync(account)
    door = Doorway("list_accounts", world, monkeypatch)

    preview = door.ask("GET", f"/accounts/{account.account_id}/disconnect-preview").json
    receipt = world.disconnecting.disconnect(USER, account.account_id)
    world.erase(receipt)
    deleted = door.ask("GET", f"/receipts/{receipt.receipt_id}").json["deleted"]

    assert preview == {
        "snapshots": 2,
        "posts": 130,
        "runs": 1,
        "events": 2,
        "first_day": (world.clock().date() - timedelta(days=1)).isoformat(),
        "revokes": "token",
        "shares_with": [],
    }
    assert {name: deleted[name] for name in ("snapshots", "posts", "runs", "events")} == {
        name: preview[name] for name in ("snapshots", "posts", "runs", "events")
    }


def test_an_account_without_data_has_nothing_but_its_diary(world: World) -> None:
    account = world.account()
    preview = world.previewing.preview(USER, account.account_id)
    assert (preview.counts.items, preview.counts.events, preview.first_day) == (1, 1, None)


def test_siblings_on_the_grant_are_named_but_not_those_that_are_leaving_or_somebody_elses(world: World) -> None:
    world.script("identify", tuple(an_identity(platform_account_id=n, username=n) for n in ("1", "2", "3")))
    connection = world.rows.connections[USER, world.consent().connection_id]
    chosen = [each.account_id for each in connection.candidates]
    one, two, three = world.connecting.choose(USER, connection.connection_id, chosen)
    world.account("4")
    world.account("1", user="user-bert")
    world.disconnecting.disconnect(USER, three.account_id)

    assert world.previewing.preview(USER, one.account_id).shares_with == (two.account_id,)


def test_where_a_person_is_revoked_all_of_theirs_are_named(world: World) -> None:
    a_person(world, "ada")
    one, two = world.account("1"), world.account("2")
    a_person(world, "bruno")
    other = world.account("3")

    def shared(account: Account) -> tuple[str, ...]:
        return world.previewing.preview(USER, account.account_id).shares_with

    assert (shared(one), shared(two)) == ((two.account_id,), (one.account_id,))
    assert shared(other) == ()
    assert world.previewing.preview(USER, one.account_id).revokes == "person"


def test_what_no_revoke_will_end_is_not_promised_to_be_revoked(world: World) -> None:
    """Somebody else has connected the same person: that the receipt says `shared_grant` comes as no surprise."""
    a_person(world, "ada")
    mine = world.account("1")
    assert world.previewing.preview(USER, mine.account_id).revokes == "person"
    theirs = world.account("1", user="user-bert")

    preview = world.previewing.preview(USER, mine.account_id)

    assert (preview.revokes, preview.shares_with) == ("nothing", ())
    receipt = world.disconnecting.disconnect(USER, mine.account_id)
    world.erase(receipt)
    assert world.receipt(receipt.receipt_id).revocation is Revocation.SHARED_GRANT
    assert world.previewing.preview("user-bert", theirs.account_id).revokes == "person"


def test_a_person_whom_the_platform_did_not_name_is_not_promised_to_be_revoked(world: World) -> None:
    a_person(world, None)
    account = world.settled_account()

    assert world.previewing.preview(USER, account.account_id).revokes == "nothing"
    receipt = world.disconnecting.disconnect(USER, account.account_id)
    world.erase(receipt)
    assert world.receipt(receipt.receipt_id).revocation is Revocation.SHARED_GRANT


def test_a_person_is_kept_as_a_hash_only(world: World) -> None:
    a_person(world, "ada-the-subject")
    account = world.account()
    grant = world.rows.grants[USER, account.grant_id]
    assert grant.person
    assert "ada" not in grant.person


def test_there_is_no_preview_of_what_is_not_ones_own_or_is_leaving(world: World) -> None:
    account = world.account()
    world.disconnecting.disconnect(USER, account.account_id)
    for user, account_id in ((USER, account.account_id), ("user-mallory", account.account_id), (USER, "acc_nobody")):
        with pytest.raises(NotFound):
            world.previewing.preview(user, account_id)
