"""What an answer means where its platform says nothing more about it, and how its errors are made.

`verdict` is what the door raises. What is no answer of a platform comes first, then its own table, then the rules by
status.
"""

import re
from datetime import datetime
from typing import Any, Literal, TypeVar

from socials.errors import RATE_LIMITED, PlatformError, Refused, RetryLater
from socials.platforms.base import Answer, Platform
from socials.platforms.limits import retry_after, wait_until
from socials.platforms.untrusted import matching

E = TypeVar("E", bound=PlatformError)

# What a platform calls an error, and an answer. A sentence there may repeat what was sent to it.
CODE = re.compile(r"[A-Za-z_.-]{1,64}|[0-9]{1,10}")
REQUEST_ID = re.compile(r"[A-Za-z0-9_.:=+/-]{1,100}")
_REQUEST_IDS = ("x-pinterest-rid", "x-request-id", "x-fb-trace-id", "x-tt-logid", "x-li-uuid", "x-transaction-id")


def verdict(platform: Platform, call: str, answer: Answer) -> PlatformError | None:
    """The error that an answer means, None where it is good."""
    error = _refusal_by_a_page(answer) or platform.explain(call, answer) or by_status(answer)
    if error is not None:
        error.platform = platform.slug
    return error


def _refusal_by_a_page(answer: Answer) -> PlatformError | None:
    """A 401 that is a web page comes from a proxy or a wall: every platform says in JSON why it refuses a token."""
    return unavailable(answer) if answer.status == 401 and not answer.is_json else None


def by_status(answer: Answer) -> PlatformError | None:
    """What a status means everywhere."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status == 429:
        return limited(answer)
    if status in (408, 425) or status >= 500:
        return unavailable(answer)
    if 300 <= status < 400:
        return explained(Refused, answer, "The platform sent us to another address.", code="unexpected_redirect")
    return explained(Refused, answer, "The platform refused the request.")


def limited(
    answer: Answer, *, scope: Literal["account", "app"] = "account", otherwise: datetime | None = None
) -> RetryLater:
    """Too many requests, until the time that the headers name, else until `otherwise`. `scope`: whose it is."""
    until = wait_until(answer) or otherwise
    return explained(RetryLater, answer, "The platform asks us to wait.", code=RATE_LIMITED, until=until, scope=scope)


def unavailable(answer: Answer) -> RetryLater:
    """An outage on the platform's side, until the time that it names itself."""
    return explained(RetryLater, answer, "The platform has a problem of its own.", until=retry_after(answer))


def explained(kind: type[E], answer: Answer, message: str, *, code: str | None = None, **more: Any) -> E:
    """An error of that class with everything that the answer tells about itself."""
    return kind(
        message,
        code=code,
        http_status=answer.status,
        platform_code=code_of(answer),
        request_id=request_id_of(answer),
        **more,
    )


def code_of(answer: Answer) -> str | None:
    """The platform's own code: `error`, `code` or `error.code` of the body, where it is a word or a number,
    else `?`; None where there is none."""
    body = answer.json if isinstance(answer.json, dict) else {}
    found = body.get("error", body.get("code"))
    if isinstance(found, dict):
        found = found.get("code", found.get("type"))
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        return None
    return str(found) if CODE.fullmatch(str(found)) else "?"


def request_id_of(answer: Answer) -> str | None:
    """The id by which the platform finds this answer in its logs."""
    return next((found for name in _REQUEST_IDS if (found := matching(answer.headers.get(name), REQUEST_ID))), None)
