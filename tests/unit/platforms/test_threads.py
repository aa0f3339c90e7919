from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from socials.errors import PlatformError, RetryLater
from socials.models.readings import Metrics, Tokens
from socials.platforms.base import App, Code, Consent, Session
from socials.platforms.explaining import verdict
from socials.platforms.threads import (
    THREADS,
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
SCOPES = THREADS.facts.asked_scopes
TOKENS = Tokens(access="THAA-long-one", scopes=SCOPES)
SESSION = Session(
    tokens=TOKENS, platform_account_id="26013456789012345", username="adas.loom", today=date(2026, 11, 22)
)
CODE = Code(code="code", redirect_uri="https://here.example/callback", verifier="verifier")


def script(**replies: Any) -> Scripted:
    return Scripted(THREADS, **replies)


def exchanging(**replies: Any) -> Scripted:
    usual = {name: payload("threads", name) for name in ("exchange", "long_token", "inspect")}
    return script(**usual | replies)


def test_the_consent_page_takes_commas_and_no_pkce() -> None:
    address = urlsplit(authorize(APP, Consent(redirect_uri="https://here.example/c", state="s", verifier="v")))
    assert f"{address.netloc}{address.path}" == "www.threads.net/oauth/authorize"
    query = dict(parse_qsl(address.query))
    assert query["scope"] == "threads_basic,threads_manage_insights,threads_content_publish"
    assert not [name for name in query if name.startswith("code_")]


def test_a_code_becomes_a_long_token_whose_scopes_threads_tells() -> None:
    got = exchange(exchanging(inspect=payload("threads", "inspect", data={"scopes": ["threads_basic"]})), APP, CODE)
    assert (got.access, got.scopes) == ("THAA-long-one", ("threads_basic",))
    assert got.access_expires_at == NOW + timedelta(days=60) and got.extra == {"person": "26013456789012345"}


@pytest.mark.parametrize(
    "reply",
    [
        answer(403, {"error": {"code": 10}}),
        answer(400, {"error": {"code": 100}}),
        answer(500),
        answer(200, {}),
        answer(200, {"data": {"scopes": None}}),
        RetryLater(code="timeout"),
    ],
)
def test_scopes_that_are_not_told_are_those_that_were_asked_for(reply: Any) -> None:
    assert exchange(exchanging(inspect=reply), APP, CODE).scopes == SCOPES


def test_a_renewal_names_no_scopes_so_that_the_old_ones_stay() -> None:
    client = script(refresh=payload("threads", "refresh"))
    assert refresh(client, None, TOKENS).scopes == ()
    assert client.requests[0].query == (("grant_type", "th_refresh_token"),)


@pytest.mark.parametrize(
    ("reply", "followers"),
    [
        (payload("threads", "followers"), 1042),
        (answer(200, {"data": []}), None),
        (answer(403, {"error": {"code": 10}}), None),
        (answer(400, {"error": {"code": 100}}), None),
    ],
)
def test_followers_are_read_beside_the_profile(reply: Any, followers: int | None) -> None:
    client = script(profile=payload("threads", "profile"), followers=reply)
    reading = read_profile(client, SESSION, None).profile
    assert reading and reading.followers == followers and reading.posts_total is None
    assert reading.identity.profile_url == "https://www.threads.net/@adas.loom"


def test_followers_behind_a_limit_or_an_outage_are_waited_for() -> None:
    for reply in (payload("threads", "limited"), answer(500)):
        with pytest.raises(RetryLater):
            read_profile(script(profile=payload("threads", "profile"), followers=reply), SESSION, None)


def test_a_days_clicks_are_summed_and_views_of_the_profile_are_none_of_posts() -> None:
    client = script(insights=payload("threads", "insights"))
    assert read_insights(client, SESSION, None).total == 5
    (day,) = read_insights(client, SESSION, "2026-11-18").days
    assert day.metrics == Metrics(likes=14, comments=3, clicks=7) and day.provisional is False
    assert dict(client.requests[1].query)["metric"] == "likes,replies,clicks"


def test_a_new_day_on_which_nobody_looked_at_the_profile_is_read_for_its_likes() -> None:
    body = stored("threads", "insights")["body"]
    views = next(row for row in body["data"] if row["name"] == "views")
    only = {"data": [{**views, "values": [{"value": 3, "end_time": "2026-11-22T08:00:00+0000"}]}]}
    session = replace(SESSION, days_known_through=date(2026, 11, 18))
    assert read_insights(script(insights=answer(200, only)), session, None).cursor == "2026-11-19,2026-11-20,2026-11-21"


def test_reposts_of_others_are_left_out_and_missing_numbers_are_unknown() -> None:
    portion = read_posts(script(posts=payload("threads", "posts")), SESSION, None)
    assert [(post.title, post.media_type) for post in portion.posts] == [
        ("A quiet morning", "text"),
        (None, "audio"),
        ("A quiet morning", "gallery"),
    ]
    assert [post.metrics for post in portion.posts] == [
        Metrics(likes=10, comments=2, shares=3, views=610),
        Metrics(),
        Metrics(likes=0),
    ]


@pytest.mark.parametrize(
    ("body", "cursor"),
    [
        ({"data": [], "paging": {"cursors": {"after": "more"}}}, None),
        ({"data": [{"id": "1"}], "paging": {"cursors": {"after": "more"}}}, "more"),
        ({"data": [{"id": "1"}], "paging": {}}, None),
        ({"data": [{"id": "1"}], "paging": {"cursors": {"after": "sent"}}}, None),
    ],
)
def test_the_list_goes_on_until_a_page_is_empty(body: Any, cursor: str | None) -> None:
    assert read_posts(script(posts=answer(200, body)), SESSION, "sent").cursor == cursor


def test_numbers_that_do_not_come_with_the_list_are_asked_for_one_by_one() -> None:
    client = script(
        posts=[*[payload("threads", "expansion_refused")] * 5, payload("threads", "posts")],
        post_insights=payload("threads", "post_insights"),
    )
    portion = read_posts(client, SESSION, None)
    assert [post.metrics.views for post in portion.posts] == [610, 610, 610]
    assert client.calls.count("post_insights") == 3


def test_without_the_scope_of_insights_posts_have_no_numbers() -> None:
    session = replace(SESSION, tokens=replace(TOKENS, scopes=("threads_basic",)))
    client = script(posts=payload("threads", "posts"), profile=payload("threads", "profile"))
    read_posts(client, session, None)
    assert "insights" not in dict(client.requests[0].query)["fields"]
    assert read_profile(client, session, None).profile.followers is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("exchange_refused", "Refused", "code_refused"),
        ("refresh_dead", "ReconnectNeeded", "token_expired"),
        ("token_dead", "AccessRefused", "access_refused"),
        ("no_permission", "NotOffered", "scope_missing"),
        ("expansion_refused", "Refused", "bad_request"),
        ("limited", "RetryLater", "rate_limited"),
    ],
)
def test_answers_that_were_seen_have_their_class(name: str, kind: str, code: str) -> None:
    found = verdict(THREADS, stored("threads", name)["call"], payload("threads", name))
    assert isinstance(found, PlatformError) and (type(found).__name__, found.code) == (kind, code)
