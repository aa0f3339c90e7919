"""YouTube Analytics API v2: days of a channel, and the totals of videos that the Data API does not tell.

Source: https://developers.google.com/youtube/analytics. An illegal metric fails the whole query, so the metrics that a
channel may lack are asked for one by one, and whoever refuses one of them with 400 has no such number.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from socials.errors import NotOffered, Refused, RetryLater
from socials.models.readings import Day, Metrics, Portion
from socials.platforms.base import Client, Query, Request, Session
from socials.platforms.untrusted import body_of, count, day, matching, unreadable

API = "https://youtubeanalytics.googleapis.com/v2/reports"
# YouTube has all days since the channel began; a year of them is what our page and API show.
DAYS_BACK = 365
# Data come two to three days late, and what is told of a day may still grow.
DAYS_READ_AGAIN = 4
# What has not come by then does not come, and keeps no day an estimate.
WAITED_FOR = 14
# By our names.
CORE = {"views": "views", "likes": "likes", "comments": "comments", "shares": "shares"}
# By ours, each the sum of YouTube's, of which the first must be there. Impressions are described since 2026-01, and
# refused to many.
OPTIONAL = {
    "saves": ("videosAddedToPlaylists",),
    "clicks": ("cardClicks", "endScreenElementClicks"),
    "impressions": ("videoThumbnailImpressions",),
}

_FAILED: Sequence[Any] = ()
_COLUMN = re.compile(r"[A-Za-z]{1,64}")
Row = Mapping[str, Any]


def read_insights(client: Client, session: Session, _cursor: str | None) -> Portion:
    """The channel's days in Pacific time. A day that is not told is no day of zeros.

    A query ends at the last day on which YouTube has all of its metrics, so one may lag behind another: a day is final
    once all have told it that tell anything, or once it is too old to wait for. Where one just failed none is, and the
    next reading asks for all of them again.
    """
    known_through = session.days_known_through
    # As far back as is waited for: in a few days alone a metric that is late looks like one that there is not.
    span = (session.first_day(DAYS_BACK, WAITED_FOR), session.today)
    found = _by_day(_asked(client, session, "insights", span, tuple(CORE.values()), _BY_DAY), CORE, span)
    told_through, failed = max(found, default=date.min), False
    for ours, parts in OPTIONAL.items():
        sums = _summed(client, session, "insights_extra", span, parts, _BY_DAY)
        rows = [{"day": at, ours: number} for at, number in sums.numbers.items() if at <= sums.told_through]
        extra = _by_day(rows, {ours: ours}, span)
        told_through, failed = min(told_through, max(extra, default=date.max)), failed or sums.failed
        for at, metrics in extra.items():
            found[at] = metrics.over(found.get(at, Metrics()))
    settled = min(session.today - timedelta(days=DAYS_READ_AGAIN), told_through)
    final = date.min if failed else max(settled, session.today - timedelta(days=WAITED_FOR))
    read = (Day(date=at, metrics=found[at], provisional=at > final) for at in sorted(found))
    return Portion(
        days=tuple(day for day in read if day.provisional or known_through is None or day.date > known_through)
    )


_BY_DAY: Query = (("dimensions", "day"), ("sort", "day"))


def _by_day(rows: Sequence[Row], named: Mapping[str, str], span: tuple[date, date]) -> dict[date, Metrics]:
    days = {}
    for row in rows:
        at = day(row.get("day"))
        metrics = Metrics(**{ours: count(row.get(theirs)) for ours, theirs in named.items()})
        if at is not None and span[0] <= at <= span[1] and metrics.known():
            days[at] = metrics
    return days


def lifetimes(
    client: Client, session: Session, ids: Sequence[str], first: date, without: Collection[str]
) -> tuple[dict[str, Metrics], frozenset[str]]:
    """What these videos gained since `first`, by id, and YouTube's metrics that are refused; `without` was before."""
    known: dict[str, Metrics] = {}
    refused = set(without)
    span = (first, max(session.today, first))
    query = (("dimensions", "video"), ("filters", f"video=={','.join(ids)}"), ("maxResults", str(len(ids))))
    for ours, parts in {"shares": ("shares",), **OPTIONAL}.items():
        asked = [name for name in parts if name not in refused] if parts[0] not in refused else ()
        sums = _summed(client, session, "video_extra", span, asked, query)
        refused |= sums.refused
        for video in sums.numbers.keys() & set(ids):
            known[video] = Metrics(**{ours: sums.numbers[video]}).over(known.get(video, Metrics()))
    return known, frozenset(refused)


class _Sums(NamedTuple):
    """By what they are of (a day, a video). `refused`: YouTube's metrics that are; `failed`: one just failed.
    `told_through`: the last day of which every part that tells anything has told; '' for none."""

    numbers: dict[str, int]
    refused: frozenset[str]
    failed: bool = False
    told_through: str = ""


def _summed(
    client: Client, session: Session, call: str, span: tuple[date, date], parts: Sequence[str], more: Query
) -> _Sums:
    """The sum of the parts. One that just failed leaves it unknown, and so does the first where it is refused: the
    others alone would pass for it, and overwrite what an earlier reading had."""
    sums: dict[str, int] = {}
    refused: set[str] = set()
    ends: list[str] = []
    for name in parts:
        rows = optional(client, session, call, span, name, more)
        if rows is _FAILED:
            return _Sums({}, frozenset(refused), failed=True)
        if rows is None:
            refused.add(name)
            if name == parts[0]:
                break
        told = dict(_numbers(rows or [], name))
        ends += [max(told)] if told else []
        for of, number in told.items():
            sums[of] = sums.get(of, 0) + number
    return _Sums(sums, frozenset(refused), told_through=min(ends, default=""))


def _numbers(rows: Sequence[Row], name: str) -> Iterator[tuple[str, int]]:
    for row in rows:
        of, number = row.get("day", row.get("video")), count(row.get(name))
        if isinstance(of, str) and number is not None:
            yield of, number


def optional(
    client: Client, session: Session, call: str, span: tuple[date, date], metric: str, more: Query
) -> Sequence[Row] | None:
    """None where the metric is refused; `_FAILED` where it just failed, for it is the least part."""
    try:
        return _asked(client, session, call, span, (metric,), more)
    except (Refused, NotOffered):
        return None
    except RetryLater as error:
        if error.holds_for_every_call:
            raise
        return _FAILED


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
