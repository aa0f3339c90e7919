from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from socials.errors import NotOffered, PlatformError, RetryLater
from socials.models.readings import Day, Metrics, Tokens
from socials.platforms.base import App, Code, Consent, Session
from socials.platforms.explaining import verdict
from socials.platforms.graph import epoch
from socials.platforms.instagram import INSTAGRAM, exchange, read_insights, read_posts, read_profile, refresh
from tests.support.changing import replace
from tests.unit.platforms.scripted import NOW, Scripted, answer, payload, stored

APP = App("client", "secret")
SCOPES = INSTAGRAM.facts.asked_scopes
TOKENS = Tokens(access="IGAA-long-one", scopes=SCOPES)
TODAY = date(2026, 11, 22)
SESSION = Session(tokens=TOKENS, platform_account_id="17841405822304914", username="adas.loom", today=TODAY)
CODE = Code(code="code#_", redirect_uri="https://here.example/callback", verifier="verifier")


def script(**replies: Any) -> Scripted:
    return Scripted(INSTAGRAM, **replies)


# Connecting


def test_the_consent_page_is_asked_with_commas_and_for_a_new_login_only_on_reconnect() -> None:
    consent = Consent(redirect_uri="https://here.example/callback", state="state", verifier="verifier")
    assert INSTAGRAM.connect.authorize(APP, consent).startswith("https://www.instagram.com/oauth/authorize?")  # type: ignore[union-attr]
    query = dict(parse_qsl(urlsplit(INSTAGRAM.connect.authorize(APP, consent)).query))  # type: ignore[union-attr]
    assert query["scope"] == ",".join(SCOPES) and "force_reauth" not in query
    again = INSTAGRAM.connect.authorize(APP, replace(consent, reconnect=True))  # type: ignore[union-attr]
    assert dict(parse_qsl(urlsplit(again).query))["force_reauth"] == "true"


@pytest.mark.parametrize("shape", ["exchange", "exchange_flat"])
def test_a_code_becomes_a_short_token_and_that_a_long_one(shape: str) -> None:
    client = script(exchange=payload("instagram", shape), long_token=payload("instagram", "long_token"))
    got = exchange(client, APP, CODE)
    short, long = client.requests
    assert short.form == {
        "client_id": "client",
        "client_secret": "secret",
        "grant_type": "authorization_code",
        "redirect_uri": "https://here.example/callback",
        "code": "code",
    }
    assert long.bearer == "IGAA-short" and dict(long.query)["grant_type"] == "ig_exchange_token"
    assert (got.access, got.refresh, got.scopes) == ("IGAA-long-one", None, SCOPES)
    assert got.access_expires_at == NOW + timedelta(seconds=5183944)
    assert got.extra == {"person": "24518330011774920"}


@pytest.mark.parametrize("body", [{}, {"data": []}, {"data": [{}]}, {"data": [None]}, {"access_token": "a b"}])
def test_a_short_token_that_is_none_is_an_outage(body: Any) -> None:
    with pytest.raises(RetryLater):
        exchange(script(exchange=answer(200, body)), APP, CODE)


def test_a_life_that_is_not_told_is_sixty_days() -> None:
    client = script(refresh=payload("instagram", "refresh", expires_in=None))
    assert refresh(client, APP, TOKENS).access_expires_at == NOW + timedelta(days=60)


def test_a_token_renews_itself_by_header_and_keeps_no_secret_in_the_address() -> None:
    client = script(refresh=payload("instagram", "refresh"))
    got = refresh(client, None, TOKENS)
    request = client.requests[0]
    assert request.bearer == "IGAA-long-one" and request.query == (("grant_type", "ig_refresh_token"),)
    assert (got.access, got.scopes) == ("IGAA-long-two", SCOPES)


def test_a_token_is_renewed_when_it_is_ten_days_old() -> None:
    assert INSTAGRAM.facts.refresh_before == timedelta(days=50) and not INSTAGRAM.facts.grant_ends


# Profile


def test_the_account_goes_by_its_professional_id_whether_text_or_number() -> None:
    for user_id in ("17841405822304914", 17841405822304914):
        reading = read_profile(script(profile=payload("instagram", "profile", user_id=user_id)), SESSION, None).profile
        assert reading and reading.followers == 1042 and reading.posts_total is None
        assert reading.identity.platform_account_id == "17841405822304914"
        assert reading.identity.profile_url == "https://www.instagram.com/adas.loom/"


def test_an_empty_name_is_the_username_and_missing_followers_are_unknown() -> None:
    body = {**stored("instagram", "profile")["body"], "name": "", "followers_count": None}
    reading = read_profile(script(profile=answer(200, body)), SESSION, None).profile
    assert reading and reading.identity.display_name == "adas.loom" and reading.followers is None


# Insights


def test_first_the_days_that_have_numbers_are_looked_up_then_each_is_read() -> None:
    client = script(insights=[payload("instagram", "insights"), payload("instagram", "insights_of_a_day")])
    portion = read_insights(client, SESSION, None)
    assert portion.days == () and portion.total == 5
    assert portion.cursor == "2026-11-17,2026-11-18,2026-11-19,2026-11-20,2026-11-21"
    probe = dict(client.requests[0].query)
    assert (probe["metric"], probe["period"]) == ("reach", "day") and "metric_type" not in probe
    assert int(probe["until"]) - int(probe["since"]) <= 30 * 86_400
    portion = read_insights(client, SESSION, "2026-11-19,2026-11-20")
    metrics = Metrics(reach=210, likes=31, comments=0, saves=9, shares=4, views=1200)
    assert portion.days == (Day(date=date(2026, 11, 19), metrics=metrics, provisional=False),)
    assert portion.cursor == "2026-11-20"
    asked = dict(client.requests[1].query)
    assert asked["metric_type"] == "total_value" and int(asked["until"]) - int(asked["since"]) == 86_400
    assert read_insights(client, SESSION, "2026-11-21").days[0].provisional is True
    assert read_insights(client, SESSION, "2026-11-21").cursor is None


def test_an_empty_answer_is_no_day_and_never_a_zero() -> None:
    empty = payload("instagram", "insights_empty")
    assert read_insights(script(insights=empty), SESSION, "2026-11-20").days == ()


def test_a_day_that_instagram_fails_on_is_passed_over_as_an_estimate_and_read_again() -> None:
    for failing in (answer(500, {"error": {"code": 2}}), answer(400, {"error": {"code": 1}}), answer(502, None, False)):
        client = script(insights=[failing, payload("instagram", "insights_of_a_day")])
        portion = read_insights(client, SESSION, "2026-11-01,2026-11-02,2026-11-03")
        assert portion.days[0] == Day(date=date(2026, 11, 1), provisional=True)
        assert (portion.days[1].date, portion.days[1].metrics.views) == (date(2026, 11, 2), 1200)
        assert portion.cursor == "2026-11-03" and len(client.calls) == 2
    last = read_insights(script(insights=answer(500)), SESSION, "2026-11-21")
    assert last.days == (Day(date=date(2026, 11, 21), provisional=True),) and last.cursor is None


@pytest.mark.parametrize(
    "replies",
    [
        [answer(500)] * 3,
        [RetryLater(code="timeout")],
        [answer(400, {"error": {"code": 80002}})],
        [answer(503, retry_after="60")],
    ],
)
def test_days_behind_an_outage_or_a_limit_are_waited_for(replies: Any) -> None:
    client = script(insights=list(replies))
    with pytest.raises(RetryLater):
        read_insights(client, SESSION, "2026-11-01,2026-11-02,2026-11-03,2026-11-04")
    assert len(client.calls) == len(replies)


def test_one_bad_metric_name_costs_that_metric_only() -> None:
    refused = answer(400, {"error": {"code": 100, "message": "metric[5] must be one of"}})
    good = payload("instagram", "insights_of_a_day")
    one = {"data": [row for row in good.json["data"] if row["name"] == "views"]}  # type: ignore[index, call-overload]
    client = script(insights=[refused, answer(200, one), *[refused] * 5])
    portion = read_insights(client, SESSION, "2026-11-19")
    assert portion.days[0].metrics == Metrics(views=1200) and len(client.requests) == 7


@pytest.mark.parametrize(
    "reply",
    [
        answer(400, {"error": {"code": 100, "message": "metric[0] must be one of"}}),
        payload("instagram", "insights_empty"),
    ],
)
def test_a_series_that_is_retired_or_empty_leaves_the_newest_days(reply: Any) -> None:
    portion = read_insights(script(insights=reply), SESSION, None)
    assert (portion.cursor, portion.total) == ("2026-11-19,2026-11-20,2026-11-21", 3)


@pytest.mark.parametrize(("ago", "windows"), [(1, 1), (20, 1), (29, 1), (45, 2), (80, 3), (400, 4)])
def test_after_a_pause_all_days_are_looked_up_that_instagram_still_has(ago: int, windows: int) -> None:
    """A window may span 30 days; an account's days are kept for 90."""
    known = SESSION.today - timedelta(days=ago)
    client = script(insights=payload("instagram", "insights_empty"))
    read_insights(client, replace(SESSION, days_known_through=known), None)
    asked = [dict(request.query) for request in client.requests]
    spans = [(int(each["since"]), int(each["until"])) for each in asked]
    assert len(spans) == windows
    assert all(until - since <= 30 * 86_400 for since, until in spans)
    assert [since for since, _ in spans[1:]] == [until for _, until in spans[:-1]]
    first = datetime.fromtimestamp(spans[0][0], UTC).date()
    assert first == max(
        SESSION.today - timedelta(days=89), min(known + timedelta(days=1), SESSION.today - timedelta(days=3))
    )
    assert spans[-1][1] == epoch(SESSION.today)


def test_a_limit_between_metrics_is_obeyed() -> None:
    refused = answer(400, {"error": {"code": 100}})
    with pytest.raises(RetryLater) as caught:
        read_insights(script(insights=[refused, payload("instagram", "limited")]), SESSION, "2026-11-19")
    assert caught.value.until == NOW + timedelta(minutes=42, seconds=1)


# Posts


def test_posts_come_with_their_numbers_in_one_call() -> None:
    client = script(posts=payload("instagram", "posts"))
    portion = read_posts(client, SESSION, None)
    assert [(post.title, post.media_type) for post in portion.posts] == [
        ("A blue bowl", "image"),
        ("How I throw a bowl", "reel"),
        (None, "gallery"),
        ("A blue bowl", "video"),
    ]
    assert portion.posts[0].metrics == Metrics(reach=400, likes=10, comments=2, saves=7, shares=3, views=610)
    assert portion.posts[2].metrics == Metrics(reach=12, comments=2)
    assert portion.posts[3].metrics == Metrics(likes=10, comments=2)
    assert portion.posts[1].published_at == datetime(2026, 11, 9, 18, 30, 5, tzinfo=UTC)
    assert portion.cursor == "QVFIUafter" and client.calls == ["posts"]
    assert "insights.metric(reach,views,saved,shares)" in dict(client.requests[0].query)["fields"]


def test_a_page_without_a_next_one_is_the_last() -> None:
    paging = {"cursors": {"before": "a", "after": "b"}}
    assert read_posts(script(posts=payload("instagram", "posts", paging=paging)), SESSION, None).cursor is None


def test_a_page_that_one_post_spoils_is_read_post_by_post_and_only_that_page() -> None:
    refused = payload("instagram", "metric_unknown")
    page = stored("instagram", "posts")["body"]
    bare = [{name: value for name, value in item.items() if name != "insights"} for item in page["data"]]
    plain = payload("instagram", "posts", data=bare)
    client = script(
        posts=[*[refused] * 5, plain],
        post_insights=[
            payload("instagram", "post_insights"),
            payload("instagram", "too_few_viewers"),
            payload("instagram", "older_than_the_account"),
            answer(400, {"error": {"code": 100, "error_subcode": 33}}),
        ],
    )
    portion = read_posts(client, SESSION, "QVFIUsent")
    assert [post.metrics.views for post in portion.posts] == [610, None, None, None]
    assert [post.metrics.likes for post in portion.posts] == [10, 10, None, 10]
    assert portion.cursor == "each:40:QVFIUafter"
    assert client.calls == ["posts"] * 6 + ["post_insights"] * 4
    assert dict(client.requests[5].query)["limit"] == "10"
    assert all(("after", "QVFIUsent") in request.query for request in client.requests[:6])


@pytest.mark.parametrize(("cursor", "then"), [("each:40:abc", "each:30:QVFIUafter"), ("each:10:abc", "QVFIUafter")])
def test_reading_post_by_post_ends_with_the_page(cursor: str, then: str) -> None:
    client = script(posts=payload("instagram", "posts"), post_insights=payload("instagram", "post_insights"))
    assert read_posts(client, SESSION, cursor).cursor == then
    assert ("after", "abc") in client.requests[0].query


def test_a_metric_that_no_post_has_any_more_is_unknown_and_the_others_stand() -> None:
    refused, good = payload("instagram", "metric_unknown"), payload("instagram", "posts")
    client = script(posts=[refused, good, refused, refused, refused])
    portion = read_posts(client, SESSION, None)
    assert portion.posts[0].metrics.views == 610 and client.calls == ["posts"] * 5
    assert portion.cursor == "QVFIUafter"


def test_without_the_scope_of_insights_none_are_asked_for() -> None:
    session = replace(SESSION, tokens=replace(TOKENS, scopes=("instagram_business_basic",)))
    client = script(posts=payload("instagram", "posts"))
    assert len(read_posts(client, session, None).posts) == 4
    assert "insights" not in dict(client.requests[0].query)["fields"]


def test_a_lost_scope_is_asked_about_once_and_the_posts_are_read_without_numbers() -> None:
    lost = payload("instagram", "no_permission")
    client = script(posts=[lost, payload("instagram", "posts")], post_insights=lost)
    first = read_posts(client, SESSION, "QVFIUsent")
    assert len(first.posts) == 4 and first.cursor == "plain:QVFIUafter"
    assert client.calls == ["posts", "post_insights", "posts"]
    assert client.requests[1].url.endswith("/17841405822304914/insights")
    assert dict(client.requests[2].query)["limit"] == "100"
    last = script(posts=payload("instagram", "posts", paging={}))
    assert read_posts(last, SESSION, first.cursor).cursor is None
    assert last.calls == ["posts"] and ("after", "QVFIUafter") in last.requests[0].query


@pytest.mark.parametrize(
    "of_account",
    [payload("instagram", "insights"), payload("instagram", "metric_unknown"), answer(500, {"error": {"code": 2}})],
)
def test_a_post_that_too_few_have_seen_is_no_lost_scope(of_account: Any) -> None:
    few = payload("instagram", "too_few_viewers")
    page = stored("instagram", "posts")["body"]["data"]
    bare = payload("instagram", "posts", data=[{k: v for k, v in item.items() if k != "insights"} for item in page])
    client = script(posts=[few, bare], post_insights=[of_account, few, few, few, payload("instagram", "post_insights")])
    portion = read_posts(client, SESSION, None)
    assert [post.metrics.views for post in portion.posts] == [None, None, None, 610]
    assert portion.cursor == "each:40:QVFIUafter"


def test_a_limit_is_obeyed_where_the_scope_is_asked_about() -> None:
    limit = payload("instagram", "limited")
    with pytest.raises(RetryLater):
        read_posts(script(posts=payload("instagram", "no_permission"), post_insights=limit), SESSION, None)


# Errors


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("exchange_refused", "Refused", "code_refused"),
        ("refresh_dead", "ReconnectNeeded", "token_revoked"),
        ("token_dead", "AccessRefused", "access_refused"),
        ("no_permission", "NotOffered", "scope_missing"),
        ("too_few_viewers", "NotOffered", "scope_missing"),
        ("older_than_the_account", "NotOffered", "not_offered"),
        ("metric_unknown", "Refused", "bad_request"),
        ("limited", "RetryLater", "rate_limited"),
        ("transient", "RetryLater", "platform_unavailable"),
    ],
)
def test_answers_that_were_seen_have_their_class(name: str, kind: str, code: str) -> None:
    found = verdict(INSTAGRAM, stored("instagram", name)["call"], payload("instagram", name))
    assert isinstance(found, PlatformError) and (type(found).__name__, found.code) == (kind, code)


def test_a_missing_scope_takes_the_insights_only() -> None:
    with pytest.raises(NotOffered):
        read_insights(script(insights=payload("instagram", "no_permission")), SESSION, None)
