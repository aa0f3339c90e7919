"""Threads API. Source: https://developers.facebook.com/documentation/threads/ and Meta's own Postman collection
(fbsamples/threads_api @ 44df04d4).

Careful readings of what is not documented: no revoke is, so none is offered. Insights with the list of posts are tried
and done without where they are refused. The token answer names no scopes: `debug_token` is asked (Meta answers it to
testers' tokens for sure), else they are those that were asked for, as RFC 6749 section 5.1 has it.
"""

import re
from collections.abc import Mapping
from typing import Any

from socials.errors import NotOffered, PlatformError, Refused
from socials.models.parts import Part
from socials.models.readings import Identity, Metrics, Portion, Post, ProfileReading, Tokens
from socials.platforms import graph, graph_errors
from socials.platforms.base import Answer, App, Client, Code, Consent, OAuth, Platform, Request, Session
from socials.platforms.callbacks import meta_person
from socials.platforms.facts import Facts, RevocationHelp
from socials.platforms.graph_days import Days, read_days
from socials.platforms.graph_feed import Feed, Item, read_feed
from socials.platforms.graph_tokens import RENEWED_BEFORE, Exchange, exchange_code, renew
from socials.platforms.oauth import consent_url, split_scopes
from socials.platforms.untrusted import body_of, count, inner, matching, moment, text, unreadable, web_url
from socials.values import replace

AUTHORIZE = "https://www.threads.net/oauth/authorize"
HOST = "https://graph.threads.net"
API = f"{HOST}/v1.0"

_EXCHANGE = Exchange(codes=f"{HOST}/oauth/access_token", host=HOST, prefix="th")
_BASIC = "threads_basic"
_INSIGHTS = "threads_manage_insights"
_PROFILE_FIELDS = "id,username,name,threads_profile_picture_url"
_USERNAME = re.compile(r"[A-Za-z0-9_.]{1,60}")
_MEDIA = {"TEXT_POST": "text", "IMAGE": "image", "VIDEO": "video", "CAROUSEL_ALBUM": "gallery", "AUDIO": "audio"}
_REPOST = "REPOST_FACADE"

FACTS = Facts(
    slug="threads",
    name="Threads",
    connect="oauth",
    metrics=frozenset({"followers", "likes", "comments", "shares", "clicks", "views"}),
    revokes="nothing",
    revocation=RevocationHelp(
        url="https://www.threads.com/settings/website_permissions",
        steps=(
            "Open Settings, then Website permissions, on Threads.",
            "Under Active, find PostLoudly.",
            "Choose Remove.",
        ),
        checked_on="2026-11-22",
    ),
    day_zone=graph.DAY_ZONE,
    needed_scopes=(_BASIC, _INSIGHTS),
    publish_scopes=("threads_content_publish",),
    part_scopes={
        Part.PROFILE: frozenset({_BASIC}),
        Part.INSIGHTS: frozenset({_BASIC, _INSIGHTS}),
        Part.POSTS: frozenset({_BASIC}),
    },
    refresh_before=RENEWED_BEFORE,
)


# Connecting ----------------------------------------------------------------------------------------------------


def authorize(app: App, consent: Consent) -> str:
    """`client_id` is the Threads app id. Threads takes no PKCE."""
    return consent_url(AUTHORIZE, app, consent, FACTS.asked_scopes, separator=",")


def exchange(client: Client, app: App, code: Code) -> Tokens:
    tokens = exchange_code(client, app, code, _EXCHANGE)
    return replace(tokens, scopes=_granted(client, tokens.access))


def _granted(client: Client, access: str) -> tuple[str, ...]:
    """The scopes of a token by Threads' own account of it, which comes only to a query with the token in it."""
    request = Request(
        call="inspect", method="GET", url=f"{API}/debug_token", query=(("input_token", access),), bearer=access
    )
    try:
        scopes = split_scopes(inner(body_of(client.call(request)), "data").get("scopes"))
    except PlatformError:
        scopes = ()
    return scopes or FACTS.asked_scopes


def refresh(client: Client, _app: App | None, tokens: Tokens) -> Tokens:
    return renew(client, tokens, _EXCHANGE)


def identify(client: Client, tokens: Tokens) -> tuple[Identity, ...]:
    return (_identity(client, tokens),)


# Parts ---------------------------------------------------------------------------------------------------------


def read_profile(client: Client, session: Session, _cursor: str | None) -> Portion:
    identity = _identity(client, session.tokens)
    if identity.platform_account_id != session.platform_account_id:
        raise unreadable("Threads answered with another account.")
    return Portion(profile=ProfileReading(identity=identity, followers=_followers(client, session.tokens)))


def _identity(client: Client, tokens: Tokens) -> Identity:
    request = Request(
        call="profile", method="GET", url=f"{API}/me", query=(("fields", _PROFILE_FIELDS),), bearer=tokens.access
    )
    body = body_of(client.call(request))
    account_id, username = graph.id_of(body.get("id")), matching(body.get("username"), _USERNAME)
    if account_id is None or username is None:
        raise unreadable()
    return Identity(
        platform_account_id=account_id,
        username=username,
        display_name=text(body.get("name")) or username,
        avatar_url=web_url(body.get("threads_profile_picture_url")),
        profile_url=f"https://www.threads.net/@{username}",
    )


def _followers(client: Client, tokens: Tokens) -> int | None:
    """No field of the profile but an insight, so unknown without the scope of insights."""
    if _INSIGHTS not in tokens.scopes:
        return None
    request = Request(
        call="followers",
        method="GET",
        url=f"{API}/me/threads_insights",
        query=(("metric", "followers_count"),),
        bearer=tokens.access,
    )
    try:
        return count(graph.numbers_of(body_of(client.call(request))).get("followers_count"))
    except (NotOffered, Refused):
        return None


def _day(numbers: Mapping[str, Any]) -> Metrics:
    """The account's `views` are looks at the profile, not at posts; its shares are not told."""
    return Metrics(
        likes=count(numbers.get("likes")),
        comments=count(numbers.get("replies")),
        clicks=count(numbers.get("clicks")),
    )


_DAYS = Days(
    edge=lambda session: f"{API}/{session.platform_account_id}/threads_insights",
    probe=(("metric", "views"),),
    metrics=("likes", "replies", "clicks"),
    read=_day,
)


def read_insights(client: Client, session: Session, cursor: str | None) -> Portion:
    return read_days(client, session, cursor, _DAYS)


def _post(session: Session, item: Item, numbers: Mapping[str, Any]) -> Post | None:
    """None for what the account only reposted. Reposts and quotes are kept out of shares."""
    post_id, published_at = graph.id_of(item.get("id")), moment(item.get("timestamp"))
    if post_id is None or published_at is None or item.get("media_type") == _REPOST:
        return None
    return Post(
        post_id=post_id,
        published_at=published_at,
        permalink=web_url(item.get("permalink")) or f"https://www.threads.net/@{session.username}",
        title=graph.first_line(item.get("text")),
        media_type=_MEDIA.get(str(item.get("media_type"))),
        metrics=Metrics(
            likes=count(numbers.get("likes")),
            comments=count(numbers.get("replies")),
            shares=count(numbers.get("shares")),
            views=count(numbers.get("views")),
        ),
    )


_FEED = Feed(
    edge=lambda session: f"{API}/{session.platform_account_id}/threads",
    node=lambda post_id: f"{API}/{post_id}",
    bearer=lambda session: session.tokens.access,
    fields="id,media_type,permalink,text,timestamp",
    metrics=("views", "likes", "replies", "shares"),
    scope=_INSIGHTS,
    of_account=lambda session: (_DAYS.edge(session), _DAYS.probe),
    read=_post,
    needs_next=False,
)


def read_posts(client: Client, session: Session, cursor: str | None) -> Portion:
    return read_feed(client, session, cursor, _FEED)


def explain(call: str, answer: Answer) -> PlatformError | None:
    return graph_errors.explain(call, answer, renewable=True)


THREADS = Platform(
    facts=FACTS,
    connect=OAuth(authorize=authorize, exchange=exchange),
    identify=identify,
    refresh=refresh,
    revoke=None,
    parts={Part.PROFILE: read_profile, Part.INSIGHTS: read_insights, Part.POSTS: read_posts},
    explain=explain,
    hear=meta_person,
)
