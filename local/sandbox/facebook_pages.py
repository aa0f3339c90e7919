"""The Pages of the sandbox's people: profile, published posts, insights by what is still alive of them in 2026."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Protocol

from flask import request

from local.sandbox import graph, world
from local.sandbox.avatars import avatar_url, picture_url
from local.sandbox.chance import digits
from local.sandbox.people import Person
from local.sandbox.state import Sandbox
from local.sandbox.world import Post

PAGE = frozenset(
    "id name username link category picture followers_count fan_count about website access_token is_published".split()
)
POST = frozenset(
    "id message story created_time updated_time permalink_url status_type full_picture attachments shares is_published "
    "reactions comments likes from insights".split()
)
_SUMMARIES = frozenset({"reactions", "comments", "likes"})
_KINDS = ("like", "love", "wow", "haha", "sorry", "anger")
POST_METRICS = (
    "post_media_view post_total_media_view_unique post_clicks post_clicks_by_type post_reactions_by_type_total "
    "post_activity_by_action_type post_video_views post_video_avg_time_watched post_video_view_time"
).split() + [f"post_reactions_{kind}_total" for kind in _KINDS]
PAGE_METRICS = {
    "page_media_view": "impressions",
    "page_total_media_view_unique": "video_views",
    "page_post_engagements": "closeups",
    "page_views_total": "visits",
    "page_total_actions": "clicks",
    "page_daily_follows": "follows",
    "page_daily_follows_unique": "follows",
    "page_video_views": "video_views",
}
_SHARES = {"like": 0.6, "love": 0.25, "wow": 0.06, "haha": 0.05, "sorry": 0.02, "anger": 0.02}
_FEWEST = 100
# Whose consent covers several Pages.
_SECOND = {"ada": "Workshop", "salma": "مدرسة", "bruno": "Bakery School"}


class Reading(Protocol):
    """What the platform lends: whose Page the token is of, and whether it has a scope."""

    def page_of(self, node: str) -> Person: ...

    def demand(self, *scopes: str) -> None: ...


class Pages:
    def __init__(self, sandbox: Sandbox, platform: Reading) -> None:
        self._sandbox, self._platform = sandbox, platform

    def node(self, node: str) -> Mapping[str, Any]:
        page = self._platform.page_of(node)
        if "_" in node:
            return self._post(self._found(page, node), graph.fields("PagePost", POST, "id,created_time,message"))
        return self.shown(page, graph.fields("Page", PAGE - {"access_token"}, "id,name"))

    def published_posts(self, page: str) -> Mapping[str, Any]:
        owner = self._platform.page_of(page)
        asked = graph.fields("PagePost", POST, "id,created_time,message")
        return graph.listing(self._sandbox.posts(owner, "facebook"), post_id, lambda post: self._post(post, asked))

    def insights(self, node: str) -> Mapping[str, Any]:
        page = self._platform.page_of(node)
        if "_" in node:
            return self._post_insights(self._found(page, node), request.args.get("metric", ""))
        return self._page_insights(page)

    def shown(self, page: Person, asked: Mapping[str, str]) -> dict[str, Any]:
        followers = world.followers(page, self._sandbox.today)
        picture = {"url": avatar_url(f"facebook-{page.key}"), "is_silhouette": False, "width": 200, "height": 200}
        shown: dict[str, Any] = {
            "id": page_id(page),
            "name": page.name,
            "username": username(page),
            "link": f"https://www.facebook.com/{page_id(page)}",
            "category": "Local business",
            "picture": {"data": {"url": picture["url"]} if "{url}" in asked.get("picture", "") else picture},
            "followers_count": followers,
            "fan_count": followers * 9 // 10,
            "about": page.about,
            "is_published": True,
        }
        # A Page need not have a user name.
        if page.nobody:
            del shown["username"]
        if page.unknown:
            del shown["followers_count"]
        return {**{name: shown[name] for name in asked if name in shown}, "id": shown["id"]}

    def _found(self, page: Person, node: str) -> Post:
        for post in self._sandbox.posts(page, "facebook"):
            if post_id(post) == node:
                return post
        raise graph.refusal(100, "Unsupported get request. Object does not exist.", subcode=33)

    def _post(self, post: Post, asked: Mapping[str, str]) -> dict[str, Any]:
        if _SUMMARIES & asked.keys():
            self._platform.demand("pages_read_user_content")
        today = self._sandbox.today
        link = post.number % 4 == 3
        shown: dict[str, Any] = {
            "id": post_id(post),
            "created_time": graph.stamp(post.at),
            "permalink_url": f"https://www.facebook.com/{post_id(post).replace('_', '/posts/')}",
            "status_type": ("added_photos", "mobile_status_update", "added_video", "shared_story")[post.number % 4],
            "is_published": True,
        }
        # A shared link need not come with words.
        if not link:
            shown["message"] = f"{post.text}\n\n{post.person.about}"
        kind = ("photo", None, "video", "link")[post.number % 4]
        if kind is not None:
            shown["attachments"] = {"data": [{"media_type": kind, "title": post.text}]}
            shown["full_picture"] = picture_url(f"fb-{post_id(post)}", 720, 720)
        # Careful: where nobody shared it, the whole object is missing.
        if shares := world.total(post, "reposts", today):
            shown["shares"] = {"count": shares}
        for name, metric in (("reactions", "likes"), ("likes", "likes"), ("comments", "comments")):
            shown[name] = {"data": [], "summary": {"total_count": world.total(post, metric, today)}}
        answer = {name: shown[name] for name in asked if name in shown}
        if "insights" in asked:
            answer["insights"] = self._post_insights(post, asked["insights"])
        return {**answer, "id": shown["id"]}

    def _post_insights(self, post: Post, wanted: str) -> dict[str, Any]:
        self._platform.demand("read_insights")
        names = graph.metrics(wanted, POST_METRICS)
        # Careful: on some posts media views are refused.
        if post.person.unknown and post.number % 13 == 2 and "post_media_view" in names:
            raise graph.refusal(100, "(#100) The value must be a valid insights metric")
        return graph.lifetime(post_id(post), {name: self._number(post, name) for name in names})

    def _number(self, post: Post, name: str) -> Any:
        today = self._sandbox.today
        seen, likes = world.total(post, "impressions", today), world.total(post, "likes", today)
        if name == "post_reactions_by_type_total":
            return _by_kind(likes)
        if name == "post_activity_by_action_type":
            counts = {"like": likes, "comment": world.total(post, "comments", today)}
            counts["share"] = world.total(post, "reposts", today)
            return {key: n for key, n in counts.items() if n}
        if name == "post_clicks_by_type":
            clicks = world.total(post, "clicks", today)
            return {"link clicks": clicks // 2, "other clicks": clicks - clicks // 2} if clicks else {}
        if name.startswith("post_reactions_"):
            return _by_kind(likes).get(name.split("_")[2], 0)
        clicks = world.total(post, "clicks", today)
        return {"post_media_view": seen, "post_total_media_view_unique": int(seen * 0.8), "post_clicks": clicks}.get(
            name, world.total(post, "video_views", today)
        )

    def _page_insights(self, page: Person) -> dict[str, Any]:
        self._platform.demand("read_insights")
        reactions = {f"page_actions_post_reactions_{kind}_total": kind for kind in _KINDS}
        names = graph.metrics(request.args.get("metric", ""), {*PAGE_METRICS, *reactions})
        if request.args.get("period", "day") != "day":
            raise graph.refusal(100, "(#100) The sandbox knows period=day only")
        now = self._sandbox.now()
        since, until = graph.span(now, 90, self._sandbox.today - timedelta(days=730))
        # A Page that few people like has no insights.
        if world.followers(page, self._sandbox.today) < _FEWEST:
            return {"data": []}
        days = [d for d in graph.closed_days(now, since, until) if not (page.unknown and d.toordinal() % 9 == 4)]
        node = page_id(page)
        rows = [
            graph.series(node, name, {day: self._of_day(page, name, reactions.get(name), day) for day in days})
            for name in names
        ]
        return {"data": rows, "paging": {"previous": request.base_url, "next": request.base_url}}

    def _of_day(self, page: Person, name: str, kind: str | None, day: date) -> int:
        now = self._sandbox.now()
        if kind is None:
            return world.settled(world.account_day(page, PAGE_METRICS[name], day), day, now)
        return world.settled(_by_kind(world.account_day(page, "likes", day)).get(kind, 0), day, now)


def _by_kind(likes: int) -> dict[str, int]:
    """Reactions by kind, only those there are."""
    others = {kind: int(likes * share) for kind, share in _SHARES.items() if kind != "like"}
    counted = {"like": likes - sum(others.values()), **others}
    return {kind: n for kind, n in counted.items() if n}


def pages_of(person: Person) -> list[Person]:
    """The Pages that a person looks after; each has posts and followers of its own."""
    more = _SECOND.get(person.key)
    if more is None:
        return [person]
    second = replace(person, key=f"{person.key}-second", name=f"{person.name} {more}", followers=person.followers // 3)
    return [person, second]


def page_id(page: Person) -> str:
    return f"10{digits(13, 'page', page.key)}"


def username(page: Person) -> str:
    return f"{page.key.replace('-', '.')}.sandbox"


def post_id(post: Post) -> str:
    return f"{page_id(post.person)}_{digits(15, 'post', post.key)}"
