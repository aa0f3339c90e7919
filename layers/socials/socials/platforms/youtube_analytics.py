"""YouTube Analytics API v2: days of a channel, and the totals of videos that the Data API does not tell.

Source: https://developers.google.com/youtube/analytics. An illegal metric fails the whole query, so the metrics that a
channel may lack are asked for one by one, and whoever refuses one of them with 400 has no such number.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from socials.errors import NotOffered, Refused, RetryLater
from socials.models.readings import METRIC_NAMES, Day, Metrics, Portion
from socials.platforms.base import Client, Query, Request, Session
from socials.platforms.untrusted import body_of, count, day, matching, unreadable

API = "https://youtubeanalytics.googleapis.com/v2/reports"
# YouTube has all days since the channel began; a year of them is what our page and API show.
DAYS_BACK = 365
# Data come two to three days late, and what is told of a day may still grow.
DAYS_READ_AGAIN = 4
# By our names.
CORE = {"views": "views", "likes": "likes", "comments": "comments", "shares": "shares"}
# By YouTube's. Impressions are described since 2026-01, and refused to many; clicks are those on cards and end screens.
OPTIONAL = {
    "videosAddedToPlaylists": "saves",
    "cardClicks": "clicks",
    "endScreenElementClicks": "clicks",
    "videoThumbnailImpressions": "impressions",
}

_COLUMN = re.compile(r"[A-Za-z]{1,64}")
Row = Mapping[str, Any]


def read_insights(client: Client, session: Session, _cursor: str | None) -> Portion:
    """The channel's days in Pacific time. A day that is not told is no day of zeros."""
    first = session.today - timedelta(days=DAYS_BACK)
    if session.days_known_through is not None:
        again = session.today - timedelta(days=DAYS_READ_AGAIN)
        first = max(first, min(session.days_known_through + timedelta(days=1), again))
    span = (first, session.today)
    days = _days(_asked(client, session, "insights", span, tuple(CORE.values()), _BY_DAY), CORE, span)
    for theirs, ours in OPTIONAL.items():
        rows = optional(client, session, "insights_extra", span, theirs, _BY_DAY)
        for at, found in _days(rows or [], {ours: theirs}, span).items():
            days[at] = replace(found, metrics=_plus(days[at].metrics, found.metrics)) if at in days else found
    return Portion(days=tuple(days[at] for at in sorted(days)))


_BY_DAY: Query = (("dimensions", "day"), ("sort", "day"))


def _days(rows: Sequence[Row], named: Mapping[str, str], span: tuple[date, date]) -> dict[date, Day]:
    days = {}
    for row in rows:
        at = day(row.get("day"))
        metrics = Metrics(**{ours: count(row.get(theirs)) for ours, theirs in named.items()})
        if at is not None and span[0] <= at <= span[1] and metrics.known():
            provisional = at > span[1] - timedelta(days=DAYS_READ_AGAIN)
            days[at] = Day(date=at, metrics=metrics, provisional=provisional)
    return days


def lifetimes(
    client: Client, session: Session, ids: Sequence[str], first: date, without: Collection[str]
) -> tuple[dict[str, Metrics], frozenset[str]]:
    """What these videos gained since `first`, by id, and YouTube's metrics that are refused; `without` was before."""
    known: dict[str, Metrics] = {}
    refused = set(without)
    span = (first, max(session.today, first))
    query = (("dimensions", "video"), ("filters", f"video=={','.join(ids)}"), ("maxResults", str(len(ids))))
    for theirs, ours in {"shares": "shares", **OPTIONAL}.items():
        if theirs in refused:
            continue
        rows = optional(client, session, "video_extra", span, theirs, query)
        if rows is None:
            refused.add(theirs)
        for row in rows or ():
            video = row.get("video")
            if isinstance(video, str) and video in ids:
                known[video] = _plus(known.get(video, Metrics()), Metrics(**{ours: count(row.get(theirs))}))
    return known, frozenset(refused)


def _plus(known: Metrics, more: Metrics) -> Metrics:
    """Both, added up where both are known: what we call one number may be several of YouTube's."""
    both = {name: getattr(known, name) for name in METRIC_NAMES if getattr(more, name) is not None}
    added = {name: getattr(more, name) + number for name, number in both.items() if number is not None}
    return replace(more.over(known), **added)


def optional(
    client: Client, session: Session, call: str, span: tuple[date, date], metric: str, more: Query
) -> Sequence[Row] | None:
    """None where the metric is refused; nothing where it just failed, for it is the least part."""
    try:
        return _asked(client, session, call, span, (metric,), more)
    except (Refused, NotOffered):
        return None
    except RetryLater as error:
        if error.scope == "app" or error.until is not None or error.http_status in (None, 429):
            raise
        return ()


def _asked(
    client: Client, session: Session, call: str, span: tuple[date, date], metrics: Sequence[str], more: Query
) -> Sequence[Row]:
    query = (
        ("ids", "channel==MINE"),
        ("startDate", span[0].isoformat()),
        ("endDate", span[1].isoformat()),
        ("metrics", ",".join(metrics)),
        *more,
    )
    return _table(client.call(Request(call=call, method="GET", url=API, query=query, bearer=session.tokens.access)))


def _table(answer: Any) -> Sequence[Row]:
    """Rows by the names of their columns. No rows: no data."""
    body = body_of(answer)
    columns, rows = body.get("columnHeaders"), body.get("rows", [])
    if not isinstance(columns, list) or not isinstance(rows, list):
        raise unreadable()
    named = (column.get("name") if isinstance(column, dict) else None for column in columns[:50])
    names = [name for each in named if (name := matching(each, _COLUMN))]
    if len(names) != len(columns):
        raise unreadable()
    return [dict(zip(names, row, strict=False)) for row in rows[:1_000] if isinstance(row, list)]
