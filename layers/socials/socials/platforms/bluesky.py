"""Bluesky: atproto XRPC with app password sessions. Source: https://docs.bsky.app and the lexicons of atproto."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from socials.models.parts import Part
from socials.models.readings import Identity, Metrics, Portion, Post, ProfileReading, Tokens
from socials.platforms.atproto import HANDLE
from socials.platforms.base import AppPassword, Client, Json, Platform, Session
from socials.platforms.bluesky_calls import SLUG, explain, read_request
from socials.platforms.bluesky_sessions import log_in, refresh, revoke
from socials.platforms.facts import Facts, RevocationHelp
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
    unreadable,
    web_url,
)

WEB = "https://bsky.app/profile"
PAGE_SIZE = 100

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

FACTS = Facts(
    slug=SLUG,
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


def identify(client: Client, tokens: Tokens) -> tuple[Identity, ...]:
    return (_profile(client, tokens).identity,)


def read_profile(client: Client, session: Session, _cursor: str | None) -> Portion:
    """`posts_total` stays unknown: `postsCount` also counts replies."""
    reading = _profile(client, session.tokens)
    if reading.identity.platform_account_id != session.platform_account_id:
        raise unreadable("Bluesky answered with another account.")
    return Portion(profile=reading)


def _profile(client: Client, tokens: Tokens) -> ProfileReading:
    did = tokens.extra["did"]
    body = body_of(client.call(read_request("profile", "app.bsky.actor.getProfile", tokens, (("actor", did),))))
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
    body = body_of(client.call(read_request("posts", "app.bsky.feed.getAuthorFeed", session.tokens, query)))
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


BLUESKY = Platform(
    facts=FACTS,
    connect=AppPassword(log_in=log_in),
    identify=identify,
    refresh=refresh,
    revoke=revoke,
    parts={Part.PROFILE: read_profile, Part.POSTS: read_posts},
    explain=explain,
)
