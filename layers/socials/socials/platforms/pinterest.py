"""Pinterest API v5. Source: https://developers.pinterest.com/docs/api/v5/ and its OpenAPI description 5.23.0."""

import re
from datetime import timedelta
from typing import Any

from msgspec import Struct

from socials.errors import RATE_LIMITED, PlatformError, ReconnectNeeded, RetryLater
from socials.models.parts import Part
from socials.models.readings import Day, Identity, Metrics, Portion, Post, ProfileReading, Tokens
from socials.platforms.base import App, Client, Code, Consent, OAuth, Platform, Query, Request, Session
from socials.platforms.facts import Facts, RevocationHelp
from socials.platforms.oauth import consent_url, tokens_from
from socials.platforms.pinterest_errors import explain
from socials.platforms.untrusted import (
    TITLE_LENGTH,
    body_of,
    count,
    day,
    inner,
    items_of,
    matching,
    moment,
    next_cursor,
    text,
    unreadable,
    web_url,
)
from socials.values import replace

AUTHORIZE = "https://www.pinterest.com/oauth/"
API = "https://api.pinterest.com/v5"
PAGE_SIZE = 250
TOP_PINS = 50
# The description allows 90 days back; one less, so that a day which ends between our clock and theirs costs nothing.
DAYS_BACK = 89
DAYS_READ_AGAIN = 3

_ID = re.compile(r"\d{1,32}")
_USERNAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_FINAL = "READY"
_PROVISIONAL = frozenset({"PROCESSING", "ESTIMATE"})
_MEDIA = {
    "image": "image",
    "video": "video",
    "multiple_images": "gallery",
    "multiple_videos": "gallery",
    "multiple_mixed": "gallery",
}

FACTS = Facts(
    slug="pinterest",
    name="Pinterest",
    connect="oauth",
    metrics=frozenset({"followers", "impressions", "likes", "comments", "saves", "clicks", "views"}),
    revokes="nothing",
    revocation=RevocationHelp(
        url="https://www.pinterest.com/settings/security",
        steps=(
            "Open Settings, then Security, on Pinterest.",
            "Find PostLoudly among the connected apps.",
            "Choose Remove access.",
        ),
        checked_on="2026-11-22",
    ),
    needed_scopes=("user_accounts:read", "pins:read", "boards:read"),
    publish_scopes=("pins:write", "boards:write"),
    part_scopes={
        Part.PROFILE: frozenset({"user_accounts:read"}),
        Part.INSIGHTS: frozenset({"user_accounts:read"}),
        Part.POSTS: frozenset({"pins:read", "boards:read"}),
    },
)


# Connecting ----------------------------------------------------------------------------------------------------


def authorize(app: App, consent: Consent) -> str:
    """Scopes are joined by commas; Pinterest describes no PKCE for this flow."""
    return consent_url(AUTHORIZE, app, consent, FACTS.asked_scopes, separator=",")


def exchange(client: Client, app: App, code: Code) -> Tokens:
    """`continuous_refresh` makes refresh tokens renewable for ever; only apps made before 2025-09-25 need it."""
    form = {
        "grant_type": "authorization_code",
        "code": code.code,
        "redirect_uri": code.redirect_uri,
        "continuous_refresh": "true",
    }
    return _tokens(client, app, "exchange", form)


def refresh(client: Client, app: App | None, tokens: Tokens) -> Tokens:
    """Rotates: both tokens are new, the refresh token with 60 new days."""
    if app is None:
        raise RetryLater("Our registration with Pinterest is not configured.", code="not_configured")
    if tokens.refresh is None:
        raise ReconnectNeeded("There is nothing to renew the access with.", code="token_revoked", platform=FACTS.slug)
    return _tokens(client, app, "refresh", {"grant_type": "refresh_token", "refresh_token": tokens.refresh})


def _tokens(client: Client, app: App, call: str, form: dict[str, str]) -> Tokens:
    request = Request(
        call=call,
        method="POST",
        url=f"{API}/oauth/token",
        form=form,
        basic=(app.client_id, app.client_secret),
    )
    return tokens_from(client.call(request))


def identify(client: Client, tokens: Tokens) -> tuple[Identity, ...]:
    return (_profile(client, tokens).identity,)


# Parts ---------------------------------------------------------------------------------------------------------


def read_profile(client: Client, session: Session, _cursor: str | None) -> Portion:
    """`posts_total` stays unknown: `pin_count` also counts Pins that the list does not show."""
    reading = _profile(client, session.tokens)
    if reading.identity.platform_account_id != session.platform_account_id:
        raise unreadable("Pinterest answered with another account.")
    return Portion(profile=reading)


def _profile(client: Client, tokens: Tokens) -> ProfileReading:
    body = body_of(client.call(_get("profile", "/user_account", tokens)))
    account_id = matching(body.get("id"), _ID)
    username = matching(body.get("username"), _USERNAME)
    if account_id is None or username is None:
        raise unreadable()
    identity = Identity(
        platform_account_id=account_id,
        username=username,
        display_name=text(body.get("business_name")) or username,
        avatar_url=web_url(body.get("profile_image")),
        profile_url=f"https://www.pinterest.com/{username}/",
    )
    return ProfileReading(identity=identity, followers=count(body.get("follower_count")))


def read_insights(client: Client, session: Session, _cursor: str | None) -> Portion:
    """The account's days: at first as far back as Pinterest goes, then from the last day that may still change."""
    first = session.first_day(DAYS_BACK, DAYS_READ_AGAIN)
    query = (
        ("start_date", first.isoformat()),
        ("end_date", session.today.isoformat()),
        ("metric_types", "IMPRESSION,SAVE,OUTBOUND_CLICK"),
    )
    body = body_of(client.call(_get("insights", "/user_account/analytics", session.tokens, query)))
    groups = {name.lower(): group for name, group in body.items() if isinstance(group, dict)}
    listed = items_of(groups.get("all", {}), "daily_metrics", limit=400) if body else ()
    days = {read.date: read for item in listed if (read := _day(item)) and first <= read.date <= session.today}
    return Portion(days=tuple(days[date] for date in sorted(days)))


def _day(item: Any) -> Day | None:
    """None where Pinterest has no data of that day. One that it still works on counts without a number too: it has to
    be read again."""
    date, status = day(item.get("date")), item.get("data_status")
    if date is None or status not in (_FINAL, *_PROVISIONAL):
        return None
    numbers = inner(item, "metrics")
    metrics = Metrics(
        impressions=count(numbers.get("IMPRESSION")),
        saves=count(numbers.get("SAVE")),
        clicks=count(numbers.get("OUTBOUND_CLICK")),
    )
    estimated = status != _FINAL
    return Day(date=date, metrics=metrics, provisional=estimated) if metrics.known() or estimated else None


def read_posts(client: Client, session: Session, cursor: str | None) -> Portion:
    query = [("pin_metrics", "true"), ("page_size", str(PAGE_SIZE))]
    query += [("bookmark", cursor)] if cursor else []
    body = body_of(client.call(_get("posts", "/pins", session.tokens, query)))
    posts = {post.post_id: post for item in items_of(body, "items", PAGE_SIZE) if (post := _post(item))}
    return Portion(
        posts=tuple(_with_reports(client, session, posts).values()),
        cursor=next_cursor(body.get("bookmark"), cursor),
    )


def _post(item: Any) -> Post | None:
    post_id, created = matching(item.get("id"), _ID), moment(item.get("created_at"))
    if post_id is None or created is None:
        return None
    lifetime = inner(item, "pin_metrics", "lifetime_metrics")
    return Post(
        post_id=post_id,
        published_at=created,
        permalink=f"https://www.pinterest.com/pin/{post_id}/",
        title=text(item.get("title"), TITLE_LENGTH) or text(item.get("description"), TITLE_LENGTH),
        media_type=_MEDIA.get(str(inner(item, "media").get("media_type"))),
        metrics=Metrics(
            impressions=count(lifetime.get("impression")),
            likes=count(lifetime.get("reaction")),
            comments=count(lifetime.get("comment")),
            saves=count(lifetime.get("save")),
            clicks=count(lifetime.get("clickthrough")),
        ),
    )


class _Report(Struct, frozen=True):
    """The most successful Pins of the last 90 days by one number, which the list of Pins lacks. `of`: of what kind of
    Pins Pinterest counts it; None: of all."""

    call: str
    path: str
    metric: str
    of: str | None = None


_REPORTS = {
    "saves": _Report("saves", "/user_account/analytics/top_pins", "SAVE"),
    "views": _Report("views", "/user_account/analytics/top_video_pins", "VIDEO_MRC_VIEW", of="video"),
}


def _with_reports(client: Client, session: Session, posts: dict[str, Post]) -> dict[str, Post]:
    """Numbers of Pins that the list does not tell. A report counts a period, so it is a lifetime total only of a Pin
    that was created inside it."""
    posts, first = dict(posts), session.today - timedelta(days=DAYS_BACK)
    for ours, report in _REPORTS.items():
        wanted = {
            post.post_id
            for post in posts.values()
            if getattr(post.metrics, ours) is None
            and report.of in (None, post.media_type)
            and post.published_at.date() >= first
        }
        told = _told(client, session, report) if wanted else {}
        for post_id in wanted & told.keys():
            metrics = replace(posts[post_id].metrics, **{ours: told[post_id]})
            posts[post_id] = replace(posts[post_id], metrics=metrics)
    return posts


def _told(client: Client, session: Session, report: _Report) -> dict[str, int]:
    """The number by Pin; none where Pinterest does not answer: it is the least part. Its clock is obeyed, though."""
    query = (
        ("start_date", (session.today - timedelta(days=DAYS_BACK)).isoformat()),
        ("end_date", session.today.isoformat()),
        ("sort_by", report.metric),
        ("metric_types", report.metric),
        ("num_of_pins", str(TOP_PINS)),
    )
    try:
        body = body_of(client.call(_get(report.call, report.path, session.tokens, query)))
        listed = tuple(items_of(body, "pins", TOP_PINS))
    except PlatformError as error:
        if error.code == RATE_LIMITED or (isinstance(error, RetryLater) and error.until is not None):
            raise
        return {}
    read = ((matching(pin.get("pin_id"), _ID), _known(pin, report.metric)) for pin in listed)
    return {pin_id: number for pin_id, number in read if pin_id is not None and number is not None}


def _known(pin: Any, metric: str) -> int | None:
    is_known = inner(pin, "data_status").get(metric) in (_FINAL, *_PROVISIONAL)
    return count(inner(pin, "metrics").get(metric)) if is_known else None


def _get(call: str, path: str, tokens: Tokens, query: Query = ()) -> Request:
    return Request(call=call, method="GET", url=API + path, query=tuple(query), bearer=tokens.access)


PINTEREST = Platform(
    facts=FACTS,
    connect=OAuth(authorize=authorize, exchange=exchange),
    identify=identify,
    refresh=refresh,
    revoke=None,
    parts={Part.PROFILE: read_profile, Part.INSIGHTS: read_insights, Part.POSTS: read_posts},
    explain=explain,
)
