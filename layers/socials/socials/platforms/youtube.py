"""YouTube Data API v3 with Google's OAuth 2.0. Source: https://developers.google.com/youtube/v3, its discovery.

Careful readings: one revoke ends everything between a Google account and our Cloud project, so `openid` is asked for,
whose `sub` names that account; a quota that is spent stops all of YouTube until midnight in Pacific time, the
Analytics API's too; private videos are left out; numbers of the Data API may be kept for 30 days only.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from socials.errors import ReconnectNeeded, Refused, RetryLater
from socials.models.parts import Part
from socials.models.readings import Identity, Metrics, Portion, Post, ProfileReading, Tokens
from socials.platforms.base import App, Client, Code, Consent, OAuth, Platform, Query, Request, Session
from socials.platforms.facts import Facts, Keeping, RevocationHelp
from socials.platforms.oauth import claims_of, consent_url, tokens_from
from socials.platforms.untrusted import (
    TITLE_LENGTH,
    body_of,
    count_in_text,
    inner,
    items_of,
    matching,
    moment,
    next_cursor,
    text,
    unreadable,
    web_url,
)
from socials.platforms.youtube_analytics import CORE, OPTIONAL, lifetimes, read_insights
from socials.platforms.youtube_errors import DAY_ZONE, explain
from socials.values import replace

AUTHORIZE = "https://accounts.google.com/o/oauth2/v2/auth"
TOKEN = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
REVOKE = "https://oauth2.googleapis.com/revoke"
API = "https://youtube.googleapis.com/youtube/v3"
WEB = "https://www.youtube.com"
PAGE_SIZE = 50

_SCOPE = "https://www.googleapis.com/auth/"
_READ, _ANALYTICS = f"{_SCOPE}youtube.readonly", f"{_SCOPE}yt-analytics.readonly"
_CHANNEL = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VIDEO = re.compile(r"[A-Za-z0-9_-]{1,32}")
_SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,255}")
# The uploads list, the page in it, and the metrics that were refused so far.
_CURSOR = re.compile(r"([A-Za-z0-9_-]{1,64}) ([\x21-\x7e]{1,1000}) ([A-Za-z,]{0,150})")

FACTS = Facts(
    slug="youtube",
    name="YouTube",
    connect="oauth",
    metrics=frozenset({"followers", *CORE, *OPTIONAL}),
    revokes="person",
    revocation=RevocationHelp(
        url="https://myaccount.google.com/connections",
        steps=(
            "Open your Google Account, then Security, then Your connections to third-party apps & services.",
            "Choose See all connections, then PostLoudly.",
            "Choose Delete all connections you have with PostLoudly, then Confirm.",
        ),
        checked_on="2026-11-22",
    ),
    day_zone=DAY_ZONE,
    needed_scopes=("openid", _READ, _ANALYTICS),
    publish_scopes=(f"{_SCOPE}youtube.upload",),
    part_scopes={
        Part.PROFILE: frozenset({_READ}),
        Part.INSIGHTS: frozenset({_READ, _ANALYTICS}),
        Part.POSTS: frozenset({_READ}),
    },
    # Only for grants that Google limits in time; others have no end that it names.
    grant_ends=True,
    rotates=False,
    # Two units for 50 videos, of 10,000 units a day for all of our users.
    backfill_posts=2_500,
    keeps=Keeping(posts=30),
)


# Connecting ----------------------------------------------------------------------------------------------------


def authorize(app: App, consent: Consent) -> str:
    """Without `offline` and `consent` a person who comes back gets no refresh token."""
    more = (("access_type", "offline"), ("prompt", "consent"), ("include_granted_scopes", "false"))
    return consent_url(AUTHORIZE, app, consent, FACTS.asked_scopes, pkce=True, more=more)


def exchange(client: Client, app: App, code: Code) -> Tokens:
    form = {
        "grant_type": "authorization_code",
        "code": code.code,
        "redirect_uri": code.redirect_uri,
        "code_verifier": code.verifier,
    }
    return _tokens(client, app, "exchange", form)


def refresh(client: Client, app: App | None, tokens: Tokens) -> Tokens:
    """A new access token; the refresh token stays, unless the answer brings another."""
    if app is None:
        raise RetryLater("Our registration with YouTube is not configured.", code="not_configured")
    if tokens.refresh is None:
        raise ReconnectNeeded("There is no way to renew the access.", code="token_revoked", platform=FACTS.slug)
    return _tokens(client, app, "refresh", {"grant_type": "refresh_token", "refresh_token": tokens.refresh})


def _tokens(client: Client, app: App, call: str, form: dict[str, str]) -> Tokens:
    credentials = {"client_id": app.client_id, "client_secret": app.client_secret}
    answer = client.call(Request(call=call, method="POST", url=TOKEN, form=credentials | form))
    person = matching(claims_of(str(body_of(answer).get("id_token"))).get("sub"), _SUBJECT)
    return tokens_from(answer, extra={"person": person} if person else {})


def revoke(client: Client, _app: App | None, tokens: Tokens) -> None:
    """Ends everything between the Google account and our project. A token that is gone already is as good."""
    form = {"token": tokens.refresh or tokens.access}
    try:
        client.call(Request(call="revoke", method="POST", url=REVOKE, form=form, expects_json=False))
    except Refused as error:
        if error.code != "token_gone":
            raise


def identify(client: Client, tokens: Tokens) -> tuple[Identity, ...]:
    read = tuple(_reading(item).identity for item in _channels(client, tokens))
    if not read:
        raise Refused("This Google account has no YouTube channel.", code="no_channel", platform=FACTS.slug)
    return read


# Parts ---------------------------------------------------------------------------------------------------------


def read_profile(client: Client, session: Session, _cursor: str | None) -> Portion:
    """`posts_total` stays unknown: `videoCount` counts public videos only."""
    return Portion(profile=_reading(_channel(client, session)))


def _channel(client: Client, session: Session) -> Mapping[str, Any]:
    channels = _channels(client, session.tokens)
    for item in channels:
        if item.get("id") == session.platform_account_id:
            return item
    if not channels:
        raise Refused("This Google account has no YouTube channel any more.", code="no_channel", platform=FACTS.slug)
    raise unreadable("YouTube answered with another channel.")


def _channels(client: Client, tokens: Tokens) -> tuple[Mapping[str, Any], ...]:
    query = (("part", "id,snippet,statistics,contentDetails"), ("mine", "true"), ("maxResults", str(PAGE_SIZE)))
    body = body_of(client.call(_get("profile", "channels", tokens, query)))
    if "items" not in body and body.get("kind") == "youtube#channelListResponse":  # as Google says that there is none
        return ()
    return tuple(items_of(body, "items", PAGE_SIZE))


def _reading(item: Mapping[str, Any]) -> ProfileReading:
    """A hidden number of subscribers is unknown."""
    snippet, numbers = inner(item, "snippet"), inner(item, "statistics")
    channel, title = matching(item.get("id"), _CHANNEL), text(snippet.get("title"))
    handle = (text(snippet.get("customUrl"), 100) or "").removeprefix("@")
    if channel is None or (called := handle or title) is None:
        raise unreadable()
    pictures = (inner(snippet, "thumbnails", size).get("url") for size in ("high", "medium", "default"))
    identity = Identity(
        platform_account_id=channel,
        username=called,
        display_name=title or called,
        avatar_url=next((url for picture in pictures if (url := web_url(picture))), None),
        profile_url=f"{WEB}/channel/{channel}",
    )
    hidden = numbers.get("hiddenSubscriberCount") is True
    followers = None if hidden else count_in_text(numbers.get("subscriberCount"))
    return ProfileReading(identity=identity, followers=followers, hides_followers=hidden)


def read_posts(client: Client, session: Session, cursor: str | None) -> Portion:
    """A page of the list of uploads, then the videos in it, then what only Analytics tells of them."""
    at = _CURSOR.fullmatch(cursor or "")
    uploads, page, refused = (at[1], at[2], at[3]) if at else (_uploads(client, session), "", "")
    query = [("part", "contentDetails"), ("playlistId", uploads), ("maxResults", str(PAGE_SIZE))]
    query += [("pageToken", page)] if page else []
    try:
        body = body_of(client.call(_get("posts", "playlistItems", session.tokens, query)))
    except Refused as error:
        if error.code != "playlist_not_found" or page:
            raise
        return Portion()
    found = (inner(item, "contentDetails").get("videoId") for item in items_of(body, "items", PAGE_SIZE))
    ids = tuple(dict.fromkeys(video for each in found if (video := matching(each, _VIDEO))))
    posts = _videos(client, session, ids) if ids else {}
    posts, without = _with_lifetimes(client, session, posts, frozenset(refused.split(",")) - {""})
    onward = next_cursor(body.get("nextPageToken"), page or None)
    following = f"{uploads} {onward} {','.join(sorted(without))}" if onward else None
    if following is not None and not _CURSOR.fullmatch(following):
        raise unreadable()
    return Portion(posts=tuple(posts.values()), cursor=following)


def _uploads(client: Client, session: Session) -> str:
    lists = inner(_channel(client, session), "contentDetails", "relatedPlaylists")
    uploads = matching(lists.get("uploads"), _CHANNEL)
    if uploads is None:
        raise unreadable()
    return uploads


def _videos(client: Client, session: Session, ids: tuple[str, ...]) -> dict[str, Post]:
    query = (("part", "snippet,statistics,contentDetails,status"), ("id", ",".join(ids)))
    body = body_of(client.call(_get("videos", "videos", session.tokens, query)))
    listed = items_of(body, "items", PAGE_SIZE) if "items" in body else ()  # left out where none is there any more
    read = (_post(item) for item in listed)
    return {post.post_id: post for post in read if post is not None and post.post_id in ids}


def _post(item: Mapping[str, Any]) -> Post | None:
    """`likeCount` and `commentCount` are not there where they are hidden or switched off."""
    snippet, numbers = inner(item, "snippet"), inner(item, "statistics")
    video, published = matching(item.get("id"), _VIDEO), moment(snippet.get("publishedAt"))
    if video is None or published is None or inner(item, "status").get("privacyStatus") == "private":
        return None
    return Post(
        post_id=video,
        published_at=published,
        permalink=f"{WEB}/watch?v={video}",
        title=text(snippet.get("title"), TITLE_LENGTH),
        media_type="video",
        metrics=Metrics(
            views=count_in_text(numbers.get("viewCount")),
            likes=count_in_text(numbers.get("likeCount")),
            comments=count_in_text(numbers.get("commentCount")),
        ),
    )


def _with_lifetimes(
    client: Client, session: Session, posts: dict[str, Post], refused: frozenset[str]
) -> tuple[dict[str, Post], frozenset[str]]:
    if not posts or not FACTS.can_read(Part.INSIGHTS, session.tokens.scopes):
        return posts, refused
    first = FACTS.today(min(post.published_at for post in posts.values())) - timedelta(days=1)
    known, refused = lifetimes(client, session, tuple(posts), first, refused)
    fuller = {
        video: replace(post, metrics=post.metrics.over(known.get(video, Metrics()))) for video, post in posts.items()
    }
    return fuller, refused


def _get(call: str, path: str, tokens: Tokens, query: Query) -> Request:
    return Request(call=call, method="GET", url=f"{API}/{path}", query=tuple(query), bearer=tokens.access)


YOUTUBE = Platform(
    facts=FACTS,
    connect=OAuth(authorize=authorize, exchange=exchange),
    identify=identify,
    refresh=refresh,
    revoke=revoke,
    parts={Part.PROFILE: read_profile, Part.INSIGHTS: read_insights, Part.POSTS: read_posts},
    explain=explain,
)
