"""What platforms tell us unasked: who took our access away. Only what our app's secret signed is believed."""

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from socials.clock import epoch, from_epoch
from socials.errors import FieldError, Forged, Invalid, Malformed
from socials.platforms.base import App, Heard, Notice

_CLOCKS_APART = timedelta(minutes=5)
# Of TikTok's reasons; the others are a deleted or banned account, a changed age, and our own revoke.
_BY_PERSON = 1


def meta_person(app: App, notice: Notice) -> Heard:
    """The app-scoped user id of a `signed_request`: base64url(HMAC-SHA256(payload, app secret)) `.` base64url(JSON),
    and its `issued_at`.

    https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow (parsing the signed request).
    Raises Forged, Invalid for what is signed and cannot be taken.
    """
    values = parse_qs(notice.body).get("signed_request", [])
    signature, _, payload = values[0].partition(".") if values else ("", "", "")
    _check(app, payload.encode(), _unpadded(signature))
    said = _payload(payload)
    if str(said.get("algorithm", "")).upper() != "HMAC-SHA256":
        raise Forged("The callback is not signed as it should be.")
    return Heard(_text(said, "user_id"), _time(said, "issued_at", notice))


def tiktok_person(app: App, notice: Notice) -> Heard:
    """The open id of an `authorization.removed` webhook, '' for any other event, and the event's `create_time`.

    `TikTok-Signature: t=<seconds>,s=<hex HMAC-SHA256 of "t.body", client secret>`
    (https://developers.tiktok.com/doc/webhooks-verification); `t` is when it was sent, this time, `create_time` when it
    came about (https://developers.tiktok.com/doc/webhooks-events). Raises Forged, Malformed where it is no JSON,
    Invalid for what is signed and cannot be taken.
    """
    said = dict(part.partition("=")[::2] for part in notice.headers.get("tiktok-signature", "").split(","))
    seconds = said.get("t", "")
    try:
        signature = bytes.fromhex(said.get("s", ""))
    except ValueError:
        raise _not_signed() from None
    _check(app, f"{seconds}.{notice.body}".encode(), signature)
    if not seconds.isdecimal():
        raise _not_signed()
    sent_at = _moment(int(seconds), notice)
    if notice.received_at - sent_at > _CLOCKS_APART:
        raise Forged("The callback is too old.")
    event = _event(notice.body)
    person = _text(event, "user_openid") if event.get("event") == "authorization.removed" else ""
    return Heard(person, _time(event, "create_time", notice, sent_at), by_person=_reason(event) in (None, _BY_PERSON))


def _reason(event: dict[str, Any]) -> object:
    """The number in `content`, which is JSON in a string; None where none is told."""
    content = event.get("content")
    try:
        said = json.loads(content) if isinstance(content, str) else None
    except (ValueError, RecursionError):
        return None
    return said.get("reason") if isinstance(said, dict) else None


def _check(app: App, signed: bytes, signature: bytes) -> None:
    expected = hmac.new(app.client_secret.encode(), signed, hashlib.sha256).digest()
    if not hmac.compare_digest(expected, signature):
        raise _not_signed()


def _not_signed() -> Forged:
    return Forged("The callback is not signed as it should be.")


def _unpadded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _not_signed() from None


def _payload(text: str) -> dict[str, Any]:
    try:
        said = json.loads(_unpadded(text))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise _unlike("signed_request", "a JSON object")
    return said


def _event(body: str) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("The body is not JSON.") from None
    if not isinstance(event, dict):
        raise _unlike("body", "a JSON object")
    return event


def _time(said: dict[str, Any], name: str, notice: Notice, otherwise: datetime | None = None) -> datetime:
    """A signed time; where none is signed `otherwise`, or ours."""
    seconds = said.get(name)
    if seconds is None:
        return otherwise or notice.received_at
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 0:
        raise _unlike(name, "whole seconds since 1970")
    return _moment(seconds, notice)


def _moment(seconds: int, notice: Notice) -> datetime:
    """Never one to come: clocks may be a little apart."""
    if seconds > epoch(notice.received_at + _CLOCKS_APART):
        raise Forged("The callback is of a time to come.")
    return min(from_epoch(seconds), notice.received_at)


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int) or not value:
        raise _unlike(name, "whom it is about")
    return str(value)


def _unlike(field: str, expected: str) -> Invalid:
    return Invalid([FieldError(field, expected)])
