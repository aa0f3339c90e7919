from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from socials.errors import PlatformError, ReconnectNeeded, Refused, RetryLater
from socials.models.readings import Day, Metrics, Tokens
from socials.platforms import graph
from socials.platforms.base import App, Code, Consent, Session
from socials.platforms.explaining import verdict
from socials.platforms.facebook import (
    FACEBOOK,
    authorize,
    exchange,
    identify,
    read_insights,
    read_posts,
    read_profile,
    revoke,
)
from tests.support.changing import replace
from tests.unit.platforms.scripted import NOW, Scripted, answer, payload, stored

APP = App("client", "secret")
SCOPES = FACEBOOK.facts.asked_scopes
ONE, TWO = "104523000000001", "104523000000002"
TOKENS = Tokens(
    access="EAAB-long",
    scopes=SCOPES,
    extra={"person": "10224567890123456", f"page:{ONE}": "EAAB-page-one", f"page:{TWO}": "EAAB-page-two"},
)
# The first of the days in which the payload lies.
LATE = "2026-09-01"
SESSION = Session(tokens=TOKENS, platform_account_id=ONE, username="adasloom", today=date(2026, 11, 22))
CODE = Code(code="code", redirect_uri="https://here.example/callback", verifier="verifier")
AT_CONNECT = ("exchange", "long_token", "person", "permissions", "pages")


def script(**replies: Any) -> Scripted:
    return Scripted(FACEBOOK, **replies)


def connecting(**replies: Any) -> Scripted:
    return script(**{name: payload("facebook", name) for name in AT_CONNECT} | replies)


def listed(*ids: Any, after: str | None = None, **more: Any) -> Any:
    pages = [{"id": one, "name": f"Page {one}", "access_token": f"EAAB-{one}", **more} for one in ids]
    paging = {"cursors": {"after": after}, "next": "https://graph.facebook.com/next"} if after else {}
    return answer(200, {"data": pages, "paging": paging})


# Connecting


def test_declined_scopes_are_asked_for_again_on_reconnect_only() -> None:
    consent = Consent(redirect_uri="https://here.example/callback", state="state", verifier="verifier")
    address = urlsplit(authorize(APP, consent))
    assert f"{address.netloc}{address.path}" == "www.facebook.com/v25.0/dialog/oauth"
    assert "auth_type" not in dict(parse_qsl(address.query))
    assert dict(parse_qsl(urlsplit(authorize(APP, replace(consent, reconnect=True))).query))["auth_type"] == "rerequest"


def test_a_code_becomes_the_persons_token_and_one_for_each_page() -> None:
    client = connecting()
    got = exchange(client, APP, CODE)
    assert client.calls == ["exchange", "long_token", "person", "permissions", "pages"]
    assert client.requests[1].form == {
        "client_id": "client",
        "client_secret": "secret",
        "grant_type": "fb_exchange_token",
        "fb_exchange_token": "EAAB-short",
    }
    assert {request.bearer for request in client.requests[2:]} == {"EAAB-long"}
    assert got.extra == {
        "person": "10224567890123456",
        f"page:{ONE}": f"EAAB-page-{ONE}",
        f"page:{TWO}": f"EAAB-page-{TWO}",
    }
    assert got.access == "EAAB-long" and set(SCOPES) <= set(got.scopes) and "email" not in got.scopes


def test_the_access_has_no_end_but_the_grant_has() -> None:
    got = exchange(connecting(), APP, CODE)
    assert got.access_expires_at is None and got.refresh is None and FACEBOOK.facts.grant_ends
    assert got.refresh_expires_at == NOW + timedelta(seconds=5183944)
    untold = exchange(connecting(long_token=payload("facebook", "long_token", expires_in=None)), APP, CODE)
    assert untold.refresh_expires_at == NOW + timedelta(days=60)


def test_no_secret_and_no_token_is_in_an_address() -> None:
    client = connecting()
    exchange(client, APP, CODE)
    for request in client.requests:
        assert not {"secret", "EAAB-short", "EAAB-long", "code"} & {value for _, value in request.query}


def test_pages_are_listed_over_all_pages_of_the_list() -> None:
    client = connecting(pages=[listed("1", "2", after="a"), listed("3", after="b"), listed("4")])
    assert exchange(client, APP, CODE).extra.keys() == {"person", "page:1", "page:2", "page:3", "page:4"}
    assert [dict(request.query).get("after") for request in client.requests[4:]] == [None, "a", "b"]


def test_a_list_of_pages_goes_on_where_only_the_address_of_the_next_says_where() -> None:
    first = listed("1").json
    first["paging"] = {"next": "https://graph.facebook.com/v25.0/me/accounts?access_token=EAAB-long&after=a"}  # type: ignore[index, call-overload]
    client = connecting(pages=[answer(200, first), listed("2")])
    assert exchange(client, APP, CODE).extra.keys() == {"person", "page:1", "page:2"}
    assert ("after", "a") in client.requests[-1].query


def test_a_list_of_pages_that_never_ends_is_left() -> None:
    client = connecting(pages=[listed(str(n), after=f"after-{n}") for n in range(100)])
    exchange(client, APP, CODE)
    assert len(client.requests) < 20


def test_more_tokens_than_a_secret_can_hold_are_left_out() -> None:
    client = connecting(pages=listed(*(str(n) for n in range(90)), access_token="x" * 7_000))
    extra = exchange(client, APP, CODE).extra
    assert 0 < sum(len(value) for value in extra.values()) < 60_000


@pytest.mark.parametrize("body", [{}, {"id": None}, {"id": "me"}, []])
def test_a_person_who_is_not_named_is_an_outage(body: Any) -> None:
    with pytest.raises(RetryLater):
        exchange(connecting(person=answer(200, body)), APP, CODE)


def test_identities_are_the_pages_that_we_hold_a_token_of() -> None:
    first, second = identify(script(pages=payload("facebook", "pages")), TOKENS)
    assert (first.platform_account_id, first.username, first.display_name) == (ONE, "adasloom", "Ada's Loom")
    assert (second.username, second.profile_url) == (TWO, f"https://www.facebook.com/{TWO}")
    only = replace(TOKENS, extra={f"page:{TWO}": "x"})
    assert [one.platform_account_id for one in identify(script(pages=payload("facebook", "pages")), only)] == [TWO]


@pytest.mark.parametrize("reply", [payload("facebook", "pages_none"), listed("999"), listed(None)])
def test_a_person_without_a_page_is_told_so(reply: Any) -> None:
    with pytest.raises(Refused) as caught:
        identify(script(pages=reply), TOKENS)
    assert caught.value.code == "no_pages"


# Revoking


def test_a_revoke_is_made_by_the_person_and_cuts_them_off() -> None:
    client = script(revoke=payload("facebook", "revoke"))
    revoke(client, APP, TOKENS)
    (request,) = client.requests
    assert (request.method, request.url) == ("DELETE", "https://graph.facebook.com/v25.0/me/permissions")
    assert request.bearer == "EAAB-long" and FACEBOOK.facts.revokes == "person"


def test_an_app_that_was_removed_already_counts_as_revoked() -> None:
    revoke(script(revoke=payload("facebook", "revoke_app_removed")), APP, TOKENS)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (payload("facebook", "revoke_expired"), ReconnectNeeded),
        (answer(200, {"success": False}), Refused),
        (answer(200, {"success": "true"}), Refused),
        (answer(500), RetryLater),
    ],
)
def test_a_revoke_that_failed_says_so(reply: Any, kind: type[PlatformError]) -> None:
    with pytest.raises(kind):
        revoke(script(revoke=reply), APP, TOKENS)


# Parts


def test_each_page_is_read_with_its_own_token() -> None:
    client = script(
        profile=payload("facebook", "profile"),
        insights=payload("facebook", "insights"),
        posts=payload("facebook", "posts"),
    )
    for step in FACEBOOK.parts.values():
        step(client, SESSION, None)
    assert {request.bearer for request in client.requests} == {"EAAB-page-one"}
    assert all(f"/{ONE}" in request.url for request in client.requests)


def test_a_page_that_the_newest_consent_left_out_needs_a_reconnect() -> None:
    for step in FACEBOOK.parts.values():
        with pytest.raises(ReconnectNeeded) as caught:
            step(script(), replace(SESSION, platform_account_id="5"), None)
        assert caught.value.code == "page_not_granted"


def test_the_profile_counts_followers_and_not_likes_of_the_page() -> None:
    body = payload("facebook", "profile", followers_count=None, fan_count=7)
    assert read_profile(script(profile=body), SESSION, None).profile.followers is None  # type: ignore[union-attr]


def test_a_pages_days_are_read_in_one_call_each_by_its_own_date() -> None:
    client = script(insights=payload("facebook", "insights"))
    days = read_insights(client, SESSION, LATE).days
    assert [day.date.day for day in days] == [17, 18, 19, 20, 21]
    assert days[0] == Day(
        date=date(2026, 11, 17),
        metrics=Metrics(reach=210, likes=20 + 14 + 8 + 2, clicks=3, views=900),
        provisional=False,
    )
    assert [day.provisional for day in days] == [False, False, False, True, True]
    query = dict(client.requests[0].query)
    assert query["period"] == "day" and int(query["until"]) - int(query["since"]) <= 90 * 86_400


def test_a_year_is_read_oldest_first_in_spans_that_leave_no_day_out() -> None:
    spans: list[tuple[int, int]] = []
    cursor: str | None = None
    while not spans or cursor is not None:
        client = script(insights=answer(200, {"data": []}))
        cursor = read_insights(client, SESSION, cursor).cursor
        query = dict(client.requests[0].query)
        spans.append((int(query["since"]), int(query["until"])))
    assert [since for since, _ in spans[1:]] == [until for _, until in spans[:-1]]
    assert max(until - since for since, until in spans) <= 90 * 86_400
    assert len(spans) == 5 and (spans[-1][1] - spans[0][0]) // 86_400 == 365


def test_a_day_without_every_kind_of_reaction_has_no_likes() -> None:
    body = {"data": [row for row in stored("facebook", "insights")["body"]["data"] if "anger" not in row["name"]]}
    days = read_insights(script(insights=answer(200, body)), SESSION, LATE).days
    assert {day.metrics.likes for day in days} == {None} and days[0].metrics.views == 900


def test_a_metric_of_the_page_that_is_gone_leaves_the_others() -> None:
    rows = {row["name"]: answer(200, {"data": [row]}) for row in stored("facebook", "insights")["body"]["data"]}
    gone = payload("facebook", "metric_unknown")
    client = script(insights=[gone, gone, *list(rows.values())[1:]])
    day = read_insights(client, SESSION, LATE).days[0]
    assert day.metrics == Metrics(reach=210, likes=44, clicks=3) and len(client.requests) == 1 + len(rows)


def test_a_page_with_few_likes_has_no_days() -> None:
    assert read_insights(script(insights=answer(200, {"data": []})), SESSION, None).days == ()


def test_posts_are_read_with_their_numbers() -> None:
    portion = read_posts(script(posts=payload("facebook", "posts")), SESSION, None)
    assert [(post.title, post.media_type) for post in portion.posts] == [
        ("A blue bowl", "image"),
        ("A blue bowl", "text"),
        ("How to warp a loom", "link"),
    ]
    assert [post.metrics for post in portion.posts] == [
        Metrics(reach=400, likes=13, comments=2, shares=4, clicks=21, views=610),
        Metrics(reach=5, likes=0, shares=0, clicks=0, views=5),
        Metrics(shares=4),
    ]
    assert portion.posts[0].post_id == f"{ONE}_122100000000000001" and portion.cursor == "QVFIUafter"


def test_a_page_that_is_too_much_for_meta_is_read_in_smaller_ones() -> None:
    too_much = answer(500, {"error": {"code": 1, "message": "Please reduce the amount of data you are asking for"}})
    client = script(posts=[too_much, payload("facebook", "posts")], post_insights=payload("facebook", "post_insights"))
    assert read_posts(client, SESSION, None).cursor == "each:40:QVFIUafter"
    with pytest.raises(RetryLater):
        read_posts(script(posts=too_much), SESSION, None)
    for limit in (answer(400, {"error": {"code": 80001}}), answer(503, {"error": {"code": 1}}, retry_after="60")):
        with pytest.raises(RetryLater):
            read_posts(script(posts=[limit, payload("facebook", "posts")]), SESSION, None)


def test_a_post_that_meta_always_fails_on_costs_its_own_numbers_only() -> None:
    """Its page fails as it does, whatever Meta calls that."""
    page = stored("facebook", "posts")["body"]["data"]
    bare = payload("facebook", "posts", data=[{k: v for k, v in post.items() if k != "insights"} for post in page])
    for failing in (answer(500, {"error": {"code": 2}}), answer(400, {"error": {"code": 1}}), answer(502, None, False)):
        client = script(
            posts=[failing, bare],
            post_insights=[failing, payload("facebook", "post_insights")],
        )
        portion = read_posts(client, SESSION, None)
        assert [post.metrics.views is None for post in portion.posts] == [True, False, False]
        assert portion.cursor == "each:40:QVFIUafter"


@pytest.mark.parametrize(
    ("replies", "is_outage"),
    [
        ([answer(500)] * 3, True),
        ([RetryLater(code="timeout")], True),
        ([answer(400, {"error": {"code": 17}})], True),
        ([answer(400, {"error": {"code": 368}})], True),
        ([answer(503, retry_after="60")], True),
        ([answer(500), answer(500), payload("facebook", "post_insights")], False),
        ([answer(500), payload("facebook", "post_insights"), answer(500)], False),
    ],
)
def test_failures_in_a_row_are_an_outage_and_a_limit_is_never_passed_over(replies: Any, is_outage: bool) -> None:
    client = script(posts=payload("facebook", "posts"), post_insights=list(replies))
    if not is_outage:
        assert len(read_posts(client, SESSION, "each:10:QVFI").posts) == 3
        return
    with pytest.raises(RetryLater):
        read_posts(client, SESSION, "each:10:QVFI")
    assert client.calls.count("post_insights") == len(replies)


def test_an_empty_page_with_a_next_one_is_not_the_end() -> None:
    body = {"data": [], "paging": {"cursors": {"after": "on"}, "next": "https://graph.facebook.com/next"}}
    assert read_posts(script(posts=answer(200, body)), SESSION, None).cursor == "on"


def test_posts_that_are_paged_by_time_go_on_there_and_keep_no_address() -> None:
    further = (
        "https://graph.facebook.com/v25.0/1/published_posts?access_token=EAAB-page-one&until=5&__paging_token=enc_A"
    )
    client = script(posts=payload("facebook", "posts", paging={"next": further}))
    cursor = read_posts(client, SESSION, None).cursor
    assert cursor and "EAAB" not in cursor
    again = read_posts(client, SESSION, cursor)
    assert {("until", "5"), ("__paging_token", "enc_A")} < set(client.requests[-1].query)
    assert again.posts and again.cursor == graph.LOST, "it leads to where we are"
    with pytest.raises(RetryLater):
        read_posts(client, SESSION, again.cursor)


def test_a_list_of_pages_that_goes_on_nowhere_gives_those_that_came() -> None:
    first = payload("facebook", "pages")
    lost = replace(first, json={**first.json, "paging": {"next": "https://graph.facebook.com/v25.0/me/accounts"}})
    assert identify(script(pages=lost), TOKENS) == identify(script(pages=first), TOKENS)


@pytest.mark.parametrize("reactions", [None, [], 5, {"like": None}, {"like": "3"}, {"like": -1}])
def test_reactions_that_make_no_sense_are_unknown(reactions: Any) -> None:
    row = {"name": "post_reactions_by_type_total", "values": [{"value": reactions}]}
    post = {**stored("facebook", "posts")["body"]["data"][0], "insights": {"data": [row]}}
    read = read_posts(script(posts=answer(200, {"data": [post]})), SESSION, None)
    assert read.posts[0].metrics.likes is None


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("exchange_refused", "Refused", "code_refused"),
        ("metric_unknown", "Refused", "bad_request"),
        ("no_permission", "NotOffered", "scope_missing"),
        ("page_role_lost", "ReconnectNeeded", "page_role_lost"),
        ("limited", "RetryLater", "rate_limited"),
        ("blocked", "RetryLater", "blocked"),
    ],
)
def test_answers_that_were_seen_have_their_class(name: str, kind: str, code: str) -> None:
    found = verdict(FACEBOOK, stored("facebook", name)["call"], payload("facebook", name))
    assert isinstance(found, PlatformError) and (type(found).__name__, found.code) == (kind, code)
