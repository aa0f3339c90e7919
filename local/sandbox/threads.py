"""Threads API: consent, tokens, the profile, its threads and their insights, as Meta's Postman collection has them
(fbsamples/threads_api @ 44df04d4)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import request

from local.sandbox import consent, graph, world
from local.sandbox.avatars import avatar_url, picture_url
from local.sandbox.chance import digits, letters
from local.sandbox.faults import WIRE_KINDS, Ground
from local.sandbox.opened import Opened
from local.sandbox.people import Person
from local.sandbox.routes import Routes
from local.sandbox.state import Sandbox
from local.sandbox.world import Post

SLUG = "threads"
NAME = "Threads"
ORIGINS = {"https://www.threads.net": "/threads/www", "https://graph.threads.net": "/threads/graph"}
CREDENTIALS = {"client_id": "1490501700000022", "client_secret": letters(32, SLUG, "client secret")}
BASIC, INSIGHTS = "threads_basic", "threads_manage_insights"
SCOPES = tuple(
    "threads_basic threads_manage_insights threads_content_publish threads_manage_replies threads_read_replies "
    "threads_keyword_search threads_manage_mentions threads_delete threads_location_tagging "
    "threads_profile_discovery".split()
)
CALLS = tuple("authorize page token long_token refresh debug_token me threads thread insights account unknown".split())
POST_METRICS = ("views", "likes", "replies", "reposts", "quotes", "shares")
TOTALS = ("likes", "replies", "reposts", "quotes")
ACCOUNT_METRICS = ("views", *TOTALS, "clicks", "followers_count")
_ME = frozenset(
    "id username name is_verified threads_profile_picture_url threads_biography recently_searched_keywords "
    "is_eligible_for_geo_gating".split()
)
_THREAD = frozenset(
    "id media_product_type media_type media_url gif_url permalink owner username text timestamp shortcode "
    "thumbnail_url children is_quote_post quoted_post reposted_post has_replies alt_text "
    "link_attachment_url location_id topic_tag is_verified profile_picture_url insights".split()
)
_NUMBERS = {
    "views": "impressions",
    "likes": "likes",
    "replies": "comments",
    "reposts": "reposts",
    "quotes": "quotes",
    "shares": "bookmarks",
}
_TYPES = ("TEXT_POST", "IMAGE", "TEXT_POST", "VIDEO", "CAROUSEL_ALBUM")
_EARLIEST = date(2024, 4, 13)
_REPOST = "REPOST_FACADE"
_APP = consent.App(NAME, CREDENTIALS["client_id"], SCOPES, accept="Allow", optional=SCOPES[1:])


class Threads(graph.Graph):
    slug, name = SLUG, NAME
    use_case, limit_code, droppable = SLUG, 613, INSIGHTS

    def token(self) -> Mapping[str, Any]:
        """Careful: the user id comes as a number too large for some languages, and no scopes are named."""
        redeemed = self.redeemed()
        return {"access_token": self.tokens.short(redeemed), "user_id": int(digits(17, SLUG, redeemed.person))}

    def long_token(self) -> Mapping[str, Any]:
        return self.lengthen("th_exchange_token")

    def refresh(self) -> Mapping[str, Any]:
        self.reader(BASIC)
        return self.renew("th_refresh_token")

    def debug_token(self) -> Mapping[str, Any]:
        self.reader()
        held = self.tokens.of_access(graph.given("input_token"))
        if held is None:
            raise graph.refusal(100, "(#100) The input token is not known")
        about = {"type": "USER", "application": "PostLoudly", "is_valid": True, "scopes": list(held.scopes)}
        return {"data": {**about, "user_id": digits(17, SLUG, held.person)}}

    def me(self) -> Mapping[str, Any]:
        person = self.reader(BASIC)
        asked = graph.fields("ThreadsUser", _ME, "id,username")
        shown = {
            "username": username(person),
            "name": "" if person.nobody else person.name,
            "is_verified": False,
            "threads_profile_picture_url": avatar_url(f"{SLUG}-{person.key}"),
            "threads_biography": person.about,
        }
        return {**{name: shown[name] for name in asked if name in shown}, "id": user_id(person)}

    def threads(self, user: str) -> Mapping[str, Any]:
        """Without `paging.next`: it is not promised."""
        person = self._owner(user)
        asked = graph.fields("ThreadsMedia", _THREAD)
        posts = self._sandbox.posts(person, SLUG)
        return graph.listing(posts, thread_id, lambda post: self._shown(post, asked), with_next=False)

    def thread(self, thread: str) -> Mapping[str, Any]:
        return self._shown(self._found(thread), graph.fields("ThreadsMedia", _THREAD))

    def insights(self, thread: str) -> Mapping[str, Any]:
        return self._insights(self._found(thread), request.args.get("metric", ""))

    def _owner(self, user: str) -> Person:
        person = self.reader(BASIC)
        if user not in ("me", user_id(person)):
            self.unknown()
        return person

    def _found(self, thread: str) -> Post:
        for post in self._sandbox.posts(self.reader(BASIC), SLUG):
            if thread_id(post) == thread:
                return post
        self.unknown()
        raise AssertionError

    def _shown(self, post: Post, asked: Mapping[str, str]) -> dict[str, Any]:
        code = letters(11, "shortcode", post.key)
        kind = _REPOST if post.foreign else _TYPES[post.number % len(_TYPES)]
        shown: dict[str, Any] = {
            "media_product_type": "THREADS",
            "media_type": kind,
            "permalink": f"https://www.threads.net/@{username(post.person)}/post/{code}",
            "owner": {"id": user_id(post.person)},
            "username": username(post.person),
            "text": f"{post.text}\n{post.person.about}",
            "timestamp": graph.stamp(post.at),
            "shortcode": code,
            "is_quote_post": False,
            "has_replies": post.number % 2 == 0,
        }
        if kind not in ("TEXT_POST", _REPOST):
            shown["media_url"] = picture_url(f"threads-{thread_id(post)}", 1080, 1080)
        answer = {name: shown[name] for name in asked if name in shown}
        if "insights" in asked:
            answer["insights"] = self._insights(post, asked["insights"])
        return {**answer, "id": thread_id(post)}

    def _insights(self, post: Post, wanted: str) -> dict[str, Any]:
        self.demand(INSIGHTS)
        names = graph.metrics(wanted, POST_METRICS)
        if post.foreign:
            return {"data": []}
        known = (name for name in names if not (post.person.unknown and post.number % 3 == 1 and name == "shares"))
        today = self._sandbox.today
        return graph.lifetime(thread_id(post), {name: world.total(post, _NUMBERS[name], today) for name in known})

    # The account

    def account(self, user: str) -> Mapping[str, Any]:
        person = self._owner(user)
        self.demand(INSIGHTS)
        names = graph.metrics(request.args.get("metric", ""), ACCOUNT_METRICS)
        now = self._sandbox.now()
        since, until = graph.span(now, 730, _EARLIEST)
        days = [day for day in graph.closed_days(now, since, until) if self._has(person, day)]
        rows = [self._row(person, name, days, now) for name in names]
        return {"data": [found for found in rows if found], "paging": {"previous": "", "next": ""}}

    def _has(self, person: Person, day: date) -> bool:
        return not (person.unknown and day.toordinal() % 9 == 4)

    def _row(self, person: Person, name: str, days: list[date], now: datetime) -> dict[str, Any] | None:
        node = user_id(person)
        if name == "followers_count":
            followers = None if person.unknown else world.followers(person, self._sandbox.today)
            return None if followers is None else graph.row(node, name, "day", total_value={"value": followers})
        if not days:
            return None
        metric = {"views": "visits", "clicks": "clicks"}.get(name) or _NUMBERS[name]
        numbers = {day: world.settled(world.account_day(person, metric, day), day, now) for day in days}
        if name == "views":
            return graph.series(node, name, numbers)
        total = sum(numbers.values())
        if name != "clicks":
            return graph.row(node, name, "day", total_value={"value": total})
        links = (
            (f"https://{person.key}.example/", total - total // 3),
            (f"https://{person.key}.example/shop", total // 3),
        )
        return graph.row(node, name, "day", link_total_values=[{"value": n, "link_url": url} for url, n in links])


def user_id(person: Person) -> str:
    return digits(17, SLUG, person.key)


def username(person: Person) -> str:
    return f"{person.key.replace('-', '_')}.sandbox"


def thread_id(post: Post) -> str:
    return f"18{digits(15, 'thread', post.key)}"


def open_platform(sandbox: Sandbox) -> Opened:
    platform = Threads(sandbox, _APP, CREDENTIALS["client_secret"], "THAA")
    route = Routes(sandbox, platform)
    route("authorize", "/www/oauth/authorize", platform.ask)
    route("authorize", "/www/oauth/authorize", platform.decide, "POST")
    route("page", "/www/", platform.page)
    route("page", "/www/<path:anything>", platform.page)
    route("token", "/graph/oauth/access_token", platform.token, "POST")
    route("long_token", "/graph/access_token", platform.long_token)
    route("refresh", "/graph/refresh_access_token", platform.refresh)
    route("debug_token", "/graph/v1.0/debug_token", platform.debug_token)
    route("me", "/graph/v1.0/me", platform.me)
    route("threads", "/graph/v1.0/<user>/threads", platform.threads)
    route("account", "/graph/v1.0/<user>/threads_insights", platform.account)
    route("insights", "/graph/v1.0/<thread>/insights", platform.insights)
    route("thread", "/graph/v1.0/<thread>", platform.thread)
    route("unknown", "/graph/<path:anything>", platform.unknown, "GET", "POST", "PUT", "PATCH", "DELETE")

    return Opened(
        SLUG,
        NAME,
        route.blueprint,
        Ground(WIRE_KINDS | graph.kinds(platform.limit_code, platform.use_case), CALLS, SCOPES),
        lambda person: {"username": username(person), "connected": platform.tokens.connected(person.key)},
        lambda person: {"revoked": platform.tokens.revoke(person.key)},
    )
