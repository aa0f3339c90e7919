"""Bluesky over XRPC as the lexicons and the reference server have it: sessions, profiles, feeds.

One server stands for the entryway (bsky.social), one of Bluesky's personal data servers, somebody's own, the public
app view and plc.directory. Somebody's own server gives sessions to its owner alone, and no other server does.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, g, request

from local.sandbox import bluesky_sessions as sessions
from local.sandbox import people
from local.sandbox.bluesky_feed import FILTERS, PLATFORM, Views, handle, is_repost, stamp, uri
from local.sandbox.bluesky_sessions import Bearer, Session, Sessions, did_of, main_password, person_of
from local.sandbox.doorway import Refusal
from local.sandbox.faults import WIRE_KINDS, Fault, Ground
from local.sandbox.limits import Room
from local.sandbox.opened import Opened
from local.sandbox.people import Person
from local.sandbox.routes import Routes
from local.sandbox.site import elsewhere
from local.sandbox.state import Sandbox

SLUG = PLATFORM
NAME = "Bluesky"
ENTRYWAY = "https://bsky.social"
OWN_SERVER = "https://morel.us-east.host.bsky.network"
SELF_HOSTED = "https://pds.otto.test"
ORIGINS = {
    ENTRYWAY: "/bluesky/social",
    OWN_SERVER: "/bluesky/morel",
    SELF_HOSTED: "/bluesky/otto",
    "https://public.api.bsky.app": "/bluesky/public",
    "https://plc.directory": "/bluesky/plc",
    "https://bsky.app": "/bluesky/app",
}
CREDENTIALS = None
CALLS = (
    *("createSession", "refreshSession", "deleteSession", "getSession", "resolveHandle"),
    *("getProfile", "getAuthorFeed", "getPosts", "did", "page", "unknown"),
)
_REFUSALS: Mapping[str, tuple[int, str, str]] = {
    "429": (429, "RateLimitExceeded", "Rate Limit Exceeded"),
    "500": (500, "InternalServerError", "Internal Server Error"),
    "502": (502, "UpstreamFailure", "Upstream Failure"),
    "503": (503, "NotEnoughResources", "Not Enough Resources"),
    "504": (504, "UpstreamTimeout", "Upstream Timeout"),
    "revoked": (400, "ExpiredToken", "Token has been revoked"),
    "expired": (400, "ExpiredToken", "Token has expired"),
    "unauthorized": (401, "AuthenticationRequired", "Authentication Required"),
    "invalid_token": (400, "InvalidToken", "Token could not be verified"),
    "scope_missing": (400, "InvalidToken", "Bad token scope"),
    "takendown": (401, "AccountTakedown", "Account has been taken down"),
    "deactivated": (401, "AccountDeactivated", "Account is deactivated"),
    "moved": (403, "AccountNotFound", "Account not found"),
    "blocked": (400, "BlockedActor", "Requester has blocked actor"),
    "gone": (400, "InvalidRequest", "Profile not found"),
    "bad_request": (400, "InvalidRequest", "Invalid Request"),
}
_MEANINGS = {kind: f"{status} {error}: {message}" for kind, (status, error, message) in _REFUSALS.items()}


def refusal(status: int, error: str, message: str, headers: Mapping[str, str] | None = None) -> Refusal:
    return Refusal(status, {"error": error, "message": message}, headers)


class Bluesky:
    slug = SLUG
    issuing: frozenset[str] = frozenset()

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.sessions = Sessions(sandbox.now)
        self._views = Views(sandbox)

    # Manners

    def person(self) -> str | None:
        body = request.get_json(silent=True) if request.method == "POST" else None
        name = body.get("identifier") if isinstance(body, dict) else None
        bearer = self.sessions.read(_token())
        found = _somebody(bearer.did if bearer else name or request.args.get("actor") or request.args.get("handle"))
        return found.key if found else None

    def admit(self, call: str, person: str | None) -> Mapping[str, str]:
        room = self._sandbox.limits.count(f"{SLUG}/{request.remote_addr}", 3000, 300)
        if call == "createSession":
            # Whichever of the two is nearer its end is told.
            who = f"{SLUG}/createSession/{person}/{request.remote_addr}"
            short, long = self._sandbox.limits.count(who, 30, 300), self._sandbox.limits.count(f"{who}/day", 300, 86400)
            room = long if long.exceeded else short
        if room.exceeded:
            raise refusal(*_REFUSALS["429"], headers=_room(room) | {"Retry-After": str(room.seconds)})
        return _room(room)

    def refusal(self, fault: Fault) -> Refusal:
        headers: dict[str, str] = {}
        if _REFUSALS[fault.kind][0] == 429:
            wait = 60 if fault.retry_after is None else fault.retry_after
            reset = int(self._sandbox.now().timestamp()) + wait
            headers = _room(Room(3000, 0, reset, wait, 300, True)) | {"Retry-After": str(wait)}
        elif fault.retry_after is not None:
            headers = {"Retry-After": str(fault.retry_after)}
        return refusal(*_REFUSALS[fault.kind], headers=headers)

    def tidy(self, answer: Response) -> Response:
        answer.headers.setdefault("Cache-Control", "private")
        return answer

    # Sessions

    def create_session(self, host: str) -> Mapping[str, Any]:
        body = request.get_json(silent=True) if request.is_json else None
        if not isinstance(body, dict):
            raise refusal(400, "InvalidRequest", "A request body is expected but none was provided")
        for name in ("identifier", "password"):
            if name not in body:
                raise refusal(400, "InvalidRequest", f'Input must have the property "{name}"')
            if not isinstance(body[name], str):
                raise refusal(400, "InvalidRequest", f"Input/{name} must be a string")
        person = _somebody(body["identifier"])
        person = person if person is not None and person.self_hosted == (host == "otto") else None
        scope = self._scope(person, body["password"]) if person else None
        if person is None or scope is None:
            raise refusal(401, "AuthenticationRequired", "Invalid identifier or password")
        if scope == sessions.FULL and person.two_factor and not body.get("authFactorToken"):
            raise refusal(401, "AuthFactorTokenRequired", "A sign in code has been sent to your email address")
        return self._shown(person, self.sessions.create(did_of(person), scope))

    def refresh_session(self) -> Mapping[str, Any]:
        _demand_no_body()
        bearer = self._refresher()
        person = _somebody(bearer.did)
        if bearer.expired:
            raise refusal(*_REFUSALS["expired"])
        session = self.sessions.rotate(bearer.token_id)
        if session is None or person is None:
            raise refusal(*_REFUSALS["revoked"])
        return self._shown(person, session)

    def delete_session(self) -> Response:
        """An expired token will do."""
        _demand_no_body()
        self.sessions.delete(self._refresher().token_id)
        return Response(b"", 200, content_type="text/plain")

    def get_session(self) -> Mapping[str, Any]:
        return self._about(self._reader())

    def _scope(self, person: Person, password: str) -> str | None:
        if password == main_password(person):
            return sessions.FULL
        if password == self.sessions.app_password(person):
            return sessions.PRIVILEGED if person.own_server else sessions.APP
        return None

    def _shown(self, person: Person, session: Session) -> dict[str, Any]:
        g.person = person.key
        return {**self._about(person), "accessJwt": session.access, "refreshJwt": session.refresh}

    def _about(self, person: Person) -> dict[str, Any]:
        """Careful: no e-mail address; the product has no need to see one."""
        return {"handle": handle(person), "did": did_of(person), "didDoc": _document(person), "active": True}

    def _bearer(self) -> Bearer:
        if not _token():
            raise refusal(401, "AuthMissing", "Authentication Required")
        bearer = self.sessions.read(_token())
        if bearer is None:
            raise refusal(*_REFUSALS["invalid_token"])
        return bearer

    def _refresher(self) -> Bearer:
        bearer = self._bearer()
        if bearer.scope != sessions.REFRESHING:
            raise refusal(*_REFUSALS["scope_missing"])
        return bearer

    def _reader(self) -> Person:
        bearer = self._bearer()
        if bearer.scope == sessions.REFRESHING:
            raise refusal(*_REFUSALS["scope_missing"])
        if bearer.expired:
            raise refusal(*_REFUSALS["expired"])
        person = _somebody(bearer.did)
        if person is None:
            raise refusal(*_REFUSALS["moved"])
        return person

    # Reading. A personal data server wants a session, the public app view does not.

    def profile(self, host: str) -> Mapping[str, Any]:
        self._admitted(host)
        return self._views.detailed(self._actor())

    def author_feed(self, host: str) -> Mapping[str, Any]:
        self._admitted(host)
        person = self._actor()
        limit = _limit()
        wanted = FILTERS.get(request.args.get("filter", "posts_with_replies"))
        if wanted is None:
            raise refusal(400, "InvalidRequest", "Error: Params must have a known filter")
        cursor = request.args.get("cursor")
        posts = self._sandbox.posts(person, PLATFORM)
        page = [post for post in posts if cursor is None or stamp(post.at) < cursor][:limit]
        # Careful: what the filter drops makes the page shorter, and a full page has a cursor though nothing may follow.
        feed = [self._views.item(post) for post in page if wanted(post)]
        if cursor is None and request.args.get("includePins") == "true":
            feed[:0] = [self._views.pinned(next(post for post in reversed(posts) if not post.foreign))]
        return {"feed": feed} | ({"cursor": stamp(page[-1].at)} if len(page) == limit else {})

    def posts(self, host: str) -> Mapping[str, Any]:
        self._admitted(host)
        wanted = request.args.getlist("uris")
        if not wanted:
            raise refusal(400, "InvalidRequest", 'Error: Params must have the property "uris"')
        if len(wanted) > 25:
            raise refusal(400, "InvalidRequest", "Error: uris must not have more than 25 elements")
        authors = {_somebody(one.removeprefix("at://").partition("/")[0]) for one in wanted}
        known = {
            uri(post): post
            for person in authors
            if person
            for post in self._sandbox.posts(person, PLATFORM)
            if not is_repost(post)
        }
        return {"posts": [self._views.post(known[one]) for one in dict.fromkeys(wanted) if one in known]}

    def resolve(self, host: str) -> Mapping[str, Any]:
        asked = request.args.get("handle", "")
        person = _somebody(asked)
        if person is None or asked.startswith("did:"):
            raise refusal(400, "HandleNotFound", "Unable to resolve handle")
        return {"did": did_of(person)}

    def document(self, did: str) -> Mapping[str, Any]:
        person = _somebody(did)
        if person is None:
            raise Refusal(404, {"message": f"DID not registered: {did}"})
        return _document(person)

    def page(self, **_: str) -> Response:
        return elsewhere(NAME, "a profile or a post")

    def unknown(self, **_: str) -> Mapping[str, Any]:
        raise refusal(501, "MethodNotImplemented", "Method Not Implemented")

    def _admitted(self, host: str) -> None:
        if host != "public":
            self._reader()

    def _actor(self) -> Person:
        asked = request.args.get("actor")
        if not asked:
            raise refusal(400, "InvalidRequest", 'Error: Params must have the property "actor"')
        person = _somebody(asked)
        if person is None:
            raise refusal(*_REFUSALS["gone"])
        return person


def _somebody(name: object) -> Person | None:
    """By handle, DID or e-mail address. A handle with an `@` before it is none."""
    if not isinstance(name, str):
        return None
    lowered = name.strip().lower()
    if lowered.startswith("did:"):
        return person_of(lowered)
    for ending in (".test", "@sandbox.test"):
        if lowered.endswith(ending) and (person := people.find(lowered.removesuffix(ending))):
            return person
    return None


def _document(person: Person) -> dict[str, Any]:
    endpoint = SELF_HOSTED if person.self_hosted else OWN_SERVER if person.own_server else ENTRYWAY
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": endpoint}
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did_of(person),
        "alsoKnownAs": [f"at://{handle(person)}"],
        "verificationMethod": [],
        "service": [service],
    }


def _room(room: Room) -> dict[str, str]:
    return {
        "RateLimit-Limit": str(room.limit),
        "RateLimit-Remaining": str(room.remaining),
        "RateLimit-Reset": str(room.resets_at),
        "RateLimit-Policy": f"{room.limit};w={room.window}",
    }


def _token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _limit() -> int:
    text = request.args.get("limit", "50")
    if not text.isascii() or not text.isdigit():
        raise refusal(400, "InvalidRequest", "Error: limit must be an integer")
    if not 1 <= int(text) <= 100:
        raise refusal(400, "InvalidRequest", "Error: limit must be from 1 to 100")
    return int(text)


def _demand_no_body() -> None:
    """The lexicon knows no input. Careful: a content type alone is refused as well."""
    if request.get_data() or "Content-Type" in request.headers:
        raise refusal(400, "InvalidRequest", "A request body was provided when none was expected")


def open_platform(sandbox: Sandbox) -> Opened:
    platform = Bluesky(sandbox)
    route = Routes(sandbox, platform)
    servers = '/<any("social", "morel", "otto"):host>/xrpc'
    everywhere = '/<any("social", "morel", "otto", "public"):host>/xrpc'

    def without_host(view: Callable[[], Any]) -> Callable[..., Any]:
        return lambda host: view()

    route("createSession", f"{servers}/com.atproto.server.createSession", platform.create_session, "POST")
    route(
        "refreshSession", f"{servers}/com.atproto.server.refreshSession", without_host(platform.refresh_session), "POST"
    )
    route("deleteSession", f"{servers}/com.atproto.server.deleteSession", without_host(platform.delete_session), "POST")
    route("getSession", f"{servers}/com.atproto.server.getSession", without_host(platform.get_session))
    route("resolveHandle", f"{everywhere}/com.atproto.identity.resolveHandle", platform.resolve)
    route("getProfile", f"{everywhere}/app.bsky.actor.getProfile", platform.profile)
    route("getAuthorFeed", f"{everywhere}/app.bsky.feed.getAuthorFeed", platform.author_feed)
    route("getPosts", f"{everywhere}/app.bsky.feed.getPosts", platform.posts)
    route("did", "/plc/<did>", platform.document)
    route("page", "/app/<path:anything>", platform.page)
    route(
        "unknown", '/<any("social", "morel", "otto", "public"):host>/<path:anything>', platform.unknown, "GET", "POST"
    )

    return Opened(
        SLUG,
        NAME,
        route.blueprint,
        Ground(WIRE_KINDS | _MEANINGS, CALLS, ()),
        lambda person: {
            "handle": handle(person),
            "app_password": platform.sessions.app_password(person),
            "main_password": main_password(person),
            "connected": platform.sessions.connected(person),
        },
        lambda person: {
            "revoked": platform.sessions.delete_app_password(person),
            "app_password": platform.sessions.app_password(person),
        },
    )
