"""Who comes in: the rule of the template's authorizer, its throttling and its sizes, on every route of the template.

The gateway is the local stack's own, with functions that only say that they were called: what is refused reaches none.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives import serialization
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from local import declared
from local.declared import Route
from local.functions import Function
from local.gateway import LARGEST_BODY, LARGEST_EVENT, Gateway
from local.issuer import CLIENT_ID, Issuer
from local.resolving import Resolver
from local.template import translated
from local.throttling import Limit, Throttle, limits
from local.tokens import KEY_ID, Signer

ROOT = Path(__file__).parents[3]
ORIGIN = "http://127.0.0.1:3000"
ISSUER = f"{ORIGIN}/_local"
RESOLVER = Resolver(
    translated(ROOT / "template.yaml", {"JwtIssuer": ISSUER, "JwtAudience": CLIENT_ID, "PublicOrigin": ORIGIN})
)
ROUTES = declared.routes(RESOLVER)
SIGNED_IN = [route for route in ROUTES if route.rule]
SIGNER = Signer()
PROVIDER = Issuer(ORIGIN, SIGNER)
HOUR = 3600


class Called:
    """In place of a function's processes."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def invoke(self, event: Any) -> Any:
        self.events.append(event)
        return {"statusCode": 200, "body": "in"}


class Door:
    """The gateway, and whom it let in."""

    def __init__(self, throttle: Throttle | None = None) -> None:
        self.called = Called()
        functions = cast("Mapping[str, Function]", {route.function: self.called for route in ROUTES})
        more = (throttle,) if throttle else ()
        self._gateway = Gateway(ROUTES, functions, SIGNER.public_key, lambda: None, *more)

    def ask(self, route: Route, token: str | None = None, **more: Any) -> Response:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        headers |= more.pop("headers", {})
        path = route.path.replace("{proxy+}", "main.js").replace("{", "").replace("}", "")
        builder = EnvironBuilder(path, ORIGIN, method=more.pop("method", route.method), headers=headers, **more)
        return self._gateway.answer(builder.get_request())


@pytest.fixture
def door() -> Door:
    return Door()


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(**changed: Any) -> dict[str, Any]:
    """Those of a good access token with some changed; None leaves one out."""
    now = int(time.time())
    good = {"sub": "alice", "iss": ISSUER, "client_id": CLIENT_ID, "scope": "openid postloudly/accounts"}
    every = {**good, "token_use": "access", "iat": now, "exp": now + HOUR} | changed
    return {name: value for name, value in every.items() if value is not None}


def unsigned(header: dict[str, Any]) -> str:
    return f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims()).encode())}"


def with_anothers_claims() -> str:
    header, _, signature = SIGNER.sign(claims()).split(".")
    return f"{header}.{encoded(json.dumps(claims(sub='bob')).encode())}.{signature}"


def signed_with_the_public_key() -> str:
    """The classic confusion: HS256, with the bytes of the RSA public key for a secret."""
    signed = unsigned({"alg": "HS256", "typ": "JWT", "kid": KEY_ID})
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"{signed}.{encoded(hmac.digest(SIGNER.public_key.public_bytes(*form), signed.encode(), hashlib.sha256))}"


def with_a_key_of_its_own() -> str:
    """The token brings the key that it was signed with."""
    own = Signer()
    header = {"alg": "RS256", "typ": "JWT", "kid": "own", "jwk": own.jwks()["keys"][0]}
    _, payload, signature = own.sign(claims()).split(".")
    return f"{encoded(json.dumps(header).encode())}.{payload}.{signature}"


NOT_GOOD = {
    "empty": "",
    "no token": "Mickey Mouse",
    "forged: another's name under a good signature": with_anothers_claims(),
    "forged: signed with another key": Signer().sign(claims()),
    "forged: with a key of its own": with_a_key_of_its_own(),
    "forged: no signature": unsigned({"alg": "RS256", "kid": KEY_ID}) + ".",
    "alg none": unsigned({"alg": "none", "kid": KEY_ID}) + ".",
    "alg None": unsigned({"alg": "None", "kid": KEY_ID}) + ".",
    "HS256 with the public key": signed_with_the_public_key(),
    "expired": SIGNER.sign(claims(exp=int(time.time()) - 1)),
    "never expires": SIGNER.sign(claims(exp=None)),
    "not valid yet": SIGNER.sign(claims(nbf=int(time.time()) + HOUR)),
    "issued in the future": SIGNER.sign(claims(iat=int(time.time()) + HOUR)),
    "foreign issuer": SIGNER.sign(claims(iss="https://id.example.com")),
    "no issuer": SIGNER.sign(claims(iss=None)),
    "wrong audience": SIGNER.sign(claims(aud="another")),
    "another client": SIGNER.sign(claims(client_id="another")),
    "no audience": SIGNER.sign(claims(client_id=None)),
}
NO_SCOPE = {
    "ID token in place of an access token": PROVIDER.id_token("alice", None),
    "no scope": SIGNER.sign(claims(scope=None)),
    "other scopes": SIGNER.sign(claims(scope="openid email")),
    "a scope that only begins so": SIGNER.sign(claims(scope="postloudly/accounts.read")),
}


def test_a_good_access_token_comes_in_everywhere(door: Door) -> None:
    for route in SIGNED_IN:
        assert door.ask(route, PROVIDER.access_token("alice")).status_code == 200
    users = [event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] for event in door.called.events]
    assert users == ["alice"] * len(SIGNED_IN)


def test_no_token_comes_in_nowhere(door: Door) -> None:
    answers = [door.ask(route) for route in SIGNED_IN]
    assert {(each.status_code, each.get_data(True)) for each in answers} == {(401, '{"message":"Unauthorized"}')}
    assert not door.called.events


@pytest.mark.parametrize("why", NOT_GOOD)
def test_a_token_that_is_not_good_comes_in_nowhere(door: Door, why: str) -> None:
    answers = [door.ask(route, NOT_GOOD[why]) for route in SIGNED_IN]
    assert {(each.status_code, each.get_data(True)) for each in answers} == {(401, '{"message":"Unauthorized"}')}
    assert all(each.headers["WWW-Authenticate"].startswith("Bearer") for each in answers)
    assert not door.called.events


@pytest.mark.parametrize("why", NO_SCOPE)
def test_a_token_without_the_scope_comes_in_nowhere(door: Door, why: str) -> None:
    answers = [door.ask(route, NO_SCOPE[why]) for route in SIGNED_IN]
    assert {(each.status_code, each.get_data(True)) for each in answers} == {(403, '{"message":"Forbidden"}')}
    assert not door.called.events


def test_a_token_is_taken_from_no_other_place(door: Door) -> None:
    token = PROVIDER.access_token("alice")
    for route in SIGNED_IN:
        assert door.ask(route, query_string={"access_token": token, "Authorization": token}).status_code == 401
        assert door.ask(route, headers={"Cookie": f"access_token={token}; Authorization={token}"}).status_code == 401
    assert not door.called.events


def test_an_open_route_tells_its_function_of_no_user_whatever_token_comes(door: Door) -> None:
    opened = [route for route in ROUTES if route.rule is None]
    for route in opened:
        for token in (None, *NOT_GOOD.values(), PROVIDER.access_token("alice")):
            assert door.ask(route, token).status_code == 200
    assert len(door.called.events) == len(opened) * (len(NOT_GOOD) + 2)
    assert not [event for event in door.called.events if "authorizer" in event["requestContext"]]


# Throttling ------------------------------------------------------------------------------------------------------


def key(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture
def clock() -> Iterator[list[float]]:
    yield [1000.0]


@pytest.mark.parametrize("route", ROUTES, ids=key)
def test_a_route_takes_its_burst_and_then_its_rate(route: Route, clock: list[float]) -> None:
    limit = limits(RESOLVER).of(key(route))
    assert limit is not None
    door, token = Door(Throttle(limits(RESOLVER), lambda: clock[0])), PROVIDER.access_token("alice")
    seen = [door.ask(route, token) for _ in range(limit.burst + 2)]
    assert [each.status_code for each in seen] == [200] * limit.burst + [429] * 2
    assert seen[-1].get_data(True) == '{"message":"Too Many Requests"}'
    clock[0] += 1
    later = [door.ask(route, token).status_code for _ in range(int(limit.rate) + 2)]
    assert later == [200] * int(limit.rate) + [429] * 2
    assert len(door.called.events) == limit.burst + limit.rate


def test_one_routes_limit_is_not_anothers(clock: list[float]) -> None:
    door, token = Door(Throttle(limits(RESOLVER), lambda: clock[0])), PROVIDER.access_token("alice")
    for route in ROUTES:
        assert [door.ask(route, token).status_code for _ in range(10)] == [200] * 10


def test_what_somebody_signed_in_begins_or_ends_is_taken_more_slowly_than_what_reads() -> None:
    found = limits(RESOLVER)
    assert found.otherwise == Limit(100, 200)
    assert found.by_route.keys() == {key(route) for route in ROUTES if route.method != "GET" and route.rule}
    assert all(each.rate < 100 and each.burst < 200 for each in found.by_route.values())


@pytest.mark.parametrize(
    "callback",
    [
        "GET /connections/callback",
        "POST /platforms/{platform}/deauthorize",
        "POST /platforms/{platform}/deletion",
    ],
)
def test_a_callback_that_is_open_takes_as_much_as_any_read(callback: str) -> None:
    """Its limit is that of all callers together: a stranger who spends a low one keeps everybody's consents and
    deletion requests out."""
    found = limits(RESOLVER)
    assert callback in {key(route) for route in ROUTES if not route.rule}
    assert found.of(callback) == found.otherwise


# Sizes and origins -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "size", "status"),
    [
        ("application/json", LARGEST_EVENT, 200),
        ("application/json", LARGEST_EVENT + 1, 413),
        ("application/octet-stream", LARGEST_EVENT * 3 // 4, 200),
        ("application/octet-stream", LARGEST_EVENT * 3 // 4 + 1, 413),
        ("application/json", LARGEST_BODY + 1, 413),
    ],
)
def test_a_request_larger_than_lambda_takes_is_refused(door: Door, kind: str, size: int, status: int) -> None:
    [route] = [route for route in ROUTES if key(route) == "POST /connections"]
    answer = door.ask(route, PROVIDER.access_token("alice"), data=b"x" * size, content_type=kind)
    assert answer.status_code == status
    assert len(door.called.events) == (status == 200)


@pytest.mark.parametrize("route", ROUTES, ids=key)
def test_a_page_of_another_origin_gets_no_leave(door: Door, route: Route) -> None:
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": route.method}
    preflight = door.ask(route, method="OPTIONS", headers=asks)
    assert (preflight.status_code, preflight.get_data(True)) == (404, '{"message":"Not Found"}')
    answers = [preflight, door.ask(route, PROVIDER.access_token("alice"), headers=asks), door.ask(route, headers=asks)]
    leave = [name for each in answers for name, _ in each.headers if name.lower().startswith("access-control-")]
    assert not leave
