"""When a platform lets us call again, read from the headers of an answer."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import ceil, isfinite

from socials.clock import from_epoch
from socials.platforms.base import Answer

# A header that names a later time is taken for a slip: no account stands still longer for one answer.
LONGEST_WAIT = timedelta(days=7)
_RESETS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
# A number above this is a time (epoch seconds), below it a distance: Pinterest's and the IETF's headers differ.
_EPOCH_FROM = 10**9


def wait_until(answer: Answer) -> datetime | None:
    """The later end of waiting that the headers name: `Retry-After` first, else a rate limit's reset. In whole seconds;
    None where none is named, or it is past already."""
    for name in ("retry-after", *_RESETS):
        named = _read(answer.headers, name, answer.received_at)
        if named is not None and named > answer.received_at:
            return min(named, answer.received_at + LONGEST_WAIT)
    return None


def _read(headers: Mapping[str, str], name: str, now: datetime) -> datetime | None:
    value = headers.get(name, "").strip()
    if not value or len(value) > 64:
        return None
    with suppress(ValueError, OverflowError, OSError):
        return _from_number(float(value), now)
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, OverflowError, TypeError, IndexError):
            return _utc(parse(value))
    return None


def _from_number(number: float, now: datetime) -> datetime | None:
    if not isfinite(number):
        return None
    if number > _EPOCH_FROM:
        return from_epoch(ceil(number))
    return now + timedelta(seconds=ceil(number))


def _utc(moment: datetime) -> datetime:
    """Never before it: part of a second is waited for as a whole one."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.replace(microsecond=0) + timedelta(seconds=aware.microsecond > 0)
