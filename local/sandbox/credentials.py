"""What a request brings in its `Authorization` header."""

import base64
import binascii

from flask import request


def bearer() -> str:
    """The bearer token, or ''."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def basic() -> str:
    """`id:secret` of HTTP Basic, or ''."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        return base64.b64decode(encoded, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""
