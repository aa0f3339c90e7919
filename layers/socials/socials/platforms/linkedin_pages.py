"""LinkedIn's organization pages: profile, followers, days, posts and their numbers.

Unconfirmed, and so read with care: the name of a picture's address and of a video's views; LinkedIn is taken to leave
a post without activity out of an answer only where it tells of others, or where the page itself never had any.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from socials.errors import RATE_LIMITED, NotOffered, PlatformError, Refused, RetryLater
from socials.models.readings import Day, Identity, Metrics, Portion, Post, ProfileReading, Tokens
from socials.platforms.base import Client, Session
from socials.platforms.restli import get, listed, milliseconds, urn
from socials.platforms.untrusted import (
    TITLE_LENGTH,
    body_of,
    count,
    inner,
    items_of,
    matching,
    moment_of,
    net,
    text,
    unreadable,
    web_url,
)
from socials.values import replace

ORGANIZATION = re.compile(r"urn:li:organization:(\d{1,19})")
MOST_PAGES = 50
PAGE_SIZE = 50
# LinkedIn has twelve months of days; one less, so that a day which ends between our clock and theirs costs nothing.
DAYS_BACK = 364
DAYS_READ_AGAIN = 3
# How far a list is followed that says it goes on but has nothing more to tell.
FARTHEST = 2_000
# Where LinkedIn does not let us ask for several at once, and for what takes a call each.
SINGLE_PAGES, LOGOS, VIDEOS = 20, 5, 10

_ASSET = re.compile(r"urn:li:(?:digitalmediaAsset|image):([A-Za-z0-9_-]{1,100})")
_POST = re.compile(r"urn:li:(share|ugcPost):\d{1,32}")
_MEDIA = re.compile(r"urn:li:(image|video|document):[A-Za-z0-9_-]{1,100}")
_VANITY = re.compile(r"[^\s/?#<>\"\\%]{1,120}")
_KINDS = {"article": "link", "multiImage": "gallery", "poll": "poll"}
_NAMES = {
    "impressions": "impressionCount",
    "reach": "uniqueImpressionsCount",
    "likes": "likeCount",
    "comments": "commentCount",
    "shares": "shareCount",
    "clicks": "clickCount",
}
# LinkedIn's little text: a mention is `@[Name](urn)`, a tag `{hashtag|\#|word}`, other marks wear a backslash.
_MENTION = re.compile(r"@\[([^\]]{1,200})\]\([^)]{1,200}\)")
_TAG = re.compile(r"\{hashtag\|\\?#\|([^}|]{1,200})\}")
_ESCAPED = re.compile(r"\\([|{}@\[\]()<>#\\*_~])")


# Profile -------------------------------------------------------------------------------------------------------


def administered(client: Client, tokens: Tokens) -> tuple[Identity, ...]:
    """The pages that the member may read the numbers of. The first few with their logos, which take a call each."""
    query = ("q=roleAssignee", "role=ADMINISTRATOR", "state=APPROVED", f"count={MOST_PAGES}")
    body = body_of(client.call(get("pages", "/organizationAcls", tokens, *query)))
    found = (matching(item.get("organization", item.get("organizationTarget")), ORGANIZATION) for item in _acls(body))
    ids = list(dict.fromkeys(one.rpartition(":")[2] for one in found if one))
    bodies = _together(client, tokens, ids) if len(ids) > 1 else _one_by_one(client, tokens, ids)
    read = (_identity(one) for one in bodies)
    pages = [(page, one) for page, one in zip(read, bodies, strict=True) if page is not None]
    return tuple(
        replace(page, avatar_url=_logo(client, tokens, one)) if place < LOGOS else page
        for place, (page, one) in enumerate(pages)
    )


def _acls(body: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return items_of(body, "elements", MOST_PAGES)


def _together(client: Client, tokens: Tokens, ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """All in one call, which apps of the Development tier may not make."""
    try:
        body = body_of(client.call(get("pages_at_once", "/organizations", tokens, f"ids={listed(ids)}")))
    except (NotOffered, Refused):
        return _one_by_one(client, tokens, ids[:SINGLE_PAGES])
    return [one for each in ids if (one := inner(body, "results", each))]


def _one_by_one(client: Client, tokens: Tokens, ids: Iterable[str]) -> list[Mapping[str, Any]]:
    bodies = []
    for each in ids:
        try:
            bodies.append(body_of(client.call(get("page", f"/organizations/{each}", tokens))))
        except (NotOffered, Refused):
            continue
    return bodies


def profile(client: Client, session: Session) -> ProfileReading:
    number = session.platform_account_id.rpartition(":")[2]
    body = body_of(client.call(get("profile", f"/organizations/{number}", session.tokens)))
    identity = _identity(body)
    if identity is None or identity.platform_account_id != session.platform_account_id:
        raise unreadable("LinkedIn answered with another account.")
    followers = _followers(client, session)
    return ProfileReading(
        identity=replace(identity, avatar_url=_logo(client, session.tokens, body)), followers=followers
    )


def _identity(body: Mapping[str, Any]) -> Identity | None:
    number, vanity = count(body.get("id")), matching(body.get("vanityName"), _VANITY)
    if number is None:
        return None
    return Identity(
        platform_account_id=f"urn:li:organization:{number}",
        username=text(vanity) or str(number),
        display_name=text(body.get("localizedName")) or text(vanity) or str(number),
        profile_url=web_url(f"https://www.linkedin.com/company/{vanity or number}/")
        or f"https://www.linkedin.com/company/{number}/",
    )


def _followers(client: Client, session: Session) -> int | None:
    path = f"/networkSizes/{urn(session.platform_account_id)}"
    try:
        answer = client.call(get("followers", path, session.tokens, "edgeType=COMPANY_FOLLOWED_BY_MEMBER"))
    except (NotOffered, Refused):
        return None
    return count(body_of(answer).get("firstDegreeSize"))


def _logo(client: Client, tokens: Tokens, body: Mapping[str, Any]) -> str | None:
    """A page names its logo as an asset; its address, which ends some day, takes another call. The least part of a
    profile: only LinkedIn's clock is obeyed."""
    logos = inner(body, "logoV2")
    asset = matching(logos.get("cropped", logos.get("original")), _ASSET)
    if asset is None:
        return None
    image = urn(f"urn:li:image:{asset.rpartition(':')[2]}")
    try:
        return web_url(body_of(client.call(get("logo", f"/images/{image}", tokens))).get("downloadUrl"))
    except PlatformError as error:
        if error.code == RATE_LIMITED:
            raise
        return None


# Days ----------------------------------------------------------------------------------------------------------


def insights(client: Client, session: Session) -> Portion:
    """Whole days of UTC through yesterday. LinkedIn names no delay: the last three are read again."""
    first = session.first_day(DAYS_BACK, DAYS_READ_AGAIN)
    span = f"(start:{milliseconds(first)},end:{milliseconds(session.today)})"
    intervals = f"timeIntervals=(timeRange:{span},timeGranularityType:DAY)"
    body = _statistics(client, session, "insights", intervals)
    read = (_day(item, session.today) for item in items_of(body, "elements", 2 * DAYS_BACK))
    days = {one.date: one for one in read if one is not None and first <= one.date < session.today}
    return Portion(days=tuple(days[each] for each in sorted(days)))


def _day(item: Mapping[str, Any], today: date) -> Day | None:
    start = count(inner(item, "timeRange").get("start"))
    begun = moment_of(start // 1000) if start is not None else None
    metrics = _metrics(inner(item, "totalShareStatistics"))
    if begun is None or not metrics.known():
        return None
    return Day(date=begun.date(), metrics=metrics, provisional=(today - begun.date()).days <= DAYS_READ_AGAIN)


def _statistics(client: Client, session: Session, call: str, *query: str) -> Mapping[str, Any]:
    of_page = ("q=organizationalEntity", f"organizationalEntity={urn(session.platform_account_id)}")
    path = "/organizationalEntityShareStatistics"
    return body_of(client.call(get(call, path, session.tokens, *of_page, *query)))


def _metrics(numbers: Mapping[str, Any]) -> Metrics:
    """Likes may be below zero, says LinkedIn: one that came by an advertisement counts only when it is taken back."""
    known = {ours: count(numbers.get(theirs)) for ours, theirs in _NAMES.items()}
    return Metrics(**known | {"likes": net(numbers.get(_NAMES["likes"]))})


# Posts ---------------------------------------------------------------------------------------------------------


def posts(client: Client, session: Session, cursor: str | None) -> Portion:
    """A page of posts, the last changed first, with their numbers. The cursor is where LinkedIn's list goes on."""
    start = int(cursor) if cursor is not None and re.fullmatch(r"\d{1,6}", cursor) else 0
    author = f"author={urn(session.platform_account_id)}"
    query = ("q=author", author, f"count={PAGE_SIZE}", f"start={start}", "sortBy=LAST_MODIFIED")
    body = body_of(client.call(get("posts", "/posts", session.tokens, *query)))
    items = tuple(items_of(body, "elements", PAGE_SIZE))
    read = ((_post(item, session.platform_account_id), item) for item in items)
    found = {post.post_id: (post, _media_of(item)) for post, item in read if post is not None}
    numbers = _numbers(client, session, list(found))
    views = _views(client, session, [(post_id, media) for post_id, (_, media) in found.items() if media])
    return Portion(
        posts=tuple(_counted(post, numbers.get(post.post_id), views.get(post.post_id)) for post, _ in found.values()),
        cursor=str(start + PAGE_SIZE) if len(items) == PAGE_SIZE or (start < FARTHEST and _leads_on(body)) else None,
    )


def _leads_on(body: Mapping[str, Any]) -> bool:
    links = inner(body, "paging").get("links")
    return isinstance(links, list) and any(isinstance(link, dict) and link.get("rel") == "next" for link in links)


def _post(item: Mapping[str, Any], author: str) -> Post | None:
    post_id, told = matching(item.get("id"), _POST), count(item.get("publishedAt", item.get("createdAt")))
    published = moment_of(told // 1000) if told is not None else None
    if (
        post_id is None
        or published is None
        or item.get("lifecycleState") != "PUBLISHED"
        or item.get("author") != author
    ):
        return None
    content = inner(item, "content")
    media = _MEDIA.fullmatch(_media_of(item) or "")
    kind = next((ours for theirs, ours in _KINDS.items() if theirs in content), None)
    title = text(_plain(item.get("commentary")), TITLE_LENGTH)
    return Post(
        post_id=post_id,
        published_at=published,
        permalink=f"https://www.linkedin.com/feed/update/{post_id}/",
        title=title or text(inner(content, "media").get("title"), TITLE_LENGTH),
        media_type=media[1] if media else kind,
    )


def _media_of(item: Mapping[str, Any]) -> str | None:
    return matching(inner(item, "content", "media").get("id"), _MEDIA)


def _plain(commentary: object) -> str | None:
    """The first line, in plain words."""
    if not isinstance(commentary, str):
        return None
    line = commentary[: 8 * TITLE_LENGTH].strip().partition("\n")[0]
    return _ESCAPED.sub(r"\1", _TAG.sub(r"#\1", _MENTION.sub(r"\1", line)))


def _numbers(client: Client, session: Session, post_ids: Sequence[str]) -> dict[str, Metrics]:
    """Lifetime numbers by post; none where LinkedIn refuses them."""
    found: dict[str, Metrics] = {}
    for kind, parameter in (("share", "shares"), ("ugcPost", "ugcPosts")):
        asked = [each for each in post_ids if each.startswith(f"urn:li:{kind}:")]
        if not asked:
            continue
        try:
            found |= _numbers_of(client, session, asked, kind, parameter)
        except (NotOffered, Refused):
            continue
    return found


def _numbers_of(
    client: Client, session: Session, asked: Sequence[str], kind: str, parameter: str
) -> dict[str, Metrics]:
    """A post that is left out of the answer had no activity: here, and only here, absent means zero. Not where the
    answer is but a page of it."""
    wanted = f"{parameter}={listed(urn(each) for each in asked)}"
    body = _statistics(client, session, "statistics", wanted)
    elements = items_of(body, "elements", PAGE_SIZE)
    told = {
        str(item[kind]): _metrics(inner(item, "totalShareStatistics")) for item in elements if item.get(kind) in asked
    }
    if _leads_on(body):
        return told
    if not told and not _never_seen(client, session):
        return {}
    nothing = Metrics(**dict.fromkeys(_NAMES, 0))
    return {each: told.get(each, nothing) for each in asked}


def _never_seen(client: Client, session: Session) -> bool:
    """Whether nobody ever saw a post of the page: an answer without any of its posts would be a slip otherwise."""
    totals = items_of(_statistics(client, session, "total"), "elements", 1)
    return any(count(inner(item, "totalShareStatistics").get("impressionCount")) == 0 for item in totals)


def _views(client: Client, session: Session, media: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Views of the newest videos, one call each; LinkedIn's first refusal is taken for all, and its first failure."""
    videos = [(each, file) for each, file in media if file.startswith("urn:li:video:")]
    found: dict[str, int] = {}
    for post_id, file in videos[:VIDEOS]:
        entity = urn(post_id if post_id.startswith("urn:li:ugcPost:") else file)
        query = ("q=entity", f"entity={entity}", "type=VIDEO_VIEW", "aggregation=ALL")
        try:
            body = body_of(client.call(get("video", "/videoAnalytics", session.tokens, *query)))
        except (NotOffered, Refused):
            break
        except RetryLater as error:
            if error.holds_for_every_call:
                raise
            break
        views = next((count(item.get("value")) for item in items_of(body, "elements", 1)), None)
        found |= {post_id: views} if views is not None else {}
    return found


def _counted(post: Post, metrics: Metrics | None, views: int | None) -> Post:
    return replace(post, metrics=replace(metrics or Metrics(), views=views))
