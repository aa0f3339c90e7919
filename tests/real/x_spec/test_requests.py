"""Every request of the connector against both of X's own descriptions: Prism judges it, and we judge its query.

Between the two, parameters and fields were renamed. What a description does not know is refused, as X would refuse it,
and the connector goes on with the other name. The token addresses are in neither description.

Prism answers with made-up examples; what the connector goes on with is one of our payload files.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from socials.models.readings import Tokens
from socials.platforms.base import Answer, Client, Request, Session
from socials.platforms.client import Door
from socials.platforms.explaining import verdict
from socials.platforms.x import X, identify
from tests.support import prism
from tests.support.changing import replace
from tests.unit.platforms.scripted import payload

API = "https://api.x.com"
TOKENS = Tokens(access="access", refresh="refresh")
NOW = datetime(2026, 11, 22, 20, 45, tzinfo=UTC)
SILENT = replace(X, explain=lambda call, answer: None)


@dataclass(frozen=True)
class Described:
    """A version of X's description, and where Prism serves it."""

    version: str
    document: dict[str, Any]
    url: str

    def open(self) -> Client:
        return Door(lambda: NOW, origins={API: self.url}).open(SILENT, None)

    def operation(self, request: Request) -> dict[str, Any]:
        path = urlsplit(request.url).path
        known = self.document["paths"]
        found = path if path in known else path.replace("2244994945", "{id}")
        operation: dict[str, Any] = known[found][request.method.lower()]
        return operation

    def parameters(self, request: Request) -> dict[str, dict[str, Any]]:
        shared = self.document["components"].get("parameters", {})
        listed = [
            shared[one["$ref"].rsplit("/", 1)[-1]] if "$ref" in one else one
            for one in self.operation(request).get("parameters", ())
        ]
        return {one["name"]: one for one in listed if one["in"] == "query"}

    def lacks(self, request: Request) -> set[str]:
        return {name for name, _ in request.query} - self.parameters(request).keys()


@dataclass
class Recorder:
    """The real door, remembering what X would take and what it would refuse for an unknown parameter."""

    described: Described
    taken: list[tuple[Request, Answer]] = field(default_factory=list)
    refused: list[Request] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return NOW

    def call(self, request: Request) -> Answer:
        if self.described.lacks(request):
            self.refused.append(request)
            error = verdict(X, request.call, payload("x", "parameter_refused"))
            assert error is not None
            raise error
        self.taken.append((request, self.described.open().call(request)))
        return payload("x", request.call)


@pytest.fixture(scope="module", params=["2.166", "2.167"])
def described(request: pytest.FixtureRequest) -> Iterator[Described]:
    file = prism.described(f"x-openapi-{request.param}.json")
    with prism.running(file) as url:
        yield Described(request.param, json.loads(file.read_text("utf-8")), url)


@pytest.fixture(scope="module")
def recorded(described: Described) -> Recorder:
    """Everything that the connector asks of the API in an account's life."""
    client = Recorder(described)
    (identity,) = identify(client, TOKENS)
    session = Session(
        tokens=TOKENS,
        platform_account_id=identity.platform_account_id,
        username=identity.username,
        today=date(2026, 11, 22),
    )
    for cursor in (None, "7140dibdnow9c7btw423x5jbg"):
        for step in X.parts.values():
            step(client, session, cursor)
    return client


def test_every_request_of_the_connector_is_made(recorded: Recorder) -> None:
    assert {request.call for request, _ in recorded.taken} == {"profile", "posts", "clicks"}
    assert any(("pagination_token", "7140dibdnow9c7btw423x5jbg") in request.query for request, _ in recorded.taken)


def test_prism_finds_no_fault_in_any_request(recorded: Recorder) -> None:
    for request, answer in recorded.taken:
        violations = json.loads(answer.headers.get("sl-violations", "[]"))
        assert [one for one in violations if one["location"][0] == "request"] == [], request.call
        assert answer.status == 200, request.call


def test_each_description_knows_one_of_the_two_names(recorded: Recorder) -> None:
    """The old one goes out first; nothing but its name is ever refused."""
    old, new = "tweet.fields", "post.fields"
    expected = old if recorded.described.version == "2.166" else new
    fields = {name for request, _ in recorded.taken for name, _ in request.query} & {old, new}
    assert fields == {expected}
    lacking = {name for request in recorded.refused for name in recorded.described.lacks(request)}
    assert lacking == (set() if expected == old else {old})


def test_every_query_parameter_is_one_that_x_lists(recorded: Recorder) -> None:
    """Prism lets unknown ones pass."""
    for request, _ in recorded.taken:
        known = recorded.described.parameters(request)
        sent = [name for name, _ in request.query]
        assert set(sent) <= known.keys() and len(sent) == len(set(sent)), request.call
        assert {name for name, one in known.items() if one.get("required")} <= set(sent), request.call


def test_every_value_in_a_list_is_one_that_x_lists(recorded: Recorder) -> None:
    for request, _ in recorded.taken:
        known = recorded.described.parameters(request)
        for name, value in request.query:
            listed = known[name]["schema"].get("items", {}).get("enum")
            assert listed is None or set(value.split(",")) <= set(listed), f"{request.call} {name}"


def test_every_operation_is_allowed_by_the_scopes_we_ask_for(recorded: Recorder) -> None:
    for request, _ in recorded.taken:
        ways = recorded.described.operation(request)["security"]
        (scopes,) = [way["OAuth2UserToken"] for way in ways if "OAuth2UserToken" in way]
        assert set(scopes) <= set(X.facts.needed_scopes)


def test_the_scopes_are_ones_that_x_lists(described: Described) -> None:
    flows = described.document["components"]["securitySchemes"]["OAuth2UserToken"]["flows"]
    assert set(X.facts.asked_scopes) <= flows["authorizationCode"]["scopes"].keys()


def test_prism_would_notice_a_fault(described: Described) -> None:
    """Or what it finds above proves nothing."""
    seen: list[Answer] = []
    watching = replace(X, explain=lambda call, answer: seen.append(answer))
    client = Door(lambda: NOW, origins={API: described.url}).open(watching, None)
    query = (("user.fields", "id,followers"),)
    with pytest.raises(Exception, match="refused"):
        client.call(Request(call="profile", method="GET", url=f"{API}/2/users/me", query=query, bearer="access"))
    violations = json.loads(seen[0].headers["sl-violations"])
    assert any(one["location"][0] == "request" for one in violations)
