from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime
from typing import Any

import pytest

from socials.errors import (
    AccessRefused,
    Invalid,
    PlatformError,
    ReconnectNeeded,
    Refused,
    RetryLater,
)
from socials.models.parts import Part
from socials.models.readings import Metrics, Tokens
from socials.platforms.base import Login, Session
from socials.platforms.bluesky import BLUESKY, FACTS, log_in, read_posts, refresh, revoke
from socials.platforms.explaining import verdict
from tests.support.changing import replace
from tests.unit.platforms.scripted import Scripted, answer, payload, stored

DID = "did:plc:rgn2ebdnnvwum6rz3cjeui2c"
LOGIN = Login(identifier="alice.bsky.social", password="fuwg-44av-oqhh-4sgk")
NOWHERE = {
    "resolve_handle": payload("bluesky", "resolve_handle_unknown"),
    "did_document": payload("bluesky", "did_document_unknown"),
}


def script(**replies: Any) -> Scripted:
    return Scripted(BLUESKY, **replies)


def tokens(service: str = "https://bsky.social") -> Tokens:
    return Tokens(access="access", refresh="refresh", extra={"service": service, "did": DID, "handle": "alice.test"})


def session(service: str = "https://bsky.social") -> Session:
    return Session(tokens=tokens(service), platform_account_id=DID, username="alice.test", today=date(2026, 11, 22))


def jwt(claims: str) -> str:
    return f"h.{urlsafe_b64encode(claims.encode()).decode().rstrip('=')}.s"


def document(endpoint: object, **changes: object) -> dict[str, Any]:
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": endpoint, **changes}
    return {"id": DID, "service": [{"id": "#other", "serviceEndpoint": "https://other.test"}, service]}


# Logging in


def test_an_app_password_brings_a_session_with_its_expiries() -> None:
    got = log_in(script(log_in=payload("bluesky", "log_in")), LOGIN)
    assert got.access_expires_at and got.refresh_expires_at
    assert got.refresh_expires_at - got.access_expires_at > (got.access_expires_at - datetime(2026, 11, 22, tzinfo=UTC))
    assert got.extra == {"service": "https://pds.bsky.test", "did": DID, "handle": "alice.test"}


def test_the_main_password_is_refused_and_its_session_deleted_at_once() -> None:
    client = script(log_in=payload("bluesky", "log_in_main_password"), revoke=answer(200))
    with pytest.raises(Refused, match="app password") as caught:
        log_in(client, LOGIN)
    assert caught.value.code == "main_password_refused"
    assert client.calls == ["log_in", "revoke"]
    assert client.requests[1].bearer == stored("bluesky", "log_in_main_password")["body"]["refreshJwt"]


@pytest.mark.parametrize("failure", [answer(500), answer(400, {"error": "ExpiredToken"}), RetryLater(code="timeout")])
def test_the_main_password_is_refused_even_if_its_session_cannot_be_deleted(failure: Any) -> None:
    with pytest.raises(Refused) as caught:
        log_in(script(log_in=payload("bluesky", "log_in_main_password"), revoke=failure), LOGIN)
    assert caught.value.code == "main_password_refused"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("deactivated", "account_deactivated"),
        ("suspended", "account_suspended"),
        ("takendown", "account_taken_down"),
        ("weird", "account_unavailable"),
        (None, "account_unavailable"),
    ],
)
def test_a_paused_account_is_not_connected(status: str | None, code: str) -> None:
    client = script(log_in=payload("bluesky", "log_in_deactivated", status=status), revoke=answer(200))
    with pytest.raises(Refused) as caught:
        log_in(client, LOGIN)
    assert caught.value.code == code and client.calls == ["log_in", "revoke"]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("  @Alice.Test ", "alice.test"),
        ("alice.test", "alice.test"),
        ("@Alice", "alice.bsky.social"),
        ("\u202aalice.test\u202c", "alice.test"),
        (f" {DID}", DID),
        ("did:web:Example.com", "did:web:Example.com"),
        ("Alice@Example.com", "Alice@Example.com"),
        ("https://bsky.app/profile/Alice.test", "alice.test"),
        ("bsky.app/profile/alice.test/", "alice.test"),
        (f"https://bsky.app/profile/{DID}", DID),
    ],
)
def test_what_people_type_as_their_handle_is_understood(typed: str, sent: str) -> None:
    client = script(log_in=payload("bluesky", "log_in"), **NOWHERE)
    log_in(client, replace(LOGIN, identifier=typed))
    assert client.requests[-1].json == {"identifier": sent, "password": LOGIN.password}


@pytest.mark.parametrize(
    ("typed", "url", "guarded"),
    [
        (None, "https://bsky.social", False),
        ("", "https://bsky.social", False),
        ("https://bsky.social/", "https://bsky.social", False),
        ("pds.example.org", "https://pds.example.org", True),
        (" HTTPS://PDS.Example.org/ ", "https://pds.example.org", True),
        ("http://localhost:2583", "http://localhost:2583", True),
    ],
)
def test_a_typed_service_is_called_guarded(typed: str | None, url: str, guarded: bool) -> None:
    client = script(log_in=payload("bluesky", "log_in"))
    log_in(client, replace(LOGIN, service=typed))
    request = client.requests[0]
    assert (request.url, request.guarded) == (f"{url}/xrpc/com.atproto.server.createSession", guarded)


def test_a_name_without_a_domain_is_taken_as_it_stands_where_the_server_is_named() -> None:
    client = script(log_in=payload("bluesky", "log_in"))
    log_in(client, replace(LOGIN, identifier="alice", service="pds.example.org"))
    assert client.requests[0].json == {"identifier": "alice", "password": LOGIN.password}


def test_an_account_on_a_server_of_its_own_logs_in_there() -> None:
    client = script(
        resolve_handle=payload("bluesky", "resolve_handle"),
        did_document=payload("bluesky", "did_document"),
        log_in=payload("bluesky", "log_in"),
    )
    log_in(client, replace(LOGIN, identifier="@Alice.test"))
    asked, directory, logged_in = client.requests
    assert (asked.url, tuple(asked.query)) == (
        "https://public.api.bsky.app/xrpc/com.atproto.identity.resolveHandle",
        (("handle", "alice.test"),),
    )
    assert directory.url == f"https://plc.directory/{DID}"
    assert logged_in.url == "https://pds.bsky.test/xrpc/com.atproto.server.createSession" and logged_in.guarded
    assert not any(each.json or each.bearer for each in (asked, directory))
    assert (asked.seconds, directory.seconds, logged_in.seconds) == (3, 3, None), "somebody waits for all of them"


@pytest.mark.parametrize(
    ("identifier", "url", "guarded"),
    [
        (DID, f"https://plc.directory/{DID}", False),
        ("did:web:alice.test", "https://alice.test/.well-known/did.json", True),
    ],
)
def test_a_did_names_its_document_itself(identifier: str, url: str, guarded: bool) -> None:
    found = {**document("https://pds.alice.test"), "id": identifier}
    client = script(did_document=answer(200, found), log_in=payload("bluesky", "log_in"))
    log_in(client, replace(LOGIN, identifier=identifier))
    assert (client.requests[0].url, client.requests[0].guarded) == (url, guarded)
    assert client.requests[1].url.startswith("https://pds.alice.test/")


@pytest.mark.parametrize(
    "replies",
    [
        {"resolve_handle": NOWHERE["resolve_handle"]},
        {"resolve_handle": RetryLater(code="timeout")},
        {"resolve_handle": answer(200, {"did": "nobody"})},
        {"resolve_handle": answer(200, ["did"])},
        {"did_document": NOWHERE["did_document"]},
        {"did_document": RetryLater(code="connection_failed")},
        {"did_document": answer(200, {**document("https://pds.alice.test"), "id": "did:plc:somebodyelse"})},
        {"did_document": answer(200, document("https://pds.alice.test", id="#other"))},
        {"did_document": answer(200, document(["https://pds.alice.test"]))},
        {"did_document": answer(200, document("https://morel.us-east.host.bsky.network"))},
        {"did_document": answer(200, document(None))},
    ],
)
def test_who_names_no_other_server_logs_in_at_blueskys(replies: dict[str, Any]) -> None:
    ways = {
        "resolve_handle": answer(200, {"did": DID}),
        "did_document": answer(200, document("https://pds.test")),
        **replies,
    }
    client = script(log_in=payload("bluesky", "log_in"), **ways)
    log_in(client, replace(LOGIN, identifier="alice.test"))
    assert client.requests[-1].url == "https://bsky.social/xrpc/com.atproto.server.createSession"


@pytest.mark.parametrize(
    "endpoint", ["http://pds.alice.test", "https://127.0.0.1", "https://pds.alice.test:8443", "pds"]
)
def test_nobody_is_told_the_password_of_a_server_that_we_may_not_call(endpoint: str) -> None:
    ways = {"resolve_handle": answer(200, {"did": DID}), "did_document": answer(200, document(endpoint))}
    client = script(**ways)
    with pytest.raises(Invalid) as caught:
        log_in(client, replace(LOGIN, identifier="alice.test"))
    assert (caught.value.code, caught.value.errors[0].field) == ("host_refused", "service")
    assert client.calls == ["resolve_handle", "did_document"]


@pytest.mark.parametrize("typed", ["not a handle", "https://example.com/alice", "alice.", "alice..test", "-", "@"])
def test_what_is_nobodys_name_is_the_wrong_field_and_takes_no_password_anywhere(typed: str) -> None:
    client = script()
    with pytest.raises(Invalid) as caught:
        log_in(client, replace(LOGIN, identifier=typed))
    assert [error.field for error in caught.value.errors] == ["identifier"]
    assert all("createSession" not in request.url for request in client.requests)


@pytest.mark.parametrize("identifier", ["alice.bsky.social", "alice@example.com", "did:web:a_b", "did:key:abc"])
def test_who_can_live_at_blueskys_only_is_not_asked_for_elsewhere(identifier: str) -> None:
    client = script(log_in=payload("bluesky", "log_in"))
    log_in(client, replace(LOGIN, identifier=identifier))
    assert client.calls == ["log_in"] and client.requests[0].url.startswith("https://bsky.social/")


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (Refused("Not public.", code="host_refused"), "host_refused"),
        (RetryLater(code="dns_failed"), "host_unreachable"),
    ],
)
def test_a_found_server_that_cannot_be_called_is_told_like_a_typed_one(failure: PlatformError, code: str) -> None:
    client = script(
        resolve_handle=answer(200, {"did": DID}),
        did_document=answer(200, document("https://pds.alice.test")),
        log_in=failure,
    )
    with pytest.raises(Invalid) as caught:
        log_in(client, replace(LOGIN, identifier="alice.test"))
    assert caught.value.code == code and caught.value.errors[0].field == "service"


@pytest.mark.parametrize(
    "typed",
    [
        "ftp://pds.example.org",
        "https://user:pass@pds.example.org",
        "https://pds.example.org/path",
        "pds.example.org?x=1",
        "pds.example.org#x",
        "https://",
        "pds example org",
        "javascript:alert(1)",
        "//pds.example.org",
        "https://pds.example.org\\@evil.test",
    ],
)
def test_a_service_that_is_no_host_names_its_field(typed: str) -> None:
    client = script()
    with pytest.raises(Invalid) as caught:
        log_in(client, replace(LOGIN, service=typed))
    assert caught.value.code == "host_refused" and caught.value.errors[0].field == "service"
    assert not client.requests


@pytest.mark.parametrize(
    "said",
    [
        answer(404, None),
        answer(405, {"message": "Method Not Allowed"}),
        answer(302, None),
        answer(200, None),
        RetryLater(code="unreadable_answer"),
    ],
)
def test_a_service_that_is_a_web_site_and_no_server_names_its_field(said: Any) -> None:
    with pytest.raises(Invalid) as caught:
        log_in(script(log_in=said), replace(LOGIN, service="bsky.app"))
    assert (caught.value.code, caught.value.errors[0].field) == ("not_an_instance", "service")


def test_what_a_server_of_its_own_says_is_no_word_on_the_service() -> None:
    refused = answer(400, {"error": "InvalidRequest", "message": "Input/identifier must be a string"})
    for said, error in ((refused, Refused), (answer(503, None), RetryLater)):
        with pytest.raises(error):
            log_in(script(log_in=said), replace(LOGIN, service="pds.example.org"))


def test_a_service_that_the_guard_refuses_names_its_field() -> None:
    client = script(log_in=Refused("Only https is accepted.", code="host_refused"))
    with pytest.raises(Invalid) as caught:
        log_in(client, replace(LOGIN, service="http://pds.example.org"))
    assert caught.value.errors[0].field == "service" and "https" in caught.value.errors[0].detail


@pytest.mark.parametrize(
    ("used", "named", "kept"),
    [
        ("https://bsky.social", "https://morel.host.bsky.network", "https://morel.host.bsky.network"),
        ("https://bsky.social", "https://Morel.host.bsky.network/", "https://morel.host.bsky.network"),
        ("https://bsky.social", "http://morel.host.bsky.network", "https://bsky.social"),
        ("https://bsky.social", "https://127.0.0.1", "https://bsky.social"),
        ("https://bsky.social", "https://localhost", "https://bsky.social"),
        ("https://bsky.social", "https://pds.test:8443", "https://bsky.social"),
        ("https://bsky.social", "https://a:b@pds.test", "https://bsky.social"),
        ("https://bsky.social", "javascript:alert(1)", "https://bsky.social"),
        ("https://bsky.social", None, "https://bsky.social"),
        ("https://bsky.social", ["https://pds.test"], "https://bsky.social"),
        ("http://localhost:2583", "http://localhost:2584", "http://localhost:2584"),
        ("http://localhost:2583", "https://pds.test", "https://pds.test"),
    ],
)
def test_later_calls_go_to_the_accounts_own_server_if_that_may_be_called(used: str, named: object, kept: str) -> None:
    client = script(log_in=payload("bluesky", "log_in", didDoc=document(named)))
    assert log_in(client, replace(LOGIN, service=used)).extra["service"] == kept


@pytest.mark.parametrize("body", [None, [], {"service": 5}, {"service": [None, 3]}, {"service": [{"id": 7}]}, "x"])
def test_a_broken_did_document_changes_nothing(body: object) -> None:
    client = script(log_in=payload("bluesky", "log_in", didDoc=body))
    assert log_in(client, LOGIN).extra["service"] == "https://bsky.social"


@pytest.mark.parametrize(
    "claims", ["{}", "[]", "5", "x", '{"exp": "soon"}', '{"exp": 1e300}', '{"exp": true}', '{"exp": -5}', "[" * 50_000]
)
def test_an_expiry_that_cannot_be_read_is_unknown(claims: str) -> None:
    client = script(log_in=payload("bluesky", "log_in", accessJwt=jwt(claims)[:8000]))
    assert log_in(client, LOGIN).access_expires_at is None


@pytest.mark.parametrize("value", [None, "", "a\nb", "ü", 5, "x" * 8_001])
@pytest.mark.parametrize("name", ["accessJwt", "refreshJwt"])
def test_a_token_that_cannot_be_sent_is_never_kept(name: str, value: object) -> None:
    with pytest.raises(RetryLater) as caught:
        log_in(script(log_in=payload("bluesky", "log_in", **{name: value})), LOGIN)
    assert caught.value.code == "unreadable_answer"


# The session


def test_a_refresh_sends_the_refresh_token_and_nothing_else() -> None:
    client = script(refresh=payload("bluesky", "refresh"))
    refresh(client, None, tokens("https://pds.bsky.test"))
    request = client.requests[0]
    assert (request.method, request.bearer, request.json, request.form) == ("POST", "refresh", None, None)
    assert request.url == "https://pds.bsky.test/xrpc/com.atproto.server.refreshSession" and request.guarded


def test_a_refresh_that_leaves_out_who_it_is_keeps_the_pair() -> None:
    fresh = refresh(script(refresh=payload("bluesky", "refresh", did=DID, handle="alice.test")), None, tokens())
    body = {key: value for key, value in stored("bluesky", "refresh")["body"].items() if key not in ("did", "handle")}
    assert refresh(script(refresh=answer(200, body)), None, tokens()).refresh == fresh.refresh


def test_a_refresh_that_answers_for_somebody_else_is_not_taken() -> None:
    with pytest.raises(RetryLater):
        refresh(script(refresh=payload("bluesky", "refresh", did="did:plc:somebodyelse")), None, tokens())


MOVED = answer(403, {"error": "AccountNotFound"})
NEW_HOME = answer(200, document("https://pds.alice.test"))


def test_an_account_that_moved_is_renewed_where_its_did_says_now() -> None:
    client = script(refresh=[MOVED, payload("bluesky", "refresh", did=DID, didDoc=None)], did_document=NEW_HOME)
    fresh = refresh(client, None, tokens("https://morel.us-east.host.bsky.network"))
    assert [request.url.split("/")[2] for request in client.requests] == [
        "morel.us-east.host.bsky.network",
        "plc.directory",
        "pds.alice.test",
    ]
    assert fresh.extra["service"] == "https://pds.alice.test"
    assert client.requests[1].bearer is None


@pytest.mark.parametrize(
    "replies",
    [
        {"refresh": MOVED, "did_document": NEW_HOME},
        {"refresh": [MOVED, payload("bluesky", "refresh_revoked")], "did_document": NEW_HOME},
        {"refresh": [MOVED, answer(401, {"error": "AuthMissing"})], "did_document": NEW_HOME},
        {"refresh": [MOVED, answer(404)], "did_document": NEW_HOME},
        {"refresh": [MOVED, Refused("Not public.", code="host_refused")], "did_document": NEW_HOME},
        {"refresh": [MOVED, answer(500)], "did_document": answer(200, document("http://pds.alice.test"))},
        {"refresh": [MOVED, answer(500)], "did_document": answer(404)},
        {"refresh": [MOVED, answer(500)], "did_document": answer(200, document("https://pds.bsky.test"))},
    ],
)
def test_an_account_that_nobody_finds_has_to_connect_again(replies: dict[str, Any]) -> None:
    with pytest.raises(ReconnectNeeded) as caught:
        refresh(script(**replies), None, tokens("https://pds.bsky.test"))
    assert caught.value.code == "account_moved"


@pytest.mark.parametrize(
    "away", [{"did_document": answer(503)}, {"did_document": NEW_HOME, "refresh": [MOVED, answer(502)]}]
)
def test_nobody_has_to_connect_again_while_who_would_know_is_away(away: dict[str, Any]) -> None:
    with pytest.raises(RetryLater):
        refresh(script(**{"refresh": MOVED, **away}), None, tokens("https://pds.bsky.test"))


def test_a_revoke_deletes_the_session_by_its_refresh_token() -> None:
    client = script(revoke=answer(200))
    revoke(client, None, tokens())
    request = client.requests[0]
    assert request.url.endswith("com.atproto.server.deleteSession") and request.bearer == "refresh"
    assert not request.expects_json and request.json is None


@pytest.mark.parametrize("error", ["ExpiredToken", "InvalidToken"])
def test_a_session_that_is_gone_already_counts_as_revoked(error: str) -> None:
    revoke(script(revoke=answer(400, {"error": error})), None, tokens())


@pytest.mark.parametrize("reply", [answer(500), answer(429), answer(401, {"error": "AccountTakedown"}), answer(403)])
def test_a_revoke_that_fails_says_so(reply: Any) -> None:
    with pytest.raises(PlatformError):
        revoke(script(revoke=reply), None, tokens())


# Posts


def test_posts_of_the_real_network_are_read() -> None:
    portion = read_posts(script(posts=payload("bluesky", "posts")), session(), None)
    by_title = {post.title: post for post in portion.posts}
    assert by_title["Hello from alice: first real post"].metrics == Metrics(likes=5, comments=2, shares=3, saves=0)
    assert by_title["alice quotes bob"].media_type == "quote" and by_title["With a picture"].media_type == "image"
    assert portion.cursor is None and portion.total is None and len(portion.posts) == 9


def test_reposts_are_dropped_pins_come_once_and_absent_counts_are_null() -> None:
    portion = read_posts(script(posts=payload("bluesky", "posts_of_every_kind")), session(), None)
    read = {post.post_id.rsplit("/", 1)[-1]: (post.media_type, post.metrics) for post in portion.posts}
    assert read == {
        "pinned": ("text", Metrics(likes=7, comments=1, shares=5, saves=4)),
        "images": ("image", Metrics(likes=0)),
        "video": ("video", Metrics()),
        "gallery": ("gallery", Metrics()),
        "external": ("link", Metrics()),
        "record": ("quote", Metrics()),
        "withmedia": ("video", Metrics()),
        "future": (None, Metrics()),
    }
    assert portion.cursor == "2026-11-20T10:00:00Z"


def test_a_page_asks_for_a_hundred_posts_without_replies() -> None:
    client = script(posts=payload("bluesky", "posts"))
    read_posts(client, session("https://pds.bsky.test"), "next")
    assert dict(client.requests[0].query) == {
        "actor": DID,
        "filter": "posts_no_replies",
        "limit": "100",
        "cursor": "next",
    }
    assert client.requests[0].guarded


@pytest.mark.parametrize(
    ("written", "seen", "kept"),
    [
        ("2026-11-20T10:00:00.999Z", "2026-11-20T10:00:05Z", "2026-11-20T10:00:00"),
        ("2026-11-20T12:00:00+02:00", "2026-11-20T10:00:05Z", "2026-11-20T10:00:00"),
        ("2099-01-01T00:00:00Z", "2026-11-20T10:00:05Z", "2026-11-20T10:00:05"),
        ("0001-01-01T00:00:00Z", "2026-11-20T10:00:05Z", "2026-11-20T10:00:05"),
        ("yesterday", "2026-11-20T10:00:05Z", "2026-11-20T10:00:05"),
        (None, "2026-11-20T10:00:05Z", "2026-11-20T10:00:05"),
        ("2026-11-20T10:00:00", None, "2026-11-20T10:00:00"),
        ("9999-12-31T23:59:59-23:00", None, None),
        (None, None, None),
    ],
)
def test_the_time_of_a_post_is_the_authors_unless_that_is_nonsense(written: Any, seen: Any, kept: str | None) -> None:
    post = stored("bluesky", "posts_of_every_kind")["body"]["feed"][3]["post"]
    post = {**post, "record": {"createdAt": written}, "indexedAt": seen}
    posts = read_posts(script(posts=answer(200, {"feed": [{"post": post}]})), session(), None).posts
    assert [read.published_at.strftime("%Y-%m-%dT%H:%M:%S") for read in posts] == ([kept] if kept else [])


@pytest.mark.parametrize(
    "uri",
    [
        "at://did:plc:somebodyelse/app.bsky.feed.post/3abc",
        f"at://{DID}/app.bsky.feed.like/3abc",
        f"at://{DID}/app.bsky.feed.post/3a/bc",
        f"at://{DID}/app.bsky.feed.post/3a#bc",
        f"at://{DID}/app.bsky.feed.post/{'x' * 513}",
        "https://bsky.app/",
        5,
    ],
)
def test_what_is_not_the_accounts_own_post_is_left_out(uri: object) -> None:
    post = {**stored("bluesky", "posts_of_every_kind")["body"]["feed"][3]["post"], "uri": uri}
    assert read_posts(script(posts=answer(200, {"feed": [{"post": post}]})), session(), None).posts == ()


def test_a_handle_that_broke_leaves_a_profile_address_that_works() -> None:
    client = script(profile=payload("bluesky", "profile", handle="handle.invalid"))
    assert BLUESKY.identify(client, tokens())[0].profile_url == f"https://bsky.app/profile/{DID}"


def test_followers_that_are_not_told_are_null() -> None:
    body = {k: v for k, v in stored("bluesky", "profile")["body"].items() if k not in ("followersCount", "displayName")}
    portion = BLUESKY.parts[Part.PROFILE](script(profile=answer(200, body)), session(), None)
    assert portion.profile and portion.profile.followers is None
    assert portion.profile.identity.display_name == "alice.test" and portion.profile.posts_total is None


# Errors

TABLE = [
    # call, status, error, class, code
    ("log_in", 401, "AuthenticationRequired", Refused, "credentials_refused"),
    ("log_in", 401, "AuthFactorTokenRequired", Refused, "main_password_refused"),
    ("log_in", 401, "AccountTakedown", Refused, "account_taken_down"),
    ("log_in", 401, "AccountDeactivated", Refused, "account_deactivated"),
    ("log_in", 401, None, Refused, "credentials_refused"),
    ("log_in", 400, "InvalidRequest", Refused, "platform_refused"),
    ("log_in", 404, None, Refused, "platform_refused"),
    ("log_in", 429, "RateLimitExceeded", RetryLater, "rate_limited"),
    ("refresh", 400, "ExpiredToken", ReconnectNeeded, "token_revoked"),
    ("refresh", 400, "InvalidToken", ReconnectNeeded, "token_revoked"),
    ("refresh", 401, "ExpiredToken", ReconnectNeeded, "token_revoked"),
    ("refresh", 401, "AccountTakedown", ReconnectNeeded, "account_taken_down"),
    ("refresh", 403, "AccountNotFound", ReconnectNeeded, "account_moved"),
    ("refresh", 401, "AccountDeactivated", Refused, "account_deactivated"),
    ("refresh", 401, "AccountSuspended", Refused, "account_suspended"),
    ("refresh", 401, "AuthMissing", Refused, "platform_refused"),
    ("refresh", 400, "InvalidRequest", Refused, "platform_refused"),
    ("refresh", 400, None, Refused, "platform_refused"),
    ("refresh", 401, None, Refused, "platform_refused"),
    ("refresh", 429, "RateLimitExceeded", RetryLater, "rate_limited"),
    ("refresh", 502, "UpstreamFailure", RetryLater, "platform_unavailable"),
    ("profile", 400, "ExpiredToken", AccessRefused, "access_refused"),
    ("profile", 400, "InvalidToken", AccessRefused, "access_refused"),
    ("profile", 401, "AuthMissing", AccessRefused, "access_refused"),
    ("profile", 401, None, AccessRefused, "access_refused"),
    ("profile", 401, "AccountTakedown", ReconnectNeeded, "account_taken_down"),
    ("profile", 400, "AccountTakedown", Refused, "account_taken_down"),
    ("profile", 400, "AccountDeactivated", Refused, "account_deactivated"),
    ("profile", 401, "AccountDeactivated", Refused, "account_deactivated"),
    ("profile", 403, "AccountNotFound", AccessRefused, "account_moved"),
    ("profile", 400, "InvalidRequest", Refused, "platform_refused"),
    ("posts", 400, "BlockedActor", Refused, "platform_refused"),
    ("posts", 400, "BlockedByActor", Refused, "platform_refused"),
    ("posts", 400, "RateLimitExceeded", RetryLater, "rate_limited"),
    ("posts", 429, "RateLimitExceeded", RetryLater, "rate_limited"),
    ("posts", 500, "InternalServerError", RetryLater, "platform_unavailable"),
    ("posts", 503, "NotEnoughResources", RetryLater, "platform_unavailable"),
    ("posts", 504, "UpstreamTimeout", RetryLater, "platform_unavailable"),
    ("posts", 500, "ExpiredToken", RetryLater, "platform_unavailable"),
]


@pytest.mark.parametrize(("call", "status", "error", "kind", "code"), TABLE)
def test_each_answer_has_its_class(call: str, status: int, error: str | None, kind: type, code: str) -> None:
    body = {"error": error, "message": "text that nobody reads"} if error else {"message": "text"}
    found = verdict(BLUESKY, call, answer(status, body))
    assert found is not None and type(found) is kind and found.code == code
    assert found.http_status == status and found.platform_code == error and found.platform == FACTS.slug
    assert "text" not in str(found)


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("log_in_wrong_password", Refused, "credentials_refused"),
        ("refresh_revoked", ReconnectNeeded, "token_revoked"),
        ("refresh_taken_down", ReconnectNeeded, "account_taken_down"),
        ("profile_bad_token", AccessRefused, "access_refused"),
        ("profile_deactivated", Refused, "account_deactivated"),
        ("profile_taken_down", Refused, "account_taken_down"),
        ("posts_profile_not_found", Refused, "platform_refused"),
        ("limited", RetryLater, "rate_limited"),
    ],
)
def test_answers_of_the_real_server_have_their_class(name: str, kind: type, code: str) -> None:
    found = verdict(BLUESKY, stored("bluesky", name)["call"], payload("bluesky", name))
    assert type(found) is kind and found.code == code


def test_a_limit_is_waited_for_as_long_as_its_header_says() -> None:
    found = verdict(BLUESKY, "posts", payload("bluesky", "limited"))
    assert isinstance(found, RetryLater) and found.until == datetime(2026, 11, 22, 20, 47, 1, tzinfo=UTC)
