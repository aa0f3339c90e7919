"""YouTube Data API v3 and Analytics API v2 with Google's OAuth, as their discovery documents have them.

Where Google's behaviour is unknown the sandbox takes the reading that is harder on the product, and says "careful".
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, request

from local.sandbox import consent, people
from local.sandbox.chance import digits, letters
from local.sandbox.credentials import bearer
from local.sandbox.doorway import Refusal
from local.sandbox.faults import WIRE_KINDS, Fault, Ground
from local.sandbox.opened import Opened
from local.sandbox.people import Person
from local.sandbox.routes import Routes
from local.sandbox.site import Site
from local.sandbox.state import Sandbox
from local.sandbox.tokens import Lifetimes, Pair, Tokens
from local.sandbox.youtube_analytics import Reports
from local.sandbox.youtube_channels import Channels, handle

SLUG = "youtube"
NAME = "YouTube"
ORIGINS = {
    "https://accounts.google.com": "/youtube/accounts",
    "https://oauth2.googleapis.com": "/youtube/oauth2",
    "https://youtube.googleapis.com": "/youtube/data",
    "https://youtubeanalytics.googleapis.com": "/youtube/analytics",
    "https://www.youtube.com": "/youtube/www",
}
CREDENTIALS = {
    "client_id": "1087654321-sandbox.apps.googleusercontent.com",
    "client_secret": f"GOCSPX-{letters(28, SLUG, 'client secret')}",
}
_SCOPE = "https://www.googleapis.com/auth/"
READ, ANALYTICS, UPLOAD = f"{_SCOPE}youtube.readonly", f"{_SCOPE}yt-analytics.readonly", f"{_SCOPE}youtube.upload"
SCOPES = ("openid", READ, ANALYTICS, UPLOAD)
# Refresh tokens have no end; careful: one that is not used for six months dies, which the product's daily use prevents.
LIFETIMES = Lifetimes(code=timedelta(minutes=10), access=timedelta(seconds=3599), refresh=timedelta(days=36_500))
# Calls; True where they cost a unit of the project's 10,000 a day.
CALLS: Mapping[str, bool] = {
    "authorize": False,
    "page": False,
    "token": False,
    "revoke": False,
    "channels": True,
    "playlist_items": True,
    "videos": True,
    "reports": False,
    "unknown": False,
}
UNITS_A_DAY = 10_000
_PACIFIC = ZoneInfo("America/Los_Angeles")
_APP = consent.App(
    NAME, CREDENTIALS["client_id"], SCOPES, separators=" ", accept="Continue", pkce=True, optional=SCOPES[1:]
)
_REFUSALS: Mapping[str, tuple[int, str, str, str]] = {
    "429": (429, "rateLimitExceeded", "usageLimits", "Rate Limit Exceeded"),
    "quota": (403, "quotaExceeded", "youtube.quota", "The request cannot be completed: you have exceeded your quota."),
    "500": (500, "backendError", "global", "Backend Error"),
    "502": (502, "backendError", "global", "Bad Gateway"),
    "503": (503, "backendError", "global", "The service is currently unavailable."),
    "504": (504, "backendError", "global", "Deadline exceeded"),
    "revoked": (401, "authError", "global", "Invalid Credentials"),
    "scope_missing": (403, "insufficientPermissions", "global", "Insufficient Permission"),
    "forbidden": (403, "forbidden", "global", "Forbidden"),
    "not_enabled": (403, "accessNotConfigured", "usageLimits", "Access Not Configured."),
    "suspended": (403, "authenticatedUserAccountSuspended", "youtube.common", "The account is suspended."),
    "gone": (404, "playlistNotFound", "youtube.playlistItem", "The playlist cannot be found."),
    "bad_request": (400, "badRequest", "global", "The query is not supported."),
}
_MEANINGS = {kind: f"{status} {reason}: {message}" for kind, (status, reason, _, message) in _REFUSALS.items()} | {
    "revoked": "401 authError; on the call `token`: 400 invalid_grant",
    "scope_missing": "403 insufficientPermissions; on the call `token`: the grant lacks `scope` (analytics)",
}


def refusal(kind: str, message: str | None = None) -> Refusal:
    status, reason, domain, usual = _REFUSALS[kind]
    said = message or usual
    error: dict[str, Any] = {"code": status, "message": said}
    error["errors"] = [{"message": said, "domain": domain, "reason": reason}]
    if status in (401, 403) and domain == "global":
        error["status"] = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}[status]
    return Refusal(status, {"error": error})


def oauth_refusal(error: str, description: str, status: int = 400) -> Refusal:
    return Refusal(status, {"error": error, "error_description": description})


class YouTube:
    slug = SLUG
    issuing = frozenset({"token"})

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.tokens = Tokens(sandbox.now, LIFETIMES, "ya29.", "1//0")

    # Manners

    def person(self) -> str | None:
        form = request.form if request.method == "POST" else {}
        token = form.get("token") or form.get("refresh_token") or ""
        found = (
            self.tokens.of_access(bearer() or token)
            or self.tokens.of_refresh(token)
            or self.tokens.of_code(form.get("code", ""))
        )
        return found.person if found else form.get("person")

    def admit(self, call: str, person: str | None) -> Mapping[str, str]:
        """Units of the whole project, until midnight in Pacific time; a refused call costs one too."""
        day = self._sandbox.now().astimezone(_PACIFIC).date()
        if CALLS[call] and self._sandbox.limits.count(f"{SLUG}/{day}", UNITS_A_DAY, 10**9).exceeded:
            raise refusal("quota")
        return {}

    def refusal(self, fault: Fault) -> Refusal:
        if "/oauth2/" in request.path and fault.kind == "revoked":
            return _DEAD
        if "/oauth2/" in request.path and _REFUSALS[fault.kind][0] >= 500:
            return oauth_refusal("internal_failure", "Sandbox", _REFUSALS[fault.kind][0])
        made = refusal(fault.kind)
        if fault.retry_after is not None:
            made.headers["Retry-After"] = str(fault.retry_after)
        return made

    def tidy(self, answer: Response) -> Response:
        answer.headers.setdefault("Cache-Control", "private")
        return answer

    # oauth2.googleapis.com

    def token(self) -> Mapping[str, Any]:
        if (request.form.get("client_id"), request.form.get("client_secret")) != tuple(CREDENTIALS.values()):
            raise oauth_refusal("invalid_client", "The OAuth client was not found.", 401)
        grant = request.form.get("grant_type")
        if grant not in ("authorization_code", "refresh_token"):
            raise oauth_refusal("unsupported_grant_type", f"Invalid grant_type: {grant}")
        pair = self._exchanged() if grant == "authorization_code" else self._renewed()
        g.person = pair.consent.person
        scopes = pair.consent.scopes
        return {
            "access_token": pair.access,
            "expires_in": int(LIFETIMES.access.total_seconds()),
            "scope": " ".join(scopes),
            "token_type": "Bearer",
            **({"refresh_token": pair.refresh} if grant == "authorization_code" else {}),
            **({"id_token": self._id_token(pair)} if "openid" in scopes else {}),
        }

    def _exchanged(self) -> Pair:
        given = self.tokens.redeem(request.form.get("code", ""))
        if given is None or given.redirect_uri != request.form.get("redirect_uri"):
            raise oauth_refusal("invalid_grant", "Malformed auth code.")
        if not given.proven_by(request.form.get("code_verifier", "")):
            raise oauth_refusal("invalid_grant", "Invalid code verifier.")
        dropped = g.dropped_scope if g.dropped_scope != "" else ANALYTICS
        return self.tokens.issue(replace(given, scopes=tuple(scope for scope in given.scopes if scope != dropped)))

    def _renewed(self) -> Pair:
        pair = self.tokens.renew(request.form.get("refresh_token", ""))
        if pair is None:
            raise _DEAD
        return pair

    def _id_token(self, pair: Pair) -> str:
        now = int(self._sandbox.now().timestamp())
        claims = {
            "iss": "https://accounts.google.com",
            "aud": pair.consent.client_id,
            "sub": digits(18, "google", pair.consent.person),
            "iat": now,
            "exp": now + 3600,
        }
        return ".".join([*(_segment(part) for part in ({"alg": "RS256", "typ": "JWT"}, claims)), "c2FuZGJveA"])

    def revoke(self) -> Mapping[str, Any]:
        """Ends everything of that Google account with the project."""
        token = request.form.get("token") or request.args.get("token") or ""
        held = self.tokens.of_access(token) or self.tokens.of_refresh(token)
        if held is None:
            raise oauth_refusal("invalid_token", "Token expired or revoked")
        self.tokens.revoke(held.person)
        return {}

    # The APIs

    def reader(self, *scopes: str) -> Person:
        """Whose token came along; raises `Refusal` for a dead one, or one that lacks a scope."""
        held = self.tokens.of_access(bearer())
        person = people.find(held.person) if held else None
        if held is None or person is None:
            raise refusal("revoked")
        if not set(scopes) <= set(held.scopes):
            raise refusal("scope_missing")
        return person

    def unknown(self, **_: str) -> Mapping[str, Any]:
        raise Refusal(404, {"error": {"code": 404, "message": "Not Found", "status": "NOT_FOUND"}})


_DEAD = oauth_refusal("invalid_grant", "Token has been expired or revoked.")


def _segment(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def open_platform(sandbox: Sandbox) -> Opened:
    platform = YouTube(sandbox)
    channels = Channels(sandbox, lambda: platform.reader(READ), refusal)
    reports = Reports(sandbox, lambda: platform.reader(READ, ANALYTICS), refusal)
    site = Site(NAME, _APP, platform.tokens, "a channel or a video")
    route = Routes(sandbox, platform)
    route("authorize", "/accounts/o/oauth2/v2/auth", site.ask)
    route("authorize", "/accounts/o/oauth2/v2/auth", site.decide, "POST")
    route("page", "/www/<path:anything>", site.page)
    route("token", "/oauth2/token", platform.token, "POST")
    route("revoke", "/oauth2/revoke", platform.revoke, "POST")
    route("channels", "/data/youtube/v3/channels", channels.channels)
    route("playlist_items", "/data/youtube/v3/playlistItems", channels.playlist_items)
    route("videos", "/data/youtube/v3/videos", channels.videos)
    route("reports", "/analytics/v2/reports", reports.query)
    for host in ("oauth2", "data", "analytics"):
        route("unknown", f"/{host}/<path:anything>", platform.unknown, "GET", "POST", "PUT", "PATCH", "DELETE")

    return Opened(
        SLUG,
        NAME,
        route.blueprint,
        Ground(WIRE_KINDS | _MEANINGS, CALLS, SCOPES),
        lambda person: {"username": handle(person), "connected": platform.tokens.connected(person.key)},
        lambda person: {"revoked": platform.tokens.revoke(person.key)},
    )
