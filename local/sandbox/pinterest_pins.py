"""Pinterest's Pins and boards: lists with bookmarks, and the Pin as the official description has it."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from flask import request

from local.sandbox import world
from local.sandbox.avatars import picture_url
from local.sandbox.chance import digits
from local.sandbox.doorway import Refusal
from local.sandbox.people import Person
from local.sandbox.state import Sandbox
from local.sandbox.world import Post

Reader = Callable[..., Person]
_PLATFORM = "pinterest"
_SIZES = {"150x150": (150, 150), "400x300": (400, 300), "600x": (600, 900), "1200x": (1200, 1800)}
_CREATIVE_TYPES = frozenset(
    "REGULAR VIDEO SHOPPING CAROUSEL MAX_VIDEO SHOP_THE_PIN COLLECTION IDEA SHOWCASE QUIZ COLLAGE "
    "MAX_WIDTH_REGULAR_COLLECTION MAX_WIDTH_VIDEO_COLLECTION".split()
)
_MADE_AS = ("REGULAR", "REGULAR", "VIDEO", "CAROUSEL", "IDEA")
_FILTERS: Mapping[str, Callable[[Post], bool]] = {
    "exclude_native": lambda post: post.foreign,
    "exclude_repins": lambda post: not post.foreign,
    "has_been_promoted": lambda post: promoted(post),  # noqa: PLW0108 - it is defined below
}


@lru_cache(maxsize=50_000)
def pin_id(key: str) -> str:
    return digits(18, "pin", key)


def is_video(post: Post) -> bool:
    return creative_type(post) == "VIDEO"


def creative_type(post: Post) -> str:
    return _MADE_AS[post.number % len(_MADE_AS)]


def promoted(post: Post) -> bool:
    return post.number % 11 == 0


def board_id(person: Person, number: int) -> str:
    return digits(18, "board", person.key, number % 2)


def bad_request(message: str = "Invalid request.") -> Refusal:
    return Refusal(400, {"code": 1, "message": message})


def _anything(_: Post) -> bool:
    return True


class Pins:
    def __init__(self, sandbox: Sandbox, reader: Reader) -> None:
        self._sandbox, self._reader = sandbox, reader

    def pins(self) -> Mapping[str, Any]:
        person = self._reader("boards:read", "pins:read")
        chosen = request.args.get("pin_filter")
        if chosen is not None and chosen not in _FILTERS:
            raise bad_request()
        wanted = _FILTERS[chosen] if chosen else _anything
        secret = request.args.get("pin_type")
        if secret not in (None, "PRIVATE"):
            raise bad_request()
        _flag("include_protected_pins")
        posts = [] if secret else [post for post in self._sandbox.posts(person, _PLATFORM) if wanted(post)]
        return self._page(posts)

    def pin(self, pin_id: str) -> Mapping[str, Any]:
        person = self._reader("boards:read", "pins:read")
        return self._shown(find_pin(self._sandbox.posts(person, _PLATFORM), pin_id), _flag("pin_metrics"))

    def boards(self) -> Mapping[str, Any]:
        person = self._reader("boards:read")
        _page_size()
        posts = self._sandbox.posts(person, _PLATFORM)
        return {"items": [self._board(person, n, posts) for n in range(2)], "bookmark": None}

    def board_pins(self, board_id: str) -> Mapping[str, Any]:
        person = self._reader("boards:read", "pins:read")
        return self._page([post for post in self._sandbox.posts(person, _PLATFORM) if _board_of(post) == board_id])

    def _page(self, posts: list[Post]) -> dict[str, Any]:
        size, with_metrics = _page_size(), _flag("pin_metrics")
        types = set(request.args.getlist("creative_types"))
        if not types <= _CREATIVE_TYPES:
            raise bad_request()
        listed = [post for post in posts if not types or creative_type(post) in types]
        listed = listed[_after(listed, request.args.get("bookmark")) :]
        page = listed[:size]
        more = _bookmark(page[-1]) if len(listed) > size else None
        return {"items": [self._shown(post, with_metrics) for post in page], "bookmark": more}

    def _shown(self, post: Post, with_metrics: bool) -> dict[str, Any]:
        stamp = post.at.isoformat(timespec="seconds").replace("+00:00", "")
        return {
            "id": pin_id(post.key),
            # Careful: half of the Pins carry no zone, as in Pinterest's own examples.
            "created_at": stamp if post.number % 2 else f"{stamp}Z",
            "title": None if post.number % 7 == 3 else post.text,
            "description": None if post.number % 7 == 5 else f"{post.text}. {post.person.about}",
            "alt_text": None,
            "link": None if post.number % 3 == 0 else f"https://{post.person.key}.example/{post.number}",
            "dominant_color": "#6E7874",
            "board_id": _board_of(post),
            "board_section_id": None,
            "board_owner": {"username": f"{post.person.key.replace('-', '_')}_sandbox"},
            "creative_type": creative_type(post),
            "media": _media(post),
            "is_owner": True,
            "is_standard": True,
            "has_been_promoted": promoted(post),
            "parent_pin_id": digits(18, "parent", post.key) if post.foreign else None,
            "pin_metrics": self._metrics(post) if with_metrics else None,
        }

    def _metrics(self, post: Post) -> dict[str, Any] | None:
        """Without saves, which the official example has not. Careful: null for personal accounts and saved Pins."""
        if post.person.personal or post.foreign or (post.person.unknown and post.number % 3 == 0):
            return None
        today = self._sandbox.today
        before = today - timedelta(days=91)
        names = {"impression": "impressions", "pin_click": "closeups", "clickthrough": "clicks"}
        ever = {name: world.total(post, metric, today) for name, metric in names.items()}
        lately = {name: ever[name] - world.total(post, metric, before) for name, metric in names.items()}
        if not (post.person.unknown and post.number % 3 == 1):
            ever |= {"reaction": world.total(post, "likes", today), "comment": world.total(post, "comments", today)}
        return {"90d": lately, "lifetime_metrics": ever}

    def _board(self, person: Person, number: int, posts: Iterable[Post]) -> dict[str, Any]:
        mine = [post for post in posts if post.number % 2 == number]
        stamp = f"{self._sandbox.opened - timedelta(days=person.history)}T08:00:00"
        return {
            "id": board_id(person, number),
            "name": ("Finished", "Ideas")[number],
            "description": None,
            "created_at": stamp,
            "board_pins_modified_at": mine[0].at.isoformat(timespec="seconds")[:19] if mine else stamp,
            "collaborator_count": 0,
            "follower_count": 0 if person.nobody else world.followers(person, self._sandbox.today) // 2,
            "pin_count": len(mine),
            "is_ads_only": False,
            "owner": {"username": f"{person.key.replace('-', '_')}_sandbox"},
            "privacy": "PUBLIC",
        }


def find_pin(posts: Iterable[Post], wanted: str) -> Post:
    for post in posts:
        if pin_id(post.key) == wanted:
            return post
    raise Refusal(404, {"code": 50, "message": "Pin not found."})


def _board_of(post: Post) -> str:
    return board_id(post.person, post.number)


def _page_size() -> int:
    text = request.args.get("page_size", "25")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 250:
        raise bad_request("page_size must be from 1 to 250.")
    return int(text)


def _flag(name: str) -> bool:
    text = request.args.get(name, "false").lower()
    if text not in ("true", "false"):
        raise bad_request(f"{name} must be true or false.")
    return text == "true"


def _bookmark(last: Post) -> str:
    return base64.urlsafe_b64encode(f"{pin_id(last.key)}|{last.at.timestamp()}".encode()).decode()


def _after(posts: list[Post], bookmark: str | None) -> int:
    """Where the page after `bookmark` begins: Pins made in between do not shift it."""
    if bookmark is None:
        return 0
    try:
        _, at = base64.urlsafe_b64decode(bookmark.encode()).decode().split("|")
        moment = float(at)
    except (binascii.Error, UnicodeError, ValueError):
        raise bad_request("Invalid bookmark.") from None
    return next((place for place, post in enumerate(posts) if post.at.timestamp() < moment), len(posts))


def _images(post: Post) -> dict[str, Any]:
    seed = f"pin-{pin_id(post.key)}"
    return {
        name: {"width": width, "height": height, "url": picture_url(seed, width, height)}
        for name, (width, height) in _SIZES.items()
    }


def _media(post: Post) -> dict[str, Any]:
    images = _images(post)
    kind = creative_type(post)
    if kind == "VIDEO":
        cover = images["600x"]["url"]
        shape = {"duration": 21000, "height": 1920, "width": 1080, "video_url": None}
        return {"media_type": "video", "cover_image_url": cover, "images": images, **shape}
    if kind == "CAROUSEL":
        item = {"item_type": "image", "title": None, "description": None, "link": None, "images": images}
        return {"media_type": "multiple_images", "items": [item, item]}
    return {"media_type": "image", "images": images}
