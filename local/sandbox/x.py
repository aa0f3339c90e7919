"""X as its API v2 has it: consent with PKCE, tokens that rotate, users; posts beside it.

Where X's behaviour is unknown the sandbox takes the reading that is harder on the product, and says "careful".
"""

from collections.abc import Callable, Mapping
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
from local.sandbox.routes import Routes
from local.sandbox.site import Site
from local.sandbox.state import Sandbox
from local.sandbox.tokens import Lifetimes, Pair, Tokens
from local.sandbox.x_posts import Posts, chosen, problem, query

SLUG = "x"
NAME = "X"
ORIGINS = {"https://x.com": "/x/www", "https://api.x.com": "/x/api"}
CREDENTIALS = {"client_id": letters(34, SLUG, "client id"), "client_secret": letters(50, SLUG, "client secret")}
SCOPES = tuple(
    "block.read block.write bookmark.read bookmark.write dm.read dm.write follows.read follows.write like.read "
    "like.write list.read list.write media.write mute.read mute.write offline.access space.read timeline.read "
    "tweet.moderate.write tweet.read tweet.write users.read".split()
)
LIFETIMES = Lifetimes(code=timedelta(seconds=30), access=timedelta(hours=2), refresh=timedelta(days=180))
# Calls of one user in 15 minutes; None: no limit is told.
CALLS: Mapping[str, int | None] = {
    "authorize": None,
    "page": None,
    "token": None,
    "revoke": None,
    "me": 75,
    "user_posts": 900,
    "posts": 5000,
    "unknown": None,
}
_WINDOW = 900
_APP = consent.App(NAME, CREDENTIALS["client_id"], SCOPES, separators=" ", pkce=True, accept="Authorize app")
_USER_FIELDS = frozenset(
    "confirmed_email connection_status created_at description entities id is_identity_verified location name parody "
    "profile_banner_url profile_image_url protected public_metrics receives_your_dm subscription subscription_type url "
    "username verified verified_followers_count verified_type withheld".split()
)
_BLANK = "about:blank"
_UNAUTHORIZED = 401, {"title": "Unauthorized", "type": _BLANK, "status": 401, "detail": "Unauthorized"}
_FORBIDDEN = 403, {"title": "Forbidden", "type": _BLANK, "status": 403, "detail": "Forbidden"}
_LIMITED = 429, {"title": "Too Many Requests", "type": _BLANK, "status": 429, "detail": "Too Many Requests"}
_REFUSALS: Mapping[str, tuple[int, Mapping[str, Any]]] = {
    "429": _LIMITED,
    "429_legacy": (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}),
    "usage_capped": (429, problem("usage-capped", "UsageCapExceeded", "Usage cap exceeded: Monthly product cap")),
    "credits": (402, problem("credits", "CreditsDepleted", "Your enrolled account does not have any credits.")),
    "500": (500, problem("internal-error", "Internal Error", "Something went wrong.")),
    "503": (503, {"title": "Service Unavailable", "type": _BLANK, "status": 503, "detail": "Service Unavailable"}),
    "revoked": _UNAUTHORIZED,
    "scope_missing": _FORBIDDEN,
    "not_enrolled": (403, problem("client-forbidden", "Client Forbidden", "The app is attached to no project.")),
    "suspended": (200, {"errors": [problem("resource-unavailable", "Forbidden", "User has been suspended.")]}),
    "gone": (404, problem("resource-not-found", "Not Found Error", "Could not find it.")),
    "renamed": (
        400,
        problem("invalid-request", "Invalid Request", "One or more parameters to your request was invalid.")
        | {"errors": [{"parameters": {"tweet.fields": [""]}, "message": "[tweet.fields] is not one of [post.fields]"}]},
    ),
    "bad_request": (400, problem("invalid-request", "Invalid Request", "One or more parameters was invalid.")),
}
_MEANINGS = {kind: f"{status} {body.get('title', '')}" for kind, (status, body) in _REFUSALS.items()} | {
    "scope_missing": "403 Forbidden; on the call `token`: the consent comes back without `scope` (tweet.write)",
    "suspended": "200 with a problem instead of the account",
    "renamed": "400: the parameter tweet.fields is not known any more",
}


def oauth_refusal(status: int, error: str, description: str) -> Refusal:
    return Refusal(status, {"error": error, "error_description": description})


class RotatingTokens(Tokens):
    """Careful: a refresh token that comes a second time ends everything that was made from it."""

    def __init__(self, now: Callable[[], Any]) -> None:
        super().__init__(now, LIFETIMES, "", "")
        self._used: dict[str, Pair] = {}

    def rotate(self, refresh: str, scopes: tuple[str, ...] | None = None) -> Pair | None:
        pair = super().rotate(refresh, scopes)
        if pair is not None:
            self._used[refresh] = pair
        elif refresh in self._used:
            self._end(self._used[refresh])
        return pair

    def _end(self, pair: Pair) -> None:
        self.drop(pair.access)
        self.drop(pair.refresh)
        if pair.refresh in self._used:
            self._end(self._used[pair.refresh])


class X:
    slug = SLUG
    issuing = frozenset({"token"})

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.tokens = RotatingTokens(sandbox.now)

    # Manners

    def person(self) -> str | None:
        form = request.form if request.method == "POST" else {}
        given = form.get("token", "")
        found = (
            self.tokens.of_access(bearer())
            or self.tokens.of_refresh(form.get("refresh_token", given))
            or self.tokens.of_access(given)
            or self.tokens.of_code(form.get("code", ""))
        )
        return found.person if found else form.get("person")

    def admit(self, call: str, person: str | None) -> Mapping[str, str]:
        limit = CALLS[call]
        if limit is None:
            return {}
        room = self._sandbox.limits.count(f"{SLUG}/{call}/{person}", limit, _WINDOW)
        if room.exceeded:
            raise Refusal(*_LIMITED, headers=_room(room))
        return _room(room)

    def refusal(self, fault: Fault) -> Refusal:
        headers = {}
        if fault.retry_after is not None:
            reset = int(self._sandbox.now().timestamp()) + fault.retry_after
            headers = {"x-rate-limit-limit": "900", "x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}
        return Refusal(*_REFUSALS[fault.kind], headers=headers)

    def tidy(self, answer: Response) -> Response:
        answer.headers.setdefault("Cache-Control", "no-store")
        answer.headers["x-transaction-id"] = f"{draw('transaction', self._sandbox.now()):016x}"
        return answer

    # Tokens

    def token(self) -> Mapping[str, Any]:
        _demand_client()
        grant = request.form.get("grant_type")
        if grant not in ("authorization_code", "refresh_token"):
            raise oauth_refusal(400, "invalid_request", "Missing required parameter [grant_type].")
        pair = self._exchanged() if grant == "authorization_code" else self._refreshed()
        g.person = pair.consent.person
        answer = {
            "token_type": "bearer",
            "expires_in": int(LIFETIMES.access.total_seconds()),
            "access_token": pair.access,
            "scope": " ".join(pair.consent.scopes),
        }
        return answer | ({"refresh_token": pair.refresh} if "offline.access" in pair.consent.scopes else {})

    def _exchanged(self) -> Pair:
        given = self.tokens.redeem(request.form.get("code", ""))
        if given is None or given.redirect_uri != request.form.get("redirect_uri"):
            raise oauth_refusal(400, "invalid_request", "Value passed for the authorization code was invalid.")
        if not given.proven_by(request.form.get("code_verifier", "")):
            raise oauth_refusal(
                400, "invalid_request", "Value passed for the code verifier did not match the challenge."
            )
        dropped = g.dropped_scope if g.dropped_scope != "" else "tweet.write"
        kept = tuple(scope for scope in given.scopes if scope != dropped)
        return self.tokens.issue(type(given)(given.person, given.client_id, given.redirect_uri, kept))

    def _refreshed(self) -> Pair:
        pair = self.tokens.rotate(request.form.get("refresh_token", ""))
        if pair is None:
            raise oauth_refusal(400, "invalid_request", "Value passed for the token was invalid.")
        return pair

    def revoke(self) -> Mapping[str, Any]:
        """Ends the one token that was sent; one that is not known is as good as ended."""
        _demand_client()
        if not request.form.get("token"):
            raise oauth_refusal(400, "invalid_request", "Missing required parameter [token].")
        self.tokens.drop(request.form["token"])
        return {"revoked": True}

    # API

    def reader(self, *scopes: str) -> Person:
        """Whose token came along; raises `Refusal` for a dead one, or one that lacks a scope."""
        held = self.tokens.of_access(bearer())
        person = people.find(held.person) if held else None
        if held is None or person is None:
            raise Refusal(*_UNAUTHORIZED)
        if not set(scopes) <= set(held.scopes):
            raise Refusal(*_FORBIDDEN)
        return person

    def me(self) -> Mapping[str, Any]:
        person = self.reader("tweet.read", "users.read")
        query({"user.fields", "tweet.fields", "post.fields", "expansions"})
        fields = chosen("user.fields", _USER_FIELDS)
        new = "post.fields" in request.args
        user: dict[str, Any] = {"id": user_id(person), "name": person.name, "username": username(person)}
        shown: dict[str, Any] = {
            "profile_image_url": avatar_url(f"{SLUG}-{person.key}"),
            "description": person.about,
            "protected": False,
            "verified_type": "none",
        }
        if not person.unknown:
            shown["public_metrics"] = {
                "followers_count": world.followers(person, self._sandbox.today),
                "following_count": 0 if person.nobody else 40 + draw("following", person.key) % 400,
                "post_count" if new else "tweet_count": len(self._sandbox.posts(person, SLUG)),
                "listed_count": draw("listed", person.key) % 20,
                "like_count": draw("liked", person.key) % 900,
            }
        return {"data": user | {name: value for name, value in shown.items() if name in fields}}

    def unknown(self, **_: str) -> Mapping[str, Any]:
        raise Refusal(*_REFUSALS["gone"])


def user_id(person: Person) -> str:
    return digits(16, SLUG, person.key)


def username(person: Person) -> str:
    return f"{person.key.replace('-', '_')}_sand"


def _room(room: Room) -> dict[str, str]:
    return {
        "x-rate-limit-limit": str(room.limit),
        "x-rate-limit-remaining": str(room.remaining),
        "x-rate-limit-reset": str(room.resets_at),
    }


def _demand_client() -> None:
    """HTTP Basic only, and no secret in the body."""
    right = f"{CREDENTIALS['client_id']}:{CREDENTIALS['client_secret']}"
    if basic() != right or "client_secret" in request.form:
        raise oauth_refusal(401, "unauthorized_client", "Missing valid authorization header")


def open_platform(sandbox: Sandbox) -> Opened:
    platform = X(sandbox)
    posts = Posts(sandbox, platform.reader, user_id)
    site = Site(NAME, _APP, platform.tokens, "a profile or a post")
    route = Routes(sandbox, platform)
    route("authorize", "/www/i/oauth2/authorize", site.ask)
    route("authorize", "/www/i/oauth2/authorize", site.decide, "POST")
    route("page", "/www/<path:anything>", site.page)
    route("token", "/api/2/oauth2/token", platform.token, "POST")
    route("revoke", "/api/2/oauth2/revoke", platform.revoke, "POST")
    route("me", "/api/2/users/me", platform.me)
    route("user_posts", "/api/2/users/<account>/tweets", posts.of_user)
    route("posts", "/api/2/tweets", posts.by_ids)
    route("unknown", "/api/<path:anything>", platform.unknown, "GET", "POST", "PUT", "PATCH", "DELETE")

    return Opened(
        SLUG,
        NAME,
        route.blueprint,
        Ground(WIRE_KINDS | _MEANINGS, CALLS, SCOPES),
        lambda person: {"username": username(person), "connected": platform.tokens.connected(person.key)},
        lambda person: {"revoked": platform.tokens.revoke(person.key)},
    )
