"""X's posts: timelines with tokens to go on, posts by id, and what becomes of private numbers."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from flask import request

from local.sandbox import world
from local.sandbox.avatars import picture_url
from local.sandbox.chance import digits, draw
from local.sandbox.doorway import Refusal
from local.sandbox.people import Person
from local.sandbox.state import Sandbox
from local.sandbox.world import Post

Reader = Callable[..., Person]
_PLATFORM = "x"
_FARTHEST = 3200
_PRIVATE_FOR = timedelta(days=30)
_EPOCH_MS = 1_288_834_974_657
_OLD, _NEW = "tweet.fields", "post.fields"
_EITHER = frozenset(
    "article attachments card_uri community_id context_annotations conversation_id created_at display_text_range "
    "edit_controls entities geo id lang matched_media_notes media_metadata non_public_metrics organic_metrics "
    "paid_partnership possibly_sensitive promoted_metrics public_metrics reply_settings scopes source text "
    "withheld".split()
)
_FIELDS = {
    _OLD: _EITHER | {"author_id", "edit_history_tweet_ids", "in_reply_to_user_id", "referenced_tweets", "note_tweet"},
    _NEW: _EITHER | {"note_post", "article_title"},
}
_PRIVATE = frozenset({"non_public_metrics", "organic_metrics", "promoted_metrics"})
_MEDIA_FIELDS = frozenset(
    "alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url promoted_metrics "
    "public_metrics type url variants width".split()
)
_EXPANSIONS = frozenset({"attachments.media_keys", "attachments.poll_ids", "author_id", "geo.place_id"})
_PAGE = {"max_results", "pagination_token", "exclude", "since_id", "until_id"}
_SHAPES = {_OLD, _NEW, "expansions", "media.fields", "poll.fields", "place.fields", "user.fields"}


def problem(kind: str, title: str, detail: str) -> dict[str, Any]:
    return {"title": title, "detail": detail, "type": f"https://api.x.com/2/problems/{kind}"}


def invalid(name: str, message: str) -> Refusal:
    """One or more parameters cannot be taken."""
    body = problem("invalid-request", "Invalid Request", "One or more parameters to your request was invalid.")
    wrong = {"parameters": {name: request.args.getlist(name)}, "message": message}
    return Refusal(400, {"errors": [wrong], **body})


def query(known: Collection[str]) -> None:
    """X refuses parameters that it does not know."""
    for name in request.args:
        if name not in known or len(request.args.getlist(name)) > 1:
            raise invalid(name, f"The query parameter [{name}] is not one of [{','.join(sorted(known))}]")


def chosen(name: str, known: Collection[str]) -> set[str]:
    """The fields of a list split by commas."""
    fields = set(request.args[name].split(",")) if name in request.args else set()
    if not fields <= set(known):
        raise invalid(name, f"The `{name}` query parameter value [{request.args[name]}] is not one of the known ones")
    return fields


@lru_cache(maxsize=50_000)
def post_id(post: Post) -> str:
    """Made of its time, as X makes them: later posts have higher ids."""
    return str((int(post.at.timestamp() * 1000) - _EPOCH_MS << 22) + draw("post", post.key) % (1 << 22))


class Posts:
    def __init__(self, sandbox: Sandbox, reader: Reader, user_id: Callable[[Person], str]) -> None:
        self._sandbox, self._reader, self._user_id = sandbox, reader, user_id

    def of_user(self, account: str) -> Mapping[str, Any]:
        person = self._reader("tweet.read", "users.read")
        query(_PAGE | _SHAPES)
        if account != self._user_id(person):
            # Careful: the product has no business with others.
            raise Refusal(404, problem("resource-not-found", "Not Found Error", "Could not find that user."))
        size = _number("max_results", "10", 5, 100)
        exclude = chosen("exclude", {"retweets", "replies"})
        posts = self._within(self._sandbox.posts(person, _PLATFORM)[:_FARTHEST])
        start = _number("pagination_token", "0", 0, _FARTHEST, base=32, mark="t")
        cut = posts[start : start + size]
        # Reposts are left out of a page that was cut before, so a page may be short, or empty, and yet lead on.
        page = [post for post in cut if not (post.foreign and "retweets" in exclude)]
        answer = self._answer(page)
        meta: dict[str, Any] = {"result_count": len(answer.get("data", ()))}
        if page:
            meta |= {"newest_id": post_id(page[0]), "oldest_id": post_id(page[-1])}
        if start + size < len(posts):
            meta["next_token"] = _token(start + size)
        if start:
            meta["previous_token"] = _token(max(0, start - size))
        return {**answer, "meta": meta}

    def by_ids(self) -> Mapping[str, Any]:
        person = self._reader("tweet.read", "users.read")
        query({"ids"} | _SHAPES)
        wanted = request.args.get("ids", "").split(",")
        if not 1 <= len(wanted) <= 100 or not all(one.isascii() and one.isdigit() for one in wanted):
            raise invalid("ids", "size must be between 1 and 100, each a number")
        mine = {post_id(post): post for post in self._sandbox.posts(person, _PLATFORM)}
        answer = self._answer([mine[one] for one in wanted if one in mine])
        lost = [self._lost(one) for one in wanted if one not in mine]
        errors = [*answer.get("errors", ()), *lost]
        return {**answer, **({"errors": errors} if errors else {})}

    def _within(self, posts: list[Post]) -> list[Post]:
        since, until = (_number(name, "0", 0, 1 << 63) for name in ("since_id", "until_id"))
        return [post for post in posts if int(post_id(post)) > since and (not until or int(post_id(post)) < until)]

    def _answer(self, posts: Sequence[Post]) -> dict[str, Any]:
        """`data` without the posts whose private numbers were asked for and are not to be had; those in `errors`."""
        name = _NEW if _NEW in request.args else _OLD
        if _OLD in request.args and _NEW in request.args:
            raise invalid(_OLD, f"The query parameter [{_OLD}] is not known beside [{_NEW}]")
        fields = chosen(name, _FIELDS[name])
        private = fields & _PRIVATE
        errors = [_denied(post, field) for post in posts for field in private if self._hides(post)]
        told = [post for post in posts if not (private and self._hides(post))]
        answer: dict[str, Any] = {"data": [self._shown(post, fields, name == _NEW) for post in told]} if told else {}
        if "attachments.media_keys" in chosen("expansions", _EXPANSIONS):
            media = [self._media(post, n) for post in told for n in range(_pictures(post))]
            answer |= {"includes": {"media": media}} if media else {}
        return answer | ({"errors": errors} if errors else {})

    def _hides(self, post: Post) -> bool:
        return post.foreign or self._sandbox.now() - post.at > _PRIVATE_FOR

    def _shown(self, post: Post, fields: set[str], new: bool) -> dict[str, Any]:
        own = post_id(post)
        shown: dict[str, Any] = {
            "created_at": post.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "lang": "en",
            "author_id": self._user_id(post.person),
            "public_metrics": self._public(post, new),
            "non_public_metrics": self._private(post),
            "organic_metrics": self._private(post),
        }
        if keys := [_media_key(post, n) for n in range(_pictures(post))]:
            shown["attachments"] = {"media_keys": keys}
        if post.foreign:
            shown["referenced_posts" if new else "referenced_tweets"] = [{"type": "retweeted", "id": digits(18, own)}]
        words = f"RT @somebody: {post.text}" if post.foreign else f"{post.text}\n{post.person.about}"
        always = {"id": own, "text": words, "edit_history_post_ids" if new else "edit_history_tweet_ids": [own]}
        return always | {name: value for name, value in shown.items() if name in fields and value is not None}

    def _public(self, post: Post, new: bool) -> dict[str, Any] | None:
        if post.person.unknown and post.number % 3 == 0:
            return None
        day = self._sandbox.today
        names = {
            "impression_count": "impressions",
            "like_count": "likes",
            "reply_count": "comments",
            "repost_count" if new else "retweet_count": "reposts",
            "quote_count": "quotes",
            "bookmark_count": "bookmarks",
        }
        return {name: world.total(post, metric, day) for name, metric in names.items()}

    def _private(self, post: Post) -> dict[str, Any]:
        day = self._sandbox.today
        numbers = {"impression_count": "impressions", "url_link_clicks": "clicks", "user_profile_clicks": "visits"}
        private = {name: world.total(post, metric, day) for name, metric in numbers.items()}
        # Careful: what nobody clicked has no key at all where the person's numbers are unknown.
        if post.person.unknown and post.number % 2:
            del private["url_link_clicks"]
        return private

    def _media(self, post: Post, number: int) -> dict[str, Any]:
        kind = "video" if _is_video(post) else "photo"
        picture = picture_url(f"x-{post_id(post)}-{number}", 1200, 675)
        shown: dict[str, Any] = {"preview_image_url" if kind == "video" else "url": picture}
        if kind == "video":
            shown["public_metrics"] = {"view_count": world.total(post, "video_views", self._sandbox.today)}
        fields = chosen("media.fields", _MEDIA_FIELDS)
        always = {"media_key": _media_key(post, number), "type": kind}
        return always | {name: value for name, value in shown.items() if name in fields}

    def _lost(self, wanted: str) -> dict[str, Any]:
        named = {"resource_id": wanted, "resource_type": "tweet", "parameter": "ids", "value": wanted}
        return named | problem("resource-not-found", "Not Found Error", f"Could not find tweet with ids: [{wanted}].")


def _denied(post: Post, field: str) -> dict[str, Any]:
    own = post_id(post)
    named = {"resource_id": own, "resource_type": "tweet", "parameter": "ids", "value": own, "section": "data"}
    detail = f"Sorry, you are not authorized to access '{field}' on the Tweet."
    return named | {"field": field} | problem("not-authorized-for-field", "Field Authorization Error", detail)


def _number(name: str, default: str, least: int, most: int, base: int = 10, mark: str = "") -> int:
    given = request.args.get(name)
    try:
        number = int((given or default).removeprefix(mark), base)
    except ValueError:
        raise invalid(name, f"The `{name}` query parameter value [{given}] is not valid") from None
    if not least <= number <= most or (given is not None and mark and not given.startswith(mark)):
        raise invalid(name, f"The `{name}` query parameter value [{given}] is not between {least} and {most}")
    return number


def _token(start: int) -> str:
    alphabet = "0123456789abcdefghijklmnopqrstuv"
    text = ""
    while start:
        start, place = divmod(start, 32)
        text = alphabet[place] + text
    return f"t{text or '0'}"


def _is_video(post: Post) -> bool:
    return post.number % 4 == 1


def _pictures(post: Post) -> int:
    """How many media a post has: one, a video, none, or two."""
    return (1, 1, 0, 2)[post.number % 4]


def _media_key(post: Post, number: int) -> str:
    return f"{7 if _is_video(post) else 3}_{digits(18, 'media', post.key, number)}"
