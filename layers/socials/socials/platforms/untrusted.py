"""Reading what a platform sent. Nothing in it is trusted: a wrong type is None, text is cleaned and cut, an address is
http(s) or nothing."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from socials.clock import from_epoch
from socials.errors import RetryLater
from socials.platforms.base import Answer

DISPLAY_NAME_LENGTH = 200
TITLE_LENGTH = 300
TOKEN_LENGTH = 8_000
CURSOR_LENGTH = 1_500
_URL_LENGTH = 2_048
_MOST = 10**15

_TOKEN = re.compile(r"[\x21-\x7e]+")
_DIGITS = re.compile(r"[0-9]{1,20}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# Controls, surrogates, private and unassigned characters, and the marks that turn text around.
_DROPPED = frozenset({"Cc", "Cs", "Co", "Cn"})
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_YEARS = range(1990, 2200)
_EPOCHS = tuple(int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (_YEARS.start, _YEARS.stop))


def unreadable(message: str = "The platform's answer could not be read.") -> RetryLater:
    """For an answer that is not what the platform promises: the platform's bad hour, not the person's doing."""
    return RetryLater(message, code="unreadable_answer")


def body_of(answer: Answer) -> Mapping[str, Any]:
    """The JSON object that an answer must be. Raises RetryLater `unreadable_answer`."""
    if not isinstance(answer.json, dict):
        raise unreadable()
    return answer.json


def items_of(body: Mapping[str, Any], name: str, limit: int) -> Iterator[Mapping[str, Any]]:
    """The objects in a list that must be there, at most as many as were asked for. Raises RetryLater."""
    listed = body.get(name)
    if not isinstance(listed, list):
        raise unreadable()
    return (item for item in listed[:limit] if isinstance(item, dict))


def inner(body: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """The object inside objects; an empty one where any of them is not there."""
    for name in names:
        found = body.get(name)
        if not isinstance(found, dict):
            return {}
        body = found
    return body


def text(value: object, limit: int = DISPLAY_NAME_LENGTH) -> str | None:
    """One line of clean text of at most `limit` characters; None where there is none."""
    if not isinstance(value, str):
        return None
    spaced = " ".join(value[: limit * 8].split())
    # What can be printed holds nothing to drop, and most text can.
    clean = spaced if spaced.isprintable() else _cleaned(spaced)
    return (clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…") or None


def _cleaned(spaced: str) -> str:
    return "".join(c for c in spaced if unicodedata.category(c) not in _DROPPED and c not in _TURNING).strip()


def matching(value: object, pattern: re.Pattern[str]) -> str | None:
    """The text if the whole of it has that form."""
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def token(value: object) -> str | None:
    """Something to send back in a header: visible ASCII of at most 8,000 characters."""
    return value if isinstance(value, str) and len(value) <= TOKEN_LENGTH and _TOKEN.fullmatch(value) else None


def count(value: object) -> int | None:
    """A whole number that is not negative; `True`, `"12"` and 1.5 are none."""
    if type(value) is int:  # as nearly always
        return value if 0 <= value <= _MOST else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value <= _MOST or value != int(value):
        return None
    return int(value)


def net(value: object) -> int | None:
    """A whole number of what was given less what was taken back: a count that may be below zero."""
    if isinstance(value, int | float) and value < 0:
        below = count(-value)
        return None if below is None else -below
    return count(value)


def count_in_text(value: object) -> int | None:
    """A count that is sent as its digits, as Google does; a number as such counts too."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return count(int(value))
    return count(value)


def web_url(value: object) -> str | None:
    """An http(s) address of at most 2,048 visible ASCII characters, without a user in it."""
    if not isinstance(value, str) or len(value) > _URL_LENGTH or not _TOKEN.fullmatch(value):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    plain = parts.scheme in ("https", "http") and parts.hostname and "@" not in parts.netloc
    return value if plain and not set('"<>\\^`{|}') & set(value) else None


def moment(value: object) -> datetime | None:
    """A time in ISO 8601, in whole seconds of UTC; one without a zone is UTC. None for a nonsensical year."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        read = datetime.fromisoformat(value)
        if read.tzinfo is not UTC:
            read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if read.year not in _YEARS:
        return None
    return read.replace(microsecond=0) if read.microsecond else read


def moment_of(epoch: object) -> datetime | None:
    """A time in seconds since 1970. None for a nonsensical year."""
    seconds = count(epoch)
    return from_epoch(seconds) if seconds is not None and _EPOCHS[0] <= seconds < _EPOCHS[1] else None


def day(value: object) -> date | None:
    """A date `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
    except ValueError:
        return None


def next_cursor(value: object, sent: str | None) -> str | None:
    """Where to go on. None at the end and where the platform sends us in a circle. Raises RetryLater for nonsense:
    stopping there would call a part complete that is not."""
    if value is None or value in ("", sent):
        return None
    if not isinstance(value, str) or len(value) > CURSOR_LENGTH or not value.isprintable():
        raise unreadable()
    return value
