"""Meta's tokens: a code for a short one, that for one of 60 days, which renews itself (Instagram, Threads)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from msgspec import Struct

from socials.models.readings import Tokens
from socials.platforms.base import Answer, App, Client, Code, Request
from socials.platforms.graph import id_of
from socials.platforms.oauth import split_scopes, tokens_from
from socials.platforms.untrusted import body_of, token, unreadable

# A long token's life where the answer does not tell it.
LONG_TOKEN_LIVES = timedelta(days=60)
# A token renews itself once it is 24 hours old and while it lives: with less than 50 of its 60 days it is both.
RENEWED_BEFORE = timedelta(days=50)


class Exchange(Struct, frozen=True, kw_only=True):
    """`codes`: where a code is exchanged; `host`: of the long tokens; `prefix`: of their grant types (`ig`, `th`)."""

    codes: str
    host: str
    prefix: str


def code_form(app: App, code: Code) -> dict[str, str]:
    """Meta appends `#_` to the address that it sends people back to; it is no part of the code."""
    return {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "grant_type": "authorization_code",
        "redirect_uri": code.redirect_uri,
        "code": code.code.removesuffix("#_"),
    }


def exchange_code(client: Client, app: App, code: Code, at: Exchange) -> Tokens:
    """A token of 60 days, its scopes where the answer names them, and as extra `person` the app-scoped user id.

    The long token comes by GET with the client secret in the query, Meta offers no other way; tokens go in the header.
    """
    answer = client.call(Request(call="exchange", method="POST", url=at.codes, form=code_form(app, code)))
    short = _unwrapped(body_of(answer))
    access, person = token(short.get("access_token")), id_of(short.get("user_id"))
    if access is None:
        raise unreadable()
    request = Request(
        call="long_token",
        method="GET",
        url=f"{at.host}/access_token",
        query=(("grant_type", f"{at.prefix}_exchange_token"), ("client_secret", app.client_secret)),
        bearer=access,
    )
    extra = {"person": person} if person else {}
    return _long(client.call(request), split_scopes(short.get("permissions")), extra)


def renew(client: Client, tokens: Tokens, at: Exchange) -> Tokens:
    """The token comes back as a new one, with 60 new days. Scopes are blank where the answer names none."""
    query = (("grant_type", f"{at.prefix}_refresh_token"),)
    request = Request(
        call="refresh", method="GET", url=f"{at.host}/refresh_access_token", query=query, bearer=tokens.access
    )
    answer = client.call(request)
    return _long(answer, split_scopes(body_of(answer).get("permissions")), {})


def _unwrapped(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Instagram documents `{"data": [{…}]}`; the bare object is met too, and what Threads sends."""
    data = body.get("data")
    return data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else body


def _long(answer: Answer, scopes: tuple[str, ...], extra: Mapping[str, str]) -> Tokens:
    read = tokens_from(answer)
    expires_at = read.access_expires_at or answer.received_at + LONG_TOKEN_LIVES
    return Tokens(access=read.access, access_expires_at=expires_at, scopes=scopes, extra=extra)
