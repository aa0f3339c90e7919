"""YouTube in the sandbox, and the product's connector on it."""

from datetime import timedelta
from typing import Any

import pytest

from socials.errors import AccessRefused, NotOffered, ReconnectNeeded, Refused, RetryLater
from socials.models.parts import Part
from socials.platforms.base import Code
from socials.platforms.youtube import YOUTUBE, exchange, refresh, revoke
from tests.integration.sandbox.wired import CALLBACK, VERIFIER, Wired

EVERYBODY = ("ada", "bruno", "noor", "salma", "pia", "zora")
READ = "https://www.googleapis.com/auth/youtube.readonly"
ANALYTICS = "https://www.googleapis.com/auth/yt-analytics.readonly"


@pytest.fixture
def youtube(stack: Any) -> Wired:
    return Wired(stack, YOUTUBE)


@pytest.mark.parametrize("person", EVERYBODY)
def test_everybody_connects_with_25_videos_and_30_days_at_least(youtube: Wired, person: str) -> None:
    tokens = youtube.connect(person)
    assert set(YOUTUBE.facts.asked_scopes) == set(tokens.scopes) and tokens.extra["person"].isdigit()
    session = youtube.session(tokens)
    posts = [post for portion in youtube.read(Part.POSTS, session) for post in portion.posts]
    assert len(posts) >= 25 and len({post.post_id for post in posts}) == len(posts)
    days = youtube.read(Part.INSIGHTS, session)[0].days
    assert len(days) >= 30 and days[-1].provisional and not days[0].provisional
    assert youtube.read(Part.PROFILE, session)[0].profile


def test_days_are_three_late_and_their_metrics_come_one_by_one(stack: Any, youtube: Wired) -> None:
    session = youtube.session(youtube.connect())
    days = youtube.read(Part.INSIGHTS, session)[0].days
    assert days[-1].date == stack.now.date() - timedelta(days=3)
    assert days[-1].metrics.impressions is None
    assert None not in (days[-1].metrics.views, days[-1].metrics.saves, days[-1].metrics.clicks)
    asked = [dict(request.query)["metrics"] for request in youtube.requests if "v2/reports" in request.url]
    assert asked == [
        "views,likes,comments,shares",
        "videosAddedToPlaylists",
        "cardClicks",
        "endScreenElementClicks",
        "videoThumbnailImpressions",
    ]


def test_videos_have_what_analytics_tells_and_a_refused_metric_is_asked_for_once(youtube: Wired) -> None:
    session = youtube.session(youtube.connect("bruno"))
    portions = youtube.read(Part.POSTS, session)
    assert len(portions) > 4
    posts = [post for portion in portions for post in portion.posts]
    assert any(post.metrics.shares for post in posts) and any(post.metrics.saves for post in posts)
    asked = [dict(request.query).get("metrics") for request in youtube.requests]
    assert asked.count("videoThumbnailImpressions") == 1 and asked.count("shares") == len(portions)
    assert [request.call for request in youtube.requests].count("profile") == 2


def test_unknown_numbers_are_absent_and_real_zeros_are_zero(youtube: Wired) -> None:
    noor, zora, pia = (youtube.session(youtube.connect(person)) for person in ("noor", "zora", "pia"))
    reading = youtube.read(Part.PROFILE, noor)[0].profile
    assert reading and reading.followers is None
    posts = youtube.read(Part.POSTS, noor)[0].posts
    assert {post.metrics.likes is None for post in posts} == {True, False}
    reading = youtube.read(Part.PROFILE, zora)[0].profile
    assert reading and reading.followers == 0
    assert {post.metrics.views for post in youtube.read(Part.POSTS, zora)[0].posts} == {0}
    assert pia.username == "Pia Keller"


def test_subscribers_are_rounded_to_three_figures(youtube: Wired) -> None:
    reading = youtube.read(Part.PROFILE, youtube.session(youtube.connect("bruno")))[0].profile
    assert reading and reading.followers and reading.followers % 100 == 0


def test_an_access_token_lives_an_hour_and_the_refresh_token_stays(stack: Any, youtube: Wired) -> None:
    tokens = youtube.connect()
    stack.later(hours=1)
    with pytest.raises(AccessRefused):
        youtube.session(tokens)
    for _ in range(3):
        fresh = refresh(youtube, youtube.app(), tokens)
        assert fresh.refresh is None and fresh.extra == tokens.extra and youtube.session(fresh)


def test_a_revoke_ends_every_grant_of_the_google_account(youtube: Wired) -> None:
    first, second, other = youtube.connect("ada"), youtube.connect("ada"), youtube.connect("bruno")
    assert first.extra == second.extra != other.extra
    revoke(youtube, youtube.app(), first)
    with pytest.raises(ReconnectNeeded):
        refresh(youtube, youtube.app(), second)
    revoke(youtube, youtube.app(), second)
    assert refresh(youtube, youtube.app(), other)


def test_a_code_works_once_with_its_verifier_only(youtube: Wired) -> None:
    def code(**changed: str) -> Code:
        given = {"code": youtube.consented("ada", youtube.app()), "redirect_uri": CALLBACK, "verifier": VERIFIER}
        return Code(**given | changed)

    used = code()
    assert exchange(youtube, youtube.app(), used)
    for wrong in (used, code(verifier="w" * 64), code(redirect_uri="http://127.0.0.1:3000/else"), code(code="x")):
        with pytest.raises(Refused) as caught:
            exchange(youtube, youtube.app(), wrong)
        assert caught.value.code == "code_refused"


def test_analytics_that_a_person_takes_away_leave_the_rest(youtube: Wired) -> None:
    tokens = youtube.connect("ada", **{f"without:{ANALYTICS}": "yes"})
    facts = YOUTUBE.facts
    assert not facts.can_read(Part.INSIGHTS, tokens.scopes) and facts.can_read(Part.POSTS, tokens.scopes)
    session = youtube.session(tokens)
    posts = youtube.read(Part.POSTS, session)[0].posts
    assert posts[0].metrics.views is not None and posts[0].metrics.shares is None
    with pytest.raises(NotOffered):
        youtube.read(Part.INSIGHTS, session)


def test_the_quota_is_the_projects_until_midnight_in_pacific_time(stack: Any, youtube: Wired) -> None:
    ada, bruno = youtube.session(youtube.connect("ada")), youtube.session(youtube.connect("bruno"))
    stack.fault("youtube", "quota", call="channels")
    with pytest.raises(RetryLater) as caught:
        youtube.read(Part.PROFILE, ada)
    assert caught.value.scope == "app" and caught.value.until is not None and caught.value.until.hour == 8
    assert youtube.read(Part.PROFILE, bruno)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("429", RetryLater),
        ("503", RetryLater),
        ("revoked", AccessRefused),
        ("scope_missing", ReconnectNeeded),
        ("suspended", Refused),
        ("empty", RetryLater),
        ("not_json", RetryLater),
    ],
)
def test_bad_days_have_their_class(stack: Any, youtube: Wired, kind: str, error: type) -> None:
    session = youtube.session(youtube.connect())
    stack.fault("youtube", kind, call="channels")
    with pytest.raises(error):
        youtube.read(Part.PROFILE, session)


def test_numbers_that_fail_to_come_are_unknown(stack: Any, youtube: Wired) -> None:
    session = youtube.session(youtube.connect())
    stack.fault("youtube", "nulls", call="channels")
    reading = youtube.read(Part.PROFILE, session)[0].profile
    assert reading and reading.followers is None
    stack.fault("youtube", "no_items", call="playlist_items")
    assert [portion.posts for portion in youtube.read(Part.POSTS, session)] == [()]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"ids": "channel==MINE", "metrics": "views", "startDate": "2026-11-01", "endDate": "2026-11-02"},
        {"metrics": "videoThumbnailImpressions", "dimensions": "day"},
        {"metrics": "views,cardClicks", "dimensions": "day"},
        {"metrics": "views", "dimensions": "day", "startDate": "yesterday"},
        {"metrics": "views", "dimensions": "day", "fields": "rows"},
    ],
)
def test_queries_that_are_not_supported_are_refused_as_a_whole(stack: Any, youtube: Wired, query: Any) -> None:
    span = {"ids": "channel==MINE", "startDate": "2026-11-01", "endDate": "2026-11-02"}
    token = youtube.connect().access
    answer = stack.get("/youtube/analytics/v2/reports", token, **(span | query))
    assert (answer.status_code, answer.json["error"]["errors"][0]["reason"]) == (400, "badRequest")
