"""JSON Web Tokens signed with HS256, as a Bluesky server makes them: enough to issue and to check one's own."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any


def sign(kind: str, payload: Mapping[str, Any], key: bytes) -> str:
    """`kind` is the header's `typ`."""
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in ({"typ": kind, "alg": "HS256"}, payload))
    signed = ".".join(_encode(part) for part in parts)
    return f"{signed}.{_encode(_mac(signed, key))}"


def opened(token: str, key: bytes) -> dict[str, Any] | None:
    """The payload; None if the token is not ours. Expiry is for the caller to judge, whose clock may have moved."""
    signed, _, signature = token.rpartition(".")
    try:
        if not hmac.compare_digest(_decode(signature), _mac(signed, key)):
            return None
        payload = json.loads(_decode(signed.partition(".")[2]))
    except (binascii.Error, ValueError):
        return None
    return payload if isinstance(payload, dict) else None


def _mac(signed: str, key: bytes) -> bytes:
    return hmac.new(key, signed.encode(), hashlib.sha256).digest()


def _encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
