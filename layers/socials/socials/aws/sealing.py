"""Tokens sealed with AES-256-GCM. What a seal belongs to is bound into it: moved to another row, it does not open."""

import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12  # 96 random bits: one key may seal 2^32 times (NIST SP 800-38D, 8.3)


class Unopened(Exception):
    """A seal that does not open with its key: damaged, or made for another place. No proof that a grant is gone."""


def seal(key: bytes, plain: bytes, *place: str | int) -> bytes:
    """`key`: 32 bytes. `place`: what the seal belongs to; `opened` must be told the same. Nonce first, tag last."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, _bound(place))


def opened(key: bytes, sealed: bytes, *place: str | int) -> bytes:
    """Raises Unopened."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound(place))
    except (InvalidTag, ValueError):
        raise Unopened("a seal did not open") from None


def _bound(place: tuple[str | int, ...]) -> bytes:
    return json.dumps(place, ensure_ascii=False, separators=(",", ":")).encode()
