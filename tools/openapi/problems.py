"""What can go wrong: our problems' stable codes with the class of error behind each, and the gateway's answers."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from socials import errors
from socials.api import status_of

Json = dict[str, Any]

# A code's status is that of its class, in the product's own table.
PROBLEMS: Mapping[str, tuple[type[errors.SocialsError] | None, str]] = {
    "not_found": (errors.NotFound, "There is no such thing, or it is somebody else's: the two are never told apart."),
    "malformed_json": (errors.Malformed, "The body is not JSON, or not UTF-8."),
    "bad_cursor": (errors.Malformed, "The cursor is not one that this list gave."),
    "invalid": (errors.Invalid, "A field cannot be taken; `errors` names each."),
    "body_too_large": (errors.Invalid, "The body is larger than anything that could be meant."),
    "unknown_platform": (errors.Invalid, "There is no such platform here."),
    "unknown_candidate": (errors.Invalid, "An id that the connection does not offer."),
    "credentials_refused": (errors.Invalid, "The platform does not take this identifier and app password."),
    "main_password_refused": (errors.Invalid, "It is the main password; make an app password."),
    "host_refused": (errors.Invalid, "The host that was named is none that we may call."),
    "host_unreachable": (errors.Invalid, "There is no such host."),
    "not_an_instance": (errors.Invalid, "No server of this platform answers there."),
    "software_not_supported": (errors.Invalid, "A server of another software that cannot be connected yet."),
    "disconnecting": (errors.Conflict, "The account is being disconnected."),
    "reconnect_needed": (errors.Conflict, "The access has ended; reconnect first."),
    "app_password_needed": (errors.Conflict, "Connect it again with a new app password."),
    "not_configured": (errors.Conflict, "The platform is not set up here yet."),
    "too_many_accounts": (errors.Conflict, "At most 500 accounts can be connected."),
    "nothing_to_choose": (errors.Conflict, "The connection offers no choice (any more)."),
    "busy": (errors.Conflict, "The rows would not stand still; try again."),
    "bad_signature": (errors.Forged, "The platform has not signed this."),
    "connection_expired": (errors.Gone, "The connection has expired; connect again."),
    "platform_wait": (errors.TooSoon, "The platform asked us to wait; `Retry-After` says how long."),
    "just_synced": (errors.TooSoon, "The last run finished less than a minute ago; `Retry-After` says how long."),
    "platform_error": (errors.PlatformError, "The platform refused us; the code may also be a more exact one."),
    "platform_unavailable": (errors.RetryLater, "The platform is out of reach; the code may also be a more exact one."),
    "internal_error": (None, "Something went wrong on our side."),
    "overloaded": (errors.Overloaded, "The table has no room just now; `Retry-After` says when to try again."),
}

# What any operation may answer, whatever it is about.
ALWAYS = ("internal_error", "overloaded")

# Where a platform's own cause may stand in place of these codes.
OPEN_CODES = frozenset({"invalid", "platform_error", "platform_unavailable"})

PROBLEM_DETAILS: Json = {
    "type": "object",
    "description": "RFC 9457, with a `code` for programs that stays and the request's id for whoever looks it up.",
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "A sentence for people."},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "Only under 422: each wrong field and what was expected of it.",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
                "required": ["field", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}

MESSAGE: Json = {
    "type": "object",
    "description": "An answer of the gateway itself, which our functions never saw.",
    "properties": {"message": {"type": "string"}},
    "required": ["message"],
}

# What the gateway answers by itself; the message is its own, and names the answer here without its spaces.
GATEWAY: Mapping[int, tuple[str, str]] = {
    401: ("Unauthorized", "No good access token."),
    403: ("Forbidden", "The token lacks the scope."),
    404: ("Not Found", "No such route."),
    413: ("Request Entity Too Large", "The request is larger than the gateway carries."),
    429: ("Too Many Requests", "More requests than the route takes; try again in a moment."),
    500: ("Internal Server Error", "The function failed."),
    503: ("Service Unavailable", "The function did not answer in time."),
}

# Python 3.13 was the first to say it as RFC 9110 does.
_TITLES = {422: "Unprocessable Content"}


def status_of_code(code: str) -> int:
    kind = PROBLEMS[code][0]
    return HTTPStatus.INTERNAL_SERVER_ERROR.value if kind is None else status_of(kind).value


def example(code: str) -> Json:
    """What a problem of this code looks like."""
    status = HTTPStatus(status_of_code(code))
    problem: Json = {
        "type": "about:blank",
        "title": _TITLES.get(status.value, status.phrase),
        "status": status.value,
        "detail": PROBLEMS[code][1],
        "code": code,
        "request_id": "Jq3x1hYdFiAEJ8g=",
    }
    if status is HTTPStatus.UNPROCESSABLE_ENTITY:
        problem["errors"] = [
            {"field": "body" if code == "body_too_large" else "platform", "detail": "what was expected"}
        ]
    return problem
