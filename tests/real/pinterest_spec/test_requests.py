"""Every request of the connector against Pinterest's own description: Prism judges it, and we judge its query.

Prism answers with the description's examples, which hold no usable Pin; so what the connector goes on with is one of
our payload files. What is sent is judged all the same.
"""

import json
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from socials.models.parts import Part
from socials.models.readings import Tokens
from socials.platforms.base import Answer, App, Code, Request, Session
from socials.platforms.client import Door
from socials.platforms.pinterest import PINTEREST, exchange, identify, refresh
from tests.support.changing import replace
from tests.unit.platforms.scripted import payload

pytestmark = pytest.mark.pinterest_spec

API = "https://api.pinterest.com"
APP = App("1234567", "secret")
TOKENS = Tokens(access="pina_access", refresh="pinr_refresh")


class Recorder:
    """The real door, remembering each exchange; goes on with the payload file of the call's name."""

    def __init__(self, prism: str) -> None:
        door = Door(lambda: datetime(2026, 11, 22, 20, 45, tzinfo=UTC), origins={API: prism})
        self._client = door.open(replace(PINTEREST, explain=lambda call, answer: None), None)
        self.exchanges: list[tuple[Request, Answer]] = []

    @property
    def now(self) -> datetime:
        return self._client.now

    def call(self, request: Request) -> Answer:
        self.exchanges.append((request, self._client.call(request)))
        return payload("pinterest", request.call)


@pytest.fixture(scope="module")
def exchanges(prism: str) -> list[tuple[Request, Answer]]:
    """Everything that the connector sends in an account's life."""
    client = Recorder(prism)
    exchange(client, APP, Code(code="code", redirect_uri="https://here.example/callback", verifier="v"))
    refresh(client, APP, TOKENS)
    (identity,) = identify(client, TOKENS)
    first = Session(
        tokens=TOKENS,
        platform_account_id=identity.platform_account_id,
        username=identity.username,
        today=date(2026, 11, 22),
    )
    for session in (first, replace(first, days_known_through=date(2026, 11, 21))):
        for step in PINTEREST.parts.values():
            step(client, session, None)
    PINTEREST.parts[Part.POSTS](client, first, "LT4xMjM0fDI1MHw=")
    return client.exchanges


def test_every_request_of_the_connector_is_made(exchanges: list[tuple[Request, Answer]]) -> None:
    calls = {request.call for request, _ in exchanges}
    assert calls == {"exchange", "refresh", "profile", "insights", "posts", "saves", "views"}
    assert any(("bookmark", "LT4xMjM0fDI1MHw=") in request.query for request, _ in exchanges)


def test_prism_finds_no_fault_in_any_request(exchanges: list[tuple[Request, Answer]]) -> None:
    for request, answer in exchanges:
        violations = json.loads(answer.headers.get("sl-violations", "[]"))
        assert [one for one in violations if one["location"][0] == "request"] == [], request.call
        assert answer.status == 200


def test_prism_would_notice_a_fault(prism: str) -> None:
    """Or the test before this one proves nothing."""
    door = Door(lambda: datetime(2026, 11, 22, tzinfo=UTC), origins={API: prism})
    seen: list[Answer] = []
    client = door.open(replace(PINTEREST, explain=lambda call, answer: seen.append(answer)), None)
    bad = Request(
        call="insights",
        method="GET",
        url=f"{API}/v5/user_account/analytics",
        query=(("start_date", "2026-11-01"), ("end_date", "2026-11-02"), ("metric_types", "IMPRESSION,LIKES")),
        bearer="pina_access",
    )
    with pytest.raises(Exception, match="refused"):
        client.call(bad)
    assert seen[0].status >= 400 and any(
        one["location"][0] == "request" for one in json.loads(seen[0].headers["sl-violations"])
    )


def test_every_query_parameter_is_one_that_pinterest_lists(
    exchanges: list[tuple[Request, Answer]], description: dict[str, Any]
) -> None:
    """Prism lets unknown ones pass."""
    for request, _ in exchanges:
        known = {one["name"]: one for one in parameters(description, request) if one["in"] == "query"}
        sent = [name for name, _ in request.query]
        assert set(sent) <= known.keys() and len(sent) == len(set(sent)), request.call
        assert {name for name, one in known.items() if one.get("required")} <= set(sent), request.call


def test_every_operation_is_allowed_by_the_scopes_we_ask_for(
    exchanges: list[tuple[Request, Answer]], description: dict[str, Any]
) -> None:
    for request, _ in exchanges:
        ways = [
            way["pinterest_oauth2"] for way in operation(description, request)["security"] if "pinterest_oauth2" in way
        ]
        assert not ways or any(set(scopes) <= set(PINTEREST.facts.needed_scopes) for scopes in ways), request.call


def test_the_body_of_the_token_calls_is_the_described_one(
    exchanges: list[tuple[Request, Answer]], description: dict[str, Any]
) -> None:
    """`continuous_refresh` is named in the operation's text only, not in its schema."""
    schemas = description["components"]["schemas"]
    for call, schema in (("exchange", "OauthAccessTokenRequestCode"), ("refresh", "OauthAccessTokenRequestRefresh")):
        form = next(request.form for request, _ in exchanges if request.call == call) or {}
        known = {name for part in schemas[schema]["allOf"] for name in part.get("properties", {})}
        assert set(form) - {"continuous_refresh"} <= known | {"grant_type"}


def test_answers_as_pinterest_describes_them_are_understood(prism: str) -> None:
    """The examples themselves: a profile, and tokens."""
    door = Door(lambda: datetime(2026, 11, 22, tzinfo=UTC), origins={API: prism})
    client = door.open(PINTEREST, None)
    assert identify(client, TOKENS)[0].platform_account_id.isdigit()
    assert refresh(client, APP, TOKENS).access
    client.call(Request(call="posts", method="GET", url=f"{API}/v5/pins", bearer="pina_access"))


def operation(description: dict[str, Any], request: Request) -> dict[str, Any]:
    path = urlsplit(request.url).path.removeprefix("/v5")
    found: dict[str, Any] = description["paths"][path][request.method.lower()]
    return found


def parameters(description: dict[str, Any], request: Request) -> list[dict[str, Any]]:
    listed = operation(description, request).get("parameters", [])
    components = description["components"].get("parameters", {})
    return [components[one["$ref"].rsplit("/", 1)[-1]] if "$ref" in one else one for one in listed]
