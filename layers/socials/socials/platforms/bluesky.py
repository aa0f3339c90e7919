"""Bluesky: atproto XRPC with app password sessions. Source: https://docs.bsky.app and the lexicons of atproto."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal

from socials.clock import from_epoch
from socials.errors import (
    AccessRefused,
    FieldError,
    Invalid,
    PlatformError,
    ReconnectNeeded,
    Refused,
    RetryLater,
)
from socials.models.parts import Part
from socials.models.readings import Identity, Metrics, Portion, Post, ProfileReading, Tokens
from socials.platforms.atproto import DID, ENTRYWAY, HANDLE, home_in, server_of
from socials.platforms.base import Answer, App, AppPassword, Client, Json, Login, Platform, Query, Request, Session
from socials.platforms.explaining import code_of, explained, limited
from socials.platforms.facts import Facts, RevocationHelp
from socials.platforms.guard import HostRefused, origin_of
from socials.platforms.oauth import claims_of
from socials.platforms.untrusted import (
    TITLE_LENGTH,
    body_of,
    count,
    inner,
    items_of,
    matching,
    moment,
    next_cursor,
    text,
    token,
    unreadable,
    web_url,
)
from socials.values import replace

WEB = "https://bsky.app/profile"
PAGE_SIZE = 100

_FULL_ACCESS = "com.atproto.access"
_POST_URI = re.compile(r"at://(did:[^/]+)/app\.bsky\.feed\.post/([A-Za-z0-9._:~-]{1,512})")
_REPOST = "app.bsky.feed.defs#reasonRepost"
_WITH_MEDIA = "app.bsky.embed.recordWithMedia#view"
_MEDIA = {
    "app.bsky.embed.images#view": "image",
    "app.bsky.embed.video#view": "video",
    "app.bsky.embed.gallery#view": "gallery",
    "app.bsky.embed.external#view": "link",
    "app.bsky.embed.record#view": "quote",
}

_MAKE_APP_ONE = "That is the account's main password. Make an app password on Bluesky and use that."

FACTS = Facts(
    slug="bluesky",
    name="Bluesky",
    connect="app_password",
    metrics=frozenset({"followers", "likes", "comments", "shares", "saves"}),
    revokes="token",
    revocation=RevocationHelp(
        url="https://bsky.app/settings/app-passwords",
        steps=(
            "Open Settings, then Privacy and security, then App passwords, on Bluesky.",
            "Find the app password that was made for PostLoudly.",
            "Choose the bin beside it.",
        ),
        checked_on="2026-11-22",
    ),
    needs_app=False,
)


# Connecting ----------------------------------------------------------------------------------------------------


def log_in(client: Client, login: Login) -> Tokens:
    """A session made from an app password. The main password is refused, and its session deleted at once.

    Without a service that of the account itself is found. Raises Invalid (field `service`) for one that cannot be
    called.
    """
    typed, identifier = (login.service or "").strip(), _normalised(login.identifier)
    service = _typed_service(typed) if typed else _found_service(client, identifier)
    if service == ENTRYWAY and identifier and set(".:@").isdisjoint(identifier):  # as Bluesky's own app takes it
        identifier = f"{identifier}.bsky.social"
    body = {"identifier": identifier, "password": login.password.strip()}
    try:
        answer = client.call(_request("log_in", "POST", service, "com.atproto.server.createSession", json=body))
    except Refused as error:
        if service != ENTRYWAY and error.code == "host_refused":
            raise _bad_service(str(error)) from None
        raise
    except RetryLater as error:
        if service != ENTRYWAY and error.code == "dns_failed":
            raise _bad_service("There is no such host.", code="host_unreachable") from None
        raise
    session = body_of(answer)
    tokens = _tokens(session, service)
    if (reason := _unusable(answer, session, tokens)) is not None:
        with suppress(PlatformError):
            revoke(client, None, tokens)
        raise reason
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


def _bad_service(detail: str, *, code: str = "host_refused") -> Invalid:
    return Invalid([FieldError("service", detail)], code=code)


def _normalised(identifier: str) -> str:
    """A handle is lower case and has no @; a DID or an e-mail address stays as it is."""
    typed = "".join(c for c in identifier.strip() if c.isprintable()).removeprefix("@")
    return typed if typed.startswith("did:") or "@" in typed else typed.lower()


def _unusable(answer: Answer, session: Mapping[str, Any], tokens: Tokens) -> PlatformError | None:
    """Why a session that was just made must not be kept."""
    if claims_of(tokens.access).get("scope") == _FULL_ACCESS:
        return explained(Refused, answer, _MAKE_APP_ONE, code="main_password_refused")
    if session.get("active") is False:
        status = str(session.get("status"))
        return _account_unavailable(answer, _STATUSES.get(status, "account_unavailable"))
    return None


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
        moved_to = _moved_to(client, tokens) if refusal.code == _MOVED else None
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
    answer = client.call(_session_request("refresh", "com.atproto.server.refreshSession", tokens, tokens.refresh))
    known = {name: tokens.extra[name] for name in ("did", "handle")}
    fresh = _tokens({**known, **body_of(answer)}, tokens.extra["service"])
    if fresh.extra["did"] != tokens.extra["did"]:
        raise unreadable("Bluesky answered with another account.")
    return fresh


def revoke(client: Client, _app: App | None, tokens: Tokens) -> None:
    """Delete the session. An access token in flight lives on until it expires (two hours at most).

    A session that is gone already is deleted as well as can be.
    """
    request = _session_request("revoke", "com.atproto.server.deleteSession", tokens, tokens.refresh, expects_json=False)
    try:
        client.call(request)
    except ReconnectNeeded as error:
        if error.code != "token_revoked":
            raise


def identify(client: Client, tokens: Tokens) -> tuple[Identity, ...]:
    return (_profile(client, tokens).identity,)


# Parts ---------------------------------------------------------------------------------------------------------


def read_profile(client: Client, session: Session, _cursor: str | None) -> Portion:
    """`posts_total` stays unknown: `postsCount` also counts replies."""
    reading = _profile(client, session.tokens)
    if reading.identity.platform_account_id != session.platform_account_id:
        raise unreadable("Bluesky answered with another account.")
    return Portion(profile=reading)


def _profile(client: Client, tokens: Tokens) -> ProfileReading:
    did = tokens.extra["did"]
    body = body_of(client.call(_read("profile", "app.bsky.actor.getProfile", tokens, (("actor", did),))))
    handle = text(body.get("handle"), 253)
    if body.get("did") != did or handle is None:
        raise unreadable()
    identity = Identity(
        platform_account_id=did,
        username=handle,
        display_name=text(body.get("displayName")) or handle,
        avatar_url=web_url(body.get("avatar")),
        profile_url=f"{WEB}/{handle if HANDLE.fullmatch(handle) and handle != 'handle.invalid' else did}",
    )
    return ProfileReading(identity=identity, followers=count(body.get("followersCount")))


def read_posts(client: Client, session: Session, cursor: str | None) -> Portion:
    """The account's own posts, without replies and without what it reposted of others."""
    did = session.platform_account_id
    query = [("actor", did), ("filter", "posts_no_replies"), ("limit", str(PAGE_SIZE))]
    query += [("cursor", cursor)] if cursor else []
    body = body_of(client.call(_read("posts", "app.bsky.feed.getAuthorFeed", session.tokens, query)))
    read = (_post(item, did) for item in items_of(body, "feed", PAGE_SIZE))
    posts = {post.post_id: post for post in read if post is not None}
    return Portion(posts=tuple(posts.values()), cursor=next_cursor(body.get("cursor"), cursor))


def _post(item: Mapping[str, Any], did: str) -> Post | None:
    """None for what is not the account's own post. A pinned post comes twice under the same id."""
    view = inner(item, "post")
    uri = matching(view.get("uri"), _POST_URI)
    found = _POST_URI.fullmatch(uri) if uri else None
    published_at = _published_at(view)
    if found is None or found[1] != did or published_at is None or inner(item, "reason").get("$type") == _REPOST:
        return None
    reposts, quotes = count(view.get("repostCount")), count(view.get("quoteCount"))
    return Post(
        post_id=found[0],
        published_at=published_at,
        permalink=f"{WEB}/{did}/post/{found[2]}",
        title=text(inner(view, "record").get("text"), TITLE_LENGTH),
        media_type=_media_type(view.get("embed")),
        metrics=Metrics(
            likes=count(view.get("likeCount")),
            comments=count(view.get("replyCount")),
            shares=None if reposts is None or quotes is None else reposts + quotes,
            saves=count(view.get("bookmarkCount")),
        ),
    )


def _published_at(view: Mapping[str, Any]) -> datetime | None:
    """The author's time, unless it is none or later than the time at which the post was seen: then that."""
    written, seen = moment(inner(view, "record").get("createdAt")), moment(view.get("indexedAt"))
    return min(written, seen) if written and seen else written or seen


def _media_type(embed: Json) -> str | None:
    if embed is None:
        return "text"
    shown: Mapping[str, Any] = embed if isinstance(embed, dict) else {}
    if shown.get("$type") == _WITH_MEDIA:
        shown = inner(shown, "media")
    return _MEDIA.get(str(shown.get("$type")))


# Requests ------------------------------------------------------------------------------------------------------


def _read(call: str, name: str, tokens: Tokens, query: Query) -> Request:
    return _request(call, "GET", tokens.extra["service"], name, query=tuple(query), bearer=tokens.access)


def _session_request(call: str, name: str, tokens: Tokens, bearer: str | None, expects_json: bool = True) -> Request:
    if bearer is None:
        raise ReconnectNeeded("There is no session to renew.", code="token_revoked", platform=FACTS.slug)
    return _request(call, "POST", tokens.extra["service"], name, bearer=bearer, expects_json=expects_json)


def _request(
    call: str,
    method: Literal["GET", "POST"],
    service: str,
    name: str,
    *,
    query: Query = (),
    json: Json | None = None,
    bearer: str | None = None,
    expects_json: bool = True,
) -> Request:
    """Every host but our own default was named by a person or by a document that a person controls: guarded."""
    return Request(
        call=call,
        method=method,
        url=f"{service}/xrpc/{name}",
        query=query,
        json=json,
        bearer=bearer,
        guarded=service != ENTRYWAY,
        expects_json=expects_json,
    )


# Errors --------------------------------------------------------------------------------------------------------

_STATUSES = {
    "takendown": "account_taken_down",
    "suspended": "account_suspended",
    "deactivated": "account_deactivated",
}
_UNAVAILABLE = {
    "AccountDeactivated": "account_deactivated",
    "AccountSuspended": "account_suspended",
}
_DEAD_TOKEN = frozenset({"ExpiredToken", "InvalidToken"})
_SESSION_CALLS = frozenset({"refresh", "revoke"})
_MOVED = "account_moved"


def explain(call: str, answer: Answer) -> PlatformError | None:
    """By `error` of the body. Token errors are 400 here, not 401."""
    error = code_of(answer)
    if not 400 <= answer.status < 500:
        return None
    if answer.status == 429 or error == "RateLimitExceeded":
        return limited(answer)
    if error in _UNAVAILABLE:
        return _account_unavailable(answer, _UNAVAILABLE[error])
    if call == "log_in":
        return _explain_log_in(answer, error)
    return _explain_access(call, answer, error)


def _explain_log_in(answer: Answer, error: str | None) -> PlatformError | None:
    if error == "AccountTakedown":
        return _account_unavailable(answer, "account_taken_down")
    if error == "AuthFactorTokenRequired":  # app passwords are never asked for a second factor
        return explained(Refused, answer, _MAKE_APP_ONE, code="main_password_refused")
    if answer.status == 401:
        message = (
            "Bluesky did not accept this handle and app password. An account on a server of its own needs that server "
            "as the service."
        )
        return explained(Refused, answer, message, code="credentials_refused")
    return None


def _explain_access(call: str, answer: Answer, error: str | None) -> PlatformError | None:
    """Only what answers the refresh token is proof; an access token that is refused may just be old."""
    if error == "AccountTakedown" and answer.status == 401:
        return explained(ReconnectNeeded, answer, "Bluesky took this account down.", code="account_taken_down")
    if error == "AccountTakedown":  # from the AppView, with 400: it hides the account, the session lives
        return _account_unavailable(answer, "account_taken_down")
    if error == "AccountNotFound" and answer.status == 403:
        kind = ReconnectNeeded if call in _SESSION_CALLS else AccessRefused  # a renewal may find where it went
        return explained(kind, answer, "This account moved to another server.", code=_MOVED)
    if error in _DEAD_TOKEN and call in _SESSION_CALLS:
        return explained(ReconnectNeeded, answer, "Bluesky no longer accepts our session.", code="token_revoked")
    if (error in _DEAD_TOKEN or answer.status == 401) and call not in _SESSION_CALLS:
        return explained(AccessRefused, answer, "Bluesky did not accept the access token.")
    return None


def _account_unavailable(answer: Answer, code: str) -> Refused:
    return explained(Refused, answer, "This account is not available on Bluesky at the moment.", code=code)


BLUESKY = Platform(
    facts=FACTS,
    connect=AppPassword(log_in=log_in),
    identify=identify,
    refresh=refresh,
    revoke=revoke,
    parts={Part.PROFILE: read_profile, Part.POSTS: read_posts},
    explain=explain,
)
