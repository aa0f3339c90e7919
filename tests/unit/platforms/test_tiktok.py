from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from socials.errors import AccessRefused, NotOffered, PlatformError, ReconnectNeeded, Refused, RetryLater
from socials.models.parts import Part
from socials.models.readings import Metrics, Portion, Tokens
from socials.platforms.base import App, Code, Consent, Session
from socials.platforms.explaining import verdict
from socials.platforms.tiktok import TIKTOK, authorize, exchange, identify, read_posts, read_profile, refresh, revoke
from tests.support.changing import replace
from tests.unit.platforms.scripted import NOW, Scripted, answer, payload, stored

APP = App("client", "secret")
OPEN_ID = "-000qT5d9xAbCdEfGhIjKlMnOpQrStUvWxYz"
TOKENS = Tokens(
    access="act.access",
    refresh="rft.refresh",
    access_expires_at=NOW + timedelta(hours=1),
    scopes=TIKTOK.facts.asked_scopes,
    extra={"person": OPEN_ID},
)
SESSION = Session(tokens=TOKENS, platform_account_id=OPEN_ID, username="tilda.pots", today=date(2026, 11, 22))


def script(**replies: Any) -> Scripted:
    return Scripted(TIKTOK, **replies)


# Connecting


def test_the_consent_page_is_asked_for_everything_by_client_key_and_without_pkce() -> None:
    consent = Consent(redirect_uri="https://here.example/callback", state="state", verifier="verifier")
    address = urlsplit(authorize(APP, consent))
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://www.tiktok.com/v2/auth/authorize/"
    assert dict(parse_qsl(address.query)) == {
        "client_key": "client",
        "response_type": "code",
        "scope": "user.info.basic,user.info.profile,user.info.stats,video.list,video.publish,video.upload",
        "redirect_uri": "https://here.example/callback",
        "state": "state",
    }


def test_a_code_is_exchanged_with_the_credentials_in_the_body() -> None:
    client = script(exchange=payload("tiktok", "exchange"))
    got = exchange(client, APP, Code(code="c*o!de", redirect_uri="https://here.example/callback", verifier="v"))
    request = client.requests[0]
    assert request.url == "https://open.tiktokapis.com/v2/oauth/token/" and request.basic is None
    assert request.form == {
        "client_key": "client",
        "client_secret": "secret",
        "grant_type": "authorization_code",
        "code": "c*o!de",
        "redirect_uri": "https://here.example/callback",
    }
    assert (got.access_expires_at, got.refresh_expires_at) == (NOW + timedelta(hours=2), NOW + timedelta(days=180))
    assert got.extra == {"person": OPEN_ID}


def test_lifetimes_are_what_the_answer_says() -> None:
    reply = payload("tiktok", "exchange", expires_in=86_400, refresh_expires_in=31_536_000)
    got = exchange(script(exchange=reply), APP, Code(code="c", redirect_uri="https://h.example/", verifier="v"))
    assert (got.access_expires_at, got.refresh_expires_at) == (NOW + timedelta(days=1), NOW + timedelta(days=365))


def test_a_refresh_rotates_both_tokens() -> None:
    client = script(refresh=payload("tiktok", "refresh"))
    got = refresh(client, APP, TOKENS)
    assert (got.access, got.refresh) == ("act.access-two", "rft.refresh-two")
    assert client.requests[0].form == {
        "client_key": "client",
        "client_secret": "secret",
        "grant_type": "refresh_token",
        "refresh_token": "rft.refresh",
    }


def test_a_refresh_that_answers_with_another_person_is_not_believed() -> None:
    with pytest.raises(RetryLater) as caught:
        refresh(script(refresh=payload("tiktok", "refresh", open_id="-000other")), APP, TOKENS)
    assert caught.value.code == "unreadable_answer"


def test_a_refresh_without_our_registration_is_no_proof_of_a_dead_grant() -> None:
    with pytest.raises(RetryLater):
        refresh(script(), None, TOKENS)


# Revoking


def test_a_live_access_token_is_revoked_at_once() -> None:
    client = script(revoke=payload("tiktok", "revoke"))
    revoke(client, APP, TOKENS)
    assert client.calls == ["revoke"]
    assert client.requests[0].url == "https://open.tiktokapis.com/v2/oauth/revoke/"
    assert client.requests[0].form == {"client_key": "client", "client_secret": "secret", "token": "act.access"}


def test_revoking_takes_an_empty_body_for_done() -> None:
    revoke(script(revoke=answer(200)), APP, TOKENS)


def test_an_access_token_that_has_ended_is_never_sent_to_be_revoked() -> None:
    client = script()
    for expires_at in (NOW - timedelta(days=1), NOW, NOW + timedelta(minutes=4)):
        with pytest.raises(AccessRefused):
            revoke(client, APP, replace(TOKENS, access_expires_at=expires_at))
    assert client.calls == []


def test_an_access_token_that_died_early_is_to_be_renewed_first() -> None:
    dead = answer(401, {"error": "access_token_invalid", "error_description": "", "log_id": "1"})
    with pytest.raises(AccessRefused):
        revoke(script(revoke=dead), APP, TOKENS)


# Profile


def test_the_profile_is_read() -> None:
    client = script(profile=payload("tiktok", "profile"))
    reading = read_profile(client, SESSION, None).profile
    assert reading and reading.followers == 1042 and reading.posts_total is None
    assert (reading.identity.username, reading.identity.display_name) == ("tilda.pots", "Tilda 🏺")
    assert reading.identity.profile_url == "https://vm.tiktok.com/ZMabcdef/"
    assert "720x720" in str(reading.identity.avatar_url)
    assert dict(client.requests[0].query)["fields"] == (
        "open_id,union_id,avatar_url,avatar_large_url,display_name,username,profile_deep_link,follower_count"
    )


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (("user.info.basic",), {"username", "profile_deep_link", "follower_count"}),
        (("user.info.basic", "user.info.profile"), {"follower_count"}),
        (("user.info.basic", "user.info.stats"), {"username", "profile_deep_link"}),
        ((), {"username", "profile_deep_link", "follower_count"}),
    ],
)
def test_fields_whose_scope_was_not_given_are_not_asked_for(given: tuple[str, ...], missing: set[str]) -> None:
    client = script(profile=payload("tiktok", "profile_basic"))
    (identity,) = identify(client, replace(TOKENS, scopes=given))
    asked = set(dict(client.requests[0].query)["fields"].split(","))
    assert not asked & missing and {"open_id", "display_name"} <= asked
    assert (identity.username, identity.profile_url) == ("Tilda 🏺", None)


def test_without_the_scope_of_numbers_followers_are_unknown() -> None:
    session = replace(SESSION, tokens=replace(TOKENS, scopes=("user.info.basic", "user.info.profile")))
    body = deepcopy(payload("tiktok", "profile").json)
    del body["data"]["user"]["follower_count"]
    reading = read_profile(script(profile=answer(200, body)), session, None).profile
    assert reading and reading.followers is None and reading.identity.username == "tilda.pots"


def test_a_scope_that_tiktok_no_longer_sees_costs_its_fields_only() -> None:
    client = script(
        profile=payload("tiktok", "profile_scope_missing"), profile_basic=payload("tiktok", "profile_basic")
    )
    reading = read_profile(client, SESSION, None).profile
    assert reading and reading.followers is None and reading.identity.platform_account_id == OPEN_ID
    with pytest.raises(ReconnectNeeded) as caught:
        missing = payload("tiktok", "profile_scope_missing")
        read_profile(script(profile=missing, profile_basic=missing), SESSION, None)
    assert caught.value.code == "scope_missing"


def test_the_scopes_that_a_person_unticks_decide_what_can_be_read() -> None:
    facts = TIKTOK.facts
    assert facts.can_read(Part.PROFILE, ["user.info.basic"]) and not facts.can_read(Part.POSTS, ["user.info.basic"])
    assert not facts.can_read_metrics(["user.info.basic"]) and facts.can_read_metrics(["user.info.basic", "video.list"])
    assert not facts.can_publish(["video.upload"]) and facts.can_publish(["video.upload", "video.publish"])


# Posts


def test_videos_are_read_with_their_totals() -> None:
    client = script(posts=payload("tiktok", "posts"))
    portion = read_posts(client, SESSION, None)
    assert [(post.title, post.metrics) for post in portion.posts] == [
        ("A blue bowl #pottery", Metrics(views=2000, likes=10, comments=2, shares=3)),
        ("How I throw a bowl", Metrics(views=0, likes=0, comments=0, shares=0)),
        (None, Metrics(views=5)),
    ]
    first = portion.posts[0]
    assert first.published_at == datetime.fromtimestamp(1_795_350_000, UTC) and first.media_type == "video"
    assert first.permalink.startswith("https://www.tiktok.com/@tilda.pots/video/7568912345678901234")
    assert portion.cursor == "1795177200000"
    assert client.requests[0].method == "POST" and client.requests[0].json == {"max_count": 20}


def test_the_cursor_goes_back_as_the_number_it_was() -> None:
    client = script(posts=payload("tiktok", "posts_last"))
    assert read_posts(client, SESSION, "1795177200000").cursor is None
    assert client.requests[0].json == {"max_count": 20, "cursor": 1_795_177_200_000}


def test_a_video_without_a_link_gets_one() -> None:
    item = {"id": "7", "create_time": 1_795_350_000}
    body = {"data": {"videos": [item], "has_more": False}, "error": {"code": "ok"}}
    assert read_posts(script(posts=answer(200, body)), SESSION, None).posts[0].permalink == (
        "https://www.tiktok.com/@tilda.pots/video/7"
    )


@pytest.mark.parametrize("page", [{"has_more": True}, {"has_more": True, "cursor": "x"}, {}, {"has_more": "yes"}])
def test_an_end_that_cannot_be_told_is_none(page: dict[str, Any]) -> None:
    with pytest.raises(RetryLater):
        read_posts(script(posts=answer(200, {"data": {"videos": [], **page}})), SESSION, None)


@pytest.mark.parametrize("page", [{}, {"videos": None}])
def test_a_list_that_leaves_out_the_videos_has_none(page: dict[str, Any]) -> None:
    body = {"data": {**page, "cursor": 0, "has_more": False}, "error": {"code": "ok"}}
    assert read_posts(script(posts=answer(200, body)), SESSION, None) == Portion()


def test_a_page_with_no_videos_is_not_the_end_while_there_are_more() -> None:
    body = {"data": {"videos": [], "cursor": 5, "has_more": True}, "error": {"code": "ok"}}
    assert read_posts(script(posts=answer(200, body)), SESSION, None).cursor == "5"


# Errors

TABLE = [
    # call, status, body, class, code
    ("exchange", 400, {"error": "invalid_grant"}, Refused, "code_refused"),
    ("exchange", 200, {"error": "invalid_grant"}, Refused, "code_refused"),
    ("exchange", 401, {"error": "invalid_client"}, Refused, "platform_refused"),
    ("exchange", 200, {"error": "invalid_client"}, Refused, "platform_refused"),
    ("refresh", 200, {"error": "invalid_grant"}, ReconnectNeeded, "token_revoked"),
    ("refresh", 401, {"error": "invalid_grant"}, ReconnectNeeded, "token_revoked"),
    ("refresh", 401, {"error": "invalid_client"}, Refused, "platform_refused"),
    ("refresh", 200, {"error": "unauthorized_client"}, Refused, "platform_refused"),
    ("refresh", 200, {"error": "temporarily_unavailable"}, RetryLater, "platform_unavailable"),
    ("refresh", 400, {"error": "server_error"}, RetryLater, "platform_unavailable"),
    ("refresh", 503, {"error": "invalid_grant"}, RetryLater, "platform_unavailable"),
    ("revoke", 400, {"error": "invalid_grant"}, AccessRefused, "access_refused"),
    ("revoke", 200, {"error": "invalid_request"}, Refused, "platform_refused"),
    ("profile", 401, {"error": {"code": "access_token_invalid"}}, AccessRefused, "access_refused"),
    ("profile", 200, {"error": {"code": "access_token_invalid"}}, AccessRefused, "access_refused"),
    ("profile", 401, {"error": {"code": "scope_not_authorized"}}, NotOffered, "scope_missing"),
    ("profile", 400, {"error": {"code": "scope_permission_missed"}}, NotOffered, "scope_missing"),
    ("profile_basic", 401, {"error": {"code": "scope_not_authorized"}}, ReconnectNeeded, "scope_missing"),
    ("profile", 401, {}, Refused, "platform_refused"),
    ("posts", 401, {"error": {"code": "scope_not_authorized"}}, NotOffered, "scope_missing"),
    ("posts", 400, {"error": {"code": "invalid_params"}}, Refused, "platform_refused"),
    ("posts", 200, {"error": {"code": "invalid_params"}}, Refused, "platform_refused"),
    ("posts", 200, {"error": {"code": "rate_limit_exceeded"}}, RetryLater, "rate_limited"),
    ("posts", 200, {"error": {"code": "internal_error"}}, RetryLater, "platform_unavailable"),
    ("posts", 500, {"error": {"code": "internal_error"}}, RetryLater, "platform_unavailable"),
    ("posts", 200, {"error": "<html>"}, RetryLater, "unreadable_answer"),
]


@pytest.mark.parametrize(("call", "status", "body", "kind", "code"), TABLE)
def test_each_answer_has_its_class(call: str, status: int, body: dict[str, Any], kind: type, code: str) -> None:
    found = verdict(TIKTOK, call, answer(status, body))
    assert found is not None and type(found) is kind and found.code == code and found.http_status == status


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("refresh_dead", ReconnectNeeded),
        ("refresh_dead_under_200", ReconnectNeeded),
        ("profile_scope_missing", NotOffered),
        ("token_dead", AccessRefused),
        ("limited", RetryLater),
        ("broken", RetryLater),
    ],
)
def test_described_answers_have_their_class(name: str, kind: type[PlatformError]) -> None:
    found = verdict(TIKTOK, stored("tiktok", name)["call"], payload("tiktok", name))
    assert type(found) is kind and found.request_id and found.request_id.startswith("20261122")


def test_a_limit_is_the_whole_apps_and_lasts_a_minute_where_no_header_says_otherwise() -> None:
    found = verdict(TIKTOK, "posts", payload("tiktok", "limited"))
    assert isinstance(found, RetryLater) and found.scope == "app" and found.until == NOW + timedelta(minutes=1)
