"""Instagram's sandbox, read by the product's own connector."""

from datetime import timedelta
from typing import Any

import pytest

from socials.errors import AccessRefused, NotOffered, PlatformError, ReconnectNeeded, Refused, RetryLater
from socials.models.parts import Part
from socials.platforms.instagram import INSTAGRAM, refresh
from tests.integration.sandbox.wired import CALLBACK, Wired

INSIGHTS = "instagram_business_manage_insights"
EVERYBODY = ("ada", "bruno", "noor", "salma", "pia", "zora")


@pytest.fixture
def instagram(stack: Any) -> Wired:
    return Wired(stack, INSTAGRAM)


def test_the_way_back_carries_metas_mark_and_a_no_says_so(stack: Any, instagram: Wired) -> None:
    query = {"client_id": instagram.app().client_id, "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
    form = query | {"scope": "instagram_business_basic", "person": "ada", "decision": "allow"}
    assert stack.post("/instagram/www/oauth/authorize", data=form).location.endswith("#_")
    assert instagram.answered("ada", instagram.app(), decision="deny")["error"] == "access_denied"


@pytest.mark.parametrize("person", EVERYBODY)
def test_everybody_is_read_to_the_end(instagram: Wired, person: str) -> None:
    tokens = instagram.connect(person)
    assert set(INSTAGRAM.facts.asked_scopes) <= set(tokens.scopes)
    session = instagram.session(tokens)
    assert len(instagram.posts(session)) >= 25
    days = [day for portion in instagram.read(Part.INSIGHTS, session) for day in portion.days]
    assert len(days) >= 20 and [day.date for day in days] == sorted({day.date for day in days})
    assert [day.provisional for day in days][-3:] == [False, True, True]


def test_lists_take_several_pages(instagram: Wired) -> None:
    session = instagram.session(instagram.connect("bruno"))
    portions = instagram.read(Part.POSTS, session)
    assert [len(portion.posts) for portion in portions[:-1]] == [50] * (len(portions) - 1) and len(portions) > 5


def test_a_known_account_costs_one_call_and_one_for_each_of_three_days(instagram: Wired) -> None:
    session = instagram.session(instagram.connect())
    known = instagram.session(instagram.connect(), known_through=session.today - timedelta(days=3))
    instagram.requests.clear()
    days = [day.date for portion in instagram.read(Part.INSIGHTS, known) for day in portion.days]
    assert days == [session.today - timedelta(days=n) for n in (2, 1)] or len(days) == 3
    assert len(instagram.requests) == 1 + len(days)


def test_unknown_numbers_stay_unknown_and_zeros_are_zeros(instagram: Wired) -> None:
    session = instagram.session(instagram.connect("noor"))
    assert instagram.read(Part.PROFILE, session)[0].profile.followers is None  # type: ignore[union-attr]
    posts = instagram.posts(session).values()
    assert {post.metrics.likes is None for post in posts} == {True, False}
    assert {post.metrics.views is None for post in posts} == {True, False}
    zora = instagram.session(instagram.connect("zora"))
    assert {post.metrics.views for post in instagram.posts(zora).values()} == {0}


def test_without_insights_the_rest_is_read_all_the_same(instagram: Wired) -> None:
    tokens = instagram.connect(without=(INSIGHTS,))
    assert INSIGHTS not in tokens.scopes
    session = instagram.session(tokens)
    assert len(instagram.posts(session)) >= 25
    with pytest.raises(NotOffered):
        instagram.read(Part.INSIGHTS, session)


def test_a_token_renews_itself_after_a_day_and_the_old_one_dies(stack: Any, instagram: Wired) -> None:
    tokens = instagram.connect()
    with pytest.raises(Refused):
        refresh(instagram, instagram.app(), tokens)
    stack.later(days=11)
    fresh = refresh(instagram, instagram.app(), tokens)
    assert fresh.access != tokens.access and fresh.scopes == tokens.scopes
    assert fresh.access_expires_at == stack.now + timedelta(days=60)
    with pytest.raises(AccessRefused):
        instagram.identities(tokens)
    assert instagram.identities(fresh)


def test_after_sixty_days_nothing_renews_it(stack: Any, instagram: Wired) -> None:
    tokens = instagram.connect()
    stack.later(days=61)
    with pytest.raises(ReconnectNeeded) as caught:
        refresh(instagram, instagram.app(), tokens)
    assert caught.value.code == "token_expired"


def test_a_person_who_removes_the_app_ends_it(stack: Any, instagram: Wired) -> None:
    tokens = instagram.connect()
    assert stack.post("/people/instagram/ada/revoke").json["revoked"] > 0
    with pytest.raises(AccessRefused):
        instagram.identities(tokens)
    with pytest.raises(ReconnectNeeded) as caught:
        refresh(instagram, instagram.app(), tokens)
    assert caught.value.code == "app_removed"


def test_a_code_works_once_and_for_an_hour(stack: Any, instagram: Wired) -> None:
    used, old = (instagram.consented("ada", instagram.app()) for _ in range(2))
    assert instagram.exchange(used + "#_", instagram.app())
    stack.later(hours=1)
    for code in (used, old, "made-up"):
        with pytest.raises(Refused) as caught:
            instagram.exchange(code + "#_", instagram.app())
        assert caught.value.code == "code_refused"


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        ("429", RetryLater, "rate_limited"),
        ("app_limit", RetryLater, "rate_limited"),
        ("500", RetryLater, "platform_unavailable"),
        ("transient", RetryLater, "platform_unavailable"),
        ("blocked", RetryLater, "blocked"),
        ("revoked", AccessRefused, "access_refused"),
        ("password_changed", AccessRefused, "access_refused"),
        ("scope_missing", ReconnectNeeded, "scope_missing"),
        ("gone", Refused, "object_gone"),
        ("bad_request", Refused, "bad_request"),
    ],
)
def test_each_bad_day_has_its_class(
    stack: Any, instagram: Wired, kind: str, error: type[PlatformError], code: str
) -> None:
    tokens = instagram.connect()
    stack.fault("instagram", kind, call="me", retry_after=600)
    with pytest.raises(error) as caught:
        instagram.identities(tokens)
    assert type(caught.value) is error and caught.value.code == code
    if kind == "429":
        assert caught.value.until == stack.now + timedelta(minutes=10, seconds=1)  # type: ignore[attr-defined]
    if kind == "app_limit":
        assert caught.value.scope == "app"  # type: ignore[attr-defined]


def test_a_consent_may_come_back_without_a_scope(stack: Any, instagram: Wired) -> None:
    stack.fault("instagram", "scope_missing", call="token")
    assert INSIGHTS not in instagram.connect().scopes


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("me", {"fields": "user_id,shoe_size"}),
        ("me/media", {"limit": "101"}),
        ("me/media", {"after": "!"}),
        ("me/media", {"fields": "id,insights.metric(impressions)"}),
        ("me/insights", {"metric": "impressions", "period": "day"}),
        ("me/insights", {"metric": "reach", "period": "day", "since": "1763000000", "until": "1766000000"}),
        ("me/insights", {"metric": "reach", "period": "week"}),
        ("17841400000000000/media", {}),
    ],
)
def test_wrong_questions_are_refused_with_code_100(
    stack: Any, instagram: Wired, path: str, query: dict[str, str]
) -> None:
    token = instagram.connect().access
    answer = stack.get(f"/instagram/graph/v25.0/{path}", token, **query)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, 100)
    assert "fbtrace_id" in answer.json["error"] and "x-business-use-case-usage" in answer.headers
