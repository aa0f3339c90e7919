"""The HTTP door: who asks, problems in one table, cursors. Used by every API function."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from socials.errors import (
    Busy,
    Conflict,
    FieldError,
    Forged,
    Gone,
    Invalid,
    Malformed,
    NotFound,
    Overloaded,
    PlatformError,
    RetryLater,
    SocialsError,
    TooSoon,
    Unauthenticated,
)
from socials.routing import Request, Response, Routes
from socials.telemetry import failed, mark

# In characters as the gateway sends it. A choice of a hundred ids is the largest that anybody means.
LARGEST_BODY = 64 * 1024

# An error's class says its status; the first match counts.
_STATUS: tuple[tuple[type[SocialsError], HTTPStatus], ...] = (
    (Unauthenticated, HTTPStatus.UNAUTHORIZED),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Malformed, HTTPStatus.BAD_REQUEST),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Conflict, HTTPStatus.CONFLICT),
    (Forged, HTTPStatus.FORBIDDEN),
    (Gone, HTTPStatus.GONE),
    (TooSoon, HTTPStatus.TOO_MANY_REQUESTS),
    (RetryLater, HTTPStatus.SERVICE_UNAVAILABLE),
    (Overloaded, HTTPStatus.SERVICE_UNAVAILABLE),
    (PlatformError, HTTPStatus.BAD_GATEWAY),
)


class Api(Routes):
    """Answers every error of ours as problem+json, and hides the rest behind a 500."""

    def resolve(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to an event of the HTTP API."""
        request = Request(event)
        return self._answered(request).to_gateway(request.headers.get("accept-encoding", ""))

    def _answered(self, request: Request) -> Response[Any]:
        try:
            handler = self.find(request)
            if handler is None:
                # The gateway knows the route, so it is an id in it that nothing of ours could ever have.
                raise NotFound("No such thing.")
            return handler()
        except SocialsError as error:
            return problem(request, error)
        except Busy as error:
            failed("request failed", error)
            return problem(request, Overloaded("Too much at once on our side; please try again in a moment."))
        except Exception as error:  # noqa: BLE001 - told in the log, not to the caller
            failed("request failed", error)
            hidden = "Something went wrong on our side."
            return _problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", hidden)


def status_of(error: type[SocialsError]) -> HTTPStatus:
    """What an error of this class is answered with."""
    return next((status for kind, status in _STATUS if issubclass(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def problem(request: Request, error: SocialsError) -> Response[str]:
    """RFC 9457: type, title, status, detail, and our stable `code`, `request_id`, `errors`."""
    status = status_of(type(error))
    more: dict[str, Any] = {}
    if isinstance(error, Invalid):
        more["errors"] = [{"field": each.field, "detail": each.detail} for each in error.errors]
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooSoon | Overloaded) else {}
    return _problem(request, status, error.code, str(error), more, headers)


def _problem(
    request: Request,
    status: HTTPStatus,
    code: str,
    detail: str,
    more: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    mark(code=code)
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        "request_id": request.request_id,
        **(more or {}),
    }
    # A cache may keep a 404 or a 410 of which nothing is said (RFC 9110, 15.1): what is not there may be in a moment.
    told = {"Cache-Control": "no-store", **(headers or {})}
    return Response(status, "application/problem+json", json.dumps(body, ensure_ascii=False), told)


def page_of(body: bytes, media_type: str, next_address: str | None) -> Response[bytes]:
    """A page of a file that no cache keeps, with the address of the next one in `Link` (RFC 8288)."""
    headers = {"Cache-Control": "no-store"} | ({"Link": f'<{next_address}>; rel="next"'} if next_address else {})
    return Response(HTTPStatus.OK, media_type, body, dict(headers))


Body = TypeVar("Body")


def answer(body: Body, status: int = 200, **more: Any) -> Response[Body]:
    """A JSON answer that no cache keeps."""
    return Response(status, "application/json", body, {"Cache-Control": "no-store"}, **more)


def caller(request: Request) -> str:
    """The user: the claim `sub` of the token that the gateway verified, and nothing else. Raises Unauthenticated where
    no gateway has verified one: `sam local start-api` has no authorizer."""
    try:
        return str(request.claims["sub"])
    except (KeyError, TypeError):
        raise Unauthenticated("Nobody has verified who asks.") from None


def body_of(request: Request) -> str:
    """The body as text, however the gateway sent it. Raises Malformed where it is none, Invalid if it is too long."""
    if len(request.sent) > LARGEST_BODY:
        raise Invalid([FieldError("body", f"at most {LARGEST_BODY // 1024} KB")], code="body_too_large")
    try:
        return request.text
    except ValueError:  # not base64, or not UTF-8
        raise Malformed("The body is not UTF-8 text.") from None


def to_cursor(name: str, sort_key: str | None) -> str | None:
    """A cursor of the list `name`: its sort key only, with a check sum."""
    if sort_key is None:
        return None
    return base64.urlsafe_b64encode(_checksum(name, sort_key) + sort_key.encode()).decode().rstrip("=")


def from_cursor(name: str, cursor: str | None) -> str | None:
    """The sort key of a cursor that `to_cursor` made for this list. Raises Malformed `bad_cursor` for any other."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        sort_key = raw[_CHECKSUM_BYTES:].decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise Malformed("cursor: not one that this list gave.", code="bad_cursor") from None
    if raw[:_CHECKSUM_BYTES] != _checksum(name, sort_key) or to_cursor(name, sort_key) != cursor:
        raise Malformed("cursor: not one that this list gave.", code="bad_cursor")
    return sort_key


_CHECKSUM_BYTES = 6


def _checksum(name: str, sort_key: str) -> bytes:
    return hashlib.sha256(f"{name}\x1f{sort_key}".encode()).digest()[:_CHECKSUM_BYTES]
