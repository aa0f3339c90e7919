"""YouTube's Data API v3: channels, lists of uploads, videos. Every count is text."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from flask import request

from local.sandbox import world
from local.sandbox.avatars import avatar_url, picture_url
from local.sandbox.chance import draw, letters
from local.sandbox.doorway import Refusal
from local.sandbox.people import Person
from local.sandbox.state import Sandbox
from local.sandbox.world import Post

PLATFORM = "youtube"
_MOST = 50


def handle(person: Person) -> str:
    return f"@{person.key}-sandbox"


@lru_cache(maxsize=50_000)
def video_id(key: str) -> str:
    return letters(11, "video", key)


def channel_id(person: Person) -> str:
    return f"UC{letters(22, 'channel', person.key)}"


def uploads_id(person: Person) -> str:
    return f"UU{letters(22, 'channel', person.key)}"


def is_private(post: Post) -> bool:
    return post.foreign


class Channels:
    def __init__(self, sandbox: Sandbox, reader: Callable[[], Person], refusal: Callable[..., Refusal]) -> None:
        self._sandbox, self._reader, self._refusal = sandbox, reader, refusal

    def channels(self) -> Mapping[str, Any]:
        person = self._reader()
        parts = self._parts({"id", "snippet", "statistics", "contentDetails", "status"})
        if request.args.get("mine") != "true":
            raise self._refusal("bad_request", "No filter selected. Expected one of: mine, id")
        return _listing("channel", [_only(self._channel(person), parts)])

    def playlist_items(self) -> Mapping[str, Any]:
        person = self._reader()
        parts = self._parts({"id", "snippet", "contentDetails", "status"})
        if request.args.get("playlistId") != uploads_id(person):
            raise self._refusal("gone")
        size = self._size()
        posts = self._sandbox.posts(person, PLATFORM)
        start = self._after(posts)
        page = posts[start : start + size]
        items = [_only(_item(post), parts) for post in page]
        more = {"nextPageToken": _page_token(page[-1])} if start + size < len(posts) else {}
        return {**_listing("playlistItem", items), **more, "pageInfo": _info(len(posts), size)}

    def videos(self) -> Mapping[str, Any]:
        """Private videos are shown to their owner. Careful: a video that is gone is simply not there."""
        person = self._reader()
        parts = self._parts({"id", "snippet", "statistics", "contentDetails", "status"})
        ids = [name for name in request.args.get("id", "").split(",") if name]
        if not 1 <= len(ids) <= _MOST:
            raise self._refusal("bad_request", "The request specifies an invalid filter parameter: id")
        posts = [post for post in self._sandbox.posts(person, PLATFORM) if video_id(post.key) in ids]
        return _listing("video", [_only(self._video(post), parts) for post in posts])

    def _parts(self, known: set[str]) -> set[str]:
        parts = set(request.args.get("part", "").split(",")) - {""}
        if not parts or not parts <= known:
            raise self._refusal("bad_request", "Required parameter: part")
        return parts

    def _size(self) -> int:
        text = request.args.get("maxResults", "5")
        if not text.isascii() or not text.isdigit() or int(text) > _MOST:
            raise self._refusal("bad_request", "maxResults must be from 0 to 50.")
        return max(1, int(text))

    def _after(self, posts: list[Post]) -> int:
        token = request.args.get("pageToken")
        if not token:
            return 0
        try:
            at = float(base64.urlsafe_b64decode(token.encode()).decode())
        except (binascii.Error, UnicodeError, ValueError):
            raise self._refusal("bad_request", "The request specifies an invalid page token.") from None
        return next((place for place, post in enumerate(posts) if post.at.timestamp() < at), len(posts))

    def _channel(self, person: Person) -> dict[str, Any]:
        posts, today = self._sandbox.posts(person, PLATFORM), self._sandbox.today
        picture = avatar_url(f"{PLATFORM}-{person.key}")
        followers = world.followers(person, today)
        # Rounded down to three figures; hidden ones are not there.
        rounded = followers // (cut := 10 ** max(0, len(str(followers)) - 3)) * cut
        shown = {} if person.unknown else {"subscriberCount": str(rounded)}
        handled = {} if person.personal else {"customUrl": handle(person)}
        return {
            "kind": "youtube#channel",
            "etag": letters(20, "etag", person.key, today),
            "id": channel_id(person),
            "snippet": {
                "title": person.name,
                "description": person.about,
                "publishedAt": "2020-02-03T10:20:30Z",
                "thumbnails": {
                    size: {"url": picture, "width": width, "height": width}
                    for size, width in (("default", 88), ("medium", 240), ("high", 800))
                },
                "localized": {"title": person.name, "description": person.about},
                **handled,
            },
            "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": uploads_id(person)}},
            "statistics": {
                "viewCount": str(sum(world.total(post, "video_views", today) for post in posts[:500])),
                "hiddenSubscriberCount": person.unknown,
                "videoCount": str(sum(not is_private(post) for post in posts)),
                **shown,
            },
            "status": {"privacyStatus": "public", "isLinked": True},
        }

    def _video(self, post: Post) -> dict[str, Any]:
        return {
            "kind": "youtube#video",
            "etag": letters(20, "etag", post.key, self._sandbox.today),
            "id": video_id(post.key),
            "snippet": {**_snippet(post), "categoryId": "26", "liveBroadcastContent": "none"},
            "contentDetails": {
                "duration": f"PT{1 + draw('minutes', post.key) % 20}M{draw('seconds', post.key) % 60}S",
                "dimension": "2d",
                "definition": "hd",
                "caption": "false",
                "licensedContent": False,
                "contentRating": {},
                "projection": "rectangular",
            },
            "status": {
                "uploadStatus": "processed",
                "privacyStatus": "private" if is_private(post) else "unlisted" if post.number % 10 == 9 else "public",
                "license": "youtube",
                "embeddable": True,
                "publicStatsViewable": True,
                "madeForKids": False,
            },
            "statistics": self._counted(post),
        }

    def _counted(self, post: Post) -> dict[str, str]:
        """Likes and comments that are hidden or switched off are not there."""
        names = {"viewCount": "video_views"}
        if not (post.person.unknown and post.number % 3 == 0):
            names |= {"likeCount": "likes", "commentCount": "comments"}
        today = self._sandbox.today
        return {name: str(world.total(post, metric, today)) for name, metric in names.items()} | {"favoriteCount": "0"}


def _only(whole: Mapping[str, Any], parts: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in whole.items() if name in ("kind", "etag", "id") or name in parts}


def _listing(kind: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    listed = {"items": items, "pageInfo": _info(len(items), len(items))}
    return {"kind": f"youtube#{kind}ListResponse", "etag": letters(20, "etag", kind, len(items)), **listed}


def _info(total: int, size: int) -> dict[str, int]:
    return {"totalResults": total, "resultsPerPage": size}


def _page_token(last: Post) -> str:
    return base64.urlsafe_b64encode(str(last.at.timestamp()).encode()).decode()


def _snippet(post: Post) -> dict[str, Any]:
    video = video_id(post.key)
    return {
        "publishedAt": post.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "channelId": channel_id(post.person),
        "title": post.text,
        "description": post.person.about,
        "channelTitle": post.person.name,
        "thumbnails": {"default": {"url": picture_url(f"video-{video}", 120, 90), "width": 120, "height": 90}},
    }


def _item(post: Post) -> dict[str, Any]:
    video = video_id(post.key)
    stamp = post.at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "kind": "youtube#playlistItem",
        "etag": letters(20, "etag", post.key),
        "id": f"VVU{letters(40, 'item', post.key)}",
        "snippet": {
            **_snippet(post),
            "playlistId": uploads_id(post.person),
            "resourceId": {"kind": "youtube#video", "videoId": video},
        },
        "contentDetails": {"videoId": video, "videoPublishedAt": stamp},
        "status": {"privacyStatus": "private" if is_private(post) else "public"},
    }
