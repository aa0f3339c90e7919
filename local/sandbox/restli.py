"""Queries as LinkedIn reads them: undecoded, for the marks of lists and records must stand raw in them while every URN
inside is percent-encoded. The one or the other done wrong is refused, as LinkedIn refuses it."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import unquote

from flask import request

from local.sandbox.doorway import Refusal

_RANGE = re.compile(r"\(timeRange:\(start:(\d{1,14}),end:(\d{1,14})\),timeGranularityType:(DAY|MONTH)\)")
_RECORD = r"\(year:(\d{4}),month:(\d{1,2}),day:(\d{1,2})\)"
_DATES = re.compile(rf"\(start:{_RECORD},end:{_RECORD}\)")
_URN = re.compile(r"urn%3A(?:[A-Za-z0-9_.~-]|%3A)+", re.IGNORECASE)


def error(status: int, code: str, message: str, service: int | None = None) -> Refusal:
    named: dict[str, Any] = {"status": status} | ({"serviceErrorCode": service} if service is not None else {})
    return Refusal(status, named | {"code": code, "message": message})


def bad(name: str) -> Refusal:
    return error(400, "ILLEGAL_ARGUMENT", f"Invalid query parameters passed to request: {name}")


def asked(*known: str) -> Mapping[str, str]:
    """The raw query. Parameters that are not known, or come twice, are refused."""
    parts = [part.partition("=") for part in request.query_string.decode("ascii", "replace").split("&") if part]
    names = [name for name, _, _ in parts]
    for name in names:
        if name not in known or names.count(name) > 1:
            raise error(400, "PARAM_INVALID", f"Unknown or repeated query parameter: {name}")
    return {name: value for name, _, value in parts}


def word(query: Mapping[str, str], name: str, allowed: Collection[str]) -> str:
    if query.get(name) not in allowed:
        raise bad(name)
    return query[name]


def number(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, str(default))
    if not re.fullmatch(r"\d{1,6}", text) or int(text) > most:
        raise bad(name)
    return int(text)


def urn(query: Mapping[str, str], name: str) -> str:
    return _urn(query.get(name, ""), name)


def urns(query: Mapping[str, str], name: str) -> list[str]:
    return [_urn(each, name) for each in items(query, name)]


def items(query: Mapping[str, str], name: str) -> list[str]:
    found = re.fullmatch(r"List\(([^()]*)\)", query.get(name, ""))
    if found is None:
        raise bad(name)
    return found[1].split(",") if found[1] else []


def time_range(query: Mapping[str, str]) -> tuple[date, date]:
    """The first day and the one after the last."""
    found = _RANGE.fullmatch(query["timeIntervals"])
    if found is None or found[3] != "DAY":
        raise bad("timeIntervals")
    first, end = (datetime.fromtimestamp(int(text) / 1000, UTC) for text in found.groups()[:2])
    if first >= end:
        raise bad("timeIntervals")
    return first.date(), end.date()


def date_range(query: Mapping[str, str]) -> tuple[date, date]:
    """The first day and the one after the last."""
    found = _DATES.fullmatch(query.get("dateRange", ""))
    try:
        numbers = [int(text) for text in found.groups()] if found else []
        first, end = date(*numbers[:3]), date(*numbers[3:])
    except (TypeError, ValueError):
        raise bad("dateRange") from None
    if first >= end:
        raise bad("dateRange")
    return first, end


def _urn(raw: str, name: str) -> str:
    if not _URN.fullmatch(raw):
        raise bad(name)
    return unquote(raw)
