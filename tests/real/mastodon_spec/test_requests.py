"""Every request of the connector against the description of Mastodon 4.7.0: Prism judges those it can, we judge queries
and forms. The description has the forms as JSON bodies, and no WebFinger and NodeInfo.

Prism answers with the description's examples; what the connector goes on with is one of our payload files.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from socials.models.parts import Part
from socials.models.readings import Tokens
from socials.platforms.base import Answer, App, Code, Consent, Request, Session
from socials.platforms.client import Door
from socials.platforms.mastodon import MASTODON, authorize, exchange, find, identify, refresh, register, revoke
from tests.support import prism
from tests.support.changing import replace
from tests.unit.platforms.scripted import payload

HOST = "social.example.org"
CALLBACK = "https://here.example/connections/callback"
APP = App("client", "secret")
TOKENS = Tokens(access="access", refresh="refresh", extra={"instance": HOST})
NOW = datetime(2026, 11, 22, 20, 45, tzinfo=UTC)
SILENT = replace(MASTODON, explain=lambda call, answer: None)


class Recorder:
    """The real door for what Prism can judge; goes on with the payload file of the call's name."""

    def __init__(self, url: str) -> None:
        self._client = Door(lambda: NOW, origins={f"https://{HOST}": url}).open(SILENT, None)
        self.judged: list[tuple[Request, Answer]] = []
        self.forms: list[Request] = []

    @property
    def now(self) -> datetime:
        return NOW

    def call(self, request: Request) -> Answer:
        if request.form is not None:
            self.forms.append(request)
        else:
            self.judged.append((request, self._client.call(request)))
        return payload("mastodon", request.call)


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(prism.described("mastodon-openapi.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def served(description: dict[str, Any]) -> Iterator[str]:
    with prism.running(prism.described("mastodon-openapi.json")) as url:
        yield url


@pytest.fixture(scope="module")
def sent(served: str) -> Recorder:
    """Everything that the connector sends in an account's life."""
    client = Recorder(served)
    assert find(client, f"tilda@{HOST}") == HOST
    register(client, HOST, CALLBACK)
    exchange(client, APP, Code(code="code", redirect_uri=CALLBACK, verifier="v" * 43, instance=HOST))
    refresh(client, APP, TOKENS)
    revoke(client, APP, TOKENS)
    (identity,) = identify(client, TOKENS)
    session = Session(
        tokens=TOKENS,
        platform_account_id=identity.platform_account_id,
        username=identity.username,
        today=date(2026, 11, 22),
    )
    for cursor in (None, "115608000000000001"):
        MASTODON.parts[Part.POSTS](client, session, cursor)
    return client


def operation(description: dict[str, Any], request: Request) -> dict[str, Any]:
    path = urlsplit(request.url).path.replace("/14715/", "/{id}/")
    found: dict[str, Any] = description["paths"][path][request.method.lower()]
    return found


def parameters(description: dict[str, Any], listed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    shared = description["components"].get("parameters", {})
    read = [shared[one["$ref"].rsplit("/", 1)[-1]] if "$ref" in one else one for one in listed]
    return {one["name"]: one for one in read if one["in"] == "query"}


def test_every_request_of_the_connector_is_made(sent: Recorder) -> None:
    assert {request.call for request, _ in sent.judged} == {"instance", "profile", "posts"}
    assert [request.call for request in sent.forms] == ["register", "exchange", "refresh", "revoke", "revoke"]


def test_prism_finds_no_fault_in_any_request(sent: Recorder) -> None:
    for request, answer in sent.judged:
        violations = json.loads(answer.headers.get("sl-violations", "[]"))
        assert [one for one in violations if one["location"][0] == "request"] == [], request.call
        assert answer.status == 200, request.call


def test_prism_would_notice_a_fault(served: str) -> None:
    """Or the test before this one proves nothing."""
    seen: list[Answer] = []
    judge = replace(MASTODON, explain=lambda call, answer: seen.append(answer))
    client = Door(lambda: NOW, origins={f"https://{HOST}": served}).open(judge, None)
    url = f"https://{HOST}/api/v1/accounts/1/statuses"
    with pytest.raises(Exception, match="refused"):
        client.call(Request(call="posts", method="GET", url=url, query=(("limit", "many"),), bearer="access"))
    assert seen[0].status >= 400


def test_every_query_parameter_is_one_that_the_description_lists(sent: Recorder, description: dict[str, Any]) -> None:
    """Prism lets unknown ones pass."""
    for request, _ in sent.judged:
        known = parameters(description, operation(description, request).get("parameters", []))
        names = [name for name, _ in request.query]
        assert set(names) <= known.keys() and len(names) == len(set(names)), request.call


def test_every_field_of_a_form_is_one_that_the_description_lists(sent: Recorder, description: dict[str, Any]) -> None:
    """Mastodon itself renews nothing, so the refresh token is other software's."""
    for request in sent.forms:
        (content,) = operation(description, request)["requestBody"]["content"].values()
        fields = set(request.form or {}) - ({"refresh_token"} if request.call == "refresh" else set())
        needed = set(content["schema"].get("required", ())) - (
            {"code", "redirect_uri"} if request.call == "refresh" else set()
        )
        assert needed <= fields <= content["schema"]["properties"].keys(), request.call


def test_the_consent_page_is_asked_as_described(description: dict[str, Any]) -> None:
    consent = Consent(redirect_uri=CALLBACK, state="state", verifier="v" * 43, instance=HOST)
    sent = dict(parse_qsl(urlsplit(authorize(APP, consent)).query))
    known = parameters(description, description["paths"]["/oauth/authorize"]["get"]["parameters"])
    assert {name for name, one in known.items() if one.get("required")} <= sent.keys() <= known.keys()


def test_every_operation_is_allowed_by_the_scopes_that_we_ask_for(sent: Recorder, description: dict[str, Any]) -> None:
    for request, _ in sent.judged:
        ways = [way["OAuth2"] for way in operation(description, request).get("security", []) if "OAuth2" in way]
        assert not ways or set(ways[0]) & set(MASTODON.facts.needed_scopes), request.call
    scopes = description["components"]["securitySchemes"]["OAuth2"]["flows"]["authorizationCode"]["scopes"]
    assert set(MASTODON.facts.asked_scopes) <= scopes.keys()


def test_answers_as_they_are_described_are_understood(served: str) -> None:
    """The example of an account has no id, so only the server's and the posts' are of use."""
    client = Door(lambda: NOW, origins={f"https://{HOST}": served}).open(MASTODON, None)
    assert find(client, HOST) == HOST
    session = Session(
        tokens=TOKENS, platform_account_id=f"{HOST}/1", username=f"tilda@{HOST}", today=date(2026, 11, 22)
    )
    assert MASTODON.parts[Part.POSTS](client, session, None).posts
