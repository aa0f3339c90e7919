"""What Meta's three platforms share: errors by code, usage headers, days, and insights that degrade."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from socials.errors import AccessRefused, NotOffered, ReconnectNeeded, Refused, RetryLater
from socials.models.readings import Tokens
from socials.platforms import graph
from socials.platforms.base import Platform, Session
from socials.platforms.explaining import verdict
from socials.platforms.facebook import FACEBOOK
from socials.platforms.instagram import INSTAGRAM
from socials.platforms.threads import THREADS
from tests.support.changing import replace
from tests.unit.platforms.scripted import NOW, answer

ALL = pytest.mark.parametrize("one", [INSTAGRAM, FACEBOOK, THREADS], ids=lambda one: one.slug)
TODAY = date(2026, 11, 22)
SESSION = Session(tokens=Tokens(access="token"), platform_account_id="1", username="ada", today=TODAY)


def error(code: Any, subcode: Any = None, **more: Any) -> dict[str, Any]:
    return {"error": {"message": "m", "type": "OAuthException", "code": code, "error_subcode": subcode, **more}}


TABLE = [
    # call, status, body, class, code
    ("exchange", 400, {"error_type": "OAuthException", "code": 400, "error_message": "x"}, Refused, "code_refused"),
    ("exchange", 400, error(100, 36009), Refused, "code_refused"),
    ("long_token", 400, error(190), Refused, "code_refused"),
    ("exchange", 400, error(4), RetryLater, "rate_limited"),
    ("exchange", 500, error(1), RetryLater, "platform_unavailable"),
    ("refresh", 400, error(190, 460), ReconnectNeeded, "token_revoked"),
    ("refresh", 400, error(190, 463), ReconnectNeeded, "token_expired"),
    ("refresh", 400, error(190, 458), ReconnectNeeded, "app_removed"),
    ("refresh", 400, error(102), ReconnectNeeded, "token_revoked"),
    ("refresh", 403, error(10), ReconnectNeeded, "scope_missing"),
    ("refresh", 400, error(100), Refused, "bad_request"),
    ("refresh", 400, error(190, is_transient=True), RetryLater, "platform_unavailable"),
    ("profile", 400, error(200), ReconnectNeeded, "scope_missing"),
    ("profile", 400, error(299), ReconnectNeeded, "scope_missing"),
    ("profile", 400, error(300), Refused, "platform_refused"),
    ("insights", 400, error(10), NotOffered, "scope_missing"),
    ("insights", 403, error(3), NotOffered, "scope_missing"),
    ("posts", 400, error(100), Refused, "bad_request"),
    ("posts", 400, error(100, 33), Refused, "object_gone"),
    ("post_insights", 400, error(100, 2108006), NotOffered, "not_offered"),
    ("posts", 400, error(368), RetryLater, "blocked"),
    ("posts", 400, error(1), RetryLater, "platform_unavailable"),
    ("posts", 400, error(2), RetryLater, "platform_unavailable"),
    ("posts", 400, error(77, is_transient=True), RetryLater, "platform_unavailable"),
    ("posts", 400, error(77, is_transient="yes"), Refused, "platform_refused"),
    ("posts", 400, error("190"), Refused, "platform_refused"),
    ("posts", 400, error(True), Refused, "platform_refused"),
    ("posts", 404, {}, Refused, "platform_refused"),
    *(("posts", 400, error(n), RetryLater, "rate_limited") for n in (4, 17, 32, 341, 613, 80001, 80002, 80014)),
    ("posts", 403, error(80002), RetryLater, "rate_limited"),
    ("posts", 429, {}, RetryLater, "rate_limited"),
    ("posts", 503, error(190), RetryLater, "platform_unavailable"),
]


@ALL
@pytest.mark.parametrize(("call", "status", "body", "kind", "code"), TABLE)
def test_each_answer_has_its_class(
    one: Platform, call: str, status: int, body: dict[str, Any], kind: type, code: str
) -> None:
    found = verdict(one, call, answer(status, body))
    assert found is not None and type(found) is kind and found.code == code and found.http_status == status


@pytest.mark.parametrize("one", [INSTAGRAM, THREADS], ids=lambda one: one.slug)
@pytest.mark.parametrize(("status", "body"), [(400, error(190, 460)), (401, error(190)), (400, error(102))])
def test_only_a_refused_renewal_proves_that_a_token_which_renews_itself_is_dead(
    one: Platform, status: int, body: Any
) -> None:
    assert type(verdict(one, "profile", answer(status, body))) is AccessRefused
    assert type(verdict(one, "refresh", answer(status, body))) is ReconnectNeeded


@ALL
@pytest.mark.parametrize("body", [None, {}, {"error": {}}, {"error": {"code": "190"}}])
def test_a_401_without_a_code_proves_nothing(one: Platform, body: Any) -> None:
    refused = AccessRefused if one.refresh is not None else RetryLater
    for call in ("profile", "insights", "posts"):
        assert type(verdict(one, call, answer(401, body))) is refused
    for call in ("refresh", "revoke"):
        assert type(verdict(one, call, answer(401, body))) is RetryLater


@ALL
def test_a_401_goes_by_its_code(one: Platform) -> None:
    assert type(verdict(one, "posts", answer(401, error(10)))) is NotOffered
    assert type(verdict(one, "posts", answer(401, error(100)))) is Refused
    assert type(verdict(one, "refresh", answer(401, error(77)))) is Refused


@pytest.mark.parametrize(
    ("subcode", "code"),
    [
        (None, "token_revoked"),
        (458, "app_removed"),
        (459, "account_checkpoint"),
        (460, "token_revoked"),
        (463, "token_expired"),
        (464, "account_checkpoint"),
        (467, "token_revoked"),
        (492, "page_role_lost"),
        (10**6, "token_revoked"),
    ],
)
def test_a_dead_page_token_is_proof_by_itself_and_says_why(subcode: int | None, code: str) -> None:
    found = verdict(FACEBOOK, "profile", answer(400, error(190, subcode)))
    assert type(found) is ReconnectNeeded and found.code == code and found.platform_code == "190"


# Limits


def limited(**headers: Any) -> RetryLater:
    named = {name: value if isinstance(value, str) else json.dumps(value) for name, value in headers.items()}
    found = verdict(FACEBOOK, "posts", answer(400, error(80001), **named))
    assert isinstance(found, RetryLater)
    return found


def business(*minutes: Any) -> dict[str, Any]:
    return {str(n): [{"type": "pages", "estimated_time_to_regain_access": m}] for n, m in enumerate(minutes)}


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x_business_use_case_usage": business(7)}, timedelta(minutes=7, seconds=1)),
        ({"x_business_use_case_usage": business(0, 42, 7)}, timedelta(minutes=42, seconds=1)),
        ({"x_business_use_case_usage": business(10**9)}, timedelta(days=7)),
        ({"x_business_use_case_usage": business(0), "x_app_usage": {"call_count": 100}}, timedelta(hours=1)),
        ({"x_app_usage": {"call_count": 3, "total_time": 130}}, timedelta(hours=1)),
        ({"x_app_usage": {"call_count": 99}}, None),
        ({"x_app_usage": {"call_count": 99}, "retry_after": "30"}, timedelta(seconds=31)),
        ({}, None),
        ({"x_business_use_case_usage": "not json"}, None),
        ({"x_business_use_case_usage": "[" * 10_000}, None),
        ({"x_business_use_case_usage": "x" * 100_000}, None),
        ({"x_business_use_case_usage": [1]}, None),
        ({"x_business_use_case_usage": {"1": 5, "2": [None, 3, {}]}}, None),
        ({"x_business_use_case_usage": business("7", -1, None, True, 1.5)}, None),
    ],
)
def test_the_usage_headers_say_how_long_to_wait(headers: dict[str, Any], wait: timedelta | None) -> None:
    assert limited(**headers).until == (None if wait is None else NOW + wait)


@ALL
def test_a_limit_of_the_app_is_everybodys(one: Platform) -> None:
    for code, scope in ((4, "app"), (17, "account"), (80002, "account")):
        found = verdict(one, "posts", answer(400, error(code)))
        assert isinstance(found, RetryLater) and found.scope == scope


@ALL
@pytest.mark.parametrize(
    ("headers", "scope", "wait"),
    [
        ({"business": 600, "app": 3}, "account", timedelta(hours=10, seconds=1)),
        ({"business": 600}, "account", timedelta(hours=10, seconds=1)),
        ({"business": 600, "app": 100}, "app", timedelta(hours=1)),
        ({"business": 0, "app": 100}, "app", timedelta(hours=1)),
        ({"business": 0, "app": 3}, "app", None),
        ({"app": 3}, "app", None),
        ({}, "app", None),
    ],
)
def test_minutes_that_are_named_to_one_account_never_stop_the_whole_app(
    one: Platform, headers: dict[str, int], scope: str, wait: timedelta | None
) -> None:
    named = {"x_business_use_case_usage": json.dumps(business(headers["business"]))} if "business" in headers else {}
    named |= {"x_app_usage": json.dumps({"call_count": headers["app"]})} if "app" in headers else {}
    found = verdict(one, "posts", answer(400, error(4), **named))
    assert isinstance(found, RetryLater) and found.scope == scope
    assert found.until == (None if wait is None else NOW + wait)


def test_a_block_is_waited_out_for_a_day() -> None:
    found = verdict(INSTAGRAM, "posts", answer(400, error(368)))
    assert isinstance(found, RetryLater) and found.until == NOW + timedelta(days=1)


# Lists


NEXT = "https://graph.facebook.com/v25.0/1/published_posts?access_token=EAAB-page&limit=50"


@pytest.mark.parametrize(
    ("paging", "after"),
    [
        ({"cursors": {"after": "b"}, "next": NEXT}, "b"),
        ({"cursors": {"after": "b"}, "next": f"{NEXT}&after=c"}, "b"),
        ({"next": f"{NEXT}&after=QVFI%3D"}, "QVFI="),
        ({"cursors": {"before": "a"}, "next": f"{NEXT}&after=b"}, "b"),
        ({"next": f"{NEXT}&until=1763600000&__paging_token=enc_A"}, "until=1763600000&__paging_token=enc_A"),
        ({"next": f"{NEXT}&until=1763600000"}, "until=1763600000&__paging_token="),
    ],
)
@pytest.mark.parametrize("needs_next", [True, False])
def test_the_next_page_is_found_by_its_cursor_or_by_the_place_in_its_address(
    paging: Any, after: str, needs_next: bool
) -> None:
    assert graph.after_of({"paging": paging}, "sent", needs_next=needs_next) == after


@pytest.mark.parametrize(
    "paging",
    [
        {"next": NEXT},
        {"next": True},
        {"next": "https://[graph/?after=b"},
        {"next": f"{NEXT}&until=soon&__paging_token=enc_A"},
        {"next": NEXT + "&x" * 20_000 + "&after=b"},
        {"cursors": {"after": "sent"}, "next": NEXT},
        {"next": f"{NEXT}&after=sent"},
    ],
)
@pytest.mark.parametrize("needs_next", [True, False])
def test_a_next_page_that_cannot_be_found_is_not_the_end(paging: Any, needs_next: bool) -> None:
    place = graph.after_of({"paging": paging}, "sent", needs_next=needs_next)
    assert place == graph.LOST
    with pytest.raises(RetryLater) as caught:
        graph.page_at(place)
    assert caught.value.code == "unreadable_answer"


def test_a_place_that_repeats_gives_way_to_the_one_in_the_address() -> None:
    paging = {"cursors": {"after": "sent"}, "next": f"{NEXT}&after=further"}
    assert graph.after_of({"paging": paging}, "sent", needs_next=True) == "further"


def test_a_place_that_is_none_is_no_answer() -> None:
    with pytest.raises(RetryLater):
        graph.after_of({"paging": {"cursors": {"after": 5}, "next": NEXT}}, "sent", needs_next=True)


def test_a_page_is_asked_for_by_the_place_that_was_named() -> None:
    assert graph.page_at(None) == ()
    assert graph.page_at("QVFI") == (("after", "QVFI"),)
    assert graph.page_at("until=1763600000&__paging_token=") == (("until", "1763600000"),)
    assert graph.page_at("until=5&__paging_token=enc_A") == (("until", "5"), ("__paging_token", "enc_A"))


# Days


@pytest.mark.parametrize(
    ("end_time", "day"),
    [
        ("2026-11-22T08:00:00+0000", date(2026, 11, 21)),
        ("2026-07-01T07:00:00+0000", date(2026, 6, 30)),
        # The ends of the days on which clocks change.
        ("2026-03-09T07:00:00+0000", date(2026, 3, 8)),
        ("2026-11-02T08:00:00+0000", date(2026, 11, 1)),
        # An end that keeps to one offset all year.
        ("2026-11-22T07:00:00+0000", date(2026, 11, 21)),
        ("soon", None),
        (5, None),
    ],
)
def test_an_end_time_closes_the_day_before(end_time: Any, day: date | None) -> None:
    assert graph.closed_day(end_time) == day


def test_days_begin_at_midnight_pacific() -> None:
    assert datetime.fromtimestamp(graph.epoch(date(2026, 11, 22)), UTC) == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert datetime.fromtimestamp(graph.epoch(date(2026, 7, 1)), UTC) == datetime(2026, 7, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known_through", "first"),
    [
        (None, TODAY - timedelta(days=29)),
        (date(2025, 1, 1), TODAY - timedelta(days=29)),
        (date(2026, 11, 1), date(2026, 11, 2)),
        (date(2026, 11, 19), date(2026, 11, 19)),
        (TODAY, date(2026, 11, 19)),
    ],
)
def test_the_last_three_days_are_read_again(known_through: date | None, first: date) -> None:
    assert replace(SESSION, days_known_through=known_through).first_day(29, graph.DAYS_READ_AGAIN) == first


def test_days_of_the_last_two_are_provisional() -> None:
    assert [graph.is_provisional(SESSION, TODAY - timedelta(days=n)) for n in (1, 2, 3, 4)] == [
        True,
        True,
        False,
        False,
    ]


# Values


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("17841405822304914", "17841405822304914"),
        (17841405822304914, "17841405822304914"),
        ("1_2", "1_2"),
        ("", None),
        ("1_2_3", None),
        ("x", None),
        (True, None),
        (1.0, None),
        (-5, None),
        (10**40, None),
        (None, None),
    ],
)
def test_an_id_is_text_however_it_was_sent(value: Any, read: str | None) -> None:
    assert graph.id_of(value) == read


@pytest.mark.parametrize(
    ("value", "line"),
    [("One\nTwo", "One"), ("\n \r\n  Two  ", "Two"), ("", None), (None, None), (5, None), ("\u202e\n", None)],
)
def test_a_title_is_the_first_line_with_something_in_it(value: Any, line: str | None) -> None:
    assert graph.first_line(value) == line


def test_numbers_come_in_three_shapes_and_what_is_empty_is_unknown() -> None:
    rows: list[Any] = [
        {"name": "a", "total_value": {"value": 3}},
        {"name": "b", "values": [{"value": 4}, {"value": 5}]},
        {"name": "c", "link_total_values": [{"value": 2}, {"value": 5}]},
        {"name": "d", "values": []},
        {"name": "e", "link_total_values": []},
        {"name": "f", "link_total_values": [{"value": 2}, {"value": None}]},
        {"name": "g", "total_value": {}},
        {"name": "h", "values": ["x"]},
        {"name": "i"},
    ]
    assert graph.numbers_of({"data": rows}) == {"a": 3, "b": 4, "c": 7}
