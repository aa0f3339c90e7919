"""What a platform tells us unasked: believed when it is signed, and only then."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from socials.clock import epoch, iso
from socials.errors import AccessRefused, ReconnectNeeded
from socials.models.accounts import Account
from socials.models.receipts import ReceiptState
from socials.models.runs import Run, RunState
from socials.platforms.base import App
from socials.platforms.callbacks import meta_person, tiktok_person
from socials.timing import RECEIPT_LIVES
from tests.support.builders import NOW, USER
from tests.support.changing import replace
from tests.support.doorways import Doorway, Reply
from tests.support.fakes.platform import RotatingTokens, scripted
from tests.support.world import World

SECRET = "client-secret"
ADA = "app-scoped-ada"


@pytest.fixture(autouse=True)
def signed_platforms(world: World) -> None:
    """A platform like Meta's, and one like TikTok."""
    person(world, ADA)
    for slug, hear in (("scripted", meta_person), ("webhooks", tiktok_person)):
        world.offer(replace(scripted(slug, revokes=False, revoke_ends="nothing"), hear=hear))
        world.ports.registrations.apps[slug] = App("client-id", SECRET)


@pytest.fixture
def door(world: World, monkeypatch: pytest.MonkeyPatch) -> Doorway:
    return Doorway("hear_platform", world, monkeypatch)


def person(world: World, name: str) -> None:
    world.tokens = RotatingTokens(world.clock, extra={"person": name})
    world.answer_well()


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed_request(
    who: Any = ADA, secret: str = SECRET, algorithm: str = "HMAC-SHA256", at: datetime = NOW, **said: Any
) -> str:
    """`at`: when the person did it. `said`: in place of what else a platform says."""
    what = {"algorithm": algorithm, "user_id": who, "issued_at": epoch(at), "expires": epoch(at) + 3600} | said
    payload = encoded(json.dumps(what).encode())
    signature = encoded(hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest())
    return urlencode({"signed_request": f"{signature}.{payload}"})


def ask(door: Doorway, what: str, body: str, platform: str = "scripted", **more: Any) -> Reply:
    return door.ask("POST", f"/platforms/{platform}/{what}", raw=body, user=None, **more)


def test_one_account_in_trouble_leaves_no_other_unmarked(world: World, door: Doorway) -> None:
    accounts = [world.account(user=user) for user in ("user-anna", "user-bert", "user-cleo")]
    world.hooks.fail("accounts.end_access", OSError("table away"))

    assert ask(door, "deauthorize", signed_request()).status == 500
    assert [world.of(account).broken is None for account in accounts].count(True) == 1
    assert ask(door, "deauthorize", signed_request()).status == 200
    assert all(world.of(account).broken for account in accounts)


def test_an_app_removed_on_the_platform_shows_as_the_persons_own_doing(world: World, door: Doorway) -> None:
    mine, theirs = world.account(user="user-anna"), world.account(user="user-bert")
    person(world, "somebody-else")
    other = world.account("2002")

    assert ask(door, "deauthorize", signed_request()).status == 200
    assert ask(door, "deauthorize", signed_request(), encoded=True).status == 200

    for account in (mine, theirs):
        cause = world.of(account).broken
        assert cause is not None
        assert cause.code == "removed_on_platform"
        assert cause.message == f"You removed PostLoudly on Scripted at {iso(world.clock())}."
        events = world.browsing.events(account.user, account.account_id, 10, None).items
        assert [event.type for event in events] == ["broken", "connected"], "told once"
    assert world.of(other).broken is None


def test_a_run_in_flight_is_stopped_by_it_and_a_later_refusal_does_not_hide_the_cause(
    world: World, door: Doorway
) -> None:
    account = world.account()
    world.hooks.after("network.profile", lambda: ask(door, "deauthorize", signed_request()))
    run = world.of(account).run
    assert run is not None
    world.sync(account)
    assert world.of(account).run is None
    assert world.of(account).lease_until is None
    followed = world.browsing.run(account.user, account.account_id, run.run_id)
    assert (followed.state, followed.finished_at) == (RunState.FAILED, world.clock())
    assert {part.error and part.error.code for part in followed.parts.values()} == {"removed_on_platform"}

    world.script("profile", AccessRefused("no"))
    world.script("refresh", ReconnectNeeded("The access was taken back.", code="token_revoked"))
    world.clock.forward(hours=25)
    world.wake_overdue()
    cause = world.of(account).broken
    assert cause is not None
    assert cause.code == "removed_on_platform"


@pytest.mark.parametrize("call", ["apps.get", "persons.holdings", "grants.get"])
def test_whoever_connects_again_while_the_platform_tells_us_is_not_broken(
    world: World, door: Doorway, call: str
) -> None:
    account = world.account()

    def again() -> None:
        world.clock.forward(seconds=1)
        world.consent()

    world.hooks.before("accounts.get" if call == "grants.get" else call, again)
    assert ask(door, "deauthorize", signed_request()).status == 200
    row = world.of(account)
    assert (row.broken, row.life) == (None, account.life)
    assert row.grant_id != account.grant_id


def removed_then_connected_again(world: World) -> tuple[Account, datetime]:
    """The platform's word of the removal, of the time returned, is still under way."""
    world.account()
    removed_at = world.clock.forward(minutes=1)
    world.clock.forward(minutes=1)
    again = world.account()
    world.clock.forward(hours=70)
    return again, removed_at


def test_a_late_word_of_a_removal_leaves_alone_what_was_connected_since(world: World, door: Doorway) -> None:
    again, removed_at = removed_then_connected_again(world)

    assert ask(door, "deauthorize", signed_request(at=removed_at)).status == 200
    assert world.of(again) == again


def test_a_late_word_of_a_removal_tells_when_it_was(world: World, door: Doorway) -> None:
    account = world.account()
    removed_at = world.clock.forward(minutes=1)
    heard_at = world.clock.forward(hours=70)

    assert ask(door, "deauthorize", signed_request(at=removed_at)).status == 200
    cause = world.of(account).broken
    assert cause is not None
    assert (cause.message, cause.since) == (f"You removed PostLoudly on Scripted at {iso(removed_at)}.", removed_at)
    assert world.browsing.events(USER, account.account_id, 1, None).items[0].at == heard_at


def test_a_late_request_for_deletion_leaves_alone_what_was_connected_since(world: World, door: Doorway) -> None:
    again, asked_at = removed_then_connected_again(world)
    person(world, ADA)
    sibling = world.account("2002", user="user-bert")

    for _ in range(2):
        told = ask(door, "deletion", signed_request(at=asked_at))
        assert door.ask("GET", f"/deletions/{told.json['confirmation_code']}", user=None).json["accounts"] == 0
    assert (world.of(again), world.of(sibling)) == (again, sibling)


def test_a_request_for_deletion_sent_again_leaves_alone_the_life_that_came_after_it(
    world: World, door: Doorway
) -> None:
    world.account()
    request = signed_request()
    ask(door, "deletion", request)
    world.clock.forward(minutes=3)
    world.wake_overdue()
    again = world.account()

    assert ask(door, "deletion", request).status == 200
    assert world.of(again) == again


def test_a_request_for_deletion_is_not_lost_however_late_it_comes(world: World, door: Doorway) -> None:
    account = world.account()
    world.clock.forward(days=200)

    assert ask(door, "deletion", signed_request()).status == 200
    assert world.of(account).disconnecting


@pytest.mark.parametrize("call", ["apps.get", "persons.holdings", "grants.get", "accounts.get", "receipts.open"])
def test_whoever_connects_again_while_a_deletion_is_asked_for_keeps_what_they_connected(
    world: World, door: Doorway, call: str
) -> None:
    world.account()

    def again() -> None:
        world.clock.forward(seconds=1)
        world.consent()

    world.hooks.before(call, again)
    told = ask(door, "deletion", signed_request()).json
    assert not next(iter(world.rows.accounts.values())).disconnecting
    assert door.ask("GET", f"/deletions/{told['confirmation_code']}", user=None).json["accounts"] == 0


def test_whoever_follows_the_link_of_a_deletion_reads_how_far_it_is(world: World, door: Doorway) -> None:
    account = world.account()
    told = ask(door, "deletion", signed_request()).json
    assert told["confirmation_code"].isalnum()

    def read() -> str:
        path, accept = f"/deletions/{told['confirmation_code']}", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
        reply = door.ask("GET", path, user=None, headers={"accept": accept})
        assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        assert account.username not in reply.answer["body"]
        return str(reply.answer["body"])

    assert "of one account" in read() and "under way" in read()
    [receipt] = world.rows.receipts.values()
    world.clock.forward(minutes=2)
    world.erase(receipt)
    assert "It is done" in read() and "Backups may hold it for 7 more days" in read()


def test_a_request_for_deletion_that_comes_twice_at_once_leads_to_the_same_receipts(
    world: World, door: Doorway
) -> None:
    account = world.account()
    looks = []
    for _ in range(2):
        code = ask(door, "deletion", signed_request()).json["confirmation_code"]
        looks.append(door.ask("GET", f"/deletions/{code}", user=None).json)

    assert [(look["state"], look["accounts"]) for look in looks] == [("erasing", 1)] * 2
    assert [receipt.account_id for receipt in world.rows.receipts.values()] == [account.account_id]


@pytest.mark.parametrize(
    ("issued_at", "status", "breaks"),
    [
        (epoch(NOW + timedelta(minutes=5)), 200, True),
        (None, 200, True),
        (epoch(NOW - timedelta(days=7)), 200, False),
        (epoch(NOW - timedelta(days=8)), 403, False),
        (epoch(NOW + timedelta(minutes=6)), 403, False),
        (10**30, 403, False),
        (-1, 422, False),
        (True, 422, False),
        ("soon", 422, False),
    ],
)
def test_a_removal_is_believed_of_no_time_to_come_and_of_none_long_past(
    world: World, door: Doorway, issued_at: Any, status: int, breaks: bool
) -> None:
    account = world.account()
    assert ask(door, "deauthorize", signed_request(issued_at=issued_at)).status == status
    cause = world.of(account).broken
    assert (cause.since if cause else None) == (NOW if breaks else None)


def test_a_request_for_deletion_disconnects_everything_of_the_person(world: World, door: Doorway) -> None:
    mine, theirs = world.account(user="user-anna"), world.account(user="user-bert")

    told = ask(door, "deletion", signed_request()).json
    code = told["confirmation_code"]
    assert told["url"] == f"https://api.example/deletions/{code}"
    assert world.of(mine).disconnecting
    assert world.of(theirs).disconnecting
    look = door.ask("GET", f"/deletions/{code}", user=None).json
    assert look == {"confirmation_code": code, "state": "erasing", "requested_at": iso(world.clock()), "accounts": 2}

    world.clock.forward(minutes=3)
    world.wake_overdue()
    assert door.ask("GET", f"/deletions/{code}", user=None).json["state"] == "done"
    assert world.rows.accounts == {}
    assert {receipt.state for receipt in world.rows.receipts.values()} == {ReceiptState.DONE}
    assert world.rows.persons == {}
    again = ask(door, "deletion", signed_request()).json["confirmation_code"]
    assert door.ask("GET", f"/deletions/{again}", user=None).json["state"] == "done"
    world.clock.at += RECEIPT_LIVES
    assert door.ask("GET", f"/deletions/{code}", user=None).status == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 403),
        ("signed_request=", 403),
        ("signed_request=é", 403),
        ("signed_request=!!.x", 403),
        (signed_request(secret="another"), 403),
        (signed_request(algorithm="none"), 403),
        (signed_request(who=None), 422),
        (signed_request(who=True), 422),
        (signed_request().replace("=", "=AAAA", 1), 403),
        ("{}", 403),
    ],
)
@pytest.mark.parametrize("what", ["deauthorize", "deletion"])
def test_what_is_not_signed_does_nothing(world: World, door: Doorway, what: str, body: str, status: int) -> None:
    account = world.account()
    before = world.everything()

    assert ask(door, what, body).status == status
    assert world.everything() == before
    assert world.of(account).broken is None
    assert world.rows.deletions == {}


@pytest.mark.parametrize(
    ("body", "status", "code", "fields"),
    [
        ("{", 400, "malformed_json", []),
        ("[" * 60_000, 400, "malformed_json", []),
        ("[]", 422, "invalid", ["body"]),
        ('{"event": "authorization.removed"}', 422, "invalid", ["user_openid"]),
        ('{"event": "x", "create_time": "soon"}', 422, "invalid", ["create_time"]),
    ],
)
def test_what_is_signed_and_cannot_be_taken_is_told_by_its_field(
    world: World, door: Doorway, body: str, status: int, code: str, fields: list[str]
) -> None:
    seconds = epoch(world.clock())
    signature = hmac.new(SECRET.encode(), f"{seconds}.{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"TikTok-Signature": f"t={seconds},s={signature}"}

    reply = ask(door, "deauthorize", body, "webhooks", headers=headers)
    assert (reply.status, reply.json["code"]) == (status, code)
    assert [error["field"] for error in reply.json.get("errors", [])] == fields


def test_a_run_that_ends_while_the_callback_comes_hides_it_from_nobody(world: World, door: Doorway) -> None:
    account = world.account()
    ending = account.run
    assert ending is not None
    world.hooks.before("accounts.end_access", lambda: world.sync(account))

    assert ask(door, "deauthorize", signed_request()).status == 200
    cause = world.of(account).broken
    assert cause is not None
    assert cause.code == "removed_on_platform"
    assert world.browsing.run(account.user, account.account_id, ending.run_id).state is RunState.SUCCEEDED


def test_a_run_that_is_asked_for_while_the_callback_comes_can_be_followed(world: World, door: Doorway) -> None:
    account = world.account()
    world.sync(account)
    world.clock.forward(minutes=2)
    asked: list[Run] = []
    ask_for = world.requesting.sync
    world.hooks.before("accounts.end_access", lambda: asked.append(ask_for(account.user, account.account_id)))

    assert ask(door, "deauthorize", signed_request()).status == 200
    assert world.of(account).broken is not None
    followed = world.browsing.run(account.user, account.account_id, asked[0].run_id)
    assert {part.error and part.error.code for part in followed.parts.values()} == {"removed_on_platform"}


def test_a_callback_is_asked_for_again_where_one_run_follows_the_other(world: World, door: Doorway) -> None:
    account = world.account()

    def another_run() -> None:
        if world.of(account).run is not None:
            world.sync(account)
        else:
            world.clock.forward(minutes=2)
            world.requesting.sync(account.user, account.account_id)

    world.hooks.before("accounts.end_access", another_run, times=5)
    refused = ask(door, "deauthorize", signed_request())
    assert (refused.status, refused.json["code"]) == (409, "busy")
    assert world.of(account).broken is None
    assert ask(door, "deauthorize", signed_request()).status == 200
    assert world.of(account).broken is not None


@pytest.mark.parametrize("slug", ["myspace", "bluesky", "facebook", "", "a" * 2_000])
def test_a_platform_that_tells_nothing_or_is_not_set_up_is_a_404(door: Doorway, slug: str) -> None:
    assert ask(door, "deauthorize", signed_request(), slug).status == 404


def test_an_unknown_person_and_an_unknown_code_find_nothing(world: World, door: Doorway) -> None:
    account = world.account()
    assert ask(door, "deauthorize", signed_request(who="stranger")).status == 200
    assert world.of(account).broken is None
    assert door.ask("GET", "/deletions/no-such-code", user=None).status == 404


def webhook(
    world: World, event: str, secret: str = SECRET, age: int = 0, at: datetime = NOW, content: Any = '{"reason":1}'
) -> tuple[str, dict[str, str]]:
    """`age` (seconds): since it was sent; `at`: when it came about."""
    said = {"client_key": "key", "event": event, "create_time": epoch(at), "user_openid": ADA}
    body = json.dumps(said | {"content": content})
    seconds = epoch(world.clock()) - age
    signature = hmac.new(secret.encode(), f"{seconds}.{body}".encode(), hashlib.sha256).hexdigest()
    return body, {"TikTok-Signature": f"t={seconds},s={signature}"}


def connected_by_webhooks(world: World) -> Account:
    leaving = world.connecting.leave(USER, "webhooks", "https://app.example/connections/callback")
    world.consent(leaving=leaving)
    return next(iter(world.rows.accounts.values()))


@pytest.mark.parametrize(
    ("event", "secret", "age", "status", "breaks"),
    [
        ("authorization.removed", SECRET, 0, 200, True),
        ("video.upload.failed", SECRET, 0, 200, False),
        ("authorization.removed", "another", 0, 403, False),
        ("authorization.removed", SECRET, 3600, 403, False),
    ],
)
def test_a_webhook_is_believed_when_it_is_signed_and_fresh(
    world: World, door: Doorway, event: str, secret: str, age: int, status: int, breaks: bool
) -> None:
    account = connected_by_webhooks(world)
    body, headers = webhook(world, event, secret, age)

    assert ask(door, "deauthorize", body, "webhooks", headers=headers).status == status
    assert (world.of(account).broken is not None) is breaks


@pytest.mark.parametrize(
    ("content", "code", "begins"),
    [
        ('{"reason":1}', "removed_on_platform", "You removed PostLoudly on Scripted at "),
        (None, "removed_on_platform", "You removed PostLoudly on Scripted at "),
        ("{}", "removed_on_platform", "You removed PostLoudly on Scripted at "),
        ("no json", "removed_on_platform", "You removed PostLoudly on Scripted at "),
        *((f'{{"reason":{n}}}', "token_revoked", "Scripted ended our access at ") for n in (0, 2, 3, 4, 5)),
    ],
)
def test_a_webhook_blames_nobody_for_what_the_platform_did(
    world: World, door: Doorway, content: Any, code: str, begins: str
) -> None:
    account = connected_by_webhooks(world)
    body, headers = webhook(world, "authorization.removed", content=content)

    assert ask(door, "deauthorize", body, "webhooks", headers=headers).status == 200
    cause = world.of(account).broken
    assert cause is not None
    assert (cause.code, cause.message.startswith(begins)) == (code, True)


def test_a_webhook_that_is_sent_anew_tells_when_it_came_about(world: World, door: Doorway) -> None:
    account = connected_by_webhooks(world)
    removed_at = world.clock.forward(minutes=1)
    world.clock.forward(hours=70)
    body, headers = webhook(world, "authorization.removed", at=removed_at)

    assert ask(door, "deauthorize", body, "webhooks", headers=headers).status == 200
    cause = world.of(account).broken
    assert cause is not None
    assert cause.since == removed_at


def test_a_webhook_about_the_time_before_a_reconnect_breaks_nothing(world: World, door: Doorway) -> None:
    connected_by_webhooks(world)
    removed_at = world.clock.forward(minutes=1)
    world.clock.forward(minutes=1)
    again = connected_by_webhooks(world)
    world.clock.forward(hours=70)
    body, headers = webhook(world, "authorization.removed", at=removed_at)

    assert ask(door, "deauthorize", body, "webhooks", headers=headers).status == 200
    assert world.of(again) == again
