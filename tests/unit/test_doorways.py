"""The API's answers: shapes, problems, cursors (design section 4)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from socials import ids
from socials.api import from_cursor, to_cursor
from socials.errors import Malformed, ReconnectNeeded, Refused, RetryLater
from socials.models.accounts import Cause, Wait
from socials.models.runs import RunState
from tests.support.builders import NOW, TODAY, USER, a_day, a_post, a_run, an_account, life_of
from tests.support.changing import replace
from tests.support.doorways import Context, Doorway, Reply
from tests.support.fakes.platform import scripted
from tests.support.world import World, record_of

Open = Callable[[str], Doorway]


@pytest.fixture
def door(world: World, monkeypatch: pytest.MonkeyPatch) -> Open:
    return lambda name: Doorway(name, world, monkeypatch)


def is_problem(reply: Reply, status: int, code: str, *fields: str) -> bool:
    """RFC 9457, with our stable code, the request's id and the fields' names."""
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    body = reply.json
    assert (reply.status, body["status"], body["code"]) == (status, status, code)
    assert (body["type"], body["request_id"]) == ("about:blank", "request-1")
    assert body["title"]
    assert body["detail"]
    assert ("errors" in body) is (status == 422)
    if fields:
        assert sorted(each["field"] for each in body["errors"]) == sorted(fields)
        assert all(each["detail"] for each in body["errors"])
    return True


# Lists ---------------------------------------------------------------------------------------------------------


def test_accounts_are_listed_with_cursor_and_counts(world: World, door: Open) -> None:
    for n in range(3):
        world.rows.put_account(an_account(platform_account_id=str(n), connected_at=NOW - timedelta(days=n)))
    listing = door("list_accounts")

    first = listing.ask("GET", "/accounts", query={"limit": "2"})
    rest = listing.ask("GET", "/accounts", query={"limit": "2", "cursor": first.json["next_cursor"]})

    assert (first.status, first.headers["cache-control"]) == (200, "no-store")
    assert first.json["counts"] == {"connected": 0, "needs_sync": 3, "connection_error": 0, "disconnecting": 0}
    assert [len(first.json["accounts"]), len(rest.json["accounts"])] == [2, 1]
    assert rest.json["next_cursor"] is None
    shown = {account["account_id"] for reply in (first, rest) for account in reply.json["accounts"]}
    assert len(shown) == 3
    assert listing.ask("GET", "/accounts", user="user-bert").json["accounts"] == []


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ({"limit": "0"}, "invalid", "limit"),
        ({"limit": "101"}, "invalid", "limit"),
        ({"limit": "-1"}, "invalid", "limit"),
        ({"limit": "1e1"}, "invalid", "limit"),
        ({"limit": "٣"}, "invalid", "limit"),
        ({"limit": ""}, "invalid", "limit"),
        ({"limit": "9" * 5000}, "invalid", "limit"),
        ({"platform": "myspace"}, "unknown_platform", "platform"),
        ({"status": "broken"}, "invalid", "status"),
        ({"can_publish": "yes"}, "invalid", "can_publish"),
    ],
)
def test_a_wrong_query_is_named(door: Open, query: dict[str, str], code: str, field: str) -> None:
    assert is_problem(door("list_accounts").ask("GET", "/accounts", query=query), 422, code, field)


@pytest.mark.parametrize(
    "day", ["yesterday", "2026-13-01", "2026-02-30", "20261122", "2026-W47-7", "", "2026-11-22T00:00:00Z", "٢٠٢٦-11-22"]
)
@pytest.mark.parametrize("name", ["from", "to"])
def test_a_wrong_day_is_named(world: World, door: Open, name: str, day: str) -> None:
    account = world.settled_account()
    reply = door("list_accounts").ask("GET", f"/accounts/{account.account_id}/metrics", query={name: day})

    assert is_problem(reply, 422, "invalid", name)


def tampered(cursor: str) -> list[str]:
    flipped = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    return [flipped, cursor[:-1], cursor + "A", cursor + "=", "", "x", "é", "%00", "A" * 5000, cursor[:8]]


@pytest.mark.parametrize("path", ["/accounts", "/accounts/{}/runs", "/accounts/{}/posts", "/accounts/{}/events"])
def test_a_cursor_that_was_tampered_with_is_a_400(world: World, door: Open, path: str) -> None:
    account = world.settled_account()
    listing = door("list_accounts")
    name = path.rpartition("/")[2]
    for cursor in (*tampered(to_cursor(name, "some-key") or ""), to_cursor("other", "some-key") or ""):
        reply = listing.ask("GET", path.format(account.account_id), query={"cursor": cursor})
        assert is_problem(reply, 400, "bad_cursor"), cursor


@pytest.mark.parametrize("key", ["", "x", "2026-11-22T20:45:00Z#acc_1", "ü" * 100])
def test_a_cursor_comes_back_as_its_sort_key(key: str) -> None:
    assert from_cursor("runs", to_cursor("runs", key)) == key
    assert to_cursor("runs", None) is None
    assert from_cursor("runs", None) is None
    with pytest.raises(Malformed):
        from_cursor("posts", to_cursor("runs", key))


def test_runs_posts_and_days_have_the_contracts_shapes(world: World, door: Open) -> None:
    account = world.settled_account()
    rows = world.rows.life(life_of(account))
    run, post = a_run(account, state=RunState.SUCCEEDED, finished_at=NOW), a_post(1)
    rows.runs[run.run_id], rows.posts[post.published_at, post.post_id] = run, post
    rows.days[TODAY] = a_day()
    listing, base = door("list_accounts"), f"/accounts/{account.account_id}"

    [shown] = listing.ask("GET", f"{base}/runs").json["runs"]
    assert shown == listing.ask("GET", f"{base}/runs/{run.run_id}").json
    assert set(shown) == set("run_id account_id trigger state parts queued_at started_at finished_at".split())
    assert set(shown["parts"]) == {"profile", "insights", "posts"}
    assert shown["parts"]["posts"] == {"state": "queued", "done": 0, "total": None, "error": None}
    [shown] = listing.ask("GET", f"{base}/posts").json["posts"]
    assert set(shown) == set("post_id permalink title media_type published_at metrics updated_at".split())
    assert shown["metrics"] == dict.fromkeys(
        ("impressions", "reach", "likes", "comments", "saves", "shares", "clicks", "views")
    ) | {"likes": 1, "comments": 0}
    body = listing.ask("GET", f"{base}/metrics").json
    assert (len(body["days"]), body["growth"]) == (1, {"followers": None})


# Somebody else's, and nobody's ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "method", "path"),
    [
        ("list_accounts", "GET", "/accounts/{}"),
        ("list_accounts", "GET", "/accounts/{}/runs"),
        ("list_accounts", "GET", "/accounts/{}/runs/some-run"),
        ("list_accounts", "GET", "/accounts/{}/metrics"),
        ("list_accounts", "GET", "/accounts/{}/posts"),
        ("sync_account", "POST", "/accounts/{}/sync"),
        ("connect_account", "POST", "/accounts/{}/reconnect"),
        ("disconnect_account", "DELETE", "/accounts/{}"),
    ],
)
def test_another_users_account_is_answered_like_none(
    world: World, door: Open, function: str, method: str, path: str
) -> None:
    account = world.settled_account()
    doorway, before = door(function), world.everything()

    theirs = doorway.ask(method, path.format(account.account_id), user="user-mallory")
    nobodys = doorway.ask(method, path.format(account.account_id[:-1] + "x"))

    assert is_problem(theirs, 404, "not_found")
    assert theirs.json == nobodys.json
    assert world.everything() == before


def test_another_users_receipt_and_connection_are_answered_like_none(world: World, door: Open) -> None:
    account = world.account()
    connection_id = account.connection_id
    receipt = door("disconnect_account").ask("DELETE", f"/accounts/{account.account_id}").json["receipt_id"]
    listing, connecting = door("list_accounts"), door("connect_account")

    assert listing.ask("GET", f"/receipts/{receipt}").status == 200
    assert is_problem(listing.ask("GET", f"/receipts/{receipt}", user="user-mallory"), 404, "not_found")
    assert connecting.ask("GET", f"/connections/{connection_id}").status == 200
    path = f"/connections/{connection_id}"
    assert is_problem(connecting.ask("GET", path, user="user-mallory"), 404, "not_found")
    choice = connecting.ask("POST", f"{path}/accounts", {"ids": [account.account_id]}, user="user-mallory")
    assert is_problem(choice, 404, "not_found")


# Connecting ----------------------------------------------------------------------------------------------------

LONG = "x" * 257
WRONG_BODIES: list[tuple[Any, int, str, tuple[str, ...]]] = [
    ("", 400, "malformed_json", ()),
    ("{", 400, "malformed_json", ()),
    ('{"platform": NaN}', 400, "malformed_json", ()),
    ("-Infinity", 400, "malformed_json", ()),
    ("[" * 60_000, 400, "malformed_json", ()),
    ('{"platform": ' + "1" * 5000 + "}", 400, "malformed_json", ()),
    ("[]", 422, "invalid", ("body",)),
    ("null", 422, "invalid", ("body",)),
    ("{}", 422, "invalid", ("platform",)),
    ('{"platform": 7}', 422, "invalid", ("platform",)),
    ('{"platform": ""}', 422, "invalid", ("platform",)),
    ('{"platform": "myspace"}', 422, "unknown_platform", ("platform",)),
    ('{"platform": "scri\\u0000pted"}', 422, "invalid", ("platform",)),
    ('{"platform": "scripted", "colour": "red"}', 422, "invalid", ("colour",)),
    ('{"platform": "scripted", "instance": "x"}', 422, "invalid", ("instance",)),
    ('{"platform": "secret"}', 422, "invalid", ("app_password", "identifier")),
    ('{"platform": "secret", "identifier": "a"}', 422, "invalid", ("app_password",)),
    ('{"platform": "secret", "identifier": "a\\u0007", "app_password": "b"}', 422, "invalid", ("identifier",)),
    ('{"platform": "secret", "identifier": "a", "app_password": "b\\nc"}', 422, "invalid", ("app_password",)),
    ('{"platform": "secret", "identifier": "a\\ud800", "app_password": "b"}', 422, "invalid", ("identifier",)),
    (f'{{"platform": "secret", "identifier": "{LONG}", "app_password": "b"}}', 422, "invalid", ("identifier",)),
    (f'{{"platform": "secret", "identifier": "a", "app_password": "{LONG}"}}', 422, "invalid", ("app_password",)),
]


@pytest.mark.parametrize(("raw", "status", "code", "fields"), WRONG_BODIES)
def test_a_wrong_body_is_named_and_stores_nothing(
    world: World, door: Open, raw: str, status: int, code: str, fields: tuple[str, ...]
) -> None:
    world.offer(scripted("secret", app_password=True))
    reply = door("connect_account").ask("POST", "/connections", raw=raw)

    assert is_problem(reply, status, code, *fields)
    assert not any(world.everything().values())
    assert world.called == []


@pytest.mark.parametrize(
    ("body", "field", "expected"),
    [
        ({}, "platform", "given: it is needed"),
        ({"platform": 7}, "platform", "text"),
        ({"platform": ""}, "platform", "not empty"),
        ({"platform": "x" * 33}, "platform", "at most 32 long"),
        ({"platform": "scripted", "colour": "red"}, "colour", "left out: there is no such field"),
        ({"platform": "secret", "identifier": LONG}, "identifier", "at most 256 characters"),
        ({"platform": "secret", "identifier": "\u200e"}, "identifier", "not empty"),
        ({"platform": "secret", "identifier": "a\u0007"}, "identifier", "text without control characters"),
        ({"platform": "secret", "app_password": LONG}, "app_password", "at most 256 long"),
    ],
)
def test_what_was_expected_is_said_in_plain_words(
    door: Open, body: dict[str, object], field: str, expected: str
) -> None:
    errors = door("connect_account").ask("POST", "/connections", body).json["errors"]
    assert {"field": field, "detail": expected} in errors


def test_what_nobody_sees_around_a_copied_name_is_no_part_of_it(world: World, door: Open) -> None:
    world.offer(scripted("secret", app_password=True))
    body = {"platform": "secret", "identifier": "\u202aanna.example\u202c", "app_password": "\u2066pass\u2069"}
    assert door("connect_account").ask("POST", "/connections", body).status == 201
    assert world.network.requests[0].form == {"identifier": "anna.example", "password": "pass"}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refused("No.", code="credentials_refused"), 422, "credentials_refused"),
        (Refused("Make an app password.", code="main_password_refused"), 422, "main_password_refused"),
        (RetryLater("Down."), 503, "platform_unavailable"),
        (ReconnectNeeded("Gone."), 502, "token_revoked"),
    ],
)
def test_a_login_that_fails_says_why_and_stores_nothing(
    world: World, door: Open, error: Exception, status: int, code: str
) -> None:
    world.offer(scripted("secret", app_password=True))
    world.script("log_in", error)
    body = {"platform": "secret", "identifier": "anna", "app_password": "abcd-efgh"}
    reply = door("connect_account").ask("POST", "/connections", body)

    assert is_problem(reply, status, code)
    assert "abcd-efgh" not in str(reply.answer)
    assert not any(world.everything().values())


def test_a_consent_goes_out_with_a_cookie_and_comes_back_to_the_page(world: World, door: Open) -> None:
    connecting = door("connect_account")
    leaving = connecting.ask("POST", "/connections", {"platform": "scripted"})
    connection_id = leaving.json["connection_id"]

    assert leaving.status == 201
    assert set(leaving.json) == {"connection_id", "authorize_url", "expires_at"}
    [cookie] = leaving.cookies
    assert cookie.startswith(f"connect_{connection_id}=")
    for attribute in ("HttpOnly", "SameSite=Lax", "Secure", "Max-Age=600", "Path=/connections/callback"):
        assert attribute in cookie
    state = parse_qs(urlsplit(leaving.json["authorize_url"]).query)["state"][0]
    jar = ["other=1", cookie.partition(";")[0]]
    back = connecting.ask("GET", "/connections/callback", query={"state": state, "code": "c"}, user=None, cookies=jar)
    assert back.status == 303
    assert back.headers["location"] == f"/?connection={connection_id}&outcome=done"
    assert any("Max-Age=0" in spent for spent in back.cookies)
    shown = connecting.ask("GET", f"/connections/{connection_id}").json
    assert (shown["status"], shown["error"], shown["candidates"]) == ("done", None, [])
    assert len(shown["accounts"]) == 1


@pytest.mark.parametrize("query", [{}, {"state": ""}, {"state": "x", "code": "y"}, {"state": LONG * 40}, {"code": "y"}])
def test_a_callback_without_a_living_state_goes_to_the_page_with_an_error(
    world: World, door: Open, query: dict[str, str]
) -> None:
    reply = door("connect_account").ask("GET", "/connections/callback", query=query, user=None)

    assert (reply.status, reply.headers["location"]) == (303, "/?outcome=failed&error=unknown_state")
    assert not any(world.everything().values())


@pytest.mark.parametrize(
    ("raw", "status", "code", "field"),
    [
        ("{}", 422, "invalid", "ids"),
        ('{"ids": []}', 422, "invalid", "ids"),
        ('{"ids": "acc_1"}', 422, "invalid", "ids"),
        ('{"ids": [7]}', 422, "invalid", "ids.0"),
        ('{"ids": ["acc_nobody"]}', 422, "unknown_candidate", "ids"),
    ],
)
def test_a_wrong_choice_is_named(world: World, door: Open, raw: str, status: int, code: str, field: str) -> None:
    account = world.account()
    reply = door("connect_account").ask("POST", f"/connections/{account.connection_id}/accounts", raw=raw)

    assert is_problem(reply, status, code, field)


def test_an_expired_choice_is_gone(world: World, door: Open) -> None:
    leaving = world.connecting.leave(USER, "scripted", "https://app.example/callback")
    world.clock.forward(minutes=15)
    path = f"/connections/{leaving.connection.connection_id}/accounts"

    assert is_problem(door("connect_account").ask("POST", path, {"ids": ["x"]}), 410, "connection_expired")


def test_platforms_are_listed_for_everybody(door: Open) -> None:
    reply = door("connect_account").ask("GET", "/platforms", user=None)

    shown = {each["slug"]: each for each in reply.json["platforms"]}
    assert set(shown) >= {"pinterest", "bluesky"}
    names = "slug name connect configured metrics scopes revokes day_zone revocation".split()
    assert all(set(each) == set(names) for each in shown.values())
    assert shown["pinterest"]["configured"] is True
    assert shown["bluesky"]["revokes"] == "token"


# Sync and disconnect -------------------------------------------------------------------------------------------


def test_a_sync_asked_for_is_accepted_with_its_run(world: World, door: Open) -> None:
    account = world.settled_account()
    sync, path = door("sync_account"), f"/accounts/{account.account_id}/sync"

    first, again = sync.ask("POST", path), sync.ask("POST", path)

    assert (first.status, again.status) == (202, 202)
    assert first.json == again.json
    assert (first.json["state"], first.json["trigger"]) == ("queued", "manual")


@pytest.mark.parametrize("raw", ["", "{}", '{"colour": "red"}', "{", "\u0000"])
def test_a_route_without_a_body_passes_over_one_that_is_sent(world: World, door: Open, raw: str) -> None:
    account = world.settled_account()
    path = f"/accounts/{account.account_id}"

    assert door("connect_account").ask("POST", f"{path}/reconnect", raw=raw).status == 201
    assert door("sync_account").ask("POST", f"{path}/sync", raw=raw).status == 202
    assert is_problem(door("sync_account").ask("POST", "/accounts/none/sync", raw=raw), 404, "not_found")


def test_refusals_of_a_sync(world: World, door: Open) -> None:
    account = world.settled_account()
    sync, path = door("sync_account"), f"/accounts/{account.account_id}/sync"
    world.rows.put_account(replace(account, last_run_finished_at=NOW - timedelta(seconds=15)))
    soon = sync.ask("POST", path)
    assert is_problem(soon, 429, "just_synced")
    assert soon.headers["retry-after"] == "45"
    world.rows.put_account(replace(account, wait=Wait("rate_limited", "Wait.", NOW, NOW + timedelta(hours=1))))
    waiting = sync.ask("POST", path)
    assert is_problem(waiting, 429, "platform_wait")
    assert waiting.headers["retry-after"] == "3600"
    world.rows.put_account(replace(account, broken=Cause("token_revoked", "Gone.", NOW)))
    assert is_problem(sync.ask("POST", path), 409, "reconnect_needed")
    world.rows.put_account(replace(account, receipt_id=ids.receipt_id(account.account_id, NOW)))
    assert is_problem(sync.ask("POST", path), 409, "disconnecting")


def test_a_disconnect_is_accepted_and_repeated_until_it_is_done(world: World, door: Open) -> None:
    account = world.settled_account()
    disconnect, path = door("disconnect_account"), f"/accounts/{account.account_id}"

    first, again = disconnect.ask("DELETE", path), disconnect.ask("DELETE", path)

    assert (first.status, first.json) == (again.status, again.json)
    assert (first.status, first.json["state"], first.json["platform_revocation"]) == (202, "erasing", None)
    names = "receipt_id account_id platform state platform_revocation deleted revocation backups_until requested_at"
    assert set(first.json) == {*names.split(), "finished_at"}
    assert first.json["deleted"] == dict.fromkeys(("snapshots", "posts", "runs", "events", "secrets"), 0)
    shown = door("list_accounts").ask("GET", path).json
    assert (shown["status"], shown["next_sync_at"]) == ("disconnecting", None)
    world.erase(world.receipt(first.json["receipt_id"]))
    done = disconnect.ask("DELETE", path)
    assert (done.status, done.json["state"], done.json["platform_revocation"]) == (200, "done", "revoked")
    assert is_problem(door("list_accounts").ask("GET", path), 404, "not_found")


def test_disconnecting_everything_answers_all_receipts(world: World, door: Open) -> None:
    world.account("1")
    world.account("2")

    reply = door("disconnect_account").ask("DELETE", "/accounts")

    assert reply.status == 202
    assert len(reply.json["receipts"]) == 2


# What nobody foresaw -------------------------------------------------------------------------------------------


def test_an_unforeseen_error_is_hidden_behind_a_500(world: World, door: Open) -> None:
    world.hooks.fail("accounts.list", OSError("secret detail of the table"))
    reply = door("list_accounts").ask("GET", "/accounts")

    assert is_problem(reply, 500, "internal_error")
    assert "secret detail" not in str(reply.answer)


# Workers -------------------------------------------------------------------------------------------------------


def test_the_workers_serve_their_queues(world: World, door: Open) -> None:
    account = world.account()
    world.rows.put_account(replace(world.of(account), wake_at=world.clock()))
    event = {"time": "2026-11-22T20:45:00Z", "detail": {}}
    assert door("dispatch_syncs").app.handler(event, Context()) == {"woken": 1}
    records = [record_of(wakeup) for wakeup in world.queues.take("manual")]
    assert door("run_syncs").app.handler({"Records": records}, Context()) == {"batchItemFailures": []}
    assert world.last_run(account).state is RunState.SUCCEEDED
    late = door("run_syncs").app.handler({"Records": records}, Context(19_000))
    assert late == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    door("disconnect_account").ask("DELETE", f"/accounts/{account.account_id}")
    records = [record_of(wakeup) for wakeup in world.queues.take("erase")]
    assert door("erase_account").app.handler({"Records": records}, Context()) == {"batchItemFailures": []}
    assert world.rows.accounts == {}
