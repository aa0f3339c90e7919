"""Bluesky's views of people and posts, with the fields of the lexicons."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from local.sandbox import world
from local.sandbox.avatars import avatar_url, picture_url
from local.sandbox.bluesky_sessions import did_of
from local.sandbox.chance import draw, letters
from local.sandbox.people import CAST, Person
from local.sandbox.state import Sandbox
from local.sandbox.world import Post

PLATFORM = "bluesky"
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_EMBEDS = ("images", "none", "external", "video", "gallery", "record", "recordWithMedia")
FILTERS: Mapping[str, Callable[[Post], bool]] = {
    "posts_with_replies": lambda post: True,
    "posts_no_replies": lambda post: not is_reply(post),
    "posts_with_media": lambda post: not post.foreign and _embed_kind(post) in ("images", "video", "gallery"),
    "posts_and_author_threads": lambda post: not is_reply(post),
    "posts_with_video": lambda post: not post.foreign and _embed_kind(post) == "video",
}


def handle(person: Person) -> str:
    return f"{person.key}.test"


def is_reply(post: Post) -> bool:
    return post.foreign and post.number // 6 % 2 == 0


def is_repost(post: Post) -> bool:
    return post.foreign and not is_reply(post)


@lru_cache(maxsize=50_000)
def uri(post: Post) -> str:
    """A repost's post is somebody else's: the previous of the cast, who is not in the feed otherwise."""
    return f"at://{did_of(_author(post))}/app.bsky.feed.post/{_record_key(post)}"


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _author(post: Post) -> Person:
    return _other(post.person) if is_repost(post) else post.person


def _other(person: Person) -> Person:
    return CAST[1] if person.key == CAST[0].key else CAST[0]


def _record_key(post: Post) -> str:
    """A timestamp id: microseconds and a clock id in sortable base32, 13 characters."""
    number = int(post.at.timestamp() * 1_000_000) << 10 | draw("clock", post.key) % 1024
    return "".join(_SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))


def _cid(*words: object) -> str:
    return f"bafyrei{letters(52, 'cid', *words)}"


def _embed_kind(post: Post) -> str:
    return _EMBEDS[post.number % len(_EMBEDS)]


class Views:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def basic(self, person: Person) -> dict[str, Any]:
        return {
            "did": did_of(person),
            "handle": handle(person),
            "displayName": person.name,
            "avatar": avatar_url(f"{PLATFORM}-{person.key}"),
            "labels": [],
            "createdAt": stamp(self._joined(person)),
        }

    def detailed(self, person: Person) -> dict[str, Any]:
        counts = {
            "followersCount": world.followers(person, self._sandbox.today),
            "followsCount": 0 if person.nobody else 30 + draw("follows", person.key) % 300,
            "postsCount": sum(not is_repost(post) for post in self._sandbox.posts(person, PLATFORM)),
        }
        seen = {"description": person.about, "indexedAt": stamp(self._joined(person))}
        return self.basic(person) | seen | ({} if person.unknown else counts)

    def item(self, post: Post) -> dict[str, Any]:
        """One entry of an author's feed."""
        if is_repost(post):
            mark = {
                "by": self.basic(post.person),
                "uri": f"at://{did_of(post.person)}/app.bsky.feed.repost/{_record_key(post)}",
            }
            reason = {"$type": "app.bsky.feed.defs#reasonRepost", **mark, "indexedAt": stamp(post.at)}
            return {"post": self.post(post), "reason": reason}
        if is_reply(post):
            answered = {"$type": "app.bsky.feed.defs#postView", **self._answered(post)}
            return {"post": self.post(post), "reply": {"root": answered, "parent": answered}}
        return {"post": self.post(post)}

    def pinned(self, post: Post) -> dict[str, Any]:
        return {"post": self.post(post), "reason": {"$type": "app.bsky.feed.defs#reasonPin"}}

    def post(self, post: Post) -> dict[str, Any]:
        view = {
            "uri": uri(post),
            "cid": _cid(post.key),
            "author": self.basic(_author(post)),
            "record": self._record(post),
            **self._counts(post),
            "indexedAt": stamp(post.at + timedelta(milliseconds=450)),
            "labels": [],
        }
        embed = self._embed(post)
        return view if embed is None or post.foreign else view | {"embed": embed}

    def _counts(self, post: Post) -> dict[str, int]:
        names = {
            "replyCount": "comments",
            "repostCount": "reposts",
            "likeCount": "likes",
            "quoteCount": "quotes",
            "bookmarkCount": "bookmarks",
        }
        counts = {name: world.total(post, metric, self._sandbox.today) for name, metric in names.items()}
        if post.person.unknown:
            # An older app view knows no bookmarks, and some posts have not been counted at all.
            counts.pop("bookmarkCount")
            return {} if post.number % 3 == 0 else counts
        return counts

    def _record(self, post: Post) -> dict[str, Any]:
        langs = ["ar"] if post.person.key == "salma" else ["en"]
        record = {"$type": "app.bsky.feed.post", "text": post.text, "createdAt": stamp(post.at), "langs": langs}
        if is_reply(post):
            other = self._answered(post)
            strong = {"uri": other["uri"], "cid": other["cid"]}
            return record | {"reply": {"root": strong, "parent": strong}}
        return record

    def _answered(self, post: Post) -> dict[str, Any]:
        """The post of somebody else to which `post` replies."""
        other = _other(post.person)
        asked = post.at - timedelta(hours=3)
        text = "What did you use for it?"
        return {
            "uri": f"at://{did_of(other)}/app.bsky.feed.post/{letters(13, 'asked', post.key)}",
            "cid": _cid("asked", post.key),
            "author": self.basic(other),
            "record": {"$type": "app.bsky.feed.post", "text": text, "createdAt": stamp(asked)},
            "indexedAt": stamp(asked),
        }

    def _embed(self, post: Post) -> dict[str, Any] | None:
        kind = _embed_kind(post)
        return None if kind == "none" else self._made(kind, post)

    def _made(self, kind: str, post: Post) -> dict[str, Any]:
        picture = picture_url(f"post-{_record_key(post)}", 1000, 1000)
        image = {"thumb": picture, "fullsize": picture, "alt": post.text}
        external = {"uri": f"https://{post.person.key}.example/{post.number}", "title": post.text, "description": ""}
        quoted = {"$type": "app.bsky.embed.record#viewNotFound", "uri": self._answered(post)["uri"], "notFound": True}
        bodies: dict[str, dict[str, Any]] = {
            "images": {"images": [image]},
            "gallery": {"items": [{"$type": "app.bsky.embed.gallery#viewImage", **image}] * 2},
            "external": {"external": external},
            "video": {"cid": _cid("video", post.key), "playlist": f"{picture}&playlist=1", "thumbnail": picture},
            "record": {"record": quoted},
        }
        if kind == "recordWithMedia":
            return {
                "$type": "app.bsky.embed.recordWithMedia#view",
                "record": {"record": quoted},
                "media": self._made("images", post),
            }
        return {"$type": f"app.bsky.embed.{kind}#view", **bodies[kind]}

    def _joined(self, person: Person) -> datetime:
        first = self._sandbox.opened - timedelta(days=person.history)
        return datetime(first.year, first.month, first.day, 8, tzinfo=UTC)
