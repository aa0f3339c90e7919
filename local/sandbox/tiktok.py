"""TikTok's Login Kit and Display API v2 as its pages of November 2026 have them: consent, tokens, profile, videos.

Where TikTok's behaviour is unknown the sandbox takes the reading that is harder on the product, and says "careful".
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Response, g, request

from local.sandbox import consent, people, world
from local.sandbox.avatars import avatar_url
from local.sandbox.chance import draw, letters
from local.sandbox.credentials import bearer
from local.sandbox.doorway import Refusal
from local.sandbox.faults import WIRE_KINDS, Fault, Ground
from local.sandbox.opened import Opened
from local.sandbox.people import Person
from local.sandbox.routes import Routes
from local.sandbox.site import Site
from local.sandbox.state import Sandbox
from local.sandbox.tiktok_videos import Videos, said
from local.sandbox.tokens import Lifetimes, Pair, Tokens

SLUG = "tiktok"
NAME = "TikTok"
ORIGINS = {"https://www.tiktok.com": "/tiktok/www", "https://open.tiktokapis.com": "/tiktok/api"}
CREDENTIALS = {"client_id": "aw2hq5sandboxkey", "client_secret": letters(32, SLUG, "client secret")}
BASIC, PROFILE, STATS, VIDEOS = "user.info.basic", "user.info.profile", "user.info.stats", "video.list"
SCOPES = (BASIC, PROFILE, STATS, VIDEOS, "video.publish", "video.upload")
LIFETIMES = Lifetimes(code=timedelta(minutes=10), access=timedelta(hours=2), refresh=timedelta(days=180))
PER_MINUTE = 600
# Calls; True where they count against 600 a minute for the whole app.
CALLS: Mapping[str, bool] = {
    "authorize": False,
    "page": False,
    "token": False,
    "revoke": False,
    "user_info": True,
    "video_list": True,
    "video_query": True,
    "unknown": False,
}
_FIELDS: Mapping[str, tuple[str, ...]] = {
    BASIC: ("open_id", "union_id", "avatar_url", "avatar_url_100", "avatar_large_url", "display_name"),
    PROFILE: ("bio_description", "profile_deep_link", "is_verified", "username"),
    STATS: ("follower_count", "following_count", "likes_count", "video_count"),
}
_APP = consent.App(
    NAME,
    CREDENTIALS["client_id"],
    SCOPES,
    separators=",",
    client_field="client_key",
    optional=SCOPES[1:],
    adds=lambda given: {"scopes": ",".join(given.scopes)},
)
_REFUSALS: Mapping[str, tuple[int, str, str]] = {
    "429": (429, "rate_limit_exceeded", "The API rate limit was exceeded."),
    "500": (500, "internal_error", "Something went wrong."),
    "502": (502, "internal_error", "Bad gateway."),
    "503": (503, "internal_error", "Service unavailable."),
    "504": (504, "internal_error", "Gateway timeout."),
    "revoked": (401, "access_token_invalid", "The access token is invalid or not found in the request."),
    "scope_missing": (401, "scope_not_authorized", "The user did not authorize the scope required for this request."),
    "not_approved": (400, "scope_permission_missed", "Additional permissions are required for the fields requested."),
    "bad_request": (400, "invalid_params", "One or more fields in request is invalid."),
}
_MEANINGS = {kind: f"{status} {code}: {message}" for kind, (status, code, message) in _REFUSALS.items()} | {
    "scope_missing": "401 scope_not_authorized; on the call `token`: the consent lacks `scope` (video.list)"
}


def refusal(kind: str, message: str | None = None) -> Refusal:
    """An API's no. At the token addresses the words are flat."""
    status, code, usual = _REFUSALS[kind]
    if "/v2/oauth/" in request.path:
        return flat("invalid_grant" if status == 401 else "server_error" if status >= 500 else code, status)
    return Refusal(status, said({}, code, message or usual))


def flat(error: str, status: int = 200) -> Refusal:
    """Careful: an error of the token addresses comes with 200 where no outage is meant, as has been seen."""
    body = {"error": error, "error_description": f"{error} (sandbox)", "log_id": secrets.token_hex(17).upper()}
    return Refusal(status if status >= 429 else 200, body)


class TikTok:
    slug = SLUG
    issuing = frozenset({"token"})

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.tokens = Tokens(sandbox.now, LIFETIMES, "act.", "rft.", code_suffix="*0!4567.e1")

    # Manners

    def person(self) -> str | None:
        form = request.form if request.method == "POST" else {}
        found = (
            self.tokens.of_access(bearer() or form.get("token", ""))
            or self.tokens.of_refresh(form.get("refresh_token", ""))
            or self.tokens.of_code(form.get("code", ""))
        )
        return found.person if found else form.get("person")

    def admit(self, call: str, person: str | None) -> Mapping[str, str]:
        if CALLS[call] and self._sandbox.limits.count(f"{SLUG}/{call}", PER_MINUTE, 60).exceeded:
            raise refusal("429")
        return {}

    def refusal(self, fault: Fault) -> Refusal:
        made = refusal(fault.kind)
        if fault.retry_after is not None:
            made.headers["Retry-After"] = str(fault.retry_after)
        return made

    def tidy(self, answer: Response) -> Response:
        answer.headers["x-tt-logid"] = secrets.token_hex(17).upper()
        return answer

    # Tokens

    def token(self) -> Mapping[str, Any]:
        _demand_client()
        grant = request.form.get("grant_type")
        if grant not in ("authorization_code", "refresh_token"):
            raise flat("unsupported_grant_type")
        pair = self._exchanged() if grant == "authorization_code" else self._refreshed()
        g.person = pair.consent.person
        return {
            "open_id": open_id(pair.consent.person),
            "scope": ",".join(pair.consent.scopes),
            "access_token": pair.access,
            "expires_in": int(LIFETIMES.access.total_seconds()),
            "refresh_token": pair.refresh,
            "refresh_expires_in": int((pair.refresh_expires_at - self._sandbox.now()).total_seconds()),
            "token_type": "Bearer",
        }

    def _exchanged(self) -> Pair:
        given = self.tokens.redeem(request.form.get("code", ""))
        if given is None or given.redirect_uri != request.form.get("redirect_uri"):
            raise flat("invalid_grant")
        dropped = g.dropped_scope if g.dropped_scope != "" else VIDEOS
        kept = tuple(scope for scope in given.scopes if scope != dropped or scope == BASIC)
        return self.tokens.issue(type(given)(given.person, given.client_id, given.redirect_uri, kept))

    def _refreshed(self) -> Pair:
        pair = self.tokens.rotate(request.form.get("refresh_token", ""))
        if pair is None:
            raise flat("invalid_grant")
        return pair

    def revoke(self) -> Mapping[str, Any]:
        """Takes the app off the person's list: every grant of theirs ends. Careful: a dead token revokes nothing."""
        _demand_client()
        held = self.tokens.of_access(request.form.get("token", ""))
        if held is None:
            raise flat("invalid_grant")
        self.tokens.revoke(held.person)
        return {}

    # API

    def reader(self, *scopes: str) -> Person:
        """Whose token came along; raises `Refusal` for a dead one, or one that lacks a scope."""
        held = self.tokens.of_access(bearer())
        person = people.find(held.person) if held else None
        if held is None or person is None:
            raise refusal("revoked")
        if not set(scopes) <= set(held.scopes):
            raise refusal("scope_missing")
        return person

    def user_info(self) -> Mapping[str, Any]:
        wanted = [name for name in request.args.get("fields", "").split(",") if name]
        scopes = {scope for scope, names in _FIELDS.items() for name in names if name in wanted}
        person = self.reader(*scopes)
        if not wanted or not set(wanted) <= {name for names in _FIELDS.values() for name in names}:
            raise refusal("bad_request")
        known = self._known(person)
        return said({"user": {name: known[name] for name in wanted if name in known}})

    def _known(self, person: Person) -> dict[str, Any]:
        posts = self._sandbox.posts(person, SLUG)
        picture = avatar_url(f"{SLUG}-{person.key}")
        counted = {
            "follower_count": world.followers(person, self._sandbox.today),
            "following_count": 0 if person.nobody else 20 + draw("following", person.key) % 300,
            "likes_count": sum(world.total(post, "likes", self._sandbox.today) for post in posts[:500]),
            "video_count": sum(not post.foreign for post in posts),
        }
        return {
            "open_id": open_id(person.key),
            "union_id": letters(36, "union", person.key),
            "avatar_url": picture,
            "avatar_url_100": picture,
            "avatar_large_url": picture,
            "display_name": person.name,
            "bio_description": person.about,
            "profile_deep_link": f"https://www.tiktok.com/@{username(person)}",
            "is_verified": person.key == "bruno",
            "username": username(person),
            # Careful: a count that is not known is not there.
            **({} if person.unknown else counted),
        }

    def unknown(self, **_: str) -> Mapping[str, Any]:
        raise Refusal(404, said({}, "invalid_params", "Unsupported path(Janus)"))


def open_id(key: str) -> str:
    return f"-000{letters(32, SLUG, key)}"


def username(person: Person) -> str:
    return f"{person.key.replace('-', '_')}.sandbox"


def _demand_client() -> None:
    """In the body only: Basic is not looked at, nor is JSON."""
    given = request.form.get("client_key"), request.form.get("client_secret")
    if given != (CREDENTIALS["client_id"], CREDENTIALS["client_secret"]):
        raise flat("invalid_client")


def open_platform(sandbox: Sandbox) -> Opened:
    platform = TikTok(sandbox)
    videos = Videos(sandbox, lambda: platform.reader(VIDEOS), lambda: refusal("bad_request"), username)
    site = Site(NAME, _APP, platform.tokens, "a profile or a video")
    route = Routes(sandbox, platform)
    route("authorize", "/www/v2/auth/authorize/", site.ask)
    route("authorize", "/www/v2/auth/authorize/", site.decide, "POST")
    route("page", "/www/<path:anything>", site.page)
    route("token", "/api/v2/oauth/token/", platform.token, "POST")
    route("revoke", "/api/v2/oauth/revoke/", platform.revoke, "POST")
    route("user_info", "/api/v2/user/info/", platform.user_info)
    route("video_list", "/api/v2/video/list/", videos.listed, "POST")
    route("video_query", "/api/v2/video/query/", videos.queried, "POST")
    route("unknown", "/api/<path:anything>", platform.unknown, "GET", "POST", "PUT", "PATCH", "DELETE")

    return Opened(
        SLUG,
        NAME,
        route.blueprint,
        Ground(WIRE_KINDS | _MEANINGS, CALLS, SCOPES),
        lambda person: {"username": username(person), "connected": platform.tokens.connected(person.key)},
        lambda person: {"revoked": platform.tokens.revoke(person.key)},
    )
