from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from socials.errors import (
    AccessRefused,
    NotOffered,
    PlatformError,
    ReconnectNeeded,
    Refused,
    RetryLater,
)
from socials.models.readings import Day, Metrics, Tokens
from socials.platforms.base import App, Code, Consent, Session
from socials.platforms.explaining import verdict
from socials.platforms.pinterest import (
    PINTEREST,
    authorize,
    exchange,
    read_insights,
    read_posts,
    read_profile,
    refresh,
)
from tests.support.changing import replace
from tests.unit.platforms.scripted import NOW, Scripted, answer, payload, stored

APP = App("client", "secret")
TOKENS = Tokens(access="pina_access", refresh="pinr_refresh")
TODAY = date(2026, 11, 22)
SESSION = Session(tokens=TOKENS, platform_account_id="2783136121146311751", username="tildapins", today=TODAY)


def script(**replies: Any) -> Scripted:
    return Scripted(PINTEREST, **replies)


# Connecting


def test_the_consent_page_is_asked_for_everything_with_commas_and_without_pkce() -> None:
    consent = Consent(redirect_uri="https://here.example/callback", state="state", verifier="verifier")
    address = urlsplit(authorize(APP, consent))
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://www.pinterest.com/oauth/"
    assert dict(parse_qsl(address.query)) == {
        "client_id": "client",
        "redirect_uri": "https://here.example/callback",
        "response_type": "code",
        "scope": "user_accounts:read,pins:read,boards:read,pins:write,boards:write",
        "state": "state",
    }


def test_a_code_is_exchanged_with_basic_and_no_secret_in_the_body() -> None:
    client = script(exchange=payload("pinterest", "exchange"))
    code = Code(code="code", redirect_uri="https://here.example/callback", verifier="verifier")
    got = exchange(client, APP, code)
    request = client.requests[0]
    assert request.basic == ("client", "secret") and request.form == {
        "grant_type": "authorization_code",
        "code": "code",
        "redirect_uri": "https://here.example/callback",
        "continuous_refresh": "true",
    }
    assert got.access_expires_at == NOW + timedelta(days=30)
    assert got.refresh_expires_at == datetime.fromtimestamp(1_800_565_200, UTC)
    assert got.scopes == ("user_accounts:read", "pins:read", "boards:read", "pins:write", "boards:write")


@pytest.mark.parametrize("scope", ["pins:read,boards:read", "pins:read boards:read", " pins:read ,  boards:read,"])
def test_scopes_are_split_at_spaces_and_commas(scope: str) -> None:
    got = refresh(script(refresh=payload("pinterest", "refresh", scope=scope)), APP, TOKENS)
    assert got.scopes == ("pins:read", "boards:read")


@pytest.mark.parametrize(
    ("changes", "expires"),
    [
        ({"refresh_token_expires_at": None}, NOW + timedelta(days=60)),
        ({"refresh_token_expires_at": 5, "refresh_token_expires_in": 60}, NOW + timedelta(minutes=1)),
        ({"refresh_token_expires_at": None, "refresh_token_expires_in": "60"}, NOW + timedelta(minutes=1)),
        ({"refresh_token_expires_at": 10**14, "refresh_token_expires_in": -1}, None),
        ({"refresh_token_expires_at": "soon", "refresh_token_expires_in": 10**12}, None),
        ({"refresh_token_expires_at": None, "refresh_token_expires_in": None}, None),
    ],
)
def test_an_expiry_that_makes_no_sense_is_unknown(changes: dict[str, Any], expires: datetime | None) -> None:
    got = refresh(script(refresh=payload("pinterest", "refresh", **changes)), APP, TOKENS)
    assert got.refresh_expires_at == expires


def test_a_refresh_rotates_both_tokens() -> None:
    client = script(refresh=payload("pinterest", "refresh"))
    got = refresh(client, APP, TOKENS)
    assert (got.access, got.refresh) == ("pina_access-two", "pinr_refresh-two")
    assert client.requests[0].form == {"grant_type": "refresh_token", "refresh_token": "pinr_refresh"}


def test_a_refresh_without_our_registration_is_no_proof_of_a_dead_grant() -> None:
    with pytest.raises(RetryLater):
        refresh(script(), None, TOKENS)


# Profile


def test_the_profile_is_read() -> None:
    reading = read_profile(script(profile=payload("pinterest", "profile")), SESSION, None).profile
    assert reading and reading.followers == 1042 and reading.posts_total is None
    assert reading.identity.display_name == "Tilda's Ceramics" and reading.identity.username == "tildapins"
    assert reading.identity.profile_url == "https://www.pinterest.com/tildapins/"


def test_a_person_without_business_name_is_called_by_the_username_and_unknown_followers_are_null() -> None:
    client = script(profile=payload("pinterest", "profile", business_name=None, follower_count=None))
    reading = read_profile(client, SESSION, None).profile
    assert reading and reading.identity.display_name == "tildapins" and reading.followers is None


# Insights


def test_ready_days_are_final_estimates_provisional_and_the_rest_is_no_data() -> None:
    days = read_insights(script(insights=payload("pinterest", "insights")), SESSION, None).days
    assert days == (
        Day(date=date(2026, 11, 18), metrics=Metrics(impressions=240, saves=12, clicks=20), provisional=False),
        Day(date=date(2026, 11, 19), metrics=Metrics(impressions=0, saves=0), provisional=False),
        Day(date=date(2026, 11, 20), metrics=Metrics(impressions=201, saves=9, clicks=3), provisional=True),
        Day(date=date(2026, 11, 21), metrics=Metrics(impressions=5, saves=1, clicks=0), provisional=True),
    )


@pytest.mark.parametrize(
    ("known_through", "first"),
    [
        (None, TODAY - timedelta(days=89)),
        (date(2025, 1, 1), TODAY - timedelta(days=89)),
        (date(2026, 11, 1), date(2026, 11, 2)),
        (date(2026, 11, 17), date(2026, 11, 18)),
        (date(2026, 11, 18), date(2026, 11, 19)),
        (date(2026, 11, 21), date(2026, 11, 19)),
        (TODAY, date(2026, 11, 19)),
        (date(2027, 1, 1), date(2026, 11, 19)),
    ],
)
def test_days_are_read_from_the_last_one_that_may_still_change(known_through: date | None, first: date) -> None:
    client = script(insights=payload("pinterest", "insights"))
    portion = read_insights(client, replace(SESSION, days_known_through=known_through), None)
    query = dict(client.requests[0].query)
    assert (query["start_date"], query["end_date"]) == (first.isoformat(), TODAY.isoformat())
    assert all(first <= day.date <= TODAY for day in portion.days)


@pytest.mark.parametrize("name", ["ALL", "All", "all"])
def test_the_group_is_found_in_any_case(name: str) -> None:
    body = {name: stored("pinterest", "insights")["body"]["all"]}
    assert len(read_insights(script(insights=answer(200, body)), SESSION, None).days) == 4


def test_a_day_that_comes_twice_is_one_day() -> None:
    days = stored("pinterest", "insights")["body"]["all"]["daily_metrics"]
    body = {"all": {"daily_metrics": days + days}}
    assert len(read_insights(script(insights=answer(200, body)), SESSION, None).days) == 4


@pytest.mark.parametrize("status", [None, "", "ready", "NEW_STATUS", 5, [], {}])
def test_a_status_we_do_not_know_is_no_data(status: object) -> None:
    body = {"all": {"daily_metrics": [{"date": "2026-11-20", "data_status": status, "metrics": {"SAVE": 1}}]}}
    assert read_insights(script(insights=answer(200, body)), SESSION, None).days == ()


def test_a_personal_account_has_no_insights() -> None:
    with pytest.raises(NotOffered) as caught:
        read_insights(script(insights=payload("pinterest", "insights_not_for_pinners")), SESSION, None)
    assert caught.value.code == "business_account_required"


# Posts


def test_pins_are_read_with_lifetime_numbers_and_saves_where_they_are_known() -> None:
    client = script(**{name: payload("pinterest", name) for name in ("posts", "saves", "views")})
    portion = read_posts(client, SESSION, None)
    read = [(post.title, post.media_type, post.metrics.saves, post.metrics.views) for post in portion.posts]
    assert read == [
        ("A blue bowl", "image", 41, None),
        ("How I throw a bowl", "video", None, 320),
        (None, "gallery", 77, None),
        (None, "gallery", None, None),
        (None, None, None, None),
    ]
    assert [post.metrics.impressions for post in portion.posts] == [2000, 2000, 2000, None, 1]
    assert portion.posts[0].metrics == Metrics(impressions=2000, likes=10, comments=2, saves=41, clicks=30)
    assert portion.posts[0].published_at == datetime(2026, 11, 10, 8, tzinfo=UTC)
    assert portion.posts[0].permalink == "https://www.pinterest.com/pin/813744226420795884/"
    assert portion.cursor == "LT4xMjM0fDI1MHw="
    assert dict(client.requests[0].query) == {"pin_metrics": "true", "page_size": "250"}
    assert client.calls == ["posts", "saves", "views"]
    for request, metric in zip(client.requests[1:], ("SAVE", "VIDEO_MRC_VIEW"), strict=True):
        asked = dict(request.query)
        assert (asked["num_of_pins"], asked["sort_by"], asked["metric_types"]) == ("50", metric, metric)
    assert client.requests[2].url.endswith("/user_account/analytics/top_video_pins")


def test_a_period_total_is_never_taken_for_the_lifetime_of_an_older_pin() -> None:
    old = {"id": "813744226420795881", "created_at": "2026-08-24T23:59:59"}
    young = {"id": "813744226420795884", "created_at": "2026-08-25T00:00:00"}
    client = script(posts=answer(200, {"items": [old, young]}), saves=payload("pinterest", "saves"))
    saves = {post.post_id: post.metrics.saves for post in read_posts(client, SESSION, None).posts}
    assert saves == {"813744226420795881": None, "813744226420795884": 41}


def test_the_report_of_saves_is_asked_for_only_where_it_can_help() -> None:
    old = {"id": "1", "created_at": "2022-01-01T00:00:00"}
    told = {"id": "2", "created_at": "2026-11-20T00:00:00", "pin_metrics": {"lifetime_metrics": {"save": 0}}}
    client = script(posts=answer(200, {"items": [old, told]}))
    assert [post.metrics.saves for post in read_posts(client, SESSION, "bookmark").posts] == [None, 0]
    assert client.calls == ["posts"] and ("bookmark", "bookmark") in client.requests[0].query


@pytest.mark.parametrize(
    "reply",
    [
        answer(500),
        answer(403, {"code": 29}),
        answer(401, {"code": 3}),
        answer(401, {"code": 2}),
        answer(400, {"code": 1}),
        answer(200, []),
        answer(200, {"pins": 5}),
        RetryLater(code="timeout"),
        payload("pinterest", "spam"),
    ],
)
def test_a_failing_report_costs_only_its_number(reply: Any) -> None:
    portion = read_posts(script(posts=payload("pinterest", "posts"), saves=reply, views=reply), SESSION, None)
    assert len(portion.posts) == 5 and portion.posts[0].metrics == Metrics(
        impressions=2000, likes=10, comments=2, clicks=30
    )


@pytest.mark.parametrize("limited", ["saves", "views"])
def test_a_limit_on_a_report_is_obeyed(limited: str) -> None:
    replies = {name: payload("pinterest", name) for name in ("posts", "saves", "views")}
    client = script(**replies | {limited: payload("pinterest", "limited")})
    with pytest.raises(RetryLater) as caught:
        read_posts(client, SESSION, None)
    assert caught.value.until == NOW + timedelta(seconds=43)


@pytest.mark.parametrize("away", ["saves", "views"])
def test_a_time_that_an_outage_of_a_report_names_is_obeyed(away: str) -> None:
    replies = {name: payload("pinterest", name) for name in ("posts", "saves", "views")}
    client = script(**replies | {away: answer(503, retry_after="600")})
    with pytest.raises(RetryLater) as caught:
        read_posts(client, SESSION, None)
    assert caught.value.until == NOW + timedelta(seconds=601)


@pytest.mark.parametrize("bookmark", [None, ""])
def test_the_last_page_has_no_bookmark(bookmark: str | None) -> None:
    body = {"items": [], "bookmark": bookmark}
    assert read_posts(script(posts=answer(200, body)), SESSION, "x").cursor is None


@pytest.mark.parametrize("bookmark", [5, {}, "x" * 5_000, "a\nb", True])
def test_a_bookmark_that_is_none_never_ends_the_list(bookmark: object) -> None:
    with pytest.raises(RetryLater):
        read_posts(script(posts=answer(200, {"items": [], "bookmark": bookmark})), SESSION, None)


def test_more_pins_than_asked_for_are_not_taken() -> None:
    items = [{"id": str(n), "created_at": "2022-01-01T00:00:00"} for n in range(1000)]
    assert len(read_posts(script(posts=answer(200, {"items": items})), SESSION, None).posts) == 250


# Errors

TABLE = [
    # call, status, body, class, code
    ("exchange", 400, {"code": 1}, Refused, "code_refused"),
    ("exchange", 401, {"code": 2}, Refused, "code_refused"),
    ("exchange", 429, {"code": 8}, RetryLater, "rate_limited"),
    ("refresh", 401, {"code": 2}, ReconnectNeeded, "token_revoked"),
    ("refresh", 401, {"code": 3}, Refused, "platform_refused"),
    ("refresh", 401, {}, Refused, "platform_refused"),
    ("refresh", 400, {"code": 1}, Refused, "platform_refused"),
    ("refresh", 403, {"code": 29}, Refused, "platform_refused"),
    ("refresh", 503, {"code": 2}, RetryLater, "platform_unavailable"),
    ("profile", 401, {"code": 2}, AccessRefused, "access_refused"),
    ("profile", 401, {"code": 401}, AccessRefused, "access_refused"),
    ("profile", 401, {}, AccessRefused, "access_refused"),
    ("profile", 401, {"code": 3}, NotOffered, "not_offered"),
    ("profile", 401, {"code": 7}, Refused, "platform_refused"),
    ("profile", 403, {"code": 29}, ReconnectNeeded, "scope_missing"),
    ("profile", 403, {"code": 403}, Refused, "platform_refused"),
    ("profile", 403, {}, Refused, "platform_refused"),
    ("insights", 401, {"code": 2}, AccessRefused, "access_refused"),
    ("insights", 401, {"code": 3}, NotOffered, "not_offered"),
    ("insights", 403, {"code": 29}, NotOffered, "business_account_required"),
    ("insights", 403, {"code": 403}, NotOffered, "business_account_required"),
    ("insights", 403, {}, Refused, "platform_refused"),
    ("insights", 400, {"code": 400}, Refused, "platform_refused"),
    ("posts", 401, {"code": 2}, AccessRefused, "access_refused"),
    ("posts", 403, {"code": 29}, NotOffered, "scope_missing"),
    ("posts", 403, {"code": 403}, Refused, "platform_refused"),
    ("posts", 404, {"code": 50}, Refused, "platform_refused"),
    ("posts", 429, {"code": 8}, RetryLater, "rate_limited"),
    ("posts", 429, {"code": 8, "message": "You were blocked by our SPAM filter"}, Refused, "taken_for_spam"),
    ("posts", 429, {"code": 8, "message_detail": {"why": "spam"}}, Refused, "taken_for_spam"),
    ("posts", 500, {"code": 2}, RetryLater, "platform_unavailable"),
]


@pytest.mark.parametrize(("call", "status", "body", "kind", "code"), TABLE)
def test_each_answer_has_its_class(call: str, status: int, body: dict[str, Any], kind: type, code: str) -> None:
    found = verdict(PINTEREST, call, answer(status, body))
    assert found is not None and type(found) is kind and found.code == code and found.http_status == status


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("token_dead", AccessRefused),
        ("refresh_dead", ReconnectNeeded),
        ("feature_missing", NotOffered),
        ("no_permission", NotOffered),
        ("limited", RetryLater),
        ("spam", Refused),
    ],
)
def test_answers_that_were_seen_have_their_class(name: str, kind: type[PlatformError]) -> None:
    found = verdict(PINTEREST, stored("pinterest", name)["call"], payload("pinterest", name))
    assert type(found) is kind


def test_an_error_keeps_pinterests_own_request_id() -> None:
    found = verdict(PINTEREST, "profile", payload("pinterest", "token_dead"))
    assert found is not None and (found.request_id, found.platform_code) == ("5180223714861327", "2")
