"""Mastodon API, on any server that a person names. Source: https://docs.joinmastodon.org (4.7) and the contract's notes
on GoToSocial, Pleroma and Akkoma.

Careful readings: a person who authorizes twice may get the same token, so a revoke is taken to end all their grants.
Pixelfed's coarse scopes cannot be asked for, as a registration does not carry its scopes; such a server is refused by
name.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from socials.errors import PlatformError, ReconnectNeeded, Refused, RetryLater
from socials.models.parts import Part
from socials.models.readings import Identity, Metrics, Portion, Post, ProfileReading, Tokens
from socials.platforms.base import Answer, App, Client, Code, Consent, InstanceOAuth, Platform, Query, Request, Session
from socials.platforms.facts import Facts, RevocationHelp
from socials.platforms.instances import asked, named, pointed_to, refused
from socials.platforms.mastodon_errors import explain
from socials.platforms.oauth import consent_url, tokens_from
from socials.platforms.untrusted import (
    TITLE_LENGTH,
    body_of,
    count,
    inner,
    matching,
    moment,
    next_cursor,
    text,
    token,
    unreadable,
    web_url,
)
from socials.values import replace

PAGE_SIZE = 40

_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}")
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")
_USERNAME = re.compile(r"[\w.-]{1,100}")
_ACCT = re.compile(r"[\w.-]{1,100}(?:@[a-z0-9.-]{1,253})?", re.IGNORECASE)
_NEXT = re.compile(r'<([^<>]{1,2048})>\s*;[^,<]{0,100}\brel="?next\b', re.IGNORECASE)
_PREVIOUS = re.compile(r'\brel="?prev\b', re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"<br\s*/?>|</p>", re.IGNORECASE)
_MEDIA = {"image": "image", "video": "video", "gifv": "video", "audio": "audio"}

FACTS = Facts(
    slug="mastodon",
    name="Mastodon",
    connect="instance_oauth",
    metrics=frozenset({"followers", "likes", "comments", "shares"}),
    revokes="person",
    revocation=RevocationHelp(
        url="https://docs.joinmastodon.org/user/preferences/",
        steps=(
            "Open your own server and go to Preferences, then Account, then Authorized applications.",
            "Find PostLoudly in the list.",
            "Choose Revoke beside it.",
        ),
        checked_on="2026-11-22",
        instance_path="/oauth/authorized_applications",
    ),
    needs_app=False,
    needed_scopes=("read:accounts", "read:statuses"),
    publish_scopes=("write:statuses", "write:media"),
    part_scopes={Part.PROFILE: frozenset({"read:accounts"}), Part.POSTS: frozenset({"read:statuses"})},
    # Mastodon's tokens have no end; what other software gives without a refresh token ends when it says.
    grant_ends=True,
    # 40 a page, and 300 pages in 15 minutes for everything that a person does on their server.
    backfill_posts=4_000,
)


# Connecting ----------------------------------------------------------------------------------------------------


def find(client: Client, typed: str) -> str:
    """The host where the API answers. Raises Invalid (field `instance`), RetryLater while the server is away.

    The web site of a domain may be down, or refuse programs, where its WebFinger answers.
    """
    said, away = named(typed), None
    try:
        if _is_server(client, said.host):
            return said.host
    except RetryLater as error:
        if said.user is None or error.code != RetryLater.code:
            raise
        away = error
    elsewhere = pointed_to(client, said)
    if elsewhere is not None and elsewhere != said.host and _is_server(client, elsewhere):
        return elsewhere
    raise away or refused("No Mastodon server answers there.", "not_an_instance")


def _is_server(client: Client, host: str) -> bool:
    """Servers before 4.0 and other software have version 1 only."""
    for path in ("/api/v2/instance", "/api/v1/instance"):
        body = inner({"said": asked(client, "instance", host, path)}, "said")
        version = text(body.get("version"))
        if version is not None and "pixelfed" in version.lower():
            raise refused("Pixelfed servers cannot be connected yet.", "software_not_supported")
        if version is not None:
            return True
    return False


def register(client: Client, host: str, redirect_uri: str) -> App:
    """One address as text, not a list of them: only 4.3 and later take a list."""
    form = {
        "client_name": "PostLoudly",
        "redirect_uris": redirect_uri,
        "scopes": " ".join(FACTS.asked_scopes),
        "website": "/".join(redirect_uri.split("/")[:3]),
    }
    body = body_of(client.call(_form("register", host, "/api/v1/apps", form)))
    client_id, client_secret = token(body.get("client_id")), token(body.get("client_secret"))
    if client_id is None or client_secret is None:
        raise unreadable()
    return App(client_id, client_secret)


def authorize(app: App, consent: Consent) -> str:
    """A new connection asks for a login, or a second account of the same server could never be added."""
    base, more = f"https://{consent.instance}/oauth/authorize", () if consent.reconnect else (("force_login", "true"),)
    return consent_url(base, app, consent, FACTS.asked_scopes, pkce=True, more=more)


def exchange(client: Client, app: App, code: Code) -> Tokens:
    """Raises Refused `app_unknown` where the server forgot our registration."""
    form = {
        "grant_type": "authorization_code",
        "code": code.code,
        "redirect_uri": code.redirect_uri,
        "code_verifier": code.verifier,
    }
    tokens = _tokens(client, app, "exchange", form, {"instance": str(code.instance)})
    return replace(tokens, extra={**tokens.extra, **_whose(client, tokens)})


def _whose(client: Client, tokens: Tokens) -> Mapping[str, str]:
    """Whom a revoke cuts off, and the domain of their name, so far as the server tells now: the code is spent."""
    known = {}
    with suppress(PlatformError):
        known["person"] = _profile(client, tokens).identity.platform_account_id
        domain = body_of(client.call(_get("instance", tokens, "/api/v2/instance"))).get("domain")
        if matching(domain, _DOMAIN) and tokens.extra["instance"].endswith(f".{domain}"):
            known["domain"] = str(domain)
    return known


def refresh(client: Client, app: App | None, tokens: Tokens) -> Tokens:
    """Only Pleroma and its kind end tokens and renew them; Mastodon's have no end."""
    if tokens.refresh is None:
        raise ReconnectNeeded("The server no longer accepts our access.", code="token_revoked", platform=FACTS.slug)
    form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
    return _tokens(client, app, "refresh", form, tokens.extra)


def revoke(client: Client, app: App | None, tokens: Tokens) -> None:
    """Both tokens where a server gives two: the one that could make new ones goes first. The tokens of a registration
    that the server has forgotten are dead already."""
    credentials = _credentials(app)
    try:
        for token in filter(None, (tokens.refresh, tokens.access)):
            client.call(_form("revoke", tokens.extra["instance"], "/oauth/revoke", {**credentials, "token": token}))
    except Refused as error:
        if error.code != "app_unknown":
            raise


def _credentials(app: App | None) -> dict[str, str]:
    if app is None:
        raise RetryLater("Our registration with this server is not at hand.", code="not_configured")
    return {"client_id": app.client_id, "client_secret": app.client_secret}


def _tokens(client: Client, app: App | None, call: str, form: dict[str, str], extra: Mapping[str, str]) -> Tokens:
    answer = client.call(_form(call, extra["instance"], "/oauth/token", _credentials(app) | form))
    tokens = tokens_from(answer, extra=extra)
    given = tokens.scopes or (FACTS.asked_scopes if call == "exchange" else ())
    return replace(tokens, scopes=tuple(dict.fromkeys((*given, *_inside(given)))))


def _inside(given: tuple[str, ...]) -> Iterator[str]:
    """What the coarse scopes `read` and `write` contain of what we ask for."""
    return (scope for scope in FACTS.asked_scopes if scope.partition(":")[0] in given)


def identify(client: Client, tokens: Tokens) -> tuple[Identity, ...]:
    return (_profile(client, tokens).identity,)


# Parts ---------------------------------------------------------------------------------------------------------


def read_profile(client: Client, session: Session, _cursor: str | None) -> Portion:
    """`posts_total` stays unknown: `statuses_count` also counts replies and boosts."""
    reading = _profile(client, session.tokens)
    if reading.identity.platform_account_id != session.platform_account_id:
        raise unreadable("The server answered with another account.")
    return Portion(profile=reading)


def _profile(client: Client, tokens: Tokens) -> ProfileReading:
    """An id means something on its own server only, so the host is before it."""
    host = tokens.extra["instance"]
    body = body_of(client.call(_get("profile", tokens, "/api/v1/accounts/verify_credentials")))
    account_id, username = matching(body.get("id"), _ID), matching(body.get("username"), _USERNAME)
    if account_id is None or username is None:
        raise unreadable()
    domain = tokens.extra.get("domain", host)
    identity = Identity(
        platform_account_id=f"{host}/{account_id}",
        username=f"{username}@{domain}",
        display_name=text(body.get("display_name")) or username,
        avatar_url=web_url(body.get("avatar_static")) or web_url(body.get("avatar")),
        profile_url=web_url(body.get("url")) or f"https://{host}/@{username}",
    )
    followers, moved_to = count(body.get("followers_count")), _moved_to(body, domain)
    return ProfileReading(identity=identity, followers=followers, moved_to=moved_to)


def _moved_to(body: Mapping[str, Any], domain: str) -> str | None:
    """Whom the person says to follow instead. An account of the same server comes without its domain."""
    acct = matching(inner(body, "moved").get("acct"), _ACCT)
    if acct is None:
        return None
    return f"@{acct}" if "@" in acct else f"@{acct}@{domain}"


def read_posts(client: Client, session: Session, cursor: str | None) -> Portion:
    """The account's own posts, without replies, boosts and what was sent to single people."""
    host = session.tokens.extra["instance"]
    account_id = session.platform_account_id.removeprefix(f"{host}/")
    query = [("limit", str(PAGE_SIZE)), ("exclude_reblogs", "true"), ("exclude_replies", "true")]
    query += [("max_id", cursor)] if cursor else []
    answer = client.call(_get("posts", session.tokens, f"/api/v1/accounts/{account_id}/statuses", tuple(query)))
    if not isinstance(answer.json, list):
        raise unreadable()
    listed = answer.json[:PAGE_SIZE]
    posts = {post.post_id: post for item in listed if (post := _post(item, session))}
    return Portion(posts=tuple(posts.values()), cursor=next_cursor(_next(answer, host), cursor))


def _next(answer: Answer, host: str) -> str | None:
    """`max_id` of the header's next link; where a server or a proxy sends no header of use, the id of the last post.
    Of no use are links that lead to no page: what stands before a server adds some."""
    link = answer.headers.get("link", "")
    found = _NEXT.search(link)
    if not answer.json or (found is None and _PREVIOUS.search(link)):
        return None
    if found is not None and found[1].startswith(f"https://{host}/"):
        linked = parse_qs(urlsplit(found[1]).query).get("max_id", [""])[0]
        if matching(linked, _ID):
            return linked
    last = answer.json[:PAGE_SIZE][-1]
    position = matching(last.get("id"), _ID) if isinstance(last, dict) else None
    if position is None:
        raise unreadable()
    return position


def _post(item: Any, session: Session) -> Post | None:
    body: Mapping[str, Any] = item if isinstance(item, dict) else {}
    post_id, created = matching(body.get("id"), _ID), moment(body.get("created_at"))
    if post_id is None or created is None or body.get("reblog") or body.get("visibility") == "direct":
        return None
    user, host = session.username.partition("@")[0], session.tokens.extra["instance"]
    return Post(
        post_id=post_id,
        published_at=created,
        permalink=web_url(body.get("url")) or web_url(body.get("uri")) or f"https://{host}/@{user}/{post_id}",
        title=text(body.get("spoiler_text"), TITLE_LENGTH) or _plain(body.get("content")),
        media_type=_media_type(body.get("media_attachments")),
        metrics=Metrics(
            likes=count(body.get("favourites_count")),
            comments=count(body.get("replies_count")),
            shares=_shares(body),
        ),
    )


def _shares(body: Mapping[str, Any]) -> int | None:
    """Boosts, and quotes where the server counts them (4.5)."""
    boosts, quotes = count(body.get("reblogs_count")), count(body.get("quotes_count"))
    return None if boosts is None else boosts + (quotes or 0)


def _plain(content: object) -> str | None:
    """Behind the last `>` no tag ends: to look there for the end of each `<` would take a server's text of nothing else
    a tenth of a second, while nobody else's account in the same process gets on."""
    if not isinstance(content, str):
        return None
    marked, end, rest = _BREAK.sub(" ", content[:20_000]).rpartition(">")
    return text(unescape(_TAG.sub("", marked + end) + rest), TITLE_LENGTH)


def _media_type(attached: object) -> str | None:
    if not isinstance(attached, list) or not attached:
        return "text"
    first = attached[0].get("type") if isinstance(attached[0], dict) else None
    return "gallery" if len(attached) > 1 else _MEDIA.get(str(first))


def _get(call: str, tokens: Tokens, path: str, query: Query = ()) -> Request:
    url = f"https://{tokens.extra['instance']}{path}"
    return Request(call=call, method="GET", url=url, query=query, bearer=tokens.access, guarded=True)


def _form(call: str, host: str, path: str, form: Mapping[str, str]) -> Request:
    return Request(call=call, method="POST", url=f"https://{host}{path}", form=form, guarded=True)


MASTODON = Platform(
    facts=FACTS,
    connect=InstanceOAuth(find=find, register=register, authorize=authorize, exchange=exchange),
    identify=identify,
    refresh=refresh,
    revoke=revoke,
    parts={Part.PROFILE: read_profile, Part.POSTS: read_posts},
    explain=explain,
)
