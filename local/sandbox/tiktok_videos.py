"""TikTok's videos: the list with its cursor of milliseconds, and the query by ids."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from flask import request

from local.sandbox import world
from local.sandbox.avatars import picture_url
from local.sandbox.chance import draw
from local.sandbox.doorway import Refusal
from local.sandbox.people import Person
from local.sandbox.state import Sandbox
from local.sandbox.world import Post

_PLATFORM = "tiktok"
_FIELDS = frozenset(
    "id create_time cover_image_url share_url video_description duration height width title embed_html embed_link "
    "like_count comment_count share_count view_count".split()
)
_COUNTED = {"like_count": "likes", "comment_count": "comments", "share_count": "reposts", "view_count": "video_views"}
_MOST = 20


def said(data: Mapping[str, Any], code: str = "ok", message: str = "") -> dict[str, Any]:
    """The form of every answer of the API."""
    return {"data": dict(data), "error": {"code": code, "message": message, "log_id": secrets.token_hex(17).upper()}}


@lru_cache(maxsize=50_000)
def video_id(key: str) -> str:
    return str(7_100_000_000_000_000_000 + draw("video", key) % 400_000_000_000_000_000)


class Videos:
    def __init__(
        self,
        sandbox: Sandbox,
        reader: Callable[[], Person],
        bad_request: Callable[[], Refusal],
        username: Callable[[Person], str],
    ) -> None:
        self._sandbox, self._reader, self._bad, self._username = sandbox, reader, bad_request, username

    def listed(self) -> Mapping[str, Any]:
        """Newest first, before the cursor. Private videos are taken out of a page that was cut already, so that pages
        are shorter than asked for."""
        person = self._reader()
        wanted, body = self._asked()
        size, cursor = body.get("max_count", 10), body.get("cursor")
        if type(size) is not int or not 1 <= size <= _MOST or not (cursor is None or type(cursor) is int):
            raise self._bad()
        posts = self._sandbox.posts(person, _PLATFORM)
        older = [post for post in posts if not cursor or _milliseconds(post) < cursor]
        page = older[:size]
        return said(
            {
                "videos": self._shown((post for post in page if not post.foreign), wanted),
                "cursor": _milliseconds(page[-1]) if page else cursor or 0,
                "has_more": len(older) > size,
            }
        )

    def queried(self) -> Mapping[str, Any]:
        """The videos of these ids that are the person's own; the others are silently left out."""
        person = self._reader()
        wanted, body = self._asked()
        filters = body.get("filters")
        ids = filters.get("video_ids") if isinstance(filters, dict) else None
        if not isinstance(ids, list) or not 1 <= len(ids) <= _MOST:
            raise self._bad()
        posts = self._sandbox.posts(person, _PLATFORM)
        return said({"videos": self._shown((p for p in posts if not p.foreign and video_id(p.key) in ids), wanted)})

    def _asked(self) -> tuple[list[str], dict[str, Any]]:
        wanted = [name for name in request.args.get("fields", "").split(",") if name]
        body = request.get_json(silent=True) if request.get_data() else {}
        if not wanted or not set(wanted) <= _FIELDS or not isinstance(body, dict):
            raise self._bad()
        return wanted, body

    def _shown(self, posts: Iterable[Post], wanted: list[str]) -> list[dict[str, Any]]:
        known = (self._known(post) for post in posts)
        return [{name: each[name] for name in wanted if name in each} for each in known]

    def _known(self, post: Post) -> dict[str, Any]:
        number = video_id(post.key)
        titled = post.number % 4 != 3
        link = f"https://www.tiktok.com/@{self._username(post.person)}/video/{number}"
        return {
            "id": number,
            "create_time": int(post.at.timestamp()),
            "cover_image_url": picture_url(f"video-{number}", 720, 1280),
            "share_url": f"{link}?utm_campaign=tt4d_open_api&utm_source=sandbox",
            "title": post.text if titled else "",
            "video_description": "" if titled and post.number % 2 else f"{post.text} #handmade",
            "duration": 12 + draw("length", post.key) % 160,
            "height": 1280,
            "width": 720,
            "embed_html": "",
            "embed_link": f"https://www.tiktok.com/player/v1/{number}",
            **self._counted(post),
        }

    def _counted(self, post: Post) -> dict[str, int]:
        """Careful: an unknown count is not there."""
        if post.person.unknown and post.number % 3 == 0:
            return {}
        today = self._sandbox.today
        return {name: world.total(post, metric, today) for name, metric in _COUNTED.items()}


def _milliseconds(post: Post) -> int:
    return int(post.at.timestamp() * 1000)
