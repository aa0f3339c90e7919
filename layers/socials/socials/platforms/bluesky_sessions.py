"""Bluesky's sessions: made from an app password, renewed where the account is now, deleted."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from socials.clock import from_epoch
from socials.errors import (
    FieldError,
    Invalid,
    PlatformError,
    ReconnectNeeded,
    Refused,
    RetryLater,
)
from socials.models.readings import Tokens
from socials.platforms.atproto import DID, ENTRYWAY, HANDLE, home_in, server_of
from socials.platforms.base import Answer, App, Client, Login
from socials.platforms.bluesky_calls import MAKE_APP_ONE, MOVED, STATUSES, account_unavailable, request, session_request
from socials.platforms.explaining import explained
from socials.platforms.guard import HostRefused, origin_of
from socials.platforms.oauth import claims_of
from socials.platforms.untrusted import (
    body_of,
    count,
    matching,
    text,
    token,
    unreadable,
)
from socials.values import replace

_FULL_ACCESS = "com.atproto.access"
_PROFILES = "bsky.app/profile/"
# How a web site answers that is no server of this kind.
_NO_SERVER = frozenset({"platform_refused", "unexpected_redirect", "unreadable_answer", "body_too_large"})


def log_in(client: Client, login: Login) -> Tokens:
    """A session made from an app password. The main password is refused, and its session deleted at once.

    Without a service that of the account itself is found. Raises Invalid (field `service`) for one that cannot be
    called.
    """
    typed, identifier = (login.service or "").strip(), _normalised(login.identifier)
    service = _typed_service(typed) if typed else _found_service(client, identifier)
    if service == ENTRYWAY and identifier and set(".:@").isdisjoint(identifier):  # as Bluesky's own app takes it
        identifier = f"{identifier}.bsky.social"
    if not typed and not _may_be_somebody(identifier):
        raise Invalid([FieldError("identifier", "a handle like ada.bsky.social, an e-mail address or a DID")])
    body = {"identifier": identifier, "password": login.password.strip()}
    try:
        answer = client.call(request("log_in", "POST", service, "com.atproto.server.createSession", json=body))
        session = body_of(answer)
    except (Refused, RetryLater) as error:
        if service != ENTRYWAY:
            _check_is_there(error)
        raise
    tokens = _tokens(session, service)
    try:
        _check_usable(answer, session, tokens)
    except PlatformError:
        with suppress(PlatformError):
            revoke(client, None, tokens)
        raise
    return tokens


def _typed_service(typed: str) -> str:
    """The origin that a person typed, with or without its scheme. The door judges the host."""
    address = typed if "://" in typed else f"https://{typed}"
    try:
        origin = origin_of(address)
    except HostRefused as error:
        raise _bad_service(str(error)) from None
    if address.partition("://")[2].partition("/")[2] or set("?#") & set(address):
        raise _bad_service("Only the host is needed, without a path.")
    return str(origin)


def _found_service(client: Client, identifier: str) -> str:
    """Bluesky's own where nothing else is known of an account: an e-mail address, say, is known there alone. A server
    that we may not call is no reason to tell Bluesky the password that was made on it."""
    try:
        return server_of(client, identifier) or ENTRYWAY
    except Refused as error:
        raise _bad_service(str(error)) from None
    except RetryLater:
        return ENTRYWAY


def _check_is_there(error: PlatformError) -> None:
    """Raises what is wrong with a service that is not Bluesky's own, unless its server itself has answered, or is away.
    A server of Bluesky's says in a word why it refuses, and sends nobody on."""
    if error.code == "host_refused":
        raise _bad_service(str(error)) from None
    if error.code == "dns_failed":
        raise _bad_service("There is no such host.", code="host_unreachable") from None
    if error.code in _NO_SERVER and error.platform_code is None:
        raise _bad_service("No Bluesky server answers there.", code="not_an_instance") from None


def _bad_service(detail: str, *, code: str = "host_refused") -> Invalid:
    return Invalid([FieldError("service", detail)], code=code)


def _may_be_somebody(identifier: str) -> bool:
    return identifier.startswith("did:") or "@" in identifier or HANDLE.fullmatch(identifier) is not None


def _normalised(identifier: str) -> str:
    """A handle is lower case and has no @; a DID or an e-mail address stays as it is. Whoever copies the address of
    their profile means the handle in it."""
    typed = "".join(c for c in identifier.strip() if c.isprintable()).removeprefix("@")
    typed = typed.removeprefix("https://").removeprefix(_PROFILES).rstrip("/") if _PROFILES in typed else typed
    return typed if typed.startswith("did:") or "@" in typed else typed.lower()


def _check_usable(answer: Answer, session: Mapping[str, Any], tokens: Tokens) -> None:
    """Raises why a session that was just made must not be kept."""
    if claims_of(tokens.access).get("scope") == _FULL_ACCESS:
        raise explained(Refused, answer, MAKE_APP_ONE, code="main_password_refused")
    if session.get("active") is False:
        status = str(session.get("status"))
        raise account_unavailable(answer, STATUSES.get(status, "account_unavailable"))


def _tokens(session: Mapping[str, Any], used: str) -> Tokens:
    """The pair of a session, and where its account lives."""
    access, renewal = token(session.get("accessJwt")), token(session.get("refreshJwt"))
    did, handle = matching(session.get("did"), DID), text(session.get("handle"), 253)
    if access is None or renewal is None or did is None or handle is None:
        raise unreadable()
    return Tokens(
        access=access,
        refresh=renewal,
        access_expires_at=_expiry(access),
        refresh_expires_at=_expiry(renewal),
        extra={"service": home_in(session.get("didDoc"), used) or used, "did": did, "handle": handle},
    )


def _expiry(jwt: str) -> datetime | None:
    seconds = count(claims_of(jwt).get("exp"))
    return from_epoch(seconds) if seconds and seconds < 10**11 else None


def refresh(client: Client, _app: App | None, tokens: Tokens) -> Tokens:
    """A new pair; of an account that has moved, from the server that its DID names now."""
    try:
        return _renewed(client, tokens)
    except ReconnectNeeded as refusal:
        moved_to = _moved_to(client, tokens) if refusal.code == MOVED else None
        if moved_to is not None:
            with suppress(ReconnectNeeded, Refused):  # that it does not take our session is no news
                return _renewed(client, replace(tokens, extra={**tokens.extra, "service": moved_to}))
        raise


def _moved_to(client: Client, tokens: Tokens) -> str | None:
    """Raises RetryLater where whoever would know is away."""
    with suppress(Refused):
        server = server_of(client, tokens.extra["did"])
        return server if server != tokens.extra["service"] else None
    return None


def _renewed(client: Client, tokens: Tokens) -> Tokens:
    """The body stays empty and has no type, or the server refuses it."""
    answer = client.call(session_request("refresh", "com.atproto.server.refreshSession", tokens, tokens.refresh))
    known = {name: tokens.extra[name] for name in ("did", "handle")}
    fresh = _tokens({**known, **body_of(answer)}, tokens.extra["service"])
    if fresh.extra["did"] != tokens.extra["did"]:
        raise unreadable("Bluesky answered with another account.")
    return fresh


def revoke(client: Client, _app: App | None, tokens: Tokens) -> None:
    """Delete the session. An access token in flight lives on until it expires (two hours at most).

    A session that is gone already is deleted as well as can be.
    """
    request = session_request("revoke", "com.atproto.server.deleteSession", tokens, tokens.refresh, expects_json=False)
    try:
        client.call(request)
    except ReconnectNeeded as error:
        if error.code != "token_revoked":
            raise
