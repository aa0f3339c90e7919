"""Mastodon's API on two servers: mastodon.social as its description 4.7.0 has it, social.weavers.example as GoToSocial
does (ids that are no numbers, reset in epoch seconds, no quotes), whose accounts have the domain weavers.example.

Where a server's behaviour is unknown the sandbox takes the reading that is harder on the product, and says "careful".
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, g, request
from markupsafe import Markup

from local.sandbox import consent, pages, people
from local.sandbox.chance import letters
from local.sandbox.credentials import bearer
from local.sandbox.doorway import Refusal
from local.sandbox.faults import WIRE_KINDS, Fault, Ground
from local.sandbox.issuing import unguessable
from local.sandbox.limits import Room
from local.sandbox.mastodon_about import MASTODON, WEAVERS, Server, instance, instance_v1, metadata
from local.sandbox.mastodon_statuses import Statuses, account
from local.sandbox.opened import Opened
from local.sandbox.people import Person
from local.sandbox.routes import Routes
from local.sandbox.site import elsewhere
from local.sandbox.state import Sandbox
from local.sandbox.tokens import Consent, Lifetimes, Pair, Tokens

SLUG = "mastodon"
NAME = "Mastodon"
SERVERS = {server.host: server for server in (MASTODON, WEAVERS)}
# The domain of the second server's accounts: nothing but pointers answers there.
_DOMAINS = {server.domain: server for server in SERVERS.values() if server.domain != server.host}
ORIGINS = {f"https://{host}": f"/{SLUG}/{host}" for host in (*SERVERS, *_DOMAINS)}
CREDENTIALS = None
SCOPES = (
    "read write follow push profile read:accounts read:blocks read:bookmarks read:favourites read:filters read:follows "
    "read:lists read:mutes read:notifications read:search read:statuses write:accounts write:blocks write:bookmarks "
    "write:conversations write:favourites write:filters write:follows write:lists write:media write:mutes "
    "write:notifications write:reports write:statuses"
).split()
_FOR_EVER = timedelta(days=36_500)
CALLS = (
    *("instance", "well_known", "apps", "authorize", "token", "revoke", "page"),
    *("verify_credentials", "statuses", "status", "unknown"),
)
_REFUSALS: Mapping[str, tuple[int, str]] = {
    "429": (429, "Too many requests"),
    "500": (500, "An unexpected error occurred"),
    "502": (502, "Bad gateway"),
    "503": (503, "There was a temporary problem serving your request, please try again"),
    "504": (504, "Gateway timeout"),
    "revoked": (401, "The access token was revoked"),
    "expired": (401, "The access token expired"),
    "scope_missing": (403, "This action is outside the authorized scopes"),
    "login_disabled": (403, "Your login is currently disabled"),
    "walled": (403, "an HTML page of a wall before the server"),
    "gone": (404, "Record not found"),
    "suspended": (410, "Gone"),
    "bad_request": (422, "Validation failed"),
}
_MEANINGS = {kind: f"{status} {message}" for kind, (status, message) in _REFUSALS.items()} | {
    "revoked": "401 The access token was revoked; on the call `token`: 400 invalid_grant",
    "scope_missing": "403 outside the authorized scopes; on the call `token`: the token lacks `scope` (read:statuses)",
    "app_unknown": "401 invalid_client",
    "moved": "on the call `verify_credentials`: the right answer, and that the person now goes by another account",
}


def refusal(kind: str) -> Refusal:
    if kind == "walled":
        return _Walled(403, {})
    status, message = _REFUSALS[kind]
    return Refusal(status, {"error": message})


def oauth_refusal(status: int, error: str) -> Refusal:
    return Refusal(status, {"error": error, "error_description": f"{error} (sandbox)"})


class _Walled(Refusal):
    def response(self) -> Response:
        return Response("<!doctype html><title>Just a moment</title>", 403, content_type="text/html")


@dataclass(frozen=True, slots=True)
class Registered:
    """An app as a server knows it."""

    client_id: str
    client_secret: str
    name: str
    website: str | None
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]


@dataclass(slots=True)
class Books:
    """What one server remembers: apps by client id, and the token of each app, person and scopes."""

    tokens: Tokens
    apps: dict[str, Registered] = field(default_factory=dict)
    given: dict[tuple[str, str, tuple[str, ...]], Pair] = field(default_factory=dict)


class Mastodon:
    slug = SLUG
    issuing = frozenset({"token"})

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        lives = Lifetimes(code=timedelta(minutes=10), access=_FOR_EVER, refresh=_FOR_EVER)
        self.books = {host: Books(Tokens(sandbox.now, lives, "", "")) for host in SERVERS}

    # Manners

    def person(self) -> str | None:
        books = self.books.get(str((request.view_args or {}).get("host")))
        form = request.form if request.method == "POST" else {}
        if books is None:
            return None
        found = books.tokens.of_access(bearer() or form.get("token", "")) or books.tokens.of_code(form.get("code", ""))
        return found.person if found else form.get("person")

    def admit(self, call: str, person: str | None) -> Mapping[str, str]:
        """A person's 300 in five minutes, and 300 pages in fifteen; whoever is not known is counted by address."""
        host = str((request.view_args or {}).get("host"))
        who = f"{SLUG}/{host}/{person or request.remote_addr}"
        room = self._sandbox.limits.count(who, 300, 300)
        if {"max_id", "min_id", "since_id"} & request.args.keys():
            paging = self._sandbox.limits.count(f"{who}/paging", 300, 900)
            room = paging if paging.exceeded else room
        if room.exceeded:
            made = refusal("429")
            made.headers.update(_room(room, host))
            raise made
        return _room(room, host)

    def refusal(self, fault: Fault) -> Refusal:
        if fault.kind == "app_unknown":
            return oauth_refusal(401, "invalid_client")
        if fault.kind == "moved":
            return self._moved(str((request.view_args or {}).get("host")))
        if fault.kind in ("revoked", "expired") and request.path.endswith("/oauth/token"):
            return oauth_refusal(400, "invalid_grant")
        made = refusal(fault.kind)
        if made.status == 429 or fault.retry_after is not None:
            wait = 300 if fault.retry_after is None else fault.retry_after
            reset = int(self._sandbox.now().timestamp()) + wait
            room = Room(300, 0, reset, wait, 300, True)
            made.headers.update(_room(room, str((request.view_args or {}).get("host"))))
        return made

    def tidy(self, answer: Response) -> Response:
        answer.headers.setdefault("Cache-Control", "private, no-store")
        return answer

    # The server

    def instance(self, host: str) -> Mapping[str, Any]:
        return instance(_server(host))

    def instance_v1(self, host: str) -> Mapping[str, Any]:
        return instance_v1(_server(host))

    def metadata(self, host: str) -> Mapping[str, Any]:
        server = _server(host)
        if server is WEAVERS:
            raise refusal("gone")
        return metadata(server, SCOPES)

    def nodeinfo(self, host: str) -> Mapping[str, Any]:
        server = _DOMAINS.get(host) or _server(host)
        rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
        return {"links": [{"rel": rel, "href": f"https://{server.host}/nodeinfo/2.0"}]}

    def webfinger(self, host: str) -> Mapping[str, Any]:
        server = _DOMAINS.get(host) or _server(host)
        name, _, domain = request.args.get("resource", "").removeprefix("acct:").partition("@")
        if people.find(name) is None or domain != server.domain:
            raise refusal("gone")
        home = f"https://{server.host}"
        links = [
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": f"{home}/@{name}"},
            {"rel": "self", "type": "application/activity+json", "href": f"{home}/users/{name}"},
        ]
        return {"subject": f"acct:{name}@{domain}", "links": links}

    def page(self, **_: str) -> Response:
        return elsewhere(NAME, "a profile or a post")

    # Apps and tokens

    def register(self, host: str) -> Mapping[str, Any]:
        """Careful: only one address, as text, is taken, as by servers before 4.3."""
        books = self.books[_server(host).host]
        body = request.get_json(silent=True) if request.is_json else request.form
        given: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
        name, uri, scopes = (given.get(key) for key in ("client_name", "redirect_uris", "scopes"))
        wanted = tuple(str(scopes or "read").split())
        if not name or not isinstance(uri, str) or "://" not in uri or not set(wanted) <= set(SCOPES):
            raise Refusal(422, {"error": "Validation failed: Redirect URI must be an absolute URI."})
        app = Registered(
            client_id=secrets.token_urlsafe(32),
            client_secret=unguessable(32),
            name=str(name),
            website=given.get("website"),
            redirect_uris=tuple(uri.split()),
            scopes=wanted,
        )
        books.apps[app.client_id] = app
        return {
            "id": str(len(books.apps)),
            "name": app.name,
            "website": app.website,
            "scopes": list(app.scopes),
            "redirect_uri": "\n".join(app.redirect_uris),
            "redirect_uris": list(app.redirect_uris),
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "client_secret_expires_at": 0,
            "vapid_key": letters(40, "vapid", host),
        }

    def ask(self, host: str) -> Response:
        app = self._asking(host, request.args)
        return app if isinstance(app, Response) else consent.ask(app, self.books[host].tokens)

    def decide(self, host: str) -> Response:
        app = self._asking(host, request.form)
        if isinstance(app, Response):
            return app
        answer, g.person = consent.decide(app, self.books[host].tokens)
        return answer

    def _asking(self, host: str, given: Mapping[str, str]) -> consent.App | Response:
        known = self.books[_server(host).host].apps.get(given.get("client_id", ""))
        if known is None or given.get("redirect_uri") not in known.redirect_uris:
            body = Markup("<p>Client authentication failed due to unknown client, or a redirect URI it has not.</p>")
            return Response(pages.page("Mastodon sandbox", body), 401, content_type="text/html; charset=utf-8")
        return consent.App(
            NAME,
            known.client_id,
            known.scopes,
            separators=" ",
            accept="Authorize",
            refuse="Deny",
            pkce=True,
            callbacks=known.redirect_uris,
        )

    def token(self, host: str) -> Mapping[str, Any]:
        books = self.books[_server(host).host]
        self._demand_client(books)
        if request.form.get("grant_type") != "authorization_code":
            raise oauth_refusal(400, "unsupported_grant_type")
        given = books.tokens.redeem(request.form.get("code", ""))
        verifier = request.form.get("code_verifier", "")
        if given is None or given.redirect_uri != request.form.get("redirect_uri") or not given.proven_by(verifier):
            raise oauth_refusal(400, "invalid_grant")
        if given.client_id != request.form.get("client_id"):
            raise oauth_refusal(400, "invalid_grant")
        g.person = given.person
        dropped = g.dropped_scope if g.dropped_scope != "" else "read:statuses"
        scopes = tuple(scope for scope in given.scopes if scope != dropped)
        pair = self._given(books, Consent(given.person, given.client_id, given.redirect_uri, scopes))
        return {
            "access_token": pair.access,
            "token_type": "Bearer",
            "scope": " ".join(scopes),
            "created_at": int(self._sandbox.now().timestamp()),
        }

    def _given(self, books: Books, consent: Consent) -> Pair:
        """The same token again for the same app, person and scopes."""
        key = consent.client_id, consent.person, consent.scopes
        held = books.given.get(key)
        if held is None or books.tokens.of_access(held.access) is None:
            held = books.given[key] = books.tokens.issue(consent)
        return held

    def revoke(self, host: str) -> Mapping[str, Any]:
        books = self.books[_server(host).host]
        self._demand_client(books)
        token = request.form.get("token", "")
        held = books.tokens.of_access(token)
        if held is not None and held.client_id != request.form["client_id"]:
            raise oauth_refusal(403, "unauthorized_client")
        for pair in [pair for pair in books.given.values() if pair.access == token]:
            books.tokens.drop(pair.access)
            books.tokens.drop(pair.refresh)
        return {}

    def _demand_client(self, books: Books) -> None:
        app = books.apps.get(request.form.get("client_id", ""))
        if app is None or app.client_secret != request.form.get("client_secret"):
            raise oauth_refusal(401, "invalid_client")

    # API

    def reader(self, host: str, *scopes: str) -> Person:
        """Whose token came along; raises `Refusal` for a dead one, or one that lacks all of the scopes."""
        if not bearer():
            raise Refusal(401, {"error": "This API requires an authenticated user"})
        held = self.books[_server(host).host].tokens.of_access(bearer())
        person = people.find(held.person) if held else None
        if held is None or person is None:
            raise Refusal(401, {"error": "The access token is invalid"})
        if not {*scopes, "read"} & set(held.scopes):
            raise refusal("scope_missing")
        return person

    def verify_credentials(self, host: str) -> Mapping[str, Any]:
        person = self.reader(host, "profile", "read:accounts")
        role = {"id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": False}
        source = {
            "note": person.about,
            "fields": [],
            "privacy": "public",
            "sensitive": False,
            "indexable": False,
            "language": "en",
            "follow_requests_count": 0,
            "attribution_domains": [],
            "quote_policy": "public",
        }
        return {**account(self._sandbox, _server(host), person), "role": role, "source": source}

    def _moved(self, host: str) -> Refusal:
        if not request.path.endswith("/verify_credentials"):
            return refusal("gone")
        other = WEAVERS if host == MASTODON.host else MASTODON
        with self._sandbox.lock:
            try:
                left = self.verify_credentials(host)
            except Refusal as refused:
                return refused
        reached = {"username": left["username"], "acct": f"{left['username']}@{other.domain}"}
        return Refusal(200, {**left, "moved": reached})

    def unknown(self, **_: str) -> Mapping[str, Any]:
        raise refusal("gone")


def _server(host: str) -> Server:
    if host not in SERVERS:
        raise refusal("gone")
    return SERVERS[host]


def _room(room: Room, host: str) -> dict[str, str]:
    at = datetime.fromtimestamp(room.resets_at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    reset = str(room.resets_at) if host == WEAVERS.host else at
    return {
        "X-RateLimit-Limit": str(room.limit),
        "X-RateLimit-Remaining": str(room.remaining),
        "X-RateLimit-Reset": reset,
    }


def open_platform(sandbox: Sandbox) -> Opened:
    platform = Mastodon(sandbox)
    statuses = Statuses(sandbox, _server, lambda host: platform.reader(host, "read:statuses"), lambda: refusal("gone"))
    route = Routes(sandbox, platform, under="/<host>")
    route("well_known", "/.well-known/webfinger", platform.webfinger)
    route("well_known", "/.well-known/nodeinfo", platform.nodeinfo)
    route("well_known", "/.well-known/oauth-authorization-server", platform.metadata)
    route("instance", "/api/v2/instance", platform.instance)
    route("instance", "/api/v1/instance", platform.instance_v1)
    route("apps", "/api/v1/apps", platform.register, "POST")
    route("authorize", "/oauth/authorize", platform.ask)
    route("authorize", "/oauth/authorize", platform.decide, "POST")
    route("token", "/oauth/token", platform.token, "POST")
    route("revoke", "/oauth/revoke", platform.revoke, "POST")
    route("verify_credentials", "/api/v1/accounts/verify_credentials", platform.verify_credentials)
    route("statuses", "/api/v1/accounts/<account_id>/statuses", statuses.of_account)
    route("status", "/api/v1/statuses/<status_id>", statuses.one)
    route("page", "/<path:anything>", platform.page)
    route("unknown", "/api/<path:anything>", platform.unknown, "GET", "POST", "PUT", "PATCH", "DELETE")

    def connected(person: Person) -> list[str]:
        return [host for host, books in platform.books.items() if books.tokens.connected(person.key)]

    return Opened(
        SLUG,
        NAME,
        route.blueprint,
        Ground(WIRE_KINDS | _MEANINGS, CALLS, SCOPES),
        lambda person: {"username": f"{person.key}@{MASTODON.host}", "connected": bool(connected(person))},
        lambda person: {"revoked": sum(books.tokens.revoke(person.key) for books in platform.books.values())},
    )
