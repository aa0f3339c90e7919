"""Accounts and statuses of the Mastodon servers of the sandbox: lists go on by the header `Link`."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import urlencode

from flask import Response, json, request

from local.sandbox import world
from local.sandbox.avatars import avatar_url, picture_url
from local.sandbox.chance import draw, letters
from local.sandbox.doorway import Refusal
from local.sandbox.mastodon_about import Server
from local.sandbox.people import Person
from local.sandbox.state import Sandbox
from local.sandbox.world import Post

_PLATFORM = "mastodon"
_MOST = 40
_ATTACHED = ((), ("image",), ("image", "image", "image"), ("video",), ("gifv",), ("audio",))
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


@lru_cache(maxsize=50_000)
def id_of(server: Server, post: Post) -> str:
    """Bigger for later posts, as the real ones; on one server of digits, on the other not."""
    moment = int(post.at.timestamp() * 1000)
    if server.numeric:
        return str((moment << 16) + draw("status", post.key) % 65_536)
    return f"01{moment:013X}{letters(11, 'status', post.key).upper()}"


def account_id(server: Server, person: Person) -> str:
    if server.numeric:
        return str(108_000_000_000_000_000 + draw("account", person.key) % 10**15)
    return f"01{letters(24, 'account', person.key).upper()}"


def account(sandbox: Sandbox, server: Server, person: Person) -> dict[str, Any]:
    posts = sandbox.posts(person, _PLATFORM)
    home, picture = f"https://{server.host}", avatar_url(f"{_PLATFORM}-{person.key}")
    began = sandbox.opened - timedelta(days=730)
    return {
        "id": account_id(server, person),
        "username": person.key,
        "acct": person.key,
        # Careful: a name may be empty.
        "display_name": "" if person.personal else person.name,
        "locked": False,
        "bot": False,
        "discoverable": True,
        "indexable": False,
        "group": False,
        "created_at": f"{began}T00:00:00.000Z",
        "note": f"<p>{escape(person.about)}</p>",
        "url": f"{home}/@{person.key}",
        "uri": f"{home}/users/{person.key}",
        "avatar": picture,
        "avatar_static": picture,
        "header": picture,
        "header_static": picture,
        # Careful: some software hides the count behind -1.
        "followers_count": -1 if person.unknown else world.followers(person, sandbox.today),
        "following_count": 0 if person.nobody else 30 + draw("following", person.key) % 300,
        "statuses_count": len(posts),
        "last_status_at": posts[0].at.date().isoformat() if posts else None,
        "hide_collections": person.unknown,
        "noindex": False,
        "emojis": [],
        "roles": [],
        "fields": [],
    }


class Statuses:
    def __init__(
        self,
        sandbox: Sandbox,
        server: Callable[[str], Server],
        reader: Callable[[str], Person],
        gone: Callable[[], Refusal],
    ) -> None:
        self._sandbox, self._server, self._reader, self._gone = sandbox, server, reader, gone

    def of_account(self, host: str, account_id: str) -> Response:
        server, person = self._mine(host, account_id)
        size = _size()
        posts = [post for post in self._sandbox.posts(person, _PLATFORM) if _wanted(post)]
        if "max_id" in request.args:
            posts = [post for post in posts if _before(id_of(server, post), request.args["max_id"])]
        page = posts[:size]
        whose = account(self._sandbox, server, person)
        shown = [self._shown(server, post, whose) for post in page]
        answer = Response(json.dumps(shown, ensure_ascii=False), content_type="application/json; charset=utf-8")
        if page:
            answer.headers["Link"] = self._links(server, account_id, page, more=len(posts) > size)
        return answer

    def one(self, host: str, status_id: str) -> Mapping[str, Any]:
        server, person = self._server(host), self._reader(host)
        for post in self._sandbox.posts(person, _PLATFORM):
            if id_of(server, post) == status_id:
                return self._shown(server, post, account(self._sandbox, server, person))
        raise self._gone()

    def _mine(self, host: str, wanted: str) -> tuple[Server, Person]:
        server, person = self._server(host), self._reader(host)
        if wanted != account_id(server, person):
            raise self._gone()
        return server, person

    def _links(self, server: Server, account_id: str, page: list[Post], more: bool) -> str:
        """Careful: the last page has a link too, but only to the one before."""
        here = f"https://{server.host}/api/v1/accounts/{account_id}/statuses"
        kept = [(name, value) for name, value in request.args.items() if name not in ("max_id", "min_id", "since_id")]
        onward = urlencode([*kept, ("max_id", id_of(server, page[-1]))])
        back = urlencode([*kept, ("min_id", id_of(server, page[0]))])
        links = [f'<{here}?{onward}>; rel="next"'] if more else []
        return ", ".join([*links, f'<{here}?{back}>; rel="prev"'])

    def _shown(self, server: Server, post: Post, whose: Mapping[str, Any]) -> dict[str, Any]:
        number, home = id_of(server, post), f"https://{server.host}"
        boosted = self._own(server, post, whose) if _is_boost(post) else None
        uri = f"{home}/users/{post.person.key}/statuses/{number}"
        return {
            **self._own(server, post, whose),
            "id": number,
            "uri": f"{uri}/activity" if boosted else uri,
            # Careful: a link may be missing.
            "url": None if post.number % 9 == 8 else f"{home}/@{post.person.key}/{number}",
            "reblog": boosted and {**boosted, "id": f"{number}9", "uri": f"{home}/users/somebody/statuses/{number}9"},
        }

    def _own(self, server: Server, post: Post, whose: Mapping[str, Any]) -> dict[str, Any]:
        warned = post.number % 10 == 9
        stamp = post.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        answered = post.foreign and not _is_boost(post)
        return {
            "id": id_of(server, post),
            "created_at": stamp,
            "in_reply_to_id": f"{id_of(server, post)}8" if answered else None,
            "in_reply_to_account_id": "108000000000000001" if answered else None,
            "sensitive": warned,
            "spoiler_text": "Kiln accident" if warned else "",
            "visibility": "direct" if _is_direct(post) else ("public", "unlisted", "private")[post.number % 3],
            "language": "ar" if post.person.key == "salma" else "en",
            "uri": f"https://{server.host}/users/{post.person.key}/statuses/{id_of(server, post)}",
            "url": None,
            "content": f"<p>{escape(post.text)} &amp; more<br>of it</p><p>#handmade</p>",
            "reblog": None,
            "edited_at": None,
            "account": whose,
            "media_attachments": [_attachment(post, kind, n) for n, kind in enumerate(_ATTACHED[post.number % 6])],
            "mentions": [],
            "tags": [],
            "emojis": [],
            "card": None,
            "poll": None,
            "favourited": False,
            "reblogged": False,
            "bookmarked": False,
            "muted": False,
            **self._counted(server, post),
        }

    def _counted(self, server: Server, post: Post) -> dict[str, int]:
        today = self._sandbox.today
        names = {"favourites_count": "likes", "reblogs_count": "reposts", "replies_count": "comments"}
        quotes = {"quotes_count": "quotes"} if server.counts_quotes else {}
        return {name: world.total(post, metric, today) for name, metric in (names | quotes).items()}


def _is_boost(post: Post) -> bool:
    return post.foreign and post.number % 12 == 5


def _is_direct(post: Post) -> bool:
    return not post.foreign and post.number % 13 == 7


def _wanted(post: Post) -> bool:
    if _flag("exclude_reblogs") and _is_boost(post):
        return False
    return not (_flag("exclude_replies") and post.foreign and not _is_boost(post))


def _flag(name: str) -> bool:
    return _FLAGS.get(request.args.get(name, "false"), False)


def _size() -> int:
    """More than 40 is taken for 40, and nonsense for the usual 20."""
    text = request.args.get("limit", "20")
    return min(_MOST, int(text)) if text.isascii() and text.isdigit() and int(text) else 20


def _before(one: str, other: str) -> bool:
    return (len(one), one) < (len(other), other)


def _attachment(post: Post, kind: str, number: int) -> dict[str, Any]:
    seed = f"media-{post.key.replace('/', '-')}-{number}"
    return {
        "id": str(draw(seed) % 10**12),
        "type": kind,
        "url": picture_url(seed, 1200, 900),
        "preview_url": picture_url(seed, 400, 300),
        "remote_url": None,
        "description": None,
        "blurhash": None,
        "meta": {},
    }
