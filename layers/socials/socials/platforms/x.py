"""X API v2 with OAuth 2.0 user tokens. Source: https://docs.x.com/x-api and X's OpenAPI descriptions 2.166 and 2.167.

X renamed parameters and fields between the two. We send the old name, which every page of the documentation has, and
the new one where X refuses it; both spellings of every answer are read.

Unconfirmed, and so read with care: a revoke of a token that X does not know is answered with 400; the large picture is
at the address of the small one with another ending.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from socials.errors import AccessRefused, NotOffered, ReconnectNeeded, Refused, RetryLater
from socials.models.parts import Part
from socials.models.readings import Identity, Metrics, Portion, Post, ProfileReading, Tokens
from socials.platforms.base import App, Client, Code, Consent, OAuth, Platform, Query, Request, Session
from socials.platforms.facts import Facts, RevocationHelp
from socials.platforms.oauth import consent_url, tokens_from
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
from socials.platforms.x_errors import FIELDS, NEW_FIELDS, explain
from socials.values import replace

AUTHORIZE = "https://x.com/i/oauth2/authorize"
API = "https://api.x.com/2"
PAGE_SIZE = 100
# X tells an owner's private numbers of a post for 30 days.
PRIVATE_FOR = timedelta(days=30)

_ID = re.compile(r"\d{1,19}")
_USERNAME = re.compile(r"[A-Za-z0-9_]{1,50}")
_SMALL_PICTURE = re.compile(r"(https://pbs\.twimg\.com/profile_images/.+)_normal(\.[a-z]{3,4})")
_MEDIA = {"photo": "image", "video": "video", "animated_gif": "gif"}

# `backfill_posts`: a read post costs our app $0.005, read again on the same day nothing.
FACTS = Facts(
    slug="x",
    name="X",
    connect="oauth",
    metrics=frozenset({"followers", "impressions", "likes", "comments", "saves", "shares", "clicks", "views"}),
    revokes="token",
    revocation=RevocationHelp(
        url="https://x.com/settings/connected_apps",
        steps=(
            "Open More, then Settings and privacy, then Security and account access, on X.",
            "Open Apps and sessions, then Connected apps, and choose PostLoudly.",
            "Choose Revoke app permissions.",
        ),
        checked_on="2026-11-22",
    ),
    needed_scopes=("tweet.read", "users.read", "offline.access"),
    publish_scopes=("tweet.write", "media.write"),
    part_scopes={
        Part.PROFILE: frozenset({"tweet.read", "users.read"}),
        Part.POSTS: frozenset({"tweet.read", "users.read"}),
    },
    backfill_posts=100,
    revisit_days=PRIVATE_FOR.days,
)


# Connecting ----------------------------------------------------------------------------------------------------


def authorize(app: App, consent: Consent) -> str:
    return consent_url(AUTHORIZE, app, consent, FACTS.asked_scopes, pkce=True)


def exchange(client: Client, app: App, code: Code) -> Tokens:
    """The code lives for about 30 seconds."""
    form = {
        "grant_type": "authorization_code",
        "code": code.code,
        "redirect_uri": code.redirect_uri,
        "code_verifier": code.verifier,
    }
    return tokens_from(client.call(_token_call("exchange", "token", app, form)))


def refresh(client: Client, app: App | None, tokens: Tokens) -> Tokens:
    """Rotates: the token that is sent is dead from then on, and sending it twice may end the whole grant."""
    if app is None:
        raise RetryLater("Our registration with X is not configured.", code="not_configured")
    if tokens.refresh is None:
        raise ReconnectNeeded("There is nothing to renew the access with.", code="token_revoked", platform=FACTS.slug)
    form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
    return tokens_from(client.call(_token_call("refresh", "token", app, form)))


def revoke(client: Client, app: App | None, tokens: Tokens) -> None:
    """Ends one token a call: the one that could make new ones goes first. One that X does not know is ended already; a
    refusal of one keeps the other from nothing."""
    if app is None:
        raise RetryLater("Our registration with X is not configured.", code="not_configured")
    refused: Refused | None = None
    try:
        for token in (tokens.refresh, tokens.access):
            if token is None:
                continue
            try:
                client.call(replace(_token_call("revoke", "revoke", app, {"token": token}), expects_json=False))
            except Refused as error:
                refused = refused if error.http_status in (400, 404) else error
        if refused is not None:
            raise refused
    finally:  # no circle with this frame
        del refused


def _token_call(call: str, path: str, app: App, form: Mapping[str, str]) -> Request:
    basic = (app.client_id, app.client_secret)
    return Request(call=call, method="POST", url=f"{API}/oauth2/{path}", form=form, basic=basic)


def identify(client: Client, tokens: Tokens) -> tuple[Identity, ...]:
    return (_profile(client, tokens).identity,)


# Parts ---------------------------------------------------------------------------------------------------------


def read_profile(client: Client, session: Session, _cursor: str | None) -> Portion:
    """`posts_total` stays unknown: X also counts reposts, which the list leaves out."""
    reading = _profile(client, session.tokens)
    if reading.identity.platform_account_id != session.platform_account_id:
        raise unreadable("X answered with another account.")
    return Portion(profile=reading)


def _profile(client: Client, tokens: Tokens) -> ProfileReading:
    query = (("user.fields", "id,name,username,profile_image_url,public_metrics"),)
    user = inner(body_of(client.call(_get("profile", "/users/me", tokens, query))), "data")
    account_id, username = matching(user.get("id"), _ID), matching(user.get("username"), _USERNAME)
    if account_id is None or username is None:
        raise unreadable()
    identity = Identity(
        platform_account_id=account_id,
        username=username,
        display_name=text(user.get("name")) or username,
        avatar_url=_picture(user.get("profile_image_url")),
        profile_url=f"https://x.com/{username}",
    )
    return ProfileReading(identity=identity, followers=count(inner(user, "public_metrics").get("followers_count")))


def _picture(value: object) -> str | None:
    """X names the picture of 48 pixels; the one of 400 lies beside it."""
    url = web_url(value)
    small = _SMALL_PICTURE.fullmatch(url) if url else None
    return f"{small[1]}_400x400{small[2]}" if small else url


def read_posts(client: Client, session: Session, cursor: str | None) -> Portion:
    """A page of posts in two passes: public numbers of all, then the private ones of those that still have them.

    Asked for in one, X would leave out every post that has none. Reposts belong to others and are never asked for.
    """
    query = [("max_results", str(PAGE_SIZE)), ("exclude", "retweets")]
    query += [("pagination_token", cursor)] if cursor else []
    query += [("expansions", "attachments.media_keys"), ("media.fields", "type,public_metrics")]
    path = f"/users/{session.platform_account_id}/tweets"
    body = _with_fields(client, "posts", path, session.tokens, query, "created_at,text,attachments,public_metrics")
    media = {item.get("media_key"): item for item in _media_of(body) if isinstance(item.get("media_key"), str)}
    read = (_post(item, media, session.username) for item in _listed(body))
    posts = {post.post_id: post for post in read if post is not None}
    clicks = _clicks(client, session, [p.post_id for p in posts.values() if client.now - p.published_at < PRIVATE_FOR])
    return Portion(
        posts=tuple(_clicked(post, clicks.get(post_id)) for post_id, post in posts.items()),
        cursor=next_cursor(inner(body, "meta").get("next_token"), cursor),
    )


def _with_fields(
    client: Client, call: str, path: str, tokens: Tokens, query: Iterable[tuple[str, str]], fields: str
) -> Mapping[str, Any]:
    try:
        return body_of(client.call(_get(call, path, tokens, (*query, (FIELDS, fields)))))
    except Refused as error:
        if error.code != "parameter_refused":
            raise
    return body_of(client.call(_get(call, path, tokens, (*query, (NEW_FIELDS, fields)))))


def _listed(body: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """A page without posts comes without the list."""
    if "data" not in body and count(inner(body, "meta").get("result_count")) == 0:
        return ()
    return items_of(body, "data", PAGE_SIZE)


def _media_of(body: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    includes = inner(body, "includes")
    return items_of(includes, "media", 4 * PAGE_SIZE) if isinstance(includes.get("media"), list) else ()


def _post(item: Mapping[str, Any], media: Mapping[Any, Mapping[str, Any]], username: str) -> Post | None:
    post_id, created = matching(item.get("id"), _ID), moment(item.get("created_at"))
    if post_id is None or created is None:
        return None
    keys = inner(item, "attachments").get("media_keys")
    attached = [media[key] for key in keys if isinstance(key, str) and key in media] if isinstance(keys, list) else []
    public = inner(item, "public_metrics")
    reposts, quotes = count(public.get("repost_count", public.get("retweet_count"))), count(public.get("quote_count"))
    return Post(
        post_id=post_id,
        published_at=created,
        permalink=f"https://x.com/{username}/status/{post_id}",
        title=text(item.get("text"), TITLE_LENGTH),
        media_type="gallery" if len(attached) > 1 else _MEDIA.get(str(attached[0].get("type"))) if attached else None,
        metrics=Metrics(
            impressions=count(public.get("impression_count")),
            likes=count(public.get("like_count")),
            comments=count(public.get("reply_count")),
            saves=count(public.get("bookmark_count")),
            shares=None if reposts is None or quotes is None else reposts + quotes,
            views=_views(attached),
        ),
    )


def _views(attached: Iterable[Mapping[str, Any]]) -> int | None:
    """Views of the post's videos; X counts a video over all posts that show it."""
    known = [count(inner(one, "public_metrics").get("view_count")) for one in attached if one.get("type") == "video"]
    numbers = [views for views in known if views is not None]
    return sum(numbers) if numbers and len(numbers) == len(known) else None


def _clicks(client: Client, session: Session, post_ids: list[str]) -> dict[str, int]:
    """Clicks by post. X leaves out, under `errors`, whatever it tells nobody. A refusal or a failure costs the clicks
    only: the posts, which cost money, have come already."""
    if not post_ids:
        return {}
    query = (("ids", ",".join(post_ids)),)
    try:
        body = _with_fields(client, "clicks", "/tweets", session.tokens, query, "non_public_metrics")
    except (Refused, NotOffered, AccessRefused):
        return {}
    except RetryLater as error:
        if error.holds_for_every_call:
            raise
        return {}
    listed = items_of(body, "data", PAGE_SIZE) if isinstance(body.get("data"), list) else ()
    read = ((item.get("id"), count(inner(item, "non_public_metrics").get("url_link_clicks"))) for item in listed)
    return {post_id: clicks for post_id, clicks in read if isinstance(post_id, str) and clicks is not None}


def _clicked(post: Post, clicks: int | None) -> Post:
    return replace(post, metrics=replace(post.metrics, clicks=clicks))


def _get(call: str, path: str, tokens: Tokens, query: Query = ()) -> Request:
    return Request(call=call, method="GET", url=API + path, query=tuple(query), bearer=tokens.access)


X = Platform(
    facts=FACTS,
    connect=OAuth(authorize=authorize, exchange=exchange),
    identify=identify,
    refresh=refresh,
    revoke=revoke,
    parts={Part.PROFILE: read_profile, Part.POSTS: read_posts},
    explain=explain,
)
