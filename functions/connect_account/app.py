"""Connecting accounts: platforms, connections, the callback, reconnecting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from socials import wiring
from socials.answers import account_answer, connection_answer, platform_answer
from socials.api import Api, answer, body_of, caller
from socials.bodies import Choice, NewConnection, login_of, read_body
from socials.clock import iso, now
from socials.connecting import Leaving
from socials.platforms import SLUGS, facts_of
from socials.platforms import platform as platform_named
from socials.platforms.base import AppPassword
from socials.routing import Cookie, Request, Response
from socials.serving import serve
from socials.telemetry import about, mark
from socials.timing import CONSENT_LIVES

if TYPE_CHECKING:
    from socials import shapes

api = Api()
connecting = wiring.connecting()
CALLBACK = "/connections/callback"


@api.get("/platforms")
def list_platforms(request: Request) -> Response[shapes.Platforms]:
    every = map(facts_of, SLUGS)
    platforms = [platform_answer(facts, connecting.registering.configured(facts)) for facts in every]
    body: shapes.Platforms = {"platforms": platforms}
    return answer(body)


@api.post("/connections")
def connect(request: Request) -> Response[shapes.Leaving] | Response[shapes.Connected]:
    body = read_body(NewConnection, body_of(request))
    if not isinstance(platform_named(body.platform).connect, AppPassword):
        instance = body.instance_for(platform_named(body.platform))
        return _leaving(
            request, connecting.leave(caller(request), body.platform, _origin(request) + CALLBACK, instance)
        )
    connection, accounts = connecting.log_in(caller(request), body.platform, login_of(body))
    _about(connection.connection_id, body.platform)
    moment = now()
    shown = [account_answer(account, moment) for account in accounts]
    connected: shapes.Connected = {"connection_id": connection.connection_id, "accounts": shown}
    return answer(connected, 201)


@api.get(CALLBACK)
def come_back(request: Request) -> Response[str]:
    query = request.query
    returned = connecting.come_back(
        query.get("state", ""), request.cookies, query.get("code"), query.get("error"), query.get("instance")
    )
    if returned.connection_id:
        _about(returned.connection_id, outcome=returned.outcome)
    to = {"connection": returned.connection_id, "outcome": returned.outcome, "error": returned.error}
    location = "/?" + urlencode({name: value for name, value in to.items() if value})
    spent = [_cookie(request, returned.connection_id, "", 0)] if returned.connection_id else []
    headers = {"Location": location, "Cache-Control": "no-store"}
    return Response(303, "text/plain", "", headers, spent)


@api.get("/connections/{connection_id}")
def look(request: Request, connection_id: str) -> Response[shapes.Connection]:
    connection, accounts = connecting.look(caller(request), connection_id)
    return answer(connection_answer(connection, accounts, now()))


@api.post("/connections/{connection_id}/accounts")
def choose(request: Request, connection_id: str) -> Response[shapes.Accounts]:
    body = read_body(Choice, body_of(request))
    accounts = connecting.choose(caller(request), connection_id, body.ids)
    moment = now()
    chosen: shapes.Accounts = {"accounts": [account_answer(account, moment) for account in accounts]}
    return answer(chosen, 201)


@api.post("/accounts/{account_id}/reconnect")
def reconnect(request: Request, account_id: str) -> Response[shapes.Leaving]:
    return _leaving(request, connecting.reconnect(caller(request), account_id, _origin(request) + CALLBACK))


def _leaving(request: Request, leaving: Leaving) -> Response[shapes.Leaving]:
    connection = leaving.connection
    _about(connection.connection_id, connection.platform)
    body: shapes.Leaving = {
        "connection_id": connection.connection_id,
        "authorize_url": leaving.authorize_url,
        "expires_at": iso(connection.expires_at),
    }
    seconds = int(CONSENT_LIVES.total_seconds())
    return answer(body, 201, cookies=[_cookie(request, connection.connection_id, leaving.verifier, seconds)])


def _about(connection_id: str, platform: str | None = None, outcome: str | None = None) -> None:
    about(connection_id, connection_id=connection_id)
    mark(platform=platform, outcome=outcome)


def _cookie(request: Request, connection_id: str, verifier: str, seconds: int) -> Cookie:
    """Binds the consent to this browser: only where it began can it end."""
    return Cookie(
        name=f"connect_{connection_id}",
        value=verifier,
        path=CALLBACK,
        max_age=seconds,
        secure=_origin(request).startswith("https://"),
    )


def _origin(request: Request) -> str:
    return wiring.settings.public_origin or f"https://{request.domain_name}"


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return serve(api.resolve, event, context)
