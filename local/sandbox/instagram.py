"""Instagram API with Instagram Login: consent, tokens, the account, its media and their insights.

Fields and metrics are those of Meta's node specs (facebook-business-sdk-codegen @ ad2b0b6f), without the retired ones.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import request

from local.sandbox import consent, graph, world
from local.sandbox.avatars import avatar_url, picture_url
from local.sandbox.chance import digits, letters
from local.sandbox.faults import WIRE_KINDS, Ground
from local.sandbox.graph_tokens import GraphTokens
from local.sandbox.opened import Opened
from local.sandbox.people import Person
from local.sandbox.routes import Routes
from local.sandbox.state import Sandbox
from local.sandbox.world import Post

SLUG = "instagram"
NAME = "Instagram"
ORIGINS = {
    "https://www.instagram.com": "/instagram/www",
    "https://api.instagram.com": "/instagram/api",
    "https://graph.instagram.com": "/instagram/graph",
}
CREDENTIALS = {"client_id": "1490501700000011", "client_secret": letters(32, SLUG, "client secret")}
BASIC, INSIGHTS = "instagram_business_basic", "instagram_business_manage_insights"
SCOPES = (
    BASIC,
    INSIGHTS,
    "instagram_business_content_publish",
    "instagram_business_manage_comments",
    "instagram_business_manage_messages",
)
CALLS = ("authorize", "page", "token", "long_token", "refresh", "me", "media", "medium", "insights", "unknown")
POST_METRICS = {
    "FEED": "views reach shares total_interactions likes comments saved reposts follows profile_visits "
    "profile_activity",
    "REELS": "views reach shares total_interactions likes comments saved reposts ig_reels_avg_watch_time "
    "ig_reels_video_view_total_time reels_skip_rate crossposted_views facebook_views",
}
TOTALS = (
    "views reach accounts_engaged total_interactions likes comments shares saves replies reposts profile_links_taps "
    "follows_and_unfollows"
).split()
SERIES = ("reach", "follower_count")
_ME = frozenset(
    "id user_id username name account_type profile_picture_url followers_count follows_count media_count biography "
    "website".split()
)
_MEDIUM = frozenset(
    "id caption comments_count is_shared_to_feed like_count media_product_type media_type media_url owner permalink "
    "shortcode thumbnail_url timestamp username insights".split()
)
_MEDIA_ID = "18"
_NUMBERS = {
    "views": "impressions",
    "likes": "likes",
    "comments": "comments",
    "saved": "saves",
    "saves": "saves",
    "shares": "reposts",
    "reposts": "quotes",
    "follows": "follows",
    "profile_visits": "visits",
    "profile_links_taps": "clicks",
}
_TYPES = (("IMAGE", "FEED"), ("CAROUSEL_ALBUM", "FEED"), ("VIDEO", "REELS"))
_APP = consent.App(NAME, CREDENTIALS["client_id"], SCOPES, separators=",", accept="Allow", optional=SCOPES[1:])


class Instagram(graph.Graph):
    slug, name = SLUG, NAME
    use_case, limit_code, droppable = SLUG, 80002, INSIGHTS
    tokens: GraphTokens

    def token(self) -> Mapping[str, Any]:
        redeemed = self.redeemed()
        answer = {
            "access_token": self.tokens.short(redeemed),
            "user_id": digits(17, "app-scoped", redeemed.person),
            "permissions": ",".join(redeemed.scopes),
        }
        # Both shapes are met on the real platform.
        return answer if len(redeemed.person) % 2 else {"data": [answer]}

    def long_token(self) -> Mapping[str, Any]:
        return self.lengthen("ig_exchange_token")

    def refresh(self) -> Mapping[str, Any]:
        self.reader(BASIC)
        answer = dict(self.renew("ig_refresh_token"))
        held = self.tokens.of_access(answer["access_token"])
        return answer | {"permissions": ",".join(held.scopes if held else ())}

    def me(self, user: str = "me") -> Mapping[str, Any]:
        person = self._owner(user)
        asked = graph.fields("IGUser", _ME, "id,username")
        today = self._sandbox.today
        shown = {
            "user_id": user_id(person),
            "username": username(person),
            # Instagram lets people leave their name empty.
            "name": "" if person.nobody else person.name,
            "account_type": "MEDIA_CREATOR" if person.personal else "BUSINESS",
            "profile_picture_url": avatar_url(f"{SLUG}-{person.key}"),
            "followers_count": world.followers(person, today),
            "follows_count": 120,
            "media_count": len(self._sandbox.posts(person, SLUG)),
            "biography": person.about,
            "website": f"https://{person.key}.example/",
        }
        if person.unknown:
            del shown["followers_count"]
        answer = {name: shown[name] for name in asked if name in shown}
        return {**answer, "id": digits(17, "app-scoped", person.key)}

    def media(self, user: str) -> Mapping[str, Any]:
        person = self._owner(user)
        asked = graph.fields("IGMedia", _MEDIUM)
        return graph.listing(self._sandbox.posts(person, SLUG), media_id, lambda post: self._shown(post, asked))

    def medium(self, medium: str) -> Mapping[str, Any]:
        return self._shown(self._found(medium), graph.fields("IGMedia", _MEDIUM))

    def _found(self, medium: str) -> Post:
        for post in self._sandbox.posts(self.reader(BASIC), SLUG):
            if media_id(post) == medium:
                return post
        self.unknown()
        raise AssertionError

    def _owner(self, user: str) -> Person:
        person = self.reader(BASIC)
        if user not in ("me", user_id(person)):
            self.unknown()
        return person

    def _shown(self, post: Post, asked: Mapping[str, str]) -> dict[str, Any]:
        person, today = post.person, self._sandbox.today
        kind, product = _TYPES[post.number % len(_TYPES)]
        shown: dict[str, Any] = {
            "id": media_id(post),
            "caption": f"{post.text}\n\n{person.about}",
            "comments_count": world.total(post, "comments", today),
            "is_shared_to_feed": True,
            "like_count": world.total(post, "likes", today),
            "media_product_type": product,
            "media_type": kind,
            "media_url": picture_url(f"ig-{media_id(post)}", 1080, 1080),
            "owner": {"id": digits(17, "app-scoped", person.key)},
            "permalink": f"https://www.instagram.com/p/{letters(11, 'shortcode', post.key)}/",
            "shortcode": letters(11, "shortcode", post.key),
            "timestamp": graph.stamp(post.at),
            "username": username(person),
        }
        if kind == "VIDEO":
            shown["thumbnail_url"] = shown["media_url"]
        # The owner hides likes; a post need not have a caption.
        if person.unknown and post.number % 3 == 0:
            del shown["like_count"], shown["caption"]
        answer = {name: shown[name] for name in asked if name in shown}
        if "insights" in asked:
            answer["insights"] = self._insights(post, asked["insights"])
        return {**answer, "id": shown["id"]}

    def _insights(self, post: Post, wanted: str) -> dict[str, Any]:
        self.demand(INSIGHTS)
        product = _TYPES[post.number % len(_TYPES)][1]
        names = graph.metrics(wanted, POST_METRICS[product].split())
        # Careful: a medium that next to nobody has seen is refused, and its whole page with it.
        if post.person.unknown and post.number % 11 == 1:
            raise graph.refusal(10, "(#10) Not enough viewers for the media to show insights")
        known = (name for name in names if not (post.person.unknown and post.number % 3 == 1 and name == "saved"))
        return graph.lifetime(media_id(post), {name: self._total(post, name) for name in known})

    def _total(self, post: Post, name: str) -> int:
        today = self._sandbox.today
        if name == "reach":
            return int(world.total(post, "impressions", today) * 0.8)
        return world.total(post, _NUMBERS.get(name, "visits"), today)

    # The account's days

    def insights(self, node: str) -> Mapping[str, Any]:
        if node.startswith(_MEDIA_ID):
            return self._insights(self._found(node), request.args.get("metric", ""))
        return self._account_insights(self._owner(node))

    def _account_insights(self, person: Person) -> Mapping[str, Any]:
        self.demand(INSIGHTS)
        totals = request.args.get("metric_type") == "total_value"
        names = graph.metrics(request.args.get("metric", ""), TOTALS if totals else SERIES)
        if request.args.get("period") != "day":
            raise graph.refusal(100, "(#100) period must be day")
        now = self._sandbox.now()
        since, until = graph.span(now, 30, self._sandbox.today - timedelta(days=730))
        days = [day for day in graph.closed_days(now, since, until) if self._has(person, day)]
        if not days:
            return {"data": []}
        node = user_id(person)
        if not totals:
            rows = [self._series(person, node, name, days) for name in names if self._told(person, name)]
            return {"data": rows, "paging": {"previous": request.base_url, "next": request.base_url}}
        told = [name for name in names if self._told(person, name)]
        sums = {name: sum(self._of_day(person, name, day) for day in days) for name in told}
        return {"data": [graph.row(node, name, "day", total_value={"value": n}) for name, n in sums.items()]}

    def _series(self, person: Person, node: str, name: str, days: list[date]) -> dict[str, Any]:
        return graph.series(node, name, {day: self._of_day(person, name, day) for day in days})

    def _has(self, person: Person, day: date) -> bool:
        return (self._sandbox.today - day).days <= 90 and not (person.unknown and day.toordinal() % 9 == 4)

    def _told(self, person: Person, name: str) -> bool:
        few = world.followers(person, self._sandbox.today) < 100
        withheld = few and name in ("follower_count", "follows_and_unfollows")
        return not withheld and not (person.unknown and name == "saves")

    def _of_day(self, person: Person, name: str, day: date) -> int:
        if name == "follower_count":
            return max(0, world.followers(person, day) - world.followers(person, day - timedelta(days=1)))
        metric, share = ("impressions", 0.7) if name == "reach" else (_NUMBERS.get(name, "likes"), 1.0)
        return world.settled(int(world.account_day(person, metric, day) * share), day, self._sandbox.now())


def user_id(person: Person) -> str:
    """The professional account's id."""
    return f"1784{digits(13, SLUG, person.key)}"


def username(person: Person) -> str:
    return f"{person.key.replace('-', '_')}.sandbox"


def media_id(post: Post) -> str:
    return f"{_MEDIA_ID}{digits(15, 'media', post.key)}"


def open_platform(sandbox: Sandbox) -> Opened:
    platform = Instagram(sandbox, _APP, CREDENTIALS["client_secret"], "IGAA")
    route = Routes(sandbox, platform)
    route("authorize", "/www/oauth/authorize", platform.ask)
    route("authorize", "/www/oauth/authorize", platform.decide, "POST")
    route("page", "/www/", platform.page)
    route("page", "/www/<path:anything>", platform.page)
    route("token", "/api/oauth/access_token", platform.token, "POST")
    route("long_token", "/graph/access_token", platform.long_token)
    route("refresh", "/graph/refresh_access_token", platform.refresh)
    route("me", "/graph/v25.0/me", platform.me)
    route("media", "/graph/v25.0/<user>/media", platform.media)
    route("insights", "/graph/v25.0/<node>/insights", platform.insights)
    route("medium", "/graph/v25.0/<medium>", platform.medium)
    for place in ("/api/<path:anything>", "/graph/<path:anything>"):
        route("unknown", place, platform.unknown, "GET", "POST", "PUT", "PATCH", "DELETE")

    return Opened(
        SLUG,
        NAME,
        route.blueprint,
        Ground(WIRE_KINDS | graph.kinds(platform.limit_code, platform.use_case), CALLS, SCOPES),
        lambda person: {"username": username(person), "connected": platform.tokens.connected(person.key)},
        lambda person: {"revoked": platform.tokens.revoke(person.key)},
    )
