"""LinkedIn's requests. Addresses are made by hand: the marks of lists and records in a query must stay as they are,
while each URN inside is percent-encoded. Source: https://linkedin.github.io/rest.li/spec/protocol, version 2.0.0."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from urllib.parse import quote

from socials.models.readings import Tokens
from socials.platforms.base import Request

API = "https://api.linkedin.com"
# A version lives for at least 12 months.
VERSION = "202609"


def urn(value: str) -> str:
    """A URN as it stands in a path or a query."""
    return quote(value, safe="")


def listed(values: Iterable[str]) -> str:
    """A list of values that are encoded already."""
    return f"List({','.join(values)})"


def milliseconds(day: date) -> int:
    """The beginning of a day of UTC."""
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1000


def record_of(day: date) -> str:
    return f"(year:{day.year},month:{day.month},day:{day.day})"


def get(call: str, path: str, tokens: Tokens, *query: str) -> Request:
    """A read of the versioned API."""
    headers = {"Linkedin-Version": VERSION, "X-Restli-Protocol-Version": "2.0.0"}
    if query and query[0].startswith("q="):
        headers["X-RestLi-Method"] = "FINDER"
    return Request(call=call, method="GET", url=_url(f"/rest{path}", query), headers=headers, bearer=tokens.access)


def get_unversioned(call: str, path: str, tokens: Tokens, *query: str) -> Request:
    """A read of /v2, which must not be told a version."""
    return Request(call=call, method="GET", url=_url(f"/v2{path}", query), bearer=tokens.access)


def _url(path: str, query: tuple[str, ...]) -> str:
    return f"{API}{path}{'?' if query else ''}{'&'.join(query)}"
