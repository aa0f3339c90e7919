"""What Meta's Graph APIs share in their answers: ids, paging, days that end at midnight Pacific, insights, and what is
left out because the platform fails on it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from socials.errors import SCOPE_MISSING, NotOffered, Refused, RetryLater
from socials.platforms.base import Client, Query, Request, Session
from socials.platforms.graph_errors import BAD_REQUEST
from socials.platforms.untrusted import (
    TITLE_LENGTH,
    body_of,
    count,
    inner,
    items_of,
    moment,
    next_cursor,
    text,
    unreadable,
)

DAY_ZONE = "America/Los_Angeles"
# Meta's numbers of a day may come up to 48 hours late: the last three closed days are read again each time.
DAYS_READ_AGAIN = 3

T = TypeVar("T")
R = TypeVar("R")

# A place that nobody told; no cursor of Meta's has a blank.
LOST = "no place"

_ZONE = ZoneInfo(DAY_ZONE)
_ID = re.compile(r"\d{1,32}(?:_\d{1,32})?")
_ADDRESS_LENGTH = 20_000
# Failures in a row; fewer are those of what was asked for.
_OUTAGE = 3
# A place in a list that is paged by time, as we keep it.
_OLDER_THAN = re.compile(r"until=([0-9]{1,12})&__paging_token=([!-~]*)")


# Values --------------------------------------------------------------------------------------------------------


def id_of(value: object) -> str | None:
    """An id of the Graph, whether sent as text or as a number: too large for other languages, never for us."""
    read = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return read if isinstance(read, str) and _ID.fullmatch(read) else None


def first_line(value: object) -> str | None:
    """The first line with something in it, as a title."""
    lines = value[:8_000].splitlines() if isinstance(value, str) else []
    return next((line for line in (text(line, TITLE_LENGTH) for line in lines) if line), None)


def after_of(body: Mapping[str, Any], sent: str | None, *, needs_next: bool) -> str | None:
    """Where the next page begins, None at the end. `needs_next`: a page without `paging.next` is the last one.

    LOST where there is a next page and no new place to find it at: this page is good, but the list goes on.
    """
    paging = inner(body, "paging")
    further = paging.get("next")
    if needs_next and not further:
        return None
    places = (inner(paging, "cursors").get("after"), _place_in(further))
    after = next((found for place in places if (found := next_cursor(place, sent)) is not None), None)
    return LOST if after is None and further else after


def page_at(after: str | None) -> Query:
    """How the page that begins there is asked for. Raises RetryLater for LOST."""
    if not after:
        return ()
    if after == LOST:
        raise unreadable()
    found = _OLDER_THAN.fullmatch(after)
    if found is None:
        return (("after", after),)
    query = (("until", found[1]), ("__paging_token", found[2]))
    return query if found[2] else query[:1]


def _place_in(address: object) -> str | None:
    """The place that `paging.next` names: its `after`, or by time. Never the whole address: a token is in it."""
    if not isinstance(address, str) or len(address) > _ADDRESS_LENGTH:
        return None
    try:
        query = dict(parse_qsl(urlsplit(address).query))
    except ValueError:
        return None
    older = f"until={query.get('until')}&__paging_token={query.get('__paging_token', '')}"
    return query.get("after") or (older if _OLDER_THAN.fullmatch(older) else None)


# Days ----------------------------------------------------------------------------------------------------------


def epoch(day: date) -> int:
    """The Unix time at which a day begins, midnight Pacific."""
    return int(datetime.combine(day, time(), _ZONE).timestamp())


def is_provisional(session: Session, day: date) -> bool:
    return (session.today - day).days < DAYS_READ_AGAIN


def closed_day(end_time: object) -> date | None:
    """The day that a value's `end_time` (midnight Pacific, in UTC) closes."""
    end = moment(end_time)
    return None if end is None else (end.astimezone(UTC) - timedelta(seconds=1)).astimezone(_ZONE).date()


# Insights ------------------------------------------------------------------------------------------------------


def numbers_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Each metric's one value by its name, of `total_value`, of the first of `values`, or the sum of a list of links.

    What is absent or empty is absent here: Meta never sends a 0 for what it does not know.
    """
    return {str(row.get("name")): value for row in items_of(body, "data", 100) if (value := _value(row)) is not None}


def _value(row: Mapping[str, Any]) -> Any:
    if isinstance(row.get("total_value"), dict):
        return row["total_value"].get("value")
    links = row.get("link_total_values")
    if isinstance(links, list) and links:
        clicks = [count(link.get("value")) if isinstance(link, dict) else None for link in links]
        return None if None in clicks else sum(n for n in clicks if n is not None)
    values = row.get("values")
    return values[0].get("value") if isinstance(values, list) and values and isinstance(values[0], dict) else None


def series_of(body: Mapping[str, Any]) -> dict[date, dict[str, int]]:
    """Daily series: the numbers by day and metric."""
    days: dict[date, dict[str, int]] = {}
    for row in items_of(body, "data", 100):
        values = row.get("values")
        for one in values[:400] if isinstance(values, list) else ():
            point: Mapping[str, Any] = one if isinstance(one, dict) else {}
            day, number = closed_day(point.get("end_time")), count(point.get("value"))
            if day is not None and number is not None:
                days.setdefault(day, {})[str(row.get("name"))] = number
    return days


def ask(
    client: Client, metrics: Sequence[str], request: Callable[[Sequence[str]], Request]
) -> tuple[Mapping[str, Any], ...]:
    """The answers to a request for metrics: one, or one each where a name among them spoils the whole.

    Raises what the last of them raised where not even one was answered.
    """
    try:
        return (body_of(client.call(request(metrics))),)
    except Refused as error:
        if error.code != BAD_REQUEST or len(metrics) == 1:
            raise
    return _asked_one_by_one(client, metrics, request)


def _asked_one_by_one(
    client: Client, metrics: Sequence[str], request: Callable[[Sequence[str]], Request]
) -> tuple[Mapping[str, Any], ...]:
    answers, refused = [], list[Refused | NotOffered]()
    try:
        for metric in metrics:
            try:
                answers.append(body_of(client.call(request((metric,)))))
            except (Refused, NotOffered) as error:
                if error.code not in (BAD_REQUEST, SCOPE_MISSING):
                    raise
                refused.append(error)
        if not answers:
            raise refused[-1]
        return tuple(answers)
    finally:  # no circle with this frame
        refused.clear()


# Failures ------------------------------------------------------------------------------------------------------


def each_of(things: Iterable[T], read: Callable[[T], R]) -> Iterator[tuple[T, R | None]]:
    """What is read of each; None where the platform fails on it: raised, that would hide all behind it for ever.

    Raises RetryLater where so many fail in a row that it is an outage, and where it holds for other calls too.
    """
    failed = 0
    for thing in things:
        found: R | None = None
        try:
            found = read(thing)
            failed = 0
        except RetryLater as error:
            failed += 1
            if failed == _OUTAGE or error.holds_for_every_call:
                raise
        yield thing, found
