"""LinkedIn in the sandbox, read by the connector itself and by hand."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from local import sandbox
from socials.errors import AccessRefused, NotOffered, PlatformError, ReconnectNeeded, Refused, RetryLater
from socials.models.parts import Part
from socials.models.readings import Portion, Post, Tokens
from socials.platforms.base import Session
from socials.platforms.linkedin import LINKEDIN
from tests.integration.sandbox.wired import CALLBACK, Wired

VERSIONED = {"Linkedin-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}
WITH_PAGES = ("ada", "bruno", "noor", "salma", "zora")


@pytest.fixture
def linkedin(stack: Any) -> Wired:
    return Wired(stack, LINKEDIN)


def session(linkedin: Wired, tokens: Tokens, which: int = 0) -> Session:
    identity = LINKEDIN.identify(linkedin, tokens)[which]
    return Session(
        tokens=tokens,
        platform_account_id=identity.platform_account_id,
        username=identity.username,
        today=linkedin.now.date(),
    )


def posts(portions: list[Portion]) -> dict[str, Post]:
    return {post.post_id: post for portion in portions for post in portion.posts}


def get(stack: Any, tokens: Tokens, path: str, headers: dict[str, str] | None = None) -> Any:
    sent = {"Authorization": f"Bearer {tokens.access}", **(VERSIONED if headers is None else headers)}
    return stack.client.get(f"/_sandbox/linkedin/api{path}", headers=sent)


def token(stack: Any, **changed: str) -> Any:
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, **sandbox.app_credentials()["linkedin"]}
    return stack.client.post("/_sandbox/linkedin/www/oauth/v2/accessToken", data=form | changed)


# Consent and tokens


def test_cancelling_has_a_word_of_its_own(stack: Any, linkedin: Wired) -> None:
    asked = {"response_type": "code", "client_id": linkedin.app().client_id, "redirect_uri": CALLBACK, "state": "s"}
    form = asked | {"scope": "r_basicprofile", "person": "ada", "decision": "deny"}
    answer = stack.client.post("/_sandbox/linkedin/www/oauth/v2/authorization", data=form)
    assert parse_qs(urlsplit(answer.location).query)["error"] == ["user_cancelled_authorize"]


def test_a_scope_that_the_app_does_not_hold_fails_the_whole_login(stack: Any, linkedin: Wired) -> None:
    asked = {"response_type": "code", "client_id": linkedin.app().client_id, "redirect_uri": CALLBACK, "state": "s"}
    answer = stack.get("/linkedin/www/oauth/v2/authorization", **asked, scope="r_basicprofile r_member_social")
    assert answer.status_code == 400


def test_the_secret_belongs_in_the_body(stack: Any, linkedin: Wired) -> None:
    code = linkedin.consented("ada", linkedin.app())
    assert token(stack, code=code, client_secret="x").status_code == 401
    answer = token(stack, code=code)
    assert answer.status_code == 200 and answer.json["expires_in"] == 5184000 and "," in answer.json["scope"]


def test_a_refresh_token_keeps_its_end_and_near_it_the_access_is_short(stack: Any, linkedin: Wired) -> None:
    assert LINKEDIN.refresh is not None
    tokens = linkedin.connect()
    stack.later(days=61)
    with pytest.raises(AccessRefused):
        LINKEDIN.identify(linkedin, tokens)
    fresh = LINKEDIN.refresh(linkedin, linkedin.app(), tokens)
    assert fresh.refresh == tokens.refresh and fresh.refresh_expires_at == tokens.refresh_expires_at
    stack.later(days=300)
    last = LINKEDIN.refresh(linkedin, linkedin.app(), tokens)
    assert last.access_expires_at == last.refresh_expires_at == tokens.refresh_expires_at
    stack.later(days=4)
    with pytest.raises(ReconnectNeeded):
        LINKEDIN.refresh(linkedin, linkedin.app(), tokens)


def test_asking_for_other_scopes_ends_every_earlier_grant_of_the_member(stack: Any, linkedin: Wired) -> None:
    first, same, other = linkedin.connect("ada"), linkedin.connect("ada"), linkedin.connect("bruno")
    assert LINKEDIN.identify(linkedin, first) == LINKEDIN.identify(linkedin, same)
    form = {"response_type": "code", "client_id": linkedin.app().client_id, "redirect_uri": CALLBACK, "state": "s"}
    yes = form | {"scope": "r_basicprofile", "person": "ada", "decision": "allow"}
    back = stack.client.post("/_sandbox/linkedin/www/oauth/v2/authorization", data=yes)
    token(stack, code=parse_qs(urlsplit(back.location).query)["code"][0])
    for ended in (first, same):
        with pytest.raises(PlatformError):
            LINKEDIN.identify(linkedin, ended)
    assert LINKEDIN.identify(linkedin, other)


def test_there_is_no_revoke(stack: Any, linkedin: Wired) -> None:
    tokens = linkedin.connect()
    form = {**sandbox.app_credentials()["linkedin"], "token": tokens.access}
    assert stack.post("/linkedin/www/oauth/v2/revoke", data=form).status_code in (404, 405)
    assert LINKEDIN.revoke is None and LINKEDIN.identify(linkedin, tokens)


# Requests


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 400, "VERSION_MISSING"),
        (VERSIONED | {"Linkedin-Version": "202510"}, 426, "NONEXISTENT_VERSION"),
        ({"Linkedin-Version": "202609"}, 400, "ILLEGAL_ARGUMENT"),
    ],
)
def test_versioned_calls_need_their_headers(
    stack: Any, linkedin: Wired, headers: dict[str, str], status: int, code: str
) -> None:
    answer = get(stack, linkedin.connect(), "/rest/memberFollowersCount?q=me", headers)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_the_unversioned_call_must_not_be_told_a_version(stack: Any, linkedin: Wired) -> None:
    tokens = linkedin.connect()
    assert get(stack, tokens, "/v2/me").status_code == 400
    assert get(stack, tokens, "/v2/me", {}).status_code == 200


def test_marks_stand_raw_and_urns_are_encoded_or_the_query_is_refused(stack: Any, linkedin: Wired) -> None:
    tokens = linkedin.connect()
    page = session(linkedin, tokens).platform_account_id
    path, encoded = "/rest/organizationalEntityShareStatistics?q=organizationalEntity", quote(page, safe="")
    of_page = f"{path}&organizationalEntity={encoded}"
    share = "urn%3Ali%3Ashare%3A7001"
    assert get(stack, tokens, f"{of_page}&shares=List({share})").status_code == 200
    for query in (
        f"{path}&organizationalEntity={page}",
        f"{of_page}&shares=List%28{share}%29",
        f"{of_page}&shares=List(urn:li:share:7001)",
        f"{of_page}&timeIntervals=%28timeRange%3A%28start%3A1%2Cend%3A2%29%29",
        f"{of_page}&everything=1",
    ):
        assert get(stack, tokens, query).status_code == 400, query


def test_the_old_name_of_the_follower_edge_is_refused(stack: Any, linkedin: Wired) -> None:
    tokens = linkedin.connect()
    page = quote(session(linkedin, tokens).platform_account_id, safe="")
    assert get(stack, tokens, f"/rest/networkSizes/{page}?edgeType=CompanyFollowedByMember").status_code == 400


# Pages


def test_one_grant_offers_every_page_of_the_member_and_the_member(linkedin: Wired) -> None:
    named = {
        p: [one.platform_account_id for one in LINKEDIN.identify(linkedin, linkedin.connect(p))] for p in WITH_PAGES
    }
    assert [len(named[person]) for person in WITH_PAGES] == [3, 4, 2, 2, 2]
    assert all(ids[-1].startswith("urn:li:person:") and len(set(ids)) == len(ids) for ids in named.values())
    personal = LINKEDIN.identify(linkedin, linkedin.connect("pia"))
    assert [one.platform_account_id.split(":")[2] for one in personal] == ["person"]


def test_pages_can_be_told_one_by_one_where_several_are_refused(stack: Any, linkedin: Wired) -> None:
    tokens = linkedin.connect("bruno")
    together = LINKEDIN.identify(linkedin, tokens)
    stack.fault("linkedin", "scope_missing", call="organizations_batch")
    assert LINKEDIN.identify(linkedin, tokens) == together
    assert "page" in [request.call for request in linkedin.requests]


@pytest.mark.parametrize("person", WITH_PAGES)
def test_everybodys_page_is_read_whole(linkedin: Wired, person: str) -> None:
    page = session(linkedin, linkedin.connect(person))
    profile = linkedin.read(Part.PROFILE, page)[0].profile
    assert profile and (profile.followers is None) == (person == "noor")
    assert (profile.identity.avatar_url is None) == (person == "zora")
    days = [day for portion in linkedin.read(Part.INSIGHTS, page) for day in portion.days]
    assert len(days) == 364 and [day.provisional for day in days[-4:]] == [False, True, True, True]
    found = posts(linkedin.read(Part.POSTS, page))
    assert len(found) >= 25
    assert all(post.metrics.impressions is not None and post.metrics.saves is None for post in found.values())
    assert any(post.metrics.views is not None for post in found.values())
    assert {post.media_type for post in found.values()} == {"image", "video", "gallery", "link", None}
    assert all("\\" not in str(post.title) and "#linkedin" in str(post.title) for post in found.values())


def test_real_zeros_are_zero_also_where_every_post_is_left_out(linkedin: Wired) -> None:
    found = posts(linkedin.read(Part.POSTS, session(linkedin, linkedin.connect("zora"))))
    assert {(post.metrics.impressions, post.metrics.clicks) for post in found.values()} == {(0, 0)}


def test_an_answer_emptied_by_a_bad_day_is_no_zero(stack: Any, linkedin: Wired) -> None:
    page = session(linkedin, linkedin.connect())
    stack.fault("linkedin", "no_items", call="statistics", times=None)
    found = posts(linkedin.read(Part.POSTS, page))
    assert {post.metrics.impressions for post in found.values()} == {None}


def test_sibling_pages_have_posts_and_numbers_of_their_own(linkedin: Wired) -> None:
    tokens = linkedin.connect("bruno")
    first, second = (linkedin.read(Part.POSTS, session(linkedin, tokens, which)) for which in (0, 1))
    assert not posts(first).keys() & posts(second).keys() and len(first) > 1


def test_drafts_are_listed_by_linkedin_and_left_out_by_us(stack: Any, linkedin: Wired) -> None:
    tokens = linkedin.connect("bruno")
    page = session(linkedin, tokens)
    author = quote(page.platform_account_id, safe="")
    listed = get(stack, tokens, f"/rest/posts?q=author&author={author}&count=100").json["elements"]
    drafts = {post["id"] for post in listed if post["lifecycleState"] == "DRAFT"}
    assert drafts and not drafts & posts(linkedin.read(Part.POSTS, page)).keys()


def test_days_are_kept_for_a_year(stack: Any, linkedin: Wired) -> None:
    tokens = linkedin.connect()
    author = quote(session(linkedin, tokens).platform_account_id, safe="")
    start, end = (int((stack.now - timedelta(days=days)).timestamp() * 1000) for days in (400, 390))
    query = f"timeIntervals=(timeRange:(start:{start},end:{end}),timeGranularityType:DAY)"
    path = f"/rest/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity={author}&{query}"
    assert get(stack, tokens, path).status_code == 400


# Members


def test_a_member_has_followers_and_days_and_no_posts(linkedin: Wired) -> None:
    member = session(linkedin, linkedin.connect("pia"))
    profile = linkedin.read(Part.PROFILE, member)[0].profile
    assert profile and profile.followers and profile.identity.profile_url == "https://www.linkedin.com/in/pia-person"
    days = [day for portion in linkedin.read(Part.INSIGHTS, member) for day in portion.days]
    assert len(days) == 89 and days[0].metrics.known().keys() == {"impressions", "likes", "comments", "shares", "saves"}
    with pytest.raises(NotOffered):
        linkedin.read(Part.POSTS, member)


def test_reached_members_cannot_be_had_by_day(stack: Any, linkedin: Wired) -> None:
    span = "dateRange=(start:(year:2026,month:11,day:1),end:(year:2026,month:11,day:3))"
    path = f"/rest/memberCreatorPostAnalytics?q=me&queryType=MEMBERS_REACHED&{span}"
    tokens = linkedin.connect()
    assert get(stack, tokens, path).json["elements"][0]["metricType"] == "MEMBERS_REACHED"
    assert get(stack, tokens, f"{path}&aggregation=DAILY").status_code == 400


# Bad days


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        ("429", RetryLater, "rate_limited"),
        ("429_app_day", RetryLater, "rate_limited"),
        ("504", RetryLater, "platform_unavailable"),
        ("revoked", AccessRefused, "access_refused"),
        ("expired", AccessRefused, "access_refused"),
        ("scope_missing", ReconnectNeeded, "scope_missing"),
        ("version_retired", Refused, "version_retired"),
        ("gone", Refused, "platform_refused"),
    ],
)
def test_each_bad_day_has_its_class(
    stack: Any, linkedin: Wired, kind: str, error: type[PlatformError], code: str
) -> None:
    page = session(linkedin, linkedin.connect())
    stack.fault("linkedin", kind, call="organization")
    with pytest.raises(error) as caught:
        linkedin.read(Part.PROFILE, page)
    assert type(caught.value) is error and caught.value.code == code


def test_a_consent_may_come_back_without_a_scope(stack: Any, linkedin: Wired) -> None:
    stack.fault("linkedin", "scope_missing", call="token", scope="r_organization_social")
    tokens = linkedin.connect()
    page = session(linkedin, tokens)
    assert not LINKEDIN.facts.can_read(Part.POSTS, tokens.scopes) and linkedin.read(Part.INSIGHTS, page)
    with pytest.raises(NotOffered):
        linkedin.read(Part.POSTS, page)


def test_a_person_who_removes_the_app_ends_everything(stack: Any, linkedin: Wired) -> None:
    tokens = linkedin.connect()
    stack.post("/people/linkedin/ada/revoke")
    with pytest.raises(AccessRefused):
        LINKEDIN.identify(linkedin, tokens)
