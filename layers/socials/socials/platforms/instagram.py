"""Instagram API with Instagram Login, for professional accounts. Source: https://developers.facebook.com/documentation/
instagram-platform/ and Meta's published node specs (facebook-business-sdk-codegen @ ad2b0b6f).

Careful readings of what is not documented: no revoke is (some projects send DELETE /me/permissions, with unknown
effect), so none is offered. The days of account insights are Pacific ones, as on the rest of the Graph. Both calls for
a long token are documented as GET: the client secret has to be in the first one's query, the tokens go in the header.
"""

import re
from collections.abc import Mapping
from typing import Any

from socials.errors import PlatformError
from socials.models.parts import Part
from socials.models.readings import Identity, Metrics, Portion, Post, ProfileReading, Tokens
from socials.platforms import graph, graph_errors
from socials.platforms.base import Answer, App, Client, Code, Consent, OAuth, Platform, Request, Session
from socials.platforms.callbacks import meta_person
from socials.platforms.facts import Facts, RevocationHelp
from socials.platforms.graph_days import Days, read_days
from socials.platforms.graph_feed import Feed, Item, read_feed
from socials.platforms.graph_tokens import RENEWED_BEFORE, Exchange, exchange_code, renew
from socials.platforms.oauth import consent_url
from socials.platforms.untrusted import body_of, count, matching, moment, text, unreadable, web_url

AUTHORIZE = "https://www.instagram.com/oauth/authorize"
CODES = "https://api.instagram.com/oauth/access_token"
HOST = "https://graph.instagram.com"
API = f"{HOST}/v25.0"

_EXCHANGE = Exchange(codes=CODES, host=HOST, prefix="ig")
_BASIC = "instagram_business_basic"
_INSIGHTS = "instagram_business_manage_insights"
_PROFILE_FIELDS = "user_id,username,name,profile_picture_url,followers_count"
_USERNAME = re.compile(r"[A-Za-z0-9_.]{1,60}")
_MEDIA = {"IMAGE": "image", "VIDEO": "video", "CAROUSEL_ALBUM": "gallery"}

FACTS = Facts(
    slug="instagram",
    name="Instagram",
    connect="oauth",
    # Impressions are retired; views are something else and never shown in their place.
    metrics=frozenset({"followers", "reach", "likes", "comments", "saves", "shares", "views"}),
    revokes="nothing",
    revocation=RevocationHelp(
        url="https://www.instagram.com/accounts/manage_access/",
        steps=(
            "Open Apps and websites on Instagram's website while you are signed in.",
            "Under Active, find PostLoudly.",
            "Choose Remove.",
        ),
        checked_on="2026-11-22",
    ),
    day_zone=graph.DAY_ZONE,
    needed_scopes=(_BASIC, _INSIGHTS),
    publish_scopes=("instagram_business_content_publish",),
    part_scopes={
        Part.PROFILE: frozenset({_BASIC}),
        Part.INSIGHTS: frozenset({_BASIC, _INSIGHTS}),
        Part.POSTS: frozenset({_BASIC}),
    },
    refresh_before=RENEWED_BEFORE,
)


# Connecting ----------------------------------------------------------------------------------------------------


def authorize(app: App, consent: Consent) -> str:
    """`client_id` is the Instagram app id, not the Facebook one. Instagram takes no PKCE."""
    more = (("force_reauth", "true"),) if consent.reconnect else ()
    return consent_url(AUTHORIZE, app, consent, FACTS.asked_scopes, separator=",", more=more)


def exchange(client: Client, app: App, code: Code) -> Tokens:
    return exchange_code(client, app, code, _EXCHANGE)


def refresh(client: Client, _app: App | None, tokens: Tokens) -> Tokens:
    return renew(client, tokens, _EXCHANGE)


def identify(client: Client, tokens: Tokens) -> tuple[Identity, ...]:
    return (_profile(client, tokens).identity,)


# Parts ---------------------------------------------------------------------------------------------------------


def read_profile(client: Client, session: Session, _cursor: str | None) -> Portion:
    """`posts_total` stays unknown: what `media_count` counts is not said."""
    reading = _profile(client, session.tokens)
    if reading.identity.platform_account_id != session.platform_account_id:
        raise unreadable("Instagram answered with another account.")
    return Portion(profile=reading)


def _profile(client: Client, tokens: Tokens) -> ProfileReading:
    """`user_id` is the professional account's id; the node's own `id` is only app-scoped."""
    request = Request(
        call="profile", method="GET", url=f"{API}/me", query=(("fields", _PROFILE_FIELDS),), bearer=tokens.access
    )
    body = body_of(client.call(request))
    account_id, username = graph.id_of(body.get("user_id")), matching(body.get("username"), _USERNAME)
    if account_id is None or username is None:
        raise unreadable()
    identity = Identity(
        platform_account_id=account_id,
        username=username,
        display_name=text(body.get("name")) or username,
        avatar_url=web_url(body.get("profile_picture_url")),
        profile_url=f"https://www.instagram.com/{username}/",
    )
    return ProfileReading(identity=identity, followers=count(body.get("followers_count")))


def _day(numbers: Mapping[str, Any]) -> Metrics:
    return Metrics(
        reach=count(numbers.get("reach")),
        likes=count(numbers.get("likes")),
        comments=count(numbers.get("comments")),
        saves=count(numbers.get("saves")),
        shares=count(numbers.get("shares")),
        views=count(numbers.get("views")),
    )


_DAYS = Days(
    edge=lambda session: f"{API}/{session.platform_account_id}/insights",
    probe=(("metric", "reach"), ("period", "day")),
    metrics=("views", "reach", "likes", "comments", "shares", "saves"),
    query=(("period", "day"), ("metric_type", "total_value")),
    read=_day,
    # One less than the 30 days that a window may span, for the hour that a change of clocks adds.
    back=29,
)


def read_insights(client: Client, session: Session, cursor: str | None) -> Portion:
    return read_days(client, session, cursor, _DAYS)


def _post(session: Session, item: Item, numbers: Mapping[str, Any]) -> Post | None:
    """`like_count` is left out where the owner hides likes: then they are unknown. Reposts are kept out of shares."""
    post_id, published_at = graph.id_of(item.get("id")), moment(item.get("timestamp"))
    if post_id is None or published_at is None:
        return None
    reel = item.get("media_product_type") == "REELS"
    return Post(
        post_id=post_id,
        published_at=published_at,
        permalink=web_url(item.get("permalink")) or f"https://www.instagram.com/{session.username}/",
        title=graph.first_line(item.get("caption")),
        media_type="reel" if reel else _MEDIA.get(str(item.get("media_type"))),
        metrics=Metrics(
            reach=count(numbers.get("reach")),
            likes=count(item.get("like_count")),
            comments=count(item.get("comments_count")),
            saves=count(numbers.get("saved")),
            shares=count(numbers.get("shares")),
            views=count(numbers.get("views")),
        ),
    )


_FEED = Feed(
    edge=lambda session: f"{API}/{session.platform_account_id}/media",
    node=lambda post_id: f"{API}/{post_id}",
    bearer=lambda session: session.tokens.access,
    fields="id,caption,media_type,media_product_type,permalink,timestamp,like_count,comments_count",
    # Just what posts and reels both have: a name that one of them lacks fails the whole page.
    metrics=("reach", "views", "saved", "shares"),
    scope=_INSIGHTS,
    of_account=lambda session: (_DAYS.edge(session), _DAYS.probe),
    read=_post,
)


def read_posts(client: Client, session: Session, cursor: str | None) -> Portion:
    return read_feed(client, session, cursor, _FEED)


def explain(call: str, answer: Answer) -> PlatformError | None:
    return graph_errors.explain(call, answer, renewable=True)


INSTAGRAM = Platform(
    facts=FACTS,
    connect=OAuth(authorize=authorize, exchange=exchange),
    identify=identify,
    refresh=refresh,
    revoke=None,
    parts={Part.PROFILE: read_profile, Part.INSIGHTS: read_insights, Part.POSTS: read_posts},
    explain=explain,
    hear=meta_person,
)
