"""Tokens and their version as the text that a vault keeps."""

import json
from datetime import datetime

from socials.clock import from_iso, iso
from socials.models.grants import Sealed
from socials.models.readings import Tokens


def tokens_to_text(version: int, tokens: Tokens) -> str:
    """The same tokens always make the same text: a repeat must not look like a rival."""
    value = {
        "version": version,
        "access": tokens.access,
        "refresh": tokens.refresh,
        "access_expires_at": _text(tokens.access_expires_at),
        "refresh_expires_at": _text(tokens.refresh_expires_at),
        "scopes": list(tokens.scopes),
        "extra": dict(tokens.extra),
    }
    return json.dumps(value, sort_keys=True)


def text_to_tokens(text: str) -> Sealed:
    value = json.loads(text)
    tokens = Tokens(
        access=value["access"],
        refresh=value["refresh"],
        access_expires_at=_time(value["access_expires_at"]),
        refresh_expires_at=_time(value["refresh_expires_at"]),
        scopes=tuple(value["scopes"]),
        extra=value["extra"],
    )
    return Sealed(value["version"], tokens)


def _text(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


def _time(text: str | None) -> datetime | None:
    return from_iso(text) if text else None
