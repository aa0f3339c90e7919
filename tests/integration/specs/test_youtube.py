"""The YouTube connector's requests, and the sandbox's answers, against Google's discovery documents of ../shared."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("flask", reason="the sandbox is served by Flask")

from socials.models.parts import Part
from socials.platforms.base import Request
from socials.platforms.youtube import YOUTUBE, refresh, revoke
from tests.integration.sandbox.conftest import Stack
from tests.integration.sandbox.wired import Wired

ROOT = Path(__file__).parents[3]
SPECS = ROOT / (os.environ.get("SHARED_DIR") or "../shared") / "specs"
DOCUMENTS = {"youtube.googleapis.com": "youtube.v3.json", "youtubeanalytics.googleapis.com": "youtubeAnalytics.v2.json"}
KINDS: dict[str, Any] = {"string": str, "boolean": bool, "integer": int, "number": (int, float), "array": list}


@pytest.fixture(scope="module")
def documents() -> dict[str, dict[str, Any]]:
    if not SPECS.is_dir():
        pytest.skip("the discovery documents are not beside this repository: specs is absent")
    return {host: json.loads((SPECS / name).read_text("utf-8")) for host, name in DOCUMENTS.items()}


@pytest.fixture(scope="module")
def wired() -> Wired:
    """Everything that the connector sends in the life of an account with several pages of videos."""
    client = Wired(Stack(), YOUTUBE)
    tokens = client.connect("bruno")
    session = client.session(tokens)
    for part in Part:
        client.read(part, session)
    refresh(client, client.app(), tokens)
    revoke(client, client.app(), tokens)
    return client


def methods(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {}
    for resource in document["resources"].values():
        for method in resource.get("methods", {}).values():
            found[f"{method['httpMethod']} /{document['servicePath']}{method['path']}"] = method
    return found


def method_of(documents: dict[str, dict[str, Any]], request: Request) -> dict[str, Any] | None:
    address = urlsplit(request.url)
    if address.netloc not in documents:
        return None
    return methods(documents[address.netloc])[f"{request.method} {address.path}"]


def test_every_call_of_the_connector_is_made(wired: Wired) -> None:
    calls = {request.call for request in wired.requests}
    assert calls == {
        *("exchange", "refresh", "revoke", "profile"),
        *("insights", "insights_extra", "posts", "videos", "video_extra"),
    }
    assert any("pageToken" in dict(request.query) for request in wired.requests)


def test_every_query_parameter_is_known_and_those_that_must_be_are_there(
    wired: Wired, documents: dict[str, dict[str, Any]]
) -> None:
    judged = 0
    for request in wired.requests:
        method = method_of(documents, request)
        if method is None:
            continue
        judged += 1
        sent, known = [name for name, _ in request.query], method["parameters"]
        assert set(sent) <= known.keys() and len(sent) == len(set(sent)), request.call
        assert {name for name, one in known.items() if one.get("required")} <= set(sent), request.call
        for name, value in request.query:
            assert int(value) <= int(known[name].get("maximum", value)) if known[name]["type"] == "integer" else value
    assert judged > 20


def test_every_call_is_allowed_by_the_scopes_that_we_ask_for(
    wired: Wired, documents: dict[str, dict[str, Any]]
) -> None:
    for request in wired.requests:
        method = method_of(documents, request)
        assert method is None or set(method["scopes"]) & set(YOUTUBE.facts.needed_scopes), request.call
    known = {scope for document in documents.values() for scope in document["auth"]["oauth2"]["scopes"]}
    assert set(YOUTUBE.facts.asked_scopes) - {"openid"} <= known


@pytest.mark.parametrize("person", ["ada", "bruno", "noor", "pia", "zora"])
def test_the_sandboxs_answers_fit_the_discovery_documents(documents: dict[str, dict[str, Any]], person: str) -> None:
    stack = Stack()
    client = Wired(stack, YOUTUBE)
    session = client.session(client.connect(person))
    for part in Part:
        client.read(part, session)
    judged = set()
    for request in client.requests:
        method = method_of(documents, request)
        if method is None or dict(request.query).get("metrics") == "videoThumbnailImpressions":
            continue
        path = client.path(request.url).removeprefix("/_sandbox")
        answer = stack.get(path, request.bearer, **dict(request.query))
        schemas = documents[urlsplit(request.url).netloc]["schemas"]
        fits(answer.json, {"$ref": method["response"]["$ref"]}, schemas, request.call)
        judged.add(request.call)
    assert {"profile", "insights", "posts", "videos"} <= judged


def fits(value: Any, schema: dict[str, Any], schemas: dict[str, Any], where: str) -> None:
    """Discovery documents close nothing and demand nothing; here a name that is not in them is a fault."""
    schema = schemas[schema["$ref"]] if "$ref" in schema else schema
    kind = schema.get("type", "any")
    if kind == "object":
        assert isinstance(value, dict), where
        known = schema.get("properties")
        for name, inside in value.items():
            assert known is None or name in known, f"{where}.{name}"
            if known is not None:
                fits(inside, known[name], schemas, f"{where}.{name}")
    elif kind != "any":
        assert isinstance(value, KINDS[kind]), f"{where}: {value!r} is no {kind}"
        assert kind == "boolean" or not isinstance(value, bool), where
        if schema.get("format") == "uint64":
            assert value.isdigit(), where
        for inside in value if kind == "array" else ():
            fits(inside, schema["items"], schemas, f"{where}[]")
