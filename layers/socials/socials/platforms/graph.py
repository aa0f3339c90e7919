"""What Meta's Graph APIs share: errors by code, usage headers, paging, days that end at midnight Pacific, insights.

Sources: https://developers.facebook.com/docs/graph-api/guides/error-handling and overview/rate-limiting. An HTTP status
says little here: a dead token and a limit are 400 as well, so answers are told apart by `error.code`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from socials.errors import AccessRefused, NotOffered, PlatformError, ReconnectNeeded, Refused, RetryLater
from socials.platforms.base import Answer, Client, Request, Session
from socials.platforms.explaining import explained, unavailable
from socials.platforms.limits import LONGEST_WAIT, wait_until
from socials.platforms.untrusted import TITLE_LENGTH, body_of, count, inner, items_of, moment, next_cursor, text

DAY_ZONE = "America/Los_Angeles"
BAD_REQUEST, GONE, SCOPE_MISSING, APP_REMOVED = "bad_request", "object_gone", "scope_missing", "app_removed"
# Meta's numbers of a day may come up to 48 hours late: the last three closed days are read again each time.
DAYS_READ_AGAIN = 3

_ZONE = ZoneInfo(DAY_ZONE)
_ID = re.compile(r"\d{1,32}(?:_\d{1,32})?")
_HEADER_LENGTH = 20_000


# Errors --------------------------------------------------------------------------------------------------------

_APP_LIMIT, _BLOCKED, _BAD_REQUEST, _GONE = 4, 368, 100, 33
_LIMITS = frozenset({_APP_LIMIT, 17, 32, 341, 613, *range(80_000, 80_015)})
_TRANSIENT = frozenset({1, 2})
_DEAD_TOKEN = frozenset({102, 190})
_FORBIDDEN = frozenset({3, 10, *range(200, 300)})
# Of the calls at connect, those by which a code becomes tokens.
_CODE_CALLS = frozenset({"exchange", "long_token"})
# A medium older than its account's change to a professional one has no insights. The careful reading of the subcode.
_OLDER_THAN_THE_ACCOUNT = 2_108_006
_UNNAMED = "token_revoked", "The platform no longer accepts our access."
_REASONS = {
    458: (APP_REMOVED, "The app was removed on the platform."),
    459: ("account_checkpoint", "The platform wants the person to log in and confirm something first."),
    460: ("token_revoked", "The password was changed, or the person was logged out everywhere."),
    463: ("token_expired", "The access has expired."),
    464: ("account_checkpoint", "The platform wants the person to log in and confirm something first."),
    492: ("page_role_lost", "The person no longer has a role on the Page; one of its admins has to connect it."),
}


class _Error(NamedTuple):
    code: int | None
    subcode: int | None
    transient: bool


def explain(call: str, answer: Answer, *, renewable: bool) -> PlatformError | None:
    """By `error.code`. `renewable`: the token renews itself, so that only a refused renewal is proof of its death."""
    error = _error(answer)
    if 200 <= answer.status < 400:
        return None
    if answer.status == 429 or error.code in _LIMITS:
        return _limited(answer, error)
    if error.code == _BLOCKED:
        until = answer.received_at + timedelta(days=1)
        return explained(RetryLater, answer, "The platform blocks us for a while.", code="blocked", until=until)
    if answer.status >= 500 or error.transient or error.code in _TRANSIENT:
        return unavailable(answer)
    if call in _CODE_CALLS and answer.status in (400, 401, 403):
        return explained(Refused, answer, "The platform did not accept the code.", code="code_refused")
    return _explain_access(call, answer, error, renewable)


def _explain_access(call: str, answer: Answer, error: _Error, renewable: bool) -> PlatformError | None:
    if error.code in _DEAD_TOKEN or answer.status == 401:
        return _dead(answer, error, proven=not renewable or call in ("refresh", "revoke"))
    if error.code in _FORBIDDEN:
        return _forbidden(call, answer)
    if error.code == _BAD_REQUEST and error.subcode == _OLDER_THAN_THE_ACCOUNT:
        return explained(NotOffered, answer, "It is older than the professional account.")
    if error.code == _BAD_REQUEST:
        code = GONE if error.subcode == _GONE else BAD_REQUEST
        return explained(Refused, answer, "The platform does not know what we asked for.", code=code)
    return None


def _dead(answer: Answer, error: _Error, *, proven: bool) -> PlatformError:
    code, message = _REASONS.get(error.subcode or 0, _UNNAMED)
    if not proven:
        return explained(AccessRefused, answer, message)
    return explained(ReconnectNeeded, answer, message, code=code)


def _forbidden(call: str, answer: Answer) -> PlatformError:
    if call in ("profile", "refresh"):
        message = "A permission that the profile needs is missing."
        return explained(ReconnectNeeded, answer, message, code=SCOPE_MISSING)
    return explained(NotOffered, answer, "This is not given to us: a permission is missing.", code=SCOPE_MISSING)


def _error(answer: Answer) -> _Error:
    error = inner(answer.json, "error") if isinstance(answer.json, dict) else {}
    return _Error(count(error.get("code")), count(error.get("error_subcode")), error.get("is_transient") is True)


def _limited(answer: Answer, error: _Error) -> RetryLater:
    scope = "app" if error.code == _APP_LIMIT else "account"
    until = usage_until(answer) or wait_until(answer)
    return explained(RetryLater, answer, "The platform asks us to wait.", code="rate_limited", until=until, scope=scope)


# Usage headers -------------------------------------------------------------------------------------------------


def usage_until(answer: Answer) -> datetime | None:
    """Until when the usage headers make us wait: the minutes that `X-Business-Use-Case-Usage` names, else the rolling
    hour of `X-App-Usage` where a share of it is used up."""
    minutes = [count(row.get("estimated_time_to_regain_access")) or 0 for row in _business_usage(answer)]
    if longest := max(minutes, default=0):
        return answer.received_at + min(timedelta(minutes=min(longest, 100_000)), LONGEST_WAIT)
    shares = (count(share) or 0 for share in _usage(answer, "x-app-usage").values())
    return answer.received_at + timedelta(hours=1) if max(shares, default=0) >= 100 else None


def _business_usage(answer: Answer) -> Iterator[Mapping[str, Any]]:
    for rows in _usage(answer, "x-business-use-case-usage").values():
        yield from (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()


def _usage(answer: Answer, header: str) -> Mapping[str, Any]:
    value = answer.headers.get(header, "")
    try:
        read = json.loads(value) if 0 < len(value) <= _HEADER_LENGTH else {}
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


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
    """Where the next page begins. `needs_next`: a page without `paging.next` is the last one."""
    paging = inner(body, "paging")
    if needs_next and not paging.get("next"):
        return None
    return next_cursor(inner(paging, "cursors").get("after"), sent)


# Days ----------------------------------------------------------------------------------------------------------


def epoch(day: date) -> int:
    """The Unix time at which a day begins, midnight Pacific."""
    return int(datetime.combine(day, time(), _ZONE).timestamp())


def first_day(session: Session, back: int) -> date:
    """The first day to read: at first `back` days ago, then the day after the last one that is final with us."""
    first = session.today - timedelta(days=back)
    if session.days_known_through is None:
        return first
    again = session.today - timedelta(days=DAYS_READ_AGAIN)
    return max(first, min(session.days_known_through + timedelta(days=1), again))


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
        refused: Refused | NotOffered = error
    answers = []
    for metric in metrics:
        try:
            answers.append(body_of(client.call(request((metric,)))))
        except (Refused, NotOffered) as error:
            if error.code not in (BAD_REQUEST, SCOPE_MISSING):
                raise
            refused = error
    if not answers:
        raise refused
    return tuple(answers)
