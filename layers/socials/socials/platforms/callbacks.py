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
from socials.errors import Forged, Malformed
from socials.platforms.base import App, Heard, Notice

_CLOCKS_APART = timedelta(minutes=5)
# Of TikTok's reasons; the others are a deleted or banned account, a changed age, and our own revoke.
_BY_PERSON = 1


def meta_person(app: App, notice: Notice) -> Heard:
    """The app-scoped user id of a `signed_request`: base64url(HMAC-SHA256(payload, app secret)) `.` base64url(JSON),
    and its `issued_at`.

    https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow (parsing the signed request).
    Raises Malformed, Forged.
    """
    values = parse_qs(notice.body).get("signed_request", [])
    signature, _, payload = values[0].partition(".") if values else ("", "", "")
    _check(app, payload.encode(), _unpadded(signature))
    said = _object(_unpadded(payload))
    if str(said.get("algorithm", "")).upper() != "HMAC-SHA256":
        raise Forged("The callback is not signed as it should be.")
    return Heard(_text(said.get("user_id")), _time(said.get("issued_at"), notice))


def tiktok_person(app: App, notice: Notice) -> Heard:
    """The open id of an `authorization.removed` webhook, '' for any other event, and the event's `create_time`.

    `TikTok-Signature: t=<seconds>,s=<hex HMAC-SHA256 of "t.body", client secret>`
    (https://developers.tiktok.com/doc/webhooks-verification); `t` is when it was sent, this time, `create_time` when it
    came about (https://developers.tiktok.com/doc/webhooks-events). Raises Malformed, Forged.
    """
    said = dict(part.partition("=")[::2] for part in notice.headers.get("tiktok-signature", "").split(","))
    seconds = said.get("t", "")
    try:
        signature = bytes.fromhex(said.get("s", ""))
    except ValueError:
        raise Malformed("The signature does not parse.") from None
    _check(app, f"{seconds}.{notice.body}".encode(), signature)
    sent_at = _time(int(seconds) if seconds.isdecimal() else seconds, notice)
    if notice.received_at - sent_at > _CLOCKS_APART:
        raise Forged("The callback is too old.")
    event = _object(notice.body.encode())
    person = _text(event.get("user_openid")) if event.get("event") == "authorization.removed" else ""
    return Heard(
        person, _time(event.get("create_time"), notice, sent_at), by_person=_reason(event) in (None, _BY_PERSON)
    )


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
        raise Forged("The callback is not signed as it should be.")


def _unpadded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("The signed request does not parse.") from None


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        raise Malformed("The callback does not parse.") from None
    if not isinstance(value, dict):
        raise Malformed("The callback does not parse.")
    return value


def _time(seconds: object, notice: Notice, otherwise: datetime | None = None) -> datetime:
    """A signed time; where none is signed `otherwise`, or ours. Never one to come: clocks may be a little apart."""
    if seconds is None:
        return otherwise or notice.received_at
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 0:
        raise Malformed("The callback names no time.")
    if seconds > epoch(notice.received_at + _CLOCKS_APART):
        raise Forged("The callback is of a time to come.")
    return min(from_epoch(seconds), notice.received_at)


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or not value:
        raise Malformed("The callback names nobody.")
    return str(value)
