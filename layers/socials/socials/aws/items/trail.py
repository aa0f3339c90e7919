"""An account's last days of followers as one short text.

A list of thirty numbers is a seventh of a row, and with it a row that a worker holds would be more than the 1 KB of a
write. So each day is what it differs by from the known day before, in base 64 VLQ: five bits a letter, the lowest of
them all the sign, a letter of the upper half says that more follow. First the ordinal of the first day
(`date.toordinal`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from socials.models.accounts import FollowerPoint

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_VALUE_OF = {letter: value for value, letter in enumerate(_LETTERS)}
_BITS, _MORE = 5, 32
_UNKNOWN, _NO_POINT = "?", "."


def trail_to_text(points: Sequence[FollowerPoint]) -> str:
    """One entry a day from the first point's day to the last one's."""
    if not points:
        return ""
    by_day = {point.date.toordinal(): point.n for point in points}
    first, last = min(by_day), max(by_day)
    written, before = [_number(first)], 0
    for day in range(first, last + 1):
        n = by_day.get(day)
        if n is None:
            written.append(_UNKNOWN if day in by_day else _NO_POINT)
        else:
            written.append(_number(n - before))
            before = n
    return "".join(written)


def text_to_trail(text: str) -> tuple[FollowerPoint, ...]:
    """Oldest first."""
    numbers = _numbers(text)
    first, n, points = next(numbers, 0), 0, []
    assert isinstance(first, int)
    for day, entry in enumerate(numbers, first):
        if isinstance(entry, int):
            n += entry
        if entry != _NO_POINT:
            points.append(FollowerPoint(date.fromordinal(day), n if isinstance(entry, int) else None))
    return tuple(points)


def _number(value: int) -> str:
    left, letters = value << 1 if value >= 0 else -value << 1 | 1, ""
    while left >= _MORE:
        letters += _LETTERS[left & _MORE - 1 | _MORE]
        left >>= _BITS
    return letters + _LETTERS[left]


def _numbers(text: str) -> Iterator[int | str]:
    """Each number, and each mark of a day that has none."""
    value = shift = 0
    for letter in text:
        bits = _VALUE_OF.get(letter)
        if bits is None:
            yield letter
            continue
        value |= (bits & _MORE - 1) << shift
        shift += _BITS
        if not bits & _MORE:
            yield -(value >> 1) if value & 1 else value >> 1
            value = shift = 0
