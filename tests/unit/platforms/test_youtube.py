from base64 import urlsafe_b64encode
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from socials.errors import AccessRefused, NotOffered, PlatformError, ReconnectNeeded, Refused, RetryLater
from socials.models.parts import Part
from socials.models.readings import Day, Metrics, Portion, Tokens
from socials.platforms.base import App, Code, Consent, Session
from socials.platforms.explaining import verdict
from socials.platforms.youtube import (
    YOUTUBE,
    authorize,
    exchange,
    identify,
    read_posts,
    read_profile,
    refresh,
    revoke,
)
from socials.platforms.youtube_analytics import CORE, OPTIONAL, read_insights
from tests.support.changing import replace
from tests.unit.platforms.scripted import NOW, Scripted, answer, payload, stored

APP = App("client", "secret")
CHANNEL = "UC_x5XG1OV2P6uZZ5FSM9Ttw"
UPLOADS = "UU_x5XG1OV2P6uZZ5FSM9Ttw"
SUBJECT = "110169484474386276334"
TODAY = date(2026, 11, 22)
TOKENS = Tokens(access="access", refresh="1//r", scopes=YOUTUBE.facts.asked_scopes, extra={"person": SUBJECT})
SESSION = Session(tokens=TOKENS, platform_account_id=CHANNEL, username="tildapots", today=TODAY)
CODE = Code(code="4/code", redirect_uri="https://here.example/callback", verifier="v" * 43)
REFUSED = payload("youtube", "metric_refused")


def script(**replies: Any) -> Scripted:
    return Scripted(YOUTUBE, **replies)


def pages(**replies: Any) -> Scripted:
    names = ("profile", "posts", "videos", "video_extra")
    return script(**{name: payload("youtube", name) for name in names} | replies)


# Connecting


def test_the_consent_page_is_asked_for_a_grant_that_lasts_with_pkce() -> None:
    consent = Consent(
        redirect_uri="https://here.example/callback",
        state="state",
        verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    )
    address = urlsplit(authorize(APP, consent))
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://accounts.google.com/o/oauth2/v2/auth"
    assert dict(parse_qsl(address.query)) == {
        "client_id": "client",
        "redirect_uri": "https://here.example/callback",
        "response_type": "code",
        "scope": "openid https://www.googleapis.com/auth/youtube.readonly"
        " https://www.googleapis.com/auth/yt-analytics.readonly https://www.googleapis.com/auth/youtube.upload",
        "state": "state",
        "access_type": "offline",
        "prompt": "consent",
        "include_granted_scopes": "false",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }


def test_a_code_is_exchanged_with_the_verifier_and_tells_whom_a_revoke_cuts_off() -> None:
    client = script(exchange=payload("youtube", "exchange"))
    got = exchange(client, APP, CODE)
    assert client.requests[0].url == "https://oauth2.googleapis.com/token"
    assert client.requests[0].form == {
        "client_id": "client",
        "client_secret": "secret",
        "grant_type": "authorization_code",
        "code": "4/code",
        "redirect_uri": "https://here.example/callback",
        "code_verifier": "v" * 43,
    }
    assert got.extra == {"person": SUBJECT} and got.access_expires_at == NOW + timedelta(seconds=3599)
    assert got.refresh_expires_at is None


def test_a_grant_that_google_limits_in_time_has_an_end() -> None:
    got = exchange(script(exchange=payload("youtube", "exchange", refresh_token_expires_in=604_799)), APP, CODE)
    assert got.refresh_expires_at == NOW + timedelta(seconds=604_799)


def _jwt(claims: bytes) -> str:
    return f"x.{urlsafe_b64encode(claims).decode()}.y"


@pytest.mark.parametrize(
    "token", [None, 5, "", "x", "a.b.c", _jwt(b"[]"), _jwt(b'{"sub": 5}'), _jwt(b'{"sub": "a b"}')]
)
def test_without_a_subject_nobody_is_named(token: Any) -> None:
    assert exchange(script(exchange=payload("youtube", "exchange", id_token=token)), APP, CODE).extra == {}


def test_a_refresh_leaves_the_refresh_token_blank_to_be_kept() -> None:
    client = script(refresh=payload("youtube", "refresh"))
    got = refresh(client, APP, TOKENS)
    assert (got.access, got.refresh) == ("ya29.access-two", None)
    assert client.requests[0].form == {
        "client_id": "client",
        "client_secret": "secret",
        "grant_type": "refresh_token",
        "refresh_token": "1//r",
    }


def test_a_refresh_that_cannot_be_made_is_told_apart() -> None:
    with pytest.raises(RetryLater):
        refresh(script(), None, TOKENS)
    with pytest.raises(ReconnectNeeded):
        refresh(script(), APP, replace(TOKENS, refresh=None))


def test_a_revoke_sends_the_refresh_token_and_no_credentials() -> None:
    client = script(revoke=answer(200))
    revoke(client, APP, TOKENS)
    assert client.requests[0].url == "https://oauth2.googleapis.com/revoke"
    assert client.requests[0].form == {"token": "1//r"} and client.requests[0].method == "POST"


def test_a_token_that_is_gone_is_as_good_as_revoked() -> None:
    revoke(script(revoke=payload("youtube", "revoke_gone")), APP, TOKENS)
    with pytest.raises(Refused):
        revoke(script(revoke=answer(400, {"error": "invalid_request"})), APP, TOKENS)


# Profile


def test_the_profile_is_read_with_counts_from_text() -> None:
    client = script(profile=payload("youtube", "profile"))
    reading = read_profile(client, SESSION, None).profile
    assert reading and reading.followers == 10_400 and reading.posts_total is None
    assert (reading.identity.username, reading.identity.display_name) == ("tildapots", "Tilda's Ceramics")
    assert reading.identity.avatar_url == "https://yt3.ggpht.com/tilda=800"
    assert reading.identity.profile_url == f"https://www.youtube.com/channel/{CHANNEL}"
    assert dict(client.requests[0].query)["mine"] == "true"


@pytest.mark.parametrize(
    ("numbers", "followers"),
    [
        ({"subscriberCount": "10400", "hiddenSubscriberCount": True}, None),
        ({"subscriberCount": "0", "hiddenSubscriberCount": False}, 0),
        ({"subscriberCount": "-1"}, None),
        ({"subscriberCount": "1e3"}, None),
        ({"subscriberCount": "9" * 30}, None),
        ({"subscriberCount": "١٢"}, None),
        ({}, None),
    ],
)
def test_a_number_of_subscribers_is_read_or_unknown(numbers: dict[str, Any], followers: int | None) -> None:
    """Hidden is what YouTube calls so; a number that only lacks may come again."""
    body = deepcopy(payload("youtube", "profile").json)
    body["items"][0]["statistics"] = numbers
    reading = read_profile(script(profile=answer(200, body)), SESSION, None).profile
    assert reading and reading.followers == followers
    assert reading.hides_followers is (numbers.get("hiddenSubscriberCount") is True)


def test_a_channel_without_a_handle_is_called_by_its_title() -> None:
    body = deepcopy(payload("youtube", "profile").json)
    del body["items"][0]["snippet"]["customUrl"]
    assert identify(script(profile=answer(200, body)), TOKENS)[0].username == "Tilda's Ceramics"


@pytest.mark.parametrize("reply", [payload("youtube", "profile_without_channel"), answer(200, {"items": []})])
def test_a_google_account_without_a_channel_is_refused_by_name(reply: Any) -> None:
    with pytest.raises(Refused) as caught:
        identify(script(profile=reply), TOKENS)
    assert caught.value.code == "no_channel" and "no YouTube channel" in str(caught.value)


def test_every_channel_of_a_grant_is_an_identity_and_each_reads_its_own() -> None:
    body = deepcopy(payload("youtube", "profile").json)
    body["items"].append({**deepcopy(body["items"][0]), "id": "UCother"})
    client = script(profile=answer(200, body))
    assert [one.platform_account_id for one in identify(client, TOKENS)] == [CHANNEL, "UCother"]
    reading = read_profile(client, replace(SESSION, platform_account_id="UCother"), None).profile
    assert reading and reading.identity.platform_account_id == "UCother"


# Insights


def test_days_are_read_by_the_names_of_their_columns_and_the_late_ones_are_provisional() -> None:
    client = script(
        insights=payload("youtube", "insights"), insights_extra=[payload("youtube", "insights_extra"), REFUSED]
    )
    assert read_insights(client, SESSION, None).days == (
        Day(
            date=date(2026, 11, 17),
            metrics=Metrics(views=240, likes=12, comments=2, shares=1, saves=4),
            provisional=False,
        ),
        Day(
            date=date(2026, 11, 18), metrics=Metrics(views=0, likes=0, comments=0, shares=0, saves=0), provisional=False
        ),
        Day(date=date(2026, 11, 19), metrics=Metrics(views=201, likes=9, comments=1), provisional=True),
    )
    assert [dict(request.query)["metrics"] for request in client.requests] == [
        "views,likes,comments,shares",
        "videosAddedToPlaylists",
        "cardClicks",
        "videoThumbnailImpressions",
    ]
    assert dict(client.requests[0].query) == {
        "ids": "channel==MINE",
        "startDate": "2025-11-22",
        "endDate": "2026-11-22",
        "metrics": "views,likes,comments,shares",
        "dimensions": "day",
        "sort": "day",
    }


@pytest.mark.parametrize(
    ("known_through", "first"),
    [
        (None, TODAY - timedelta(days=365)),
        (date(2026, 11, 1), date(2026, 11, 2)),
        (date(2026, 11, 18), TODAY - timedelta(days=14)),
        (TODAY, TODAY - timedelta(days=14)),
    ],
)
def test_days_are_read_from_the_last_one_that_may_still_change(known_through: date | None, first: date) -> None:
    client = script(insights=payload("youtube", "insights"), insights_extra=REFUSED)
    read_insights(client, replace(SESSION, days_known_through=known_through), None)
    assert {dict(request.query)["startDate"] for request in client.requests} == {first.isoformat()}


def test_no_rows_are_no_data() -> None:
    body = {"columnHeaders": [{"name": "day"}, {"name": "views"}]}
    client = script(insights=answer(200, body), insights_extra=answer(200, {**body, "rows": []}))
    assert read_insights(client, SESSION, None) == Portion()


def test_a_metric_that_just_fails_costs_only_itself_and_a_limit_is_obeyed() -> None:
    core = payload("youtube", "insights")
    assert len(read_insights(script(insights=core, insights_extra=answer(503)), SESSION, None).days) == 3
    for reply in (payload("youtube", "quota"), answer(429), RetryLater(code="timeout")):
        with pytest.raises(RetryLater):
            read_insights(script(insights=core, insights_extra=reply), SESSION, None)


def test_a_core_query_that_is_refused_fails_the_part() -> None:
    with pytest.raises(Refused):
        read_insights(script(insights=REFUSED), SESSION, None)


# Posts


def test_uploads_are_read_with_their_totals_without_private_ones() -> None:
    client = pages(video_extra=[payload("youtube", "video_extra"), REFUSED])
    portion = read_posts(client, SESSION, None)
    assert [(post.title, post.metrics) for post in portion.posts] == [
        ("A blue bowl", Metrics(views=2000, likes=10, comments=2, shares=7)),
        ("How I throw a bowl", Metrics(views=0)),
    ]
    assert portion.posts[0].permalink == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    assert portion.posts[0].published_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert portion.cursor == f"{UPLOADS} EAAaBlBUOkNESQ {','.join(sorted(parts[0] for parts in OPTIONAL.values()))}"
    assert client.calls == ["profile", "posts", "videos", *["video_extra"] * 4]
    assert dict(client.requests[2].query)["id"] == "dQw4w9WgXcQ,9bZkp7q19f0,kJQP7kiw5Fk,OPf0YbXqDm0"
    extra = dict(client.requests[3].query)
    assert (extra["filters"], extra["startDate"]) == ("video==dQw4w9WgXcQ,9bZkp7q19f0", "2026-11-09")


def test_the_next_page_asks_for_no_metric_that_was_refused() -> None:
    client = pages()
    refused = "endScreenElementClicks,videoThumbnailImpressions,videosAddedToPlaylists"
    portion = read_posts(client, SESSION, f"{UPLOADS} PAGE {refused}")
    assert client.calls == ["posts", "videos", "video_extra", "video_extra"]
    assert dict(client.requests[0].query)["pageToken"] == "PAGE"
    assert [dict(request.query)["metrics"] for request in client.requests[2:]] == ["shares", "cardClicks"]
    assert portion.cursor == f"{UPLOADS} EAAaBlBUOkNESQ {refused}"


def test_clicks_on_cards_and_on_end_screens_are_one_number() -> None:
    def told(dimension: str, of: str, *numbers: int) -> list[Any]:
        names = ["videosAddedToPlaylists", "cardClicks", "endScreenElementClicks"]
        tables = [
            {"columnHeaders": [{"name": dimension}, {"name": name}], "rows": [[of, number]]}
            for name, number in zip(names, numbers, strict=True)
        ]
        return [*(answer(200, table) for table in tables), REFUSED]

    by_day = script(insights=payload("youtube", "insights"), insights_extra=told("day", "2026-11-18", 1, 2, 9))
    metrics = {day.date: day.metrics for day in read_insights(by_day, SESSION, None).days}
    assert (metrics[date(2026, 11, 18)].clicks, metrics[date(2026, 11, 18)].views) == (11, 0)
    shares = answer(200, {"columnHeaders": [{"name": "video"}, {"name": "shares"}], "rows": []})
    by_video = pages(video_extra=[shares, *told("video", "dQw4w9WgXcQ", 1, 2, 0)])
    first, second = read_posts(by_video, SESSION, None).posts
    assert (first.metrics.clicks, first.metrics.saves, second.metrics.clicks) == (2, 1, None)


def test_without_the_scope_for_analytics_only_the_public_totals_are_read() -> None:
    tokens = replace(TOKENS, scopes=("https://www.googleapis.com/auth/youtube.readonly",))
    client = pages()
    assert read_posts(client, replace(SESSION, tokens=tokens), None).posts[0].metrics.shares is None
    assert "video_extra" not in client.calls and not YOUTUBE.facts.can_read(Part.INSIGHTS, tokens.scopes)


def test_a_page_whose_videos_are_all_gone_leads_on() -> None:
    gone = answer(200, {"kind": "youtube#videoListResponse", "pageInfo": {"totalResults": 0, "resultsPerPage": 0}})
    portion = read_posts(pages(videos=gone), SESSION, None)
    assert portion.posts == () and portion.cursor


def test_the_last_page_ends_the_list_and_an_empty_channel_has_no_posts() -> None:
    assert read_posts(pages(posts=payload("youtube", "posts", nextPageToken=None)), SESSION, None).cursor is None
    assert read_posts(pages(posts=payload("youtube", "no_uploads")), SESSION, None) == Portion()
    with pytest.raises(Refused):
        read_posts(pages(posts=payload("youtube", "no_uploads")), SESSION, f"{UPLOADS} PAGE ")


@pytest.mark.parametrize("failing", [1, 2])
def test_half_a_sum_is_no_number(failing: int) -> None:
    def told(dimension: str, of: str) -> list[Any]:
        names = ["videosAddedToPlaylists", "cardClicks", "endScreenElementClicks"]
        replies = [
            answer(200, {"columnHeaders": [{"name": dimension}, {"name": name}], "rows": [[of, 5]]}) for name in names
        ]
        replies[failing] = answer(503)
        return [*replies[: failing + 1], REFUSED] if failing == 1 else [*replies, REFUSED]

    by_day = script(insights=payload("youtube", "insights"), insights_extra=told("day", "2026-11-18"))
    metrics = {day.date: day.metrics for day in read_insights(by_day, SESSION, None).days}
    assert (metrics[date(2026, 11, 18)].clicks, metrics[date(2026, 11, 18)].saves) == (None, 5)
    shares = answer(200, {"columnHeaders": [{"name": "video"}, {"name": "shares"}], "rows": []})
    portion = read_posts(pages(video_extra=[shares, *told("video", "dQw4w9WgXcQ")]), SESSION, None)
    assert (portion.posts[0].metrics.clicks, portion.posts[0].metrics.saves) == (None, 5)
    assert portion.cursor and "Clicks" not in portion.cursor


def test_clicks_on_end_screens_alone_are_no_clicks() -> None:
    def table(name: str) -> Any:
        return answer(200, {"columnHeaders": [{"name": "day"}, {"name": name}], "rows": [["2026-11-18", 9]]})

    extra = [table("videosAddedToPlaylists"), REFUSED, table("videoThumbnailImpressions")]
    client = script(insights=payload("youtube", "insights"), insights_extra=extra)
    metrics = {day.date: day.metrics for day in read_insights(client, SESSION, None).days}
    assert (metrics[date(2026, 11, 18)].clicks, metrics[date(2026, 11, 18)].saves) == (None, 9)
    asked = [dict(request.query)["metrics"] for request in client.requests[1:]]
    assert asked == ["videosAddedToPlaylists", "cardClicks", "videoThumbnailImpressions"]


EXTRA = ("videosAddedToPlaylists", "cardClicks", "endScreenElementClicks", "videoThumbnailImpressions")


def late_channel(lag: dict[str, int], failing: str = "", today: date = SESSION.today, since: int = 40) -> Scripted:
    """A channel with a 5 for each metric and day, so many days late (three unless said)."""

    def table(*names: str) -> Any:
        late = max(lag.get(name, 3) for name in names)
        days = [today - timedelta(days=back) for back in range(late, since)]
        head = [{"name": name} for name in ("day", *names)]
        rows = [[each.isoformat(), *(5 for _ in names)] for each in days]
        return answer(503) if failing in names else answer(200, {"columnHeaders": head, "rows": rows})

    return script(insights=table(*CORE.values()), insights_extra=[table(name) for name in EXTRA])


def days_told(lag: dict[str, int], failing: str = "") -> dict[date, bool]:
    """Whether each day is an estimate in a first reading."""
    return {day.date: day.provisional for day in read_insights(late_channel(lag, failing), SESSION, None).days}


def test_a_metric_that_is_late_is_waited_for_in_every_reading() -> None:
    """Each reading begins where the last one's final days end, as the engine has it."""
    known: dict[date, Metrics] = {}
    through: date | None = None
    for day in range(30):
        today = SESSION.today + timedelta(days=day)
        lag = {"videoThumbnailImpressions": 7 if day == 9 else 6}
        for _ in range(2):  # somebody presses Sync as well
            session = replace(SESSION, today=today, days_known_through=through)
            client = late_channel(lag, today=today, since=(today - first_asked(session)).days + 1)
            read = read_insights(client, session, None).days
            known |= {each.date: each.metrics.over(known.get(each.date, Metrics())) for each in read}
            final = [each.date for each in read if not each.provisional]
            estimates = [each.date for each in read if each.provisional]
            through = max([*final, *([through] if through else [])], default=None)
            through = min(through, min(estimates) - timedelta(days=1)) if through and estimates else through
    assert through == SESSION.today + timedelta(days=29 - 6)
    assert all(known[each].impressions == 5 and known[each].views == 5 for each in known if each <= through)


def first_asked(session: Session) -> date:
    client = script(insights=payload("youtube", "insights"), insights_extra=REFUSED)
    read_insights(client, session, None)
    return date.fromisoformat(dict(client.requests[0].query)["startDate"])


@pytest.mark.parametrize("late", ["cardClicks", "endScreenElementClicks"])
def test_half_of_the_clicks_of_a_day_are_not_yet_its_clicks(late: str) -> None:
    days = {each.date: each for each in read_insights(late_channel({late: 8}), SESSION, None).days}
    assert days[days_ago(8)].metrics.clicks == 10 and not days[days_ago(8)].provisional
    assert days[days_ago(7)].metrics.clicks is None and days[days_ago(7)].provisional


def days_ago(number: int) -> date:
    return SESSION.today - timedelta(days=number)


@pytest.mark.parametrize(
    ("lag", "final"),
    [
        ({}, 4),
        ({"videoThumbnailImpressions": 6}, 6),
        (dict.fromkeys(CORE.values(), 8), 8),
        ({"videoThumbnailImpressions": 30}, 14),
        ({"videoThumbnailImpressions": 40}, 4),  # none at all: a channel without
        (dict.fromkeys(CORE.values(), 40), 14),
    ],
)
def test_a_day_is_final_once_every_query_has_told_it(lag: dict[str, int], final: int) -> None:
    estimates = days_told(lag)
    assert [each for each in estimates if not estimates[each]] == [days_ago(n) for n in range(39, final - 1, -1)]


def test_no_day_is_final_where_a_query_just_failed() -> None:
    assert set(days_told({}, failing="videosAddedToPlaylists").values()) == {True}


def test_videos_that_were_not_asked_for_are_not_taken() -> None:
    posts = payload("youtube", "posts")
    only = replace(posts, json={**posts.json, "items": posts.json["items"][:1]})
    assert [post.post_id for post in read_posts(pages(posts=only), SESSION, None).posts] == ["dQw4w9WgXcQ"]


# Errors


def said(reason: str, code: int = 403) -> dict[str, Any]:
    return {"error": {"code": code, "message": "m", "errors": [{"reason": reason, "domain": "d"}]}}


TABLE = [
    # call, status, body, class, code
    ("exchange", 400, {"error": "invalid_grant"}, Refused, "code_refused"),
    ("exchange", 400, {"error": "temporarily_unavailable"}, RetryLater, "platform_unavailable"),
    ("refresh", 400, {"error": "invalid_grant"}, ReconnectNeeded, "token_revoked"),
    ("refresh", 401, {"error": "invalid_client"}, Refused, "platform_refused"),
    ("refresh", 400, {"error": "internal_failure"}, RetryLater, "platform_unavailable"),
    ("refresh", 503, {"error": "invalid_grant"}, RetryLater, "platform_unavailable"),
    ("revoke", 400, {"error": "invalid_token"}, Refused, "token_gone"),
    ("profile", 401, said("authError", 401), AccessRefused, "access_refused"),
    ("profile", 401, {}, AccessRefused, "access_refused"),
    ("profile", 401, said("youtubeSignupRequired", 401), Refused, "no_channel"),
    ("profile", 403, said("insufficientPermissions"), ReconnectNeeded, "scope_missing"),
    ("posts", 403, said("insufficientPermissions"), NotOffered, "scope_missing"),
    ("profile", 403, said("forbidden"), Refused, "platform_refused"),
    ("insights", 403, said("forbidden"), NotOffered, "not_offered"),
    ("profile", 403, said("accessNotConfigured"), Refused, "platform_refused"),
    ("profile", 403, said("authenticatedUserAccountClosed"), Refused, "account_closed"),
    ("profile", 403, said("authenticatedUserAccountSuspended"), Refused, "account_suspended"),
    ("posts", 403, said("quotaExceeded"), RetryLater, "rate_limited"),
    ("posts", 403, said("dailyLimitExceeded"), RetryLater, "rate_limited"),
    ("posts", 403, said("rateLimitExceeded"), RetryLater, "rate_limited"),
    ("posts", 403, said("userRateLimitExceeded"), RetryLater, "rate_limited"),
    ("posts", 404, said("playlistNotFound", 404), Refused, "playlist_not_found"),
    ("posts", 400, said("badRequest", 400), Refused, "platform_refused"),
    ("posts", 500, said("backendError", 500), RetryLater, "platform_unavailable"),
]


@pytest.mark.parametrize(("call", "status", "body", "kind", "code"), TABLE)
def test_each_answer_has_its_class(call: str, status: int, body: dict[str, Any], kind: type, code: str) -> None:
    found = verdict(YOUTUBE, call, answer(status, body))
    assert found is not None and type(found) is kind and found.code == code and found.http_status == status


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("refresh_dead", ReconnectNeeded),
        ("revoke_gone", Refused),
        ("token_dead", AccessRefused),
        ("quota", RetryLater),
        ("no_scope", ReconnectNeeded),
        ("no_uploads", Refused),
        ("metric_refused", Refused),
    ],
)
def test_answers_that_were_seen_have_their_class(name: str, kind: type[PlatformError]) -> None:
    assert type(verdict(YOUTUBE, stored("youtube", name)["call"], payload("youtube", name))) is kind


def test_a_spent_quota_stops_all_of_youtube_until_midnight_in_pacific_time() -> None:
    found = verdict(YOUTUBE, "posts", payload("youtube", "quota"))
    assert isinstance(found, RetryLater) and found.scope == "app" and found.platform_code == "quotaExceeded"
    assert found.until == datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_a_limit_of_one_person_is_theirs_alone() -> None:
    for reason, scope in (("rateLimitExceeded", "app"), ("userRateLimitExceeded", "account")):
        found = verdict(YOUTUBE, "posts", answer(403, said(reason)))
        assert isinstance(found, RetryLater) and found.scope == scope and found.until == NOW + timedelta(minutes=1)


def test_a_reason_is_found_in_the_details_too() -> None:
    body = {"error": {"code": 403, "details": [{"@type": "x"}, {"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}
    assert isinstance(verdict(YOUTUBE, "posts", answer(403, body)), NotOffered)
