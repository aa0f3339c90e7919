from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from urllib3.util import parse_url

from socials.answers import connection_answer
from socials.errors import AccessRefused, NotOffered, ReconnectNeeded, Refused, RetryLater
from socials.models.connections import Candidate, Connection, ConnectionStatus
from socials.models.readings import Day, Metrics, Post, Tokens
from socials.platforms.base import App, Code, Consent, Session
from socials.platforms.explaining import verdict
from socials.platforms.linkedin import (
    FACTS,
    LINKEDIN,
    authorize,
    exchange,
    identify,
    read_insights,
    read_posts,
    read_profile,
    refresh,
)
from tests.support.changing import replace
from tests.unit.platforms.scripted import NOW, Scripted, answer, payload, stored

APP = App("client", "secret")
TOKENS = Tokens(access="access", refresh="AQX-refresh", scopes=FACTS.asked_scopes)
PAGE = Session(
    tokens=TOKENS,
    platform_account_id="urn:li:organization:2414183",
    username="tildas-ceramics",
    today=date(2026, 11, 22),
)
MEMBER = replace(PAGE, platform_account_id="urn:li:person:b1c2d3", username="tilda-potter")
ORGANIZATION = "organizationalEntity=urn%3Ali%3Aorganization%3A2414183"


def script(**replies: Any) -> Scripted:
    return Scripted(LINKEDIN, **replies)


def told(name: str, **changes: Any) -> Any:
    return payload("linkedin", name, **changes)


def page_script(**replies: Any) -> Scripted:
    names = ("profile", "followers", "logo", "insights", "posts", "statistics", "video", "total")
    return script(**{**{name: told(name) for name in names}, **replies})


# Connecting


def test_the_consent_page_is_asked_for_everything_split_by_20_and_without_pkce() -> None:
    address = authorize(APP, Consent(redirect_uri="https://here.example/callback", state="state", verifier="verifier"))
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://www.linkedin.com/oauth/v2/authorization"
    query = dict(parse_qsl(parts.query))
    assert query == {
        "response_type": "code",
        "client_id": "client",
        "redirect_uri": "https://here.example/callback",
        "state": "state",
        "scope": " ".join(FACTS.asked_scopes),
    }
    assert "+" not in parts.query and "r_basicprofile%20rw_organization_admin" in parts.query


def test_the_secret_goes_in_the_body() -> None:
    client = script(exchange=told("exchange"))
    got = exchange(client, APP, Code(code="code", redirect_uri="https://here.example/callback", verifier="verifier"))
    request = client.requests[0]
    assert request.basic is None and request.form == {
        "grant_type": "authorization_code",
        "code": "code",
        "redirect_uri": "https://here.example/callback",
        "client_id": "client",
        "client_secret": "secret",
    }
    assert got.access_expires_at == NOW + timedelta(days=60) and got.refresh_expires_at == NOW + timedelta(days=365)
    assert got.scopes == FACTS.asked_scopes


def test_a_refresh_keeps_the_refresh_token_and_its_end() -> None:
    got = refresh(script(refresh=told("refresh")), APP, TOKENS)
    assert (got.access, got.refresh) == ("AQX-access-two", "AQX-refresh")
    assert got.refresh_expires_at == NOW + timedelta(days=305) and FACTS.grant_ends


@pytest.mark.parametrize("name", ["refresh_dead", "refresh_dead_by_the_other_name"])
def test_a_refused_refresh_token_needs_the_person(name: str) -> None:
    with pytest.raises(ReconnectNeeded):
        refresh(script(refresh=told(name)), APP, TOKENS)


def test_without_a_refresh_token_the_grant_ends_with_its_access() -> None:
    got = exchange(
        script(exchange=told("exchange_without_renewal")), APP, Code(code="c", redirect_uri="r", verifier="v")
    )
    assert got.refresh is None
    for ends, code in ((NOW, "token_expired"), (NOW + timedelta(days=9), "token_revoked")):
        with pytest.raises(ReconnectNeeded) as caught:
            refresh(script(), APP, replace(got, access_expires_at=ends))
        assert caught.value.code == code


def test_a_refused_app_is_no_proof_of_a_dead_grant() -> None:
    with pytest.raises(Refused):
        refresh(script(refresh=told("client_refused")), APP, TOKENS)
    with pytest.raises(RetryLater):
        refresh(script(), None, TOKENS)


# Who it is


def test_a_grant_acts_for_every_page_that_the_member_administers_and_for_the_member() -> None:
    client = script(pages=told("pages"), pages_at_once=told("pages_at_once"), logo=told("logo"), member=told("member"))
    first, second, member = identify(client, TOKENS)
    assert first.platform_account_id == "urn:li:organization:2414183" and first.username == "tildas-ceramics"
    assert first.avatar_url and first.avatar_url.startswith("https://media.licdn.com/")
    assert first.profile_url == "https://www.linkedin.com/company/tildas-ceramics/"
    assert (second.platform_account_id, second.avatar_url) == ("urn:li:organization:5522", None)
    assert (member.platform_account_id, member.display_name) == ("urn:li:person:b1c2d3", "Tilda Potter")
    assert member.avatar_url == "https://media.licdn.com/dms/image/M1/800_800/0?e=1"
    asked = {request.call: request.url for request in client.requests}
    assert asked["pages_at_once"] == "https://api.linkedin.com/rest/organizations?ids=List(2414183,5522)"
    assert asked["logo"] == "https://api.linkedin.com/rest/images/urn%3Ali%3Aimage%3AC4D0BAQEcropped"


def test_the_choice_after_a_consent_says_which_are_pages_and_which_is_the_members_own_profile() -> None:
    client = script(pages=told("pages"), pages_at_once=told("pages_at_once"), logo=told("logo"), member=told("member"))
    offered = tuple(Candidate(account_id=one.platform_account_id, identity=one) for one in identify(client, TOKENS))
    begun = {"user": "u", "connection_id": "con_1", "grant_id": "g", "created_at": NOW, "expires_at": NOW}
    choice = Connection(platform="linkedin", status=ConnectionStatus.CHOOSE, candidates=offered, **begun)
    assert [each["kind"] for each in connection_answer(choice, [], NOW)["candidates"]] == ["page", "page", "profile"]
    elsewhere = replace(choice, platform="facebook")  # a consent there offers pages only
    assert [each["kind"] for each in connection_answer(elsewhere, [], NOW)["candidates"]] == [None] * 3


def test_pages_are_read_one_by_one_where_our_app_may_not_ask_for_several() -> None:
    other = told("page", id=5522, localizedName="Tilda's School", vanityName=None, logoV2=None)
    client = script(
        pages=told("pages"),
        pages_at_once=told("pages_at_once_refused"),
        page=[told("page"), other],
        logo=told("logo"),
        member=told("member"),
    )
    first, second, _ = identify(client, TOKENS)
    assert (first.username, second.username) == ("tildas-ceramics", "5522")
    assert second.profile_url == "https://www.linkedin.com/company/5522/"


def test_a_page_that_cannot_be_read_costs_no_other() -> None:
    client = script(
        pages=told("pages"),
        pages_at_once=told("pages_at_once_refused"),
        page=[told("access_denied"), told("page")],
        logo=answer(404, {}),
        member=told("member"),
    )
    assert [one.username for one in identify(client, TOKENS)] == ["tildas-ceramics", "tilda-potter"]


def test_a_member_without_pages_is_all_there_is() -> None:
    for replies in ({"pages": told("pages", elements=[])}, {"pages": told("access_denied")}):
        assert len(identify(script(member=told("member"), **replies), TOKENS)) == 1
    narrow = replace(TOKENS, scopes=("r_basicprofile",))
    client = script(member=told("member"))
    assert len(identify(client, narrow)) == 1 and client.calls == ["member"]


# How requests look


def test_every_versioned_call_names_its_version_and_finders_their_method() -> None:
    client = page_script()
    for step in LINKEDIN.parts.values():
        step(client, PAGE, None)
    for request in client.requests:
        finder = "?q=" in request.url
        assert request.url.startswith("https://api.linkedin.com/rest/") and request.query == ()
        assert request.headers["X-Restli-Protocol-Version"] == "2.0.0" and request.headers["Linkedin-Version"].isdigit()
        assert request.headers.get("X-RestLi-Method") == ("FINDER" if finder else None)


def test_the_unversioned_call_names_none() -> None:
    client = script(profile=told("member"), followers=told("member_followers"))
    read_profile(client, MEMBER, None)
    assert client.requests[0].url.startswith("https://api.linkedin.com/v2/me?projection=(id,")
    assert "Linkedin-Version" not in client.requests[0].headers


def test_lists_and_records_stay_raw_and_urns_are_encoded() -> None:
    client = page_script()
    read_insights(client, replace(PAGE, days_known_through=date(2026, 11, 18)), None)
    read_posts(client, PAGE, "50")
    asked = [f"{request.call} {urlsplit(request.url).query}" for request in client.requests]
    assert asked == [
        f"insights q=organizationalEntity&{ORGANIZATION}"
        "&timeIntervals=(timeRange:(start:1795046400000,end:1795305600000),timeGranularityType:DAY)",
        "posts q=author&author=urn%3Ali%3Aorganization%3A2414183&count=50&start=50&sortBy=LAST_MODIFIED",
        f"statistics q=organizationalEntity&{ORGANIZATION}&shares=List(urn%3Ali%3Ashare%3A7001,"
        "urn%3Ali%3Ashare%3A7003,urn%3Ali%3Ashare%3A7004,urn%3Ali%3Ashare%3A7006)",
        f"statistics q=organizationalEntity&{ORGANIZATION}&ugcPosts=List(urn%3Ali%3AugcPost%3A7002)",
        "video q=entity&entity=urn%3Ali%3AugcPost%3A7002&type=VIDEO_VIEW&aggregation=ALL",
    ]


# Pages


def test_a_page_is_read() -> None:
    client = page_script()
    reading = read_profile(client, PAGE, None).profile
    assert reading and reading.followers == 219145 and reading.identity.display_name == "Tilda's Ceramics"
    followers = next(request.url for request in client.requests if request.call == "followers")
    assert followers.endswith("/networkSizes/urn%3Ali%3Aorganization%3A2414183?edgeType=COMPANY_FOLLOWED_BY_MEMBER")


@pytest.mark.parametrize("reply", [answer(403, {}), answer(404, {}), answer(200, {"firstDegreeSize": "many"})])
def test_followers_that_are_not_told_are_null(reply: Any) -> None:
    reading = read_profile(page_script(followers=reply), PAGE, None).profile
    assert reading and reading.followers is None


def test_a_missing_logo_costs_nothing_but_a_limit_is_obeyed() -> None:
    reading = read_profile(page_script(logo=answer(503)), PAGE, None).profile
    assert reading and reading.identity.avatar_url is None
    with pytest.raises(RetryLater):
        read_profile(page_script(logo=told("app_day_limit")), PAGE, None)


def test_days_of_a_page_are_read_and_the_last_three_are_provisional() -> None:
    days = read_insights(page_script(), PAGE, None).days
    assert days[0] == Day(
        date=date(2026, 11, 17),
        metrics=Metrics(impressions=340, reach=210, clicks=17, likes=9, comments=1, shares=0),
        provisional=False,
    )
    assert [day.provisional for day in days] == [False, False, True, True]


def test_likes_that_more_people_took_back_than_gave_are_below_zero_as_linkedin_tells_them() -> None:
    assert read_insights(page_script(), PAGE, None).days[1].metrics.likes == -1


def test_posts_of_a_page_are_read_with_their_numbers() -> None:
    client = page_script()
    portion = read_posts(client, PAGE, None)
    image, video, article, gallery, words = portion.posts
    assert portion.cursor is None
    assert image == Post(
        post_id="urn:li:share:7001",
        published_at=datetime(2026, 11, 20, 18, 40, 40, tzinfo=UTC),
        permalink="https://www.linkedin.com/feed/update/urn:li:share:7001/",
        title="How Tilda Potter made (at last) the #blue glaze",
        media_type="image",
        metrics=Metrics(impressions=2310, reach=1500, clicks=102, likes=41, comments=6, shares=3),
    )
    assert (video.title, video.media_type, video.metrics.views) == ("A quiet morning", "video", 654)
    assert [post.media_type for post in (article, gallery, words)] == ["link", "gallery", None]
    assert all(post.metrics.saves is None for post in portion.posts)


def test_a_post_that_is_left_out_of_the_numbers_had_no_activity() -> None:
    article = read_posts(page_script(), PAGE, None).posts[2]
    assert article.metrics == Metrics(impressions=0, reach=0, likes=0, comments=0, shares=0, clicks=0)


def test_an_answer_without_any_post_is_believed_only_of_a_page_that_nobody_saw() -> None:
    empty = told("statistics_none")
    seen = read_posts(page_script(statistics=empty), PAGE, None).posts
    unseen = read_posts(page_script(statistics=empty, total=told("total_of_nothing")), PAGE, None).posts
    untold = read_posts(page_script(statistics=empty, total=empty), PAGE, None).posts
    assert {post.metrics.impressions for post in seen + untold} == {None}
    assert {post.metrics.impressions for post in unseen} == {0}


@pytest.mark.parametrize("reply", [answer(403, {}), answer(400, {})])
def test_refused_numbers_are_null_and_the_posts_stand(reply: Any) -> None:
    posts = read_posts(page_script(statistics=reply, video=reply), PAGE, None).posts
    assert len(posts) == 5 and not any(post.metrics.known() for post in posts)


def test_views_that_just_fail_are_null_and_the_first_failure_is_the_last_call() -> None:
    client = page_script(video=answer(500, {}))
    posts = read_posts(client, PAGE, None).posts
    assert len(posts) == 5 and client.calls.count("video") == 1 and posts[2].metrics.impressions == 0
    with pytest.raises(RetryLater):
        read_posts(page_script(video=answer(429, {})), PAGE, None)


def test_a_post_that_is_left_out_of_a_page_of_the_numbers_is_unknown() -> None:
    paging = {"start": 0, "count": 10, "links": [{"rel": "next", "href": "/rest/organizationalEntityShareStatistics"}]}
    posts = read_posts(page_script(statistics=told("statistics", paging=paging)), PAGE, None).posts
    assert posts[2].metrics.impressions is None and any(post.metrics.impressions for post in posts)


def test_a_list_goes_on_where_a_page_is_full_or_leads_on() -> None:
    body = stored("linkedin", "posts")["body"]
    links = [{"rel": "next", "href": "/rest/posts?start=50", "type": "application/json"}]
    leading = told("posts", paging={**body["paging"], "links": links})
    assert read_posts(page_script(posts=leading), PAGE, "50").cursor == "100"
    empty = told("posts", elements=[], paging={**body["paging"], "links": links})
    assert read_posts(page_script(posts=empty), PAGE, "50").cursor == "100"
    full = [{**body["elements"][0], "id": f"urn:li:share:{n}"} for n in range(50)]
    assert read_posts(page_script(posts=told("posts", elements=full)), PAGE, None).cursor == "50"
    assert read_posts(page_script(posts=told("posts", elements=[])), PAGE, "50").cursor is None


# Members


def test_a_member_is_read() -> None:
    client = script(profile=told("member"), followers=told("member_followers"))
    reading = read_profile(client, MEMBER, None).profile
    assert reading and reading.followers == 812 and reading.identity.username == "tilda-potter"
    assert client.requests[1].url == "https://api.linkedin.com/rest/memberFollowersCount?q=me"


def test_days_of_a_member_take_a_call_a_metric_and_one_that_is_refused_costs_no_other() -> None:
    client = script(member_days=[told("member_days"), answer(400, {}), told("member_days")])
    (last,) = read_insights(client, replace(MEMBER, days_known_through=date(2026, 11, 18)), None).days
    asked = [urlsplit(request.url).query for request in client.requests]
    assert asked[0] == (
        "q=me&queryType=IMPRESSION&aggregation=DAILY&dateRange=(start:(year:2026,month:11,day:19),"
        "end:(year:2026,month:11,day:22))"
    )
    types = [dict(parse_qsl(query))["queryType"] for query in asked]
    assert types == ["IMPRESSION", "REACTION", "COMMENT", "RESHARE", "POST_SAVE"]
    assert last.metrics == Metrics(impressions=7, comments=7, shares=7, saves=7) and last.provisional


def test_a_member_who_tells_no_numbers_has_no_insights() -> None:
    with pytest.raises(NotOffered):
        read_insights(script(member_days=answer(403, {})), MEMBER, None)


def test_posts_of_a_member_are_not_offered() -> None:
    with pytest.raises(NotOffered):
        read_posts(script(), MEMBER, None)


# Errors


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("token_expired", AccessRefused, "access_refused"),
        ("token_revoked", AccessRefused, "access_refused"),
        ("token_invalid_under_400", AccessRefused, "access_refused"),
        ("access_denied", ReconnectNeeded, "scope_missing"),
        ("pages_at_once_refused", NotOffered, "scope_missing"),
        ("app_day_limit", RetryLater, "rate_limited"),
        ("member_day_limit", RetryLater, "rate_limited"),
        ("short_limit", RetryLater, "rate_limited"),
        ("version_retired", Refused, "version_retired"),
        ("code_dead", Refused, "code_refused"),
    ],
)
def test_the_error_table(name: str, kind: type[Exception], code: str) -> None:
    error = verdict(LINKEDIN, stored("linkedin", name)["call"], told(name))
    assert type(error) is kind and error and error.code == code


@pytest.mark.parametrize(("name", "scope"), [("app_day_limit", "app"), ("member_day_limit", "account")])
def test_a_limit_of_the_day_waits_for_midnight(name: str, scope: str) -> None:
    error = verdict(LINKEDIN, "posts", told(name))
    assert isinstance(error, RetryLater) and error.scope == scope
    assert error.until == datetime(2026, 11, 23, tzinfo=UTC)


def test_a_short_limit_names_no_time() -> None:
    error = verdict(LINKEDIN, "posts", told("short_limit"))
    assert isinstance(error, RetryLater) and error.until is None


def test_a_bare_403_on_the_profile_is_no_proof() -> None:
    assert type(verdict(LINKEDIN, "profile", answer(403, {}))) is Refused


# The door


def test_the_door_leaves_an_address_that_was_made_by_hand_as_it_is() -> None:
    client = page_script(member_days=told("member_days"))
    for part in (read_insights, read_posts):
        part(client, PAGE, None)
    read_insights(client, MEMBER, None)
    assert len(client.requests) > 5
    for request in client.requests:
        assert request.url.endswith(parse_url(request.url).request_uri)
