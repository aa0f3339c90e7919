from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from socials.errors import AccessRefused, NotOffered, ReconnectNeeded, Refused, RetryLater
from socials.models.parts import Part
from socials.models.readings import Metrics, Post, Tokens
from socials.platforms.base import App, Code, Consent, Session
from socials.platforms.explaining import verdict
from socials.platforms.oauth import s256
from socials.platforms.x import X, authorize, exchange, identify, read_posts, read_profile, refresh, revoke
from tests.support.changing import replace
from tests.unit.platforms.scripted import NOW, Scripted, answer, payload, stored

APP = App("client", "secret")
TOKENS = Tokens(access="access", refresh="refresh")
SESSION = Session(tokens=TOKENS, platform_account_id="2244994945", username="XDevelopers", today=date(2026, 11, 22))
YOUNG = ["1990712345678901234", "1989712345678901234", "1988712345678901234"]


def script(**replies: Any) -> Scripted:
    return Scripted(X, **replies)


def x(name: str, **changes: Any) -> Any:
    return payload("x", name, **changes)


# Connecting


def test_the_consent_page_gets_an_s256_challenge_and_scopes_split_by_spaces() -> None:
    consent = Consent(redirect_uri="https://here.example/callback", state="state", verifier="v" * 43)
    address = urlsplit(authorize(APP, consent))
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://x.com/i/oauth2/authorize"
    assert dict(parse_qsl(address.query)) == {
        "client_id": "client",
        "redirect_uri": "https://here.example/callback",
        "response_type": "code",
        "scope": "tweet.read users.read offline.access tweet.write media.write",
        "state": "state",
        "code_challenge": s256("v" * 43),
        "code_challenge_method": "S256",
    }
    assert "+" not in address.query


def test_a_code_is_exchanged_with_its_verifier_and_basic_and_no_secret_in_the_body() -> None:
    client = script(exchange=x("exchange"))
    got = exchange(client, APP, Code(code="code", redirect_uri="https://here.example/callback", verifier="verifier"))
    assert client.requests[0].basic == ("client", "secret") and client.requests[0].form == {
        "grant_type": "authorization_code",
        "code": "code",
        "redirect_uri": "https://here.example/callback",
        "code_verifier": "verifier",
    }
    assert got.access_expires_at == NOW + timedelta(hours=2) and got.refresh_expires_at is None


def test_a_refresh_rotates_both_tokens() -> None:
    client = script(refresh=x("refresh"))
    got = refresh(client, APP, TOKENS)
    assert (got.access, got.refresh) == ("YWNjZXNzLXR3bw", "cmVmcmVzaC10d28")
    assert client.requests[0].form == {"grant_type": "refresh_token", "refresh_token": "refresh"}


@pytest.mark.parametrize("name", ["refresh_dead", "refresh_dead_by_the_other_name"])
def test_a_refused_refresh_token_needs_the_person(name: str) -> None:
    with pytest.raises(ReconnectNeeded):
        refresh(script(refresh=x(name)), APP, TOKENS)


def test_a_refused_app_is_no_proof_of_a_dead_grant() -> None:
    for app, tokens, expected in [
        (APP, TOKENS, Refused),
        (None, TOKENS, RetryLater),
        (APP, replace(TOKENS, refresh=None), ReconnectNeeded),
    ]:
        with pytest.raises(expected):
            refresh(script(refresh=x("client_refused")), app, tokens)


def test_a_refused_code_is_told() -> None:
    with pytest.raises(Refused) as caught:
        exchange(script(exchange=x("exchange_refused")), APP, Code(code="c", redirect_uri="r", verifier="v"))
    assert caught.value.code == "code_refused"


def test_a_revoke_ends_the_refresh_token_first_and_then_the_access_token() -> None:
    client = script(revoke=x("revoke"))
    revoke(client, APP, TOKENS)
    assert [request.form for request in client.requests] == [{"token": "refresh"}, {"token": "access"}]
    assert all(request.basic == ("client", "secret") for request in client.requests)


def test_a_revoke_of_what_x_does_not_know_any_more_is_done() -> None:
    client = script(revoke=[x("refresh_dead"), answer(200)])
    revoke(client, APP, replace(TOKENS))
    assert len(client.requests) == 2


@pytest.mark.parametrize(
    ("reply", "expected"), [(x("client_refused"), Refused), (answer(403, {}), Refused), (answer(503), RetryLater)]
)
def test_a_revoke_that_did_not_happen_is_told(reply: Any, expected: type[Exception]) -> None:
    with pytest.raises(expected):
        revoke(script(revoke=reply), APP, TOKENS)


def test_a_token_that_x_will_not_revoke_keeps_the_other_from_nothing() -> None:
    client = script(revoke=[answer(403, {}), answer(200)])
    with pytest.raises(Refused):
        revoke(client, APP, TOKENS)
    assert [request.form for request in client.requests] == [{"token": "refresh"}, {"token": "access"}]


# Profile


@pytest.mark.parametrize("name", ["profile", "profile_new_names"])
def test_the_profile_is_read(name: str) -> None:
    client = script(profile=x(name))
    reading = read_profile(client, SESSION, None).profile
    assert reading and reading.followers == 583423 and reading.posts_total is None
    assert (reading.identity.username, reading.identity.display_name) == ("XDevelopers", "X Dev")
    assert reading.identity.profile_url == "https://x.com/XDevelopers"
    assert client.requests[0].query == (("user.fields", "id,name,username,profile_image_url,public_metrics"),)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("https://pbs.twimg.com/profile_images/1/a_normal.jpg", "https://pbs.twimg.com/profile_images/1/a_400x400.jpg"),
        ("https://pbs.twimg.com/profile_images/1/normal.jpg", "https://pbs.twimg.com/profile_images/1/normal.jpg"),
        ("https://abs.twimg.com/sticky/default_normal.png", "https://abs.twimg.com/sticky/default_normal.png"),
        (None, None),
    ],
)
def test_the_large_picture_lies_beside_the_small_one(sent: str | None, shown: str | None) -> None:
    data = {**stored("x", "profile")["body"]["data"], "profile_image_url": sent}
    assert identify(script(profile=x("profile", data=data)), TOKENS)[0].avatar_url == shown


def test_an_unknown_follower_count_is_null() -> None:
    data = {**stored("x", "profile")["body"]["data"], "public_metrics": {}}
    reading = read_profile(script(profile=x("profile", data=data)), SESSION, None).profile
    assert reading and reading.followers is None


# Posts


def test_posts_are_read_in_two_passes() -> None:
    client = script(posts=x("posts"), clicks=x("clicks"))
    portion = read_posts(client, SESSION, None)
    assert portion.cursor == "7140dibdnow9c7btw423x5jbg"
    first, video, gallery, old = portion.posts
    assert first == Post(
        post_id="1990712345678901234",
        published_at=datetime(2026, 11, 20, 18, 40, 40, tzinfo=UTC),
        permalink="https://x.com/XDevelopers/status/1990712345678901234",
        title="How we made the blue glaze https://t.co/abc",
        media_type="image",
        metrics=Metrics(impressions=2310, likes=41, comments=6, saves=9, shares=5, clicks=17),
    )
    assert (video.media_type, video.metrics.views) == ("video", 654)
    assert (gallery.media_type, gallery.metrics.views) == ("gallery", None)
    assert (old.media_type, old.metrics.shares, old.metrics.clicks) == (None, 108, None)


def test_private_numbers_are_asked_for_only_of_posts_that_still_have_them_and_reposts_never() -> None:
    client = script(posts=x("posts"), clicks=x("clicks"))
    read_posts(client, SESSION, "cursor")
    listed, private = (dict(request.query) for request in client.requests)
    assert private == {"ids": ",".join(YOUNG), "tweet.fields": "non_public_metrics"}
    assert listed == {
        "max_results": "100",
        "exclude": "retweets",
        "pagination_token": "cursor",
        "expansions": "attachments.media_keys",
        "media.fields": "type,public_metrics",
        "tweet.fields": "created_at,text,attachments,public_metrics",
    }


def test_both_spellings_bring_the_same_posts() -> None:
    old, new = (read_posts(script(posts=x(n), clicks=x("clicks")), SESSION, None) for n in ("posts", "posts_new_names"))
    assert old.posts == new.posts and new.cursor is None


@pytest.mark.parametrize("refusal", ["parameter_refused", "parameter_refused_by_name"])
def test_a_parameter_that_x_no_longer_knows_is_sent_by_its_new_name(refusal: str) -> None:
    client = script(posts=[x(refusal), x("posts_new_names")], clicks=[x(refusal), x("clicks")])
    posts = read_posts(client, SESSION, None).posts
    names = [name for request in client.requests for name, _ in request.query if name.endswith("et.fields")]
    assert names == ["tweet.fields", "tweet.fields"]
    assert [dict(request.query).get("post.fields") is not None for request in client.requests] == [0, 1, 0, 1]
    assert posts[0].metrics.clicks == 17 and posts[0].metrics.shares == 5


def test_any_other_refusal_is_not_tried_by_the_new_name() -> None:
    client = script(posts=answer(400, {"type": "https://api.x.com/2/problems/invalid-request", "errors": []}))
    with pytest.raises(Refused):
        read_posts(client, SESSION, None)
    assert client.calls == ["posts"]


@pytest.mark.parametrize(
    "reply",
    [x("clicks_none"), x("scope_missing"), x("gone"), answer(200, {}), answer(400, {}), answer(503), answer(200, [])],
    ids=str,
)
def test_private_numbers_that_x_does_not_tell_are_null_and_the_rest_stands(reply: Any) -> None:
    posts = read_posts(script(posts=x("posts"), clicks=reply), SESSION, None).posts
    assert len(posts) == 4 and {post.metrics.clicks for post in posts} == {None}
    assert posts[0].metrics.impressions == 2310


def test_a_limit_met_in_the_second_pass_is_obeyed() -> None:
    for reply in (x("limited"), x("credits_depleted"), RetryLater(code="timeout")):
        with pytest.raises(RetryLater):
            read_posts(script(posts=x("posts"), clicks=reply), SESSION, None)


def test_a_page_without_posts_may_lead_on_and_asks_nothing_more() -> None:
    client = script(posts=[x("posts_empty_page"), x("posts_none")])
    assert read_posts(client, SESSION, None).cursor == "7140dibdnow9c7btw423x5jbg"
    assert read_posts(client, SESSION, "7140dibdnow9c7btw423x5jbg").cursor is None
    assert client.calls == ["posts", "posts"]


def test_a_page_that_lacks_its_list_is_waited_out() -> None:
    for body in ({"meta": {}}, {"meta": {"result_count": 3}}, {"data": None, "meta": {"result_count": 0}}):
        with pytest.raises(RetryLater):
            read_posts(script(posts=answer(200, body)), SESSION, None)


def test_shares_are_unknown_where_one_half_of_them_is() -> None:
    data = stored("x", "posts")["body"]["data"][:1]
    for lacking in ("retweet_count", "quote_count"):
        numbers = {name: n for name, n in data[0]["public_metrics"].items() if name != lacking}
        client = script(posts=x("posts", data=[{**data[0], "public_metrics": numbers}]), clicks=x("clicks"))
        assert read_posts(client, SESSION, None).posts[0].metrics.shares is None


def test_there_are_no_account_level_numbers() -> None:
    assert X.parts.keys() == {Part.PROFILE, Part.POSTS} and "reach" not in X.facts.metrics


def test_reading_is_bounded_by_its_price() -> None:
    assert X.facts.backfill_posts * 0.005 <= 0.5 and X.facts.revisit_days == 30


# Errors


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("token_dead", AccessRefused, "access_refused"),
        ("scope_missing", NotOffered, "scope_missing"),
        ("app_not_enrolled", Refused, "app_not_allowed"),
        ("limited", RetryLater, "rate_limited"),
        ("limited_as_in_the_old_days", RetryLater, "rate_limited"),
        ("credits_depleted", RetryLater, "allowance_used_up"),
        ("payment_required", RetryLater, "allowance_used_up"),
        ("usage_capped", RetryLater, "allowance_used_up"),
        ("suspended", Refused, "account_unavailable"),
        ("gone", Refused, "account_unavailable"),
        ("parameter_refused", Refused, "parameter_refused"),
        ("parameter_refused_by_name", Refused, "parameter_refused"),
    ],
)
def test_the_error_table(name: str, kind: type[Exception], code: str) -> None:
    error = verdict(X, stored("x", name)["call"], x(name))
    assert type(error) is kind and error and error.code == code


def test_a_profile_without_its_scope_needs_the_person() -> None:
    error = verdict(X, "profile", x("scope_missing"))
    assert isinstance(error, ReconnectNeeded) and error.code == "scope_missing"


def test_a_refusal_of_our_app_never_breaks_a_connection() -> None:
    for kind in ("client-forbidden", "unsupported-authentication", "oauth1-permissions"):
        error = verdict(X, "profile", answer(403, {"type": f"https://api.x.com/2/problems/{kind}"}))
        assert type(error) is Refused


def test_a_limit_waits_for_the_reset_of_one_account() -> None:
    error = verdict(X, "posts", x("limited"))
    assert isinstance(error, RetryLater) and error.scope == "account"
    assert error.until == datetime(2026, 11, 22, 20, 55, tzinfo=UTC)


@pytest.mark.parametrize("name", ["credits_depleted", "payment_required", "usage_capped"])
def test_our_own_bill_stops_the_whole_app_and_no_account(name: str) -> None:
    error = verdict(X, "posts", x(name))
    assert isinstance(error, RetryLater) and error.scope == "app" and error.until == NOW + timedelta(hours=1)


def test_problems_beside_what_was_asked_for_are_no_error() -> None:
    assert verdict(X, "clicks", x("clicks")) is None
    problem = {"type": "https://api.x.com/2/problems/resource-not-found"}
    assert verdict(X, "posts", answer(200, {"meta": {"result_count": 0}, "errors": [problem]})) is None
