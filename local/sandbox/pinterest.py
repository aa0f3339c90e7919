"""Pinterest API v5 as its official description 5.23.0 has it: consent, tokens, account; Pins and analytics beside it.

Where Pinterest's behaviour is unknown the sandbox takes the reading that is harder on the product, and says "careful".
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Response, g, request

from local.sandbox import consent, people, world
from local.sandbox.avatars import avatar_url
from local.sandbox.chance import digits, draw, letters
from local.sandbox.credentials import basic, bearer
from local.sandbox.doorway import Refusal
from local.sandbox.faults import WIRE_KINDS, Fault, Ground
from local.sandbox.limits import Room
from local.sandbox.opened import Opened
from local.sandbox.people import Person
from local.sandbox.pinterest_analytics import Analytics
from local.sandbox.pinterest_pins import Pins
from local.sandbox.routes import Routes
from local.sandbox.site import Site
from local.sandbox.state import Sandbox
from local.sandbox.tokens import Lifetimes, Pair, Tokens

SLUG = "pinterest"
NAME = "Pinterest"
ORIGINS = {"https://www.pinterest.com": "/pinterest/www", "https://api.pinterest.com": "/pinterest/api"}
CREDENTIALS = {"client_id": "1507001", "client_secret": letters(40, SLUG, "client secret")}
SCOPES = tuple(
    "ads:read ads:write billing:read billing:write biz_access:read biz_access:write boards:read boards:read_secret "
    "boards:write boards:write_secret catalogs:read catalogs:write msot:write pins:read pins:read_secret pins:write "
    "pins:write_secret user_accounts:read user_accounts:write".split()
)
LIFETIMES = Lifetimes(code=timedelta(minutes=10), access=timedelta(days=30), refresh=timedelta(days=60))
# Calls by the limit they count against, as `x-ratelimit-category` has it; None: a page, not an API call.
CALLS: Mapping[str, str | None] = {
    "authorize": None,
    "page": None,
    "token": "org_read",
    "revoke": "org_write",
    "user_account": "org_read",
    "pins": "org_read",
    "pin": "org_read",
    "boards": "org_read",
    "board_pins": "org_read",
    "account_analytics": "org_analytics",
    "top_pins": "org_analytics",
    "top_video_pins": "org_analytics",
    "pin_analytics": "org_analytics",
    "pins_analytics": "org_analytics",
    "unknown": "org_read",
}
PER_MINUTE = {"org_read": 1000, "org_write": 100, "org_analytics": 60}
_APP = consent.App(NAME, CREDENTIALS["client_id"], SCOPES)
_DENIED = 403, 29, "You are not permitted to access that resource."
_REFUSALS: Mapping[str, tuple[int, int, str]] = {
    "429": (429, 8, "This request exceeded a rate limit."),
    "spam": (429, 8, "This request was blocked as spam."),
    "500": (500, 500, "Something went wrong on our end."),
    "502": (502, 502, "Bad gateway."),
    "503": (503, 503, "Service unavailable."),
    "504": (504, 504, "Gateway timeout."),
    "revoked": (401, 2, "Authentication failed."),
    "scope_missing": _DENIED,
    "restricted": (401, 3, "Your application does not have access to this restricted feature."),
    "business_required": (403, 403, "Not authorized to access the user account analytics."),
    "gone": (404, 50, "Pin not found."),
    "bad_request": (400, 1, "Invalid request."),
}
_MEANINGS = {kind: f"{status} code {code}: {message}" for kind, (status, code, message) in _REFUSALS.items()} | {
    "scope_missing": "403 code 29; on the call `token`: the consent comes back without `scope` (pins:read)"
}


def refusal(status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> Refusal:
    return Refusal(status, {"code": code, "message": message}, headers)


class Pinterest:
    slug = SLUG
    issuing = frozenset({"token"})

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.tokens = Tokens(sandbox.now, LIFETIMES, "pina_", "pinr.")

    # Manners

    def person(self) -> str | None:
        form = request.form if request.method == "POST" else {}
        found = (
            self.tokens.of_access(bearer())
            or self.tokens.of_refresh(form.get("refresh_token", ""))
            or self.tokens.of_code(form.get("code", ""))
        )
        return found.person if found else form.get("person")

    def admit(self, call: str, person: str | None) -> Mapping[str, str]:
        category = CALLS[call]
        if category is None:
            return {}
        room = self._sandbox.limits.count(f"{SLUG}/{category}/{person}", PER_MINUTE[category], 60)
        if room.exceeded:
            raise refusal(*_REFUSALS["429"], headers=_room(room))
        return _room(room)

    def refusal(self, fault: Fault) -> Refusal:
        headers = {}
        if fault.retry_after is not None:
            # No Retry-After is documented: the time to wait is in the header that is, and in the usual one too.
            headers = {"x-ratelimit-reset": str(fault.retry_after), "Retry-After": str(fault.retry_after)}
        if _REFUSALS[fault.kind][0] == 429:
            headers = {"x-ratelimit-limit": "1000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"} | headers
        return refusal(*_REFUSALS[fault.kind], headers=headers)

    def tidy(self, answer: Response) -> Response:
        answer.headers["x-pinterest-rid"] = str(secrets.randbelow(10**16))
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    # Tokens

    def token(self) -> Mapping[str, Any]:
        _demand_client()
        grant = request.form.get("grant_type")
        if request.mimetype != "application/x-www-form-urlencoded" or grant not in (
            "authorization_code",
            "refresh_token",
        ):
            raise refusal(400, 1, "Invalid request.")
        pair = self._exchanged() if grant == "authorization_code" else self._refreshed()
        g.person = pair.consent.person
        return {
            "access_token": pair.access,
            "response_type": grant,
            "token_type": "bearer",
            "expires_in": int(LIFETIMES.access.total_seconds()),
            "scope": " ".join(pair.consent.scopes),
            "refresh_token": pair.refresh,
            "refresh_token_expires_in": int(LIFETIMES.refresh.total_seconds()),
            "refresh_token_expires_at": int(pair.refresh_expires_at.timestamp()),
        }

    def _exchanged(self) -> Pair:
        given = self.tokens.redeem(request.form.get("code", ""))
        # What Pinterest answers to a used, old or foreign code is unknown; the one error seen at this address is this.
        if given is None or given.redirect_uri != request.form.get("redirect_uri"):
            raise refusal(*_REFUSALS["revoked"])
        dropped = g.dropped_scope if g.dropped_scope != "" else "pins:read"
        kept = tuple(scope for scope in given.scopes if scope != dropped)
        return self.tokens.issue(type(given)(given.person, given.client_id, given.redirect_uri, kept))

    def _refreshed(self) -> Pair:
        token = request.form.get("refresh_token", "")
        held = self.tokens.of_refresh(token)
        if held is None:
            raise refusal(*_REFUSALS["revoked"])
        wanted = tuple(request.form.get("scope", "").replace(",", " ").split())
        if not set(wanted) <= set(held.scopes):
            raise refusal(400, 1, "The scope is larger than what was granted.")
        # Careful: the token that was sent is dead from here on, even if this answer never arrives.
        pair = self.tokens.rotate(token, wanted or None)
        assert pair is not None
        return pair

    def revoke(self) -> Mapping[str, Any]:
        """Only for tokens of system users, of which there are none here."""
        _demand_client()
        if not request.form.get("token"):
            raise refusal(400, 1, "Invalid request.")
        raise refusal(*_DENIED)

    # API

    def reader(self, *scopes: str) -> Person:
        """Whose token came along; raises `Refusal` for a dead one, or one that lacks a scope."""
        held = self.tokens.of_access(bearer())
        person = people.find(held.person) if held else None
        if held is None or person is None:
            raise refusal(*_REFUSALS["revoked"])
        # Careful: acting for somebody else's ad account is refused, the product has no business there.
        if not set(scopes) <= set(held.scopes) or "ad_account_id" in request.args:
            raise refusal(*_DENIED)
        return person

    def user_account(self) -> Mapping[str, Any]:
        person = self.reader("user_accounts:read")
        posts = self._sandbox.posts(person, SLUG)
        views = sum(
            world.account_day(person, "impressions", self._sandbox.today - timedelta(days=n)) for n in range(30)
        )
        counted = {
            "follower_count": world.followers(person, self._sandbox.today),
            "following_count": 0 if person.nobody else 40 + draw("following", person.key) % 400,
            "pin_count": len(posts),
            "board_count": 2,
            "monthly_views": views,
        }
        return {
            "id": digits(18, SLUG, person.key),
            "username": username(person),
            "about": person.about,
            "account_type": "PINNER" if person.personal else "BUSINESS",
            "business_name": None if person.personal else person.name,
            "profile_image": avatar_url(f"{SLUG}-{person.key}"),
            "website_url": "" if person.personal else f"https://{person.key}.example/",
            **(dict.fromkeys(counted) if person.unknown else counted),
        }

    def unknown(self, **_: str) -> Mapping[str, Any]:
        raise refusal(404, 404, "The requested resource could not be found.")


def username(person: Person) -> str:
    return f"{person.key.replace('-', '_')}_sandbox"


def _room(room: Room) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(room.limit),
        "x-ratelimit-remaining": str(room.remaining),
        "x-ratelimit-reset": str(room.seconds),
    }


def _demand_client() -> None:
    """HTTP Basic only: credentials in the body are not looked at."""
    if basic() != f"{CREDENTIALS['client_id']}:{CREDENTIALS['client_secret']}":
        raise refusal(*_REFUSALS["revoked"])


def open_platform(sandbox: Sandbox) -> Opened:
    platform = Pinterest(sandbox)
    pins = Pins(sandbox, platform.reader)
    analytics = Analytics(sandbox, platform.reader)
    site = Site(NAME, _APP, platform.tokens, "a profile or a Pin")
    route = Routes(sandbox, platform)
    route("authorize", "/www/oauth/", site.ask)
    route("authorize", "/www/oauth/", site.decide, "POST")
    route("page", "/www/<path:anything>", site.page)
    route("token", "/api/v5/oauth/token", platform.token, "POST")
    route("revoke", "/api/v5/oauth/token/revoke", platform.revoke, "POST")
    route("user_account", "/api/v5/user_account", platform.user_account)
    route("account_analytics", "/api/v5/user_account/analytics", analytics.account)
    route("top_pins", "/api/v5/user_account/analytics/top_pins", analytics.top_pins)
    route("top_video_pins", "/api/v5/user_account/analytics/top_video_pins", analytics.top_video_pins)
    route("pins", "/api/v5/pins", pins.pins)
    route("pins_analytics", "/api/v5/pins/analytics", analytics.pins)
    route("pin", "/api/v5/pins/<pin_id>", pins.pin)
    route("pin_analytics", "/api/v5/pins/<pin_id>/analytics", analytics.pin)
    route("boards", "/api/v5/boards", pins.boards)
    route("board_pins", "/api/v5/boards/<board_id>/pins", pins.board_pins)
    route("unknown", "/api/<path:anything>", platform.unknown, "GET", "POST", "PUT", "PATCH", "DELETE")

    return Opened(
        SLUG,
        NAME,
        route.blueprint,
        Ground(WIRE_KINDS | _MEANINGS, CALLS, SCOPES),
        lambda person: {"username": username(person), "connected": platform.tokens.connected(person.key)},
        lambda person: {"revoked": platform.tokens.revoke(person.key)},
    )
