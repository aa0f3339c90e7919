"""LinkedIn as its Community Management API has it: consent, tokens; pages and members beside it.

Where LinkedIn's behaviour is unknown the sandbox takes the reading that is harder on the product, and says "careful".
The app is of the Standard tier.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Response, g, request

from local.sandbox import consent, people
from local.sandbox.chance import draw, letters
from local.sandbox.credentials import bearer
from local.sandbox.doorway import Refusal
from local.sandbox.faults import WIRE_KINDS, Fault, Ground
from local.sandbox.linkedin_members import Members
from local.sandbox.linkedin_pages import Pages, organization, pages_of
from local.sandbox.opened import Opened
from local.sandbox.people import Person
from local.sandbox.restli import error
from local.sandbox.routes import Routes
from local.sandbox.site import Site
from local.sandbox.state import Sandbox
from local.sandbox.tokens import Consent, Lifetimes, Pair, Tokens

SLUG = "linkedin"
NAME = "LinkedIn"
ORIGINS = {"https://www.linkedin.com": "/linkedin/www", "https://api.linkedin.com": "/linkedin/api"}
CREDENTIALS = {"client_id": letters(14, SLUG, "client id"), "client_secret": letters(16, SLUG, "client secret")}
# What apps with this product hold, and no other: asking for more fails the whole login.
SCOPES = tuple(
    "r_basicprofile r_1st_connections_size r_member_postAnalytics r_member_profileAnalytics r_organization_followers "
    "r_organization_social r_organization_social_feed rw_organization_admin w_member_social w_member_social_feed "
    "w_organization_social w_organization_social_feed".split()
)
LIFETIMES = Lifetimes(code=timedelta(minutes=30), access=timedelta(days=60), refresh=timedelta(days=365))
CALLS = (
    "authorize page token introspect acls organization organizations_batch image followers posts statistics video me "
    "member_followers member_analytics unknown"
).split()
# LinkedIn publishes no numbers; these are its own guess at a Standard tier.
PER_DAY = {"MEMBER": 5_000, "APPLICATION": 500_000}
_OAUTH = frozenset({"authorize", "page", "token", "introspect"})
_OLDEST, _NEWEST = "202511", "202610"
_APP = consent.App(
    NAME, CREDENTIALS["client_id"], SCOPES, separators=" ", accept="Allow", denial="user_cancelled_authorize"
)


def _throttled(whose: str) -> Refusal:
    message = f"Resource level throttle {whose} DAY limit for calls to this resource is reached."
    return error(429, "TOO_MANY_REQUESTS", message, 101)


_REFUSALS: Mapping[str, Refusal] = {
    "429": error(429, "TOO_MANY_REQUESTS", "Request throttled", 101),
    "429_app_day": _throttled("APPLICATION"),
    "429_member_day": _throttled("MEMBER"),
    "500": error(500, "INTERNAL_SERVER_ERROR", "Internal Server Error"),
    "503": error(503, "SERVICE_UNAVAILABLE", "Service Unavailable"),
    "504": error(504, "GATEWAY_TIMEOUT", "Gateway Timeout"),
    "revoked": error(401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user", 65601),
    "expired": error(401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired", 65602),
    "scope_missing": error(403, "ACCESS_DENIED", "Not enough permissions to access this resource", 100),
    "gone": error(404, "NOT_FOUND", "Not Found"),
    "version_retired": error(426, "NONEXISTENT_VERSION", "Requested version is not active"),
    "bad_request": error(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request"),
}
_MEANINGS = {kind: f"{refusal.status} {refusal.body['message']}" for kind, refusal in _REFUSALS.items()} | {
    "scope_missing": "403 ACCESS_DENIED; on the call `token`: the consent comes back without `scope` "
    "(r_organization_social)",
}


def oauth_refusal(status: int, name: str, description: str) -> Refusal:
    return Refusal(status, {"error": name, "error_description": description})


class LinkedIn:
    slug = SLUG
    issuing = frozenset({"token"})

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.tokens = Tokens(sandbox.now, LIFETIMES, "AQX", "AQW")
        self._asked: dict[str, frozenset[str]] = {}

    # Manners

    def person(self) -> str | None:
        form = request.form if request.method == "POST" else {}
        found = (
            self.tokens.of_access(bearer())
            or self.tokens.of_refresh(form.get("refresh_token", ""))
            or self.tokens.of_access(form.get("token", ""))
            or self.tokens.of_code(form.get("code", ""))
        )
        return found.person if found else form.get("person")

    def admit(self, call: str, person: str | None) -> Mapping[str, str]:
        """No headers tell of limits."""
        if call not in _OAUTH:
            for whose, what in (("MEMBER", person), ("APPLICATION", "")):
                if self._sandbox.limits.count(f"{SLUG}/{call}/{whose}/{what}", PER_DAY[whose], 86_400).exceeded:
                    raise _throttled(whose)
        return {}

    def refusal(self, fault: Fault) -> Refusal:
        refusal = _REFUSALS[fault.kind]
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return Refusal(refusal.status, refusal.body, headers)

    def tidy(self, answer: Response) -> Response:
        answer.headers["x-li-uuid"] = f"{draw('uuid', self._sandbox.now()):016x}"
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    # Tokens

    def token(self) -> Mapping[str, Any]:
        _demand_client()
        grant = request.form.get("grant_type")
        if grant not in ("authorization_code", "refresh_token"):
            raise oauth_refusal(400, "invalid_request", "A required parameter is missing: grant_type")
        pair = self._exchanged() if grant == "authorization_code" else self._refreshed()
        g.person = pair.consent.person
        left = int((pair.refresh_expires_at - self._sandbox.now()).total_seconds())
        return {
            "access_token": pair.access,
            "expires_in": min(int(LIFETIMES.access.total_seconds()), left),
            "refresh_token": pair.refresh,
            "refresh_token_expires_in": left,
            "scope": ",".join(pair.consent.scopes),
        }

    def _exchanged(self) -> Pair:
        given = self.tokens.redeem(request.form.get("code", ""))
        if given is None or given.redirect_uri != request.form.get("redirect_uri"):
            raise oauth_refusal(400, "invalid_request", "Unable to retrieve access token: authorization code not found")
        asked = frozenset(given.scopes)
        if self._asked.setdefault(given.person, asked) != asked:
            # Another set of scopes than before ends everything that the member gave us earlier.
            self.tokens.revoke(given.person)
            self._asked[given.person] = asked
        dropped = g.dropped_scope if g.dropped_scope != "" else "r_organization_social"
        kept = tuple(scope for scope in given.scopes if scope != dropped)
        return self.tokens.issue(Consent(given.person, given.client_id, given.redirect_uri, kept))

    def _refreshed(self) -> Pair:
        pair = self.tokens.renew(request.form.get("refresh_token", ""))
        if pair is None:
            message = "The provided authorization grant or refresh token is invalid, expired or revoked"
            raise oauth_refusal(400, "invalid_request", message)
        return pair

    def introspect(self) -> Mapping[str, Any]:
        _demand_client()
        held = self.tokens.of_access(request.form.get("token", ""))
        if held is None:
            return {"active": False, "status": "expired"}
        return {"active": True, "status": "active", "scope": ",".join(held.scopes), "auth_type": "3L"}

    # API

    def reader(self, *scopes: str) -> Person:
        """Whose token came along; raises `Refusal` for a dead one, one that lacks a scope, or a missing version."""
        held = self.tokens.of_access(bearer())
        person = people.find(held.person) if held else None
        if held is None or person is None:
            raise _REFUSALS["expired"]
        _demand_version()
        if not set(scopes) <= set(held.scopes):
            raise _REFUSALS["scope_missing"]
        return person

    def unknown(self, **_: str) -> Mapping[str, Any]:
        raise _REFUSALS["gone"]


def _demand_client() -> None:
    """In the body, never as Basic."""
    given = {name: request.form.get(name) for name in CREDENTIALS}
    if given != CREDENTIALS or "Authorization" in request.headers:
        raise oauth_refusal(401, "invalid_client", "Client authentication failed")


def _demand_version() -> None:
    version = request.headers.get("Linkedin-Version")
    if "/rest/" not in request.path:
        if version is not None:
            raise error(400, "ILLEGAL_ARGUMENT", "Linkedin-Version is no header of unversioned calls")
        return
    if version is None:
        raise error(400, "VERSION_MISSING", "A version must be present. Please specify a version")
    if not re.fullmatch(r"\d{6}", version) or not _OLDEST <= version <= _NEWEST:
        raise error(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
    if request.headers.get("X-Restli-Protocol-Version") != "2.0.0":
        raise error(400, "ILLEGAL_ARGUMENT", "X-Restli-Protocol-Version must be 2.0.0")


def open_platform(sandbox: Sandbox) -> Opened:
    platform = LinkedIn(sandbox)
    organizations, members = Pages(sandbox, platform.reader), Members(sandbox, platform.reader)
    site = Site(NAME, _APP, platform.tokens, "a page, a member or a post")
    route = Routes(sandbox, platform)
    route("authorize", "/www/oauth/v2/authorization", site.ask)
    route("authorize", "/www/oauth/v2/authorization", site.decide, "POST")
    route("token", "/www/oauth/v2/accessToken", platform.token, "POST")
    route("introspect", "/www/oauth/v2/introspectToken", platform.introspect, "POST")
    route("page", "/www/<path:anything>", site.page)
    route("acls", "/api/rest/organizationAcls", organizations.acls)
    route("organizations_batch", "/api/rest/organizations", organizations.several)
    route("organization", "/api/rest/organizations/<number>", organizations.one)
    route("image", "/api/rest/images/<wanted>", organizations.image)
    route("followers", "/api/rest/networkSizes/<wanted>", organizations.followers)
    route("posts", "/api/rest/posts", organizations.posts)
    route("statistics", "/api/rest/organizationalEntityShareStatistics", organizations.statistics)
    route("video", "/api/rest/videoAnalytics", organizations.video)
    route("me", "/api/v2/me", members.me)
    route("member_followers", "/api/rest/memberFollowersCount", members.followers)
    route("member_analytics", "/api/rest/memberCreatorPostAnalytics", members.numbers)
    route("unknown", "/api/<path:anything>", platform.unknown, "GET", "POST", "PUT", "PATCH", "DELETE")

    return Opened(
        SLUG,
        NAME,
        route.blueprint,
        Ground(WIRE_KINDS | _MEANINGS, CALLS, SCOPES),
        lambda person: {
            "username": f"{person.key}-person",
            "pages": [organization(page) for page in pages_of(person)],
            "connected": platform.tokens.connected(person.key),
        },
        lambda person: {"revoked": platform.tokens.revoke(person.key)},
    )
