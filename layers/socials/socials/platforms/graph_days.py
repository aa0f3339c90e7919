"""An account's days where the Graph tells a day's totals one call at a time (Instagram, Threads).

A first call for a daily series tells which days have numbers; each of those, and of the newest, then costs one call,
oldest first, so that what is known is known without holes. A day that the platform fails on is left for the next
reading.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct

from socials.errors import Refused
from socials.models.readings import Day, Metrics, Portion
from socials.platforms import graph, graph_errors
from socials.platforms.base import Client, Request, Session
from socials.platforms.untrusted import body_of
from socials.platforms.untrusted import day as date_of


class Days(Struct, frozen=True, kw_only=True):
    """`edge(session)`: the address of the insights. `probe`: the query of a daily series. `metrics`, with `query`
    beside them: what is asked of one day. `back`: how many days the first sync goes back, 30 at most, as a series may
    span. `kept`: how many of them a sync after a pause can still have."""

    edge: Callable[[Session], str]
    probe: tuple[tuple[str, str], ...]
    metrics: tuple[str, ...]
    query: tuple[tuple[str, str], ...] = ()
    read: Callable[[Mapping[str, Any]], Metrics]
    back: int = 30
    kept: int = 89


def read_days(client: Client, session: Session, cursor: str | None, days: Days) -> Portion:
    """`cursor`: the days still to be read, oldest first."""
    left = _days_in(cursor)
    if not left:
        left = _days_with_numbers(client, session, days)
        return Portion(cursor=_cursor(left), total=len(left)) if left else Portion()
    return _next_day(client, session, left, days)


def _days_with_numbers(client: Client, session: Session, days: Days) -> tuple[date, ...]:
    """Those of the series, and the newest in any case: the series of one metric may be empty, or gone, while others go
    on. With a sync a day, every day is among the newest at some time."""
    back = days.back if session.days_known_through is None else days.kept
    first = session.first_day(back, graph.DAYS_READ_AGAIN)
    found = {session.today - timedelta(days=n) for n in range(1, graph.DAYS_READ_AGAIN + 1)}
    for start, end in _windows(first, session.today, days.back):
        try:
            series = body_of(client.call(_get(session, days, (*days.probe, *_span(start, end)))))
        except Refused as error:
            if error.code != graph_errors.BAD_REQUEST:
                raise
        else:
            found.update(graph.series_of(series))
    return tuple(day for day in sorted(found) if first <= day < session.today)


def _windows(first: date, end: date, days: int) -> Iterator[tuple[date, date]]:
    """From `first` to `end` by so many days: one, unless there was a pause."""
    while first < end:
        until = min(first + timedelta(days=days), end)
        yield first, until
        first = until


def _next_day(client: Client, session: Session, left: Sequence[date], days: Days) -> Portion:
    """The first day that is answered. Those before it that the platform fails on stay estimates without a number: so
    none counts as known through, and the next reading begins with them."""
    read: list[Day] = []
    behind = 0
    for at, found in graph.each_of(left, lambda day: _one_day(client, session, day, days)):
        behind += 1
        if found is not None:
            read += [found] if found.metrics.known() else []
            break
        read.append(Day(date=at, provisional=True))
    return Portion(days=tuple(read), cursor=_cursor(left[behind:]))


def _one_day(client: Client, session: Session, day: date, days: Days) -> Day:
    def request(metrics: Sequence[str]) -> Request:
        span = _span(day, day + timedelta(days=1))
        return _get(session, days, (("metric", ",".join(metrics)), *days.query, *span))

    numbers: dict[str, Any] = {}
    for body in graph.ask(client, days.metrics, request):
        numbers |= graph.numbers_of(body)
    return Day(date=day, metrics=days.read(numbers), provisional=graph.is_provisional(session, day))


def _get(session: Session, days: Days, query: tuple[tuple[str, str], ...]) -> Request:
    return Request(call="insights", method="GET", url=days.edge(session), query=query, bearer=session.tokens.access)


def _span(first: date, end: date) -> tuple[tuple[str, str], ...]:
    return (("since", str(graph.epoch(first))), ("until", str(graph.epoch(end))))


def _cursor(left: Sequence[date]) -> str | None:
    return ",".join(day.isoformat() for day in left) or None


def _days_in(cursor: str | None) -> tuple[date, ...]:
    read = (date_of(word) for word in (cursor or "").split(","))
    return tuple(day for day in read if day is not None)
