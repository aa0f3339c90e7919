"""Query parameters of list requests, checked: a wrong one is an Invalid that names it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from socials.errors import FieldError, Invalid
from socials.listing import Filter
from socials.platforms import check_known
from socials.status import Status

if TYPE_CHECKING:
    from socials.lines import Format

Query = Mapping[str, str]
Choice = TypeVar("Choice", bound=StrEnum)

DEFAULT_LIMIT = 25
MAX_LIMIT = 100


def limit_of(query: Query) -> int:
    text = query.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise Invalid([FieldError("limit", f"a whole number from 1 to {MAX_LIMIT}")])
    return int(text)


def filter_of(query: Query) -> Filter:
    platform = query.get("platform")
    if platform is not None:
        check_known(platform)
    return Filter(platform, _choice(query, "status", Status), _bool(query, "can_publish"))


def format_of(query: Query) -> Format:
    from socials.lines import FORMATS  # exports alone need all that is in a line

    found = FORMATS.get(query.get("format", "jsonl"))
    if found is None:
        raise Invalid([FieldError("format", f"one of {', '.join(FORMATS)}")])
    return found


def day_of(query: Query, name: str) -> date | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
        if day.isoformat() != text:
            raise ValueError(text)
        return day
    except ValueError:
        raise Invalid([FieldError(name, "a day like 2026-11-22")]) from None


def _choice(query: Query, name: str, choices: type[Choice]) -> Choice | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return choices(text)
    except ValueError:
        raise Invalid([FieldError(name, f"one of {', '.join(choices)}")]) from None


def _bool(query: Query, name: str) -> bool | None:
    text = query.get(name)
    if text is None:
        return None
    if text not in ("true", "false"):
        raise Invalid([FieldError(name, "true or false")])
    return text == "true"
