"""What OAuth platforms share: authorize addresses, token answers, scopes, expiries."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from socials.clock import from_epoch
from socials.models.readings import Tokens
from socials.platforms.base import Answer, App, Consent, Query
from socials.platforms.untrusted import body_of, count, token, unreadable

_SCOPE = re.compile(r"[\x21-\x7e]{1,200}")
_LONGEST = timedelta(days=3_660)


def consent_url(
    base: str,
    app: App,
    consent: Consent,
    scopes: Iterable[str],
    *,
    separator: str = " ",
    client_field: str = "client_id",
    pkce: bool = False,
    more: Query = (),
) -> str:
    """Where a person says yes (RFC 6749 section 4.1.1; `pkce` S256 by RFC 7636). `more`: the platform's own parameters.

    Spaces are %20: not every consent page takes a + for one.
    """
    query = [
        (client_field, app.client_id),
        ("redirect_uri", consent.redirect_uri),
        ("response_type", "code"),
        ("scope", separator.join(scopes)),
        ("state", consent.state),
    ]
    if pkce:
        query += [("code_challenge", s256(consent.verifier)), ("code_challenge_method", "S256")]
    return f"{base}?{urlencode([*query, *more], quote_via=quote, safe='')}"


def s256(verifier: str) -> str:
    """The PKCE challenge of a verifier (RFC 7636 section 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def claims_of(jwt: str) -> Mapping[str, Any]:
    """What a JWT says; its signature is not looked at, as it came straight from its maker. Empty for no JWT."""
    parts = jwt.split(".")
    if len(parts) != 3:
        return {}
    with suppress(ValueError, RecursionError):
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return claims if isinstance(claims, dict) else {}
    return {}


def split_scopes(value: object) -> tuple[str, ...]:
    """Scopes from text split by spaces or commas, or from a list; each once, in their order."""
    words = re.split(r"[\s,]+", value) if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(dict.fromkeys(w for w in words if isinstance(w, str) and _SCOPE.fullmatch(w)))[:100]


def tokens_from(answer: Answer, *, extra: Mapping[str, str] | None = None) -> Tokens:
    """The tokens of a standard token answer (RFC 6749 section 5.1, plus `refresh_token_expires_at` or `_in`, or
    TikTok's `refresh_expires_in`).

    What the answer leaves blank is blank here. Raises RetryLater `unreadable_answer` where no access token is in it.
    """
    body = body_of(answer)
    access = token(body.get("access_token"))
    if access is None:
        raise unreadable()
    return Tokens(
        access=access,
        refresh=token(body.get("refresh_token")),
        access_expires_at=_in(answer, body.get("expires_in")),
        refresh_expires_at=_at(answer, body.get("refresh_token_expires_at"))
        or _in(answer, body.get("refresh_token_expires_in", body.get("refresh_expires_in"))),
        scopes=split_scopes(body.get("scope")),
        extra=extra or {},
    )


def _in(answer: Answer, seconds: object) -> datetime | None:
    """A distance in seconds, whether sent as a number or as its digits; 0 means that nothing was said."""
    number = count(int(seconds)) if isinstance(seconds, str) and re.fullmatch(r"\d{1,10}", seconds) else count(seconds)
    return answer.received_at + timedelta(seconds=number) if number and number < _LONGEST.total_seconds() else None


def _at(answer: Answer, epoch: object) -> datetime | None:
    number = count(epoch)
    if not number or number > (answer.received_at + _LONGEST).timestamp():
        return None
    moment = from_epoch(number)
    return moment if moment > answer.received_at else None
