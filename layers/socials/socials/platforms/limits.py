"""When a platform lets us call again, read from the headers of an answer."""

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
    """The end of a limit that the headers name: `Retry-After` first, else the rate limit's reset. In whole seconds;
    None where none is named, or it is past already."""
    return _named(answer, "retry-after", *_RESETS)


def retry_after(answer: Answer) -> datetime | None:
    """The end of an outage: `Retry-After` alone. Some platforms send a rate limit's reset with every answer, and it
    says nothing of when they are well again."""
    return _named(answer, "retry-after")


def so_long_after(answer: Answer, seconds: float) -> datetime:
    """Never before it: our clock leaves out parts of a second, so the answer may have come nearly a second later."""
    return answer.received_at + timedelta(seconds=ceil(seconds) + 1)


def _named(answer: Answer, *headers: str) -> datetime | None:
    for name in headers:
        named = _read(answer, name)
        if named is not None and named > answer.received_at:
            return min(named, answer.received_at + LONGEST_WAIT)
    return None


def _read(answer: Answer, name: str) -> datetime | None:
    value = answer.headers.get(name, "").strip()
    if not value or len(value) > 64:
        return None
    with suppress(ValueError, OverflowError, OSError):
        return _from_number(float(value), answer)
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, OverflowError, TypeError, IndexError):
            return _utc(parse(value))
    return None


def _from_number(number: float, answer: Answer) -> datetime | None:
    if not isfinite(number) or number <= 0:
        return None
    return from_epoch(ceil(number)) if number > _EPOCH_FROM else so_long_after(answer, number)


def _utc(moment: datetime) -> datetime:
    """Never before it: part of a second is waited for as a whole one."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.replace(microsecond=0) + timedelta(seconds=aware.microsecond > 0)
