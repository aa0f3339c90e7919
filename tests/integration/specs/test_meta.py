"""Every field, metric and parameter that Meta's platforms are asked for, against the node specs and the Postman
collection that Meta publishes; and the sandbox's answers against the same. Skips where ../shared is absent."""

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

flask = pytest.importorskip("flask", reason="the sandbox is served by Flask")

from socials.models.parts import Part  # noqa: E402
from socials.platforms.base import Answer, Platform, Request  # noqa: E402
from socials.platforms.facebook import FACEBOOK, revoke  # noqa: E402
from socials.platforms.instagram import INSTAGRAM  # noqa: E402
from socials.platforms.threads import THREADS  # noqa: E402
from tests.integration.sandbox.conftest import Stack  # noqa: E402
from tests.integration.sandbox.wired import Wired  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
SPECS = ROOT / (os.environ.get("SHARED_DIR") or "../shared") / "specs"
Exchange = tuple[Request, Answer]

# What every edge takes (https://developers.facebook.com/docs/graph-api/results), so that the specs leave it out.
EVERYWHERE = {"fields", "limit", "after", "since", "until"}
# Documented beside the specs: a page's metrics are free objects there. From the contract page, seen alive in 2026.
PAGE_METRICS = {
    "page_media_view",
    "page_total_media_view_unique",
    "page_total_actions",
    *(f"page_actions_post_reactions_{kind}_total" for kind in ("like", "love", "wow", "haha", "sorry", "anger")),
}
POST_METRICS = {
    "post_media_view",
    "post_total_media_view_unique",
    "post_clicks",
    "post_reactions_by_type_total",
    "post_activity_by_action_type",
}
RETIRED = re.compile(r"impressions|plays|video_views$|clips_replays|page_fan|post_engaged|profile_views|website_clicks")


@cache
def spec(name: str) -> dict[str, Any]:
    path = SPECS / "meta" / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"the official descriptions are not beside this repository: {path.name} is absent")
    return dict(json.loads(path.read_text("utf-8")))


def fields_of(node: str) -> dict[str, str]:
    return {field["name"]: field["type"] for field in spec(node)["fields"]}


def edge(node: str, endpoint: str, method: str = "GET") -> dict[str, Any]:
    """An edge's parameters and what it returns."""
    (found,) = (api for api in spec(node)["apis"] if api.get("endpoint") == endpoint and api["method"] == method)
    return dict(found)


def values_of(enum: str) -> set[str]:
    listed = json.loads((SPECS / "meta" / "enum_types.json").read_text("utf-8"))
    return {value for found in listed if found["name"] == enum for value in found["values"]}


@cache
def postman() -> Mapping[str, Any]:
    path = SPECS / "threads-api.postman_collection.json"
    if not path.is_file():
        pytest.skip(f"the official descriptions are not beside this repository: {path.name} is absent")
    return dict(json.loads(path.read_text("utf-8")))


def variable(name: str) -> set[str]:
    (text,) = (one["value"] for one in postman()["variable"] if one["key"] == name)
    return set(re.sub(r"\{[^}]*\}", "", text).split(","))


def addresses(items: Any = None) -> set[tuple[str, str]]:
    """Method and path of each request of the collection."""
    found = set()
    for item in postman()["item"] if items is None else items:
        if "item" in item:
            found |= addresses(item["item"])
        else:
            raw = item["request"]["url"]
            raw = raw if isinstance(raw, str) else raw["raw"]
            found.add((item["request"]["method"], raw.replace("{{api_host}}", "").partition("?")[0]))
    return found


def life(platform: Platform, people: tuple[str, ...] = ("ada", "noor", "zora")) -> list[Exchange]:
    """Everything that a connector sends in an account's life, the narrower questions after a refusal too."""
    stack = Stack()
    client = Wired(stack, platform)
    for person in people:
        tokens = client.connect(person)
        for which in range(len(client.identities(tokens))):
            session = client.session(tokens, which)
            for part in platform.parts:
                client.read(part, session)
    stack.later(days=11)
    if platform.refresh is not None:
        platform.refresh(client, client.app(), tokens)
    if platform is FACEBOOK:
        revoke(client, client.app(), tokens)
    return client.exchanges


@pytest.fixture(scope="module")
def instagram() -> list[Exchange]:
    spec("IGUserForIGOnlyAPI")
    return life(INSTAGRAM)


@pytest.fixture(scope="module")
def facebook() -> list[Exchange]:
    spec("Page")
    return life(FACEBOOK)


@pytest.fixture(scope="module")
def threads() -> list[Exchange]:
    postman()
    return life(THREADS)


def of(exchanges: list[Exchange], *calls: str) -> list[tuple[dict[str, str], str, Answer]]:
    """Query, last word of the path and answer of each call by those names; there has to be one of each."""
    assert set(calls) <= {request.call for request, _ in exchanges}
    return [
        (dict(request.query), request.url.rsplit("/", 1)[-1], answer)
        for request, answer in exchanges
        if request.call in calls
    ]


def names(fields: str) -> set[str]:
    """Top-level names of a `fields` parameter."""
    while "(" in fields or "{" in fields:
        fields = re.sub(r"(\.[a-z_]+)?\([^(){}]*\)|\{[^(){}]*\}", "", fields)
    return set(fields.split(","))


def metrics(query: Mapping[str, str]) -> set[str]:
    found = re.search(r"insights\.metric\(([^)]*)\)", query.get("fields", ""))
    return set((found[1] if found else query.get("metric", "")).split(",")) - {""}


def test_instagram_is_asked_for_fields_that_its_nodes_have(instagram: list[Exchange]) -> None:
    for query, _, _ in of(instagram, "profile"):
        assert names(query["fields"]) <= fields_of("IGUserForIGOnlyAPI").keys()
    for query, path, _ in of(instagram, "posts"):
        assert path == edge("IGUserForIGOnlyAPI", "media")["endpoint"]
        assert names(query["fields"]) - {"insights"} <= fields_of("IGMediaForIGOnlyAPI").keys()
        assert query.keys() <= EVERYWHERE


def test_instagram_is_asked_for_metrics_that_it_names_and_has_not_retired(instagram: list[Exchange]) -> None:
    for query, _, _ in of(instagram, "posts", "post_insights"):
        assert metrics(query) <= values_of("mediainsights_metric_enum_param")
        assert not [name for name in metrics(query) if RETIRED.search(name)]
    known = {one["name"]: one["type"] for one in edge("IGUserForIGOnlyAPI", "insights")["params"]}
    for query, _, _ in of(instagram, "insights"):
        assert query.keys() <= known.keys() | EVERYWHERE
        assert metrics(query) <= values_of("userinsights_metric_enum_param") and metrics(query)
        assert query["period"] in values_of("userinsights_period_enum_param")
        assert query.get("metric_type", "default") in values_of("userinsights_metric_type_enum_param")


def test_instagrams_tokens_are_asked_for_as_described(instagram: list[Exchange]) -> None:
    """The token itself goes in the header, which the Graph takes for the parameter `access_token`."""
    for call, node in (("long_token", "IGAccessTokenForIGOnlyAPI"), ("refresh", "IGRefreshAccessTokenForIGOnlyAPI")):
        (described,) = spec(node)["apis"]
        for query, _, answer in of(instagram, call):
            needed = {one["name"] for one in described["params"] if one["required"]}
            assert query.keys() | {"access_token"} == needed
            assert answer.json.keys() <= fields_of(node).keys()


def test_a_page_is_asked_for_fields_that_its_node_has(facebook: list[Exchange]) -> None:
    for query, _, _ in of(facebook, "profile", "pages"):
        assert names(query["fields"]) - {"picture"} <= fields_of("Page").keys()
        assert edge("Page", "picture")["return"] == "ProfilePictureSource"
    for query, path, _ in of(facebook, "posts"):
        assert path == edge("Page", "published_posts")["endpoint"]
        # `attachments` is an edge that the specs leave out.
        assert names(query["fields"]) - {"insights", "attachments"} <= fields_of("PagePost").keys()
    for query, _, _ in of(facebook, "person"):
        assert names(query["fields"]) <= fields_of("User").keys()


def test_a_page_is_asked_for_metrics_that_are_alive(facebook: list[Exchange]) -> None:
    known = {one["name"] for one in edge("Page", "insights")["params"]}
    for query, _, _ in of(facebook, "insights"):
        assert query.keys() <= known and query["period"] in values_of("pageinsights_period_enum_param")
        assert metrics(query) <= PAGE_METRICS
    for query, _, _ in of(facebook, "posts"):
        assert metrics(query) <= POST_METRICS


def test_a_revoke_is_the_edge_that_the_specs_describe(facebook: list[Exchange]) -> None:
    edge("User", "permissions", "DELETE")
    (request,) = (request for request, _ in facebook if request.call == "revoke")
    assert (request.method, urlsplit(request.url).path) == ("DELETE", "/v25.0/me/permissions") and not request.query


def test_threads_is_asked_for_what_its_collection_names(threads: list[Exchange]) -> None:
    for query, _, _ in of(threads, "profile"):
        assert names(query["fields"]) <= variable("fields_profile")
    for query, _, _ in of(threads, "posts"):
        assert names(query["fields"]) - {"insights"} <= variable("fields_threads")
        assert metrics(query) <= variable("metrics_post") and query.keys() <= EVERYWHERE
    for query, _, _ in of(threads, "insights", "followers"):
        assert metrics(query) <= variable("metrics_account") and metrics(query)
    assert set(THREADS.facts.asked_scopes) <= variable("scope")


def test_threads_is_called_at_addresses_of_its_collection(threads: list[Exchange]) -> None:
    known = {(method, re.sub(r"\{\{\w+\}\}|/me(?=/|$)", "", path).rstrip("/")) for method, path in addresses()}
    for request, _ in threads:
        path = re.sub(r"^/v1\.0|/me(?=/|$)", "", urlsplit(request.url).path.replace("/v1.0/", "/", 1))
        assert (request.method, re.sub(r"/\d+(?=/|$)", "", path).rstrip("/")) in known, request.call


@pytest.mark.parametrize("platform", [INSTAGRAM, FACEBOOK, THREADS], ids=lambda one: one.slug)
def test_no_secret_but_those_that_meta_wants_there_is_in_an_address(platform: Platform) -> None:
    """Meta's exchange for a long token is a GET with the client secret; `debug_token` names the token in its query."""
    exchanges = life(platform, ("ada",))
    for request, _ in exchanges:
        values = {value for name, value in request.query if name not in ("client_secret", "input_token")}
        assert request.bearer not in values and "access_token" not in dict(request.query)
        assert not parse_qsl(urlsplit(request.url).query)
        if platform is FACEBOOK or request.call != "long_token":
            assert "client_secret" not in dict(request.query)


# The sandbox, against the same descriptions


def fits(value: Any, kind: str) -> bool:
    """Whether a value has the type that a spec names. Ids that are ints there come as text."""
    if kind in ("int", "unsigned int"):
        return isinstance(value, int) or (isinstance(value, str) and value.isdigit())
    if kind in ("string", "datetime"):
        return isinstance(value, str)
    return kind != "bool" or isinstance(value, bool)


def assert_node(item: Mapping[str, Any], node: str, *more: str) -> None:
    known = fields_of(node)
    for name, value in item.items():
        assert name in more or (name in known and fits(value, known[name])), (node, name, value)


def assert_insights(body: Mapping[str, Any]) -> None:
    for row in body["data"]:
        assert row.keys() <= fields_of("InsightsResult").keys() | {"total_value", "link_total_values"}
        for value in row.get("values", ()):
            assert value.keys() <= fields_of("InsightsValue").keys()
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT0[78]:00:00\+0000", value.get("end_time", "2026-01-01T08:00:00+0000"))


def test_instagrams_sandbox_answers_as_the_nodes_are(instagram: list[Exchange]) -> None:
    for _, _, answer in of(instagram, "profile"):
        assert_node(answer.json, "IGUserForIGOnlyAPI")
    for _, _, answer in of(instagram, "posts"):
        for item in answer.json.get("data", ()):
            assert_node(item, "IGMediaForIGOnlyAPI", "insights")
            assert_insights(item.get("insights", {"data": []}))
    for _, _, answer in of(instagram, "insights"):
        assert_insights(answer.json)


def test_facebooks_sandbox_answers_as_the_nodes_are(facebook: list[Exchange]) -> None:
    for _, _, answer in of(facebook, "profile"):
        assert_node(answer.json, "Page", "picture")
        assert answer.json["picture"]["data"].keys() <= fields_of("ProfilePictureSource").keys()
    for _, _, answer in of(facebook, "pages"):
        for item in answer.json["data"]:
            assert_node(item, "Page", "picture", "tasks")
    for _, _, answer in of(facebook, "posts"):
        for item in answer.json.get("data", ()):
            assert_node(item, "PagePost", "insights", "attachments")
            assert_insights(item.get("insights", {"data": []}))
    for _, _, answer in of(facebook, "insights"):
        assert_insights(answer.json)
    for _, _, answer in of(facebook, "permissions"):
        assert all(row.keys() == fields_of("Permission").keys() for row in answer.json["data"])


def test_threads_sandbox_answers_with_what_the_collection_names(threads: list[Exchange]) -> None:
    for _, _, answer in of(threads, "profile"):
        assert answer.json.keys() <= variable("fields_profile")
    for _, _, answer in of(threads, "posts"):
        for item in answer.json["data"]:
            assert item.keys() - {"insights"} <= variable("fields_threads")
            assert_insights(item.get("insights", {"data": []}))
    for _, _, answer in of(threads, "insights", "followers"):
        assert_insights(answer.json)
        assert {row["name"] for row in answer.json["data"]} <= variable("metrics_account")


def test_a_whole_life_has_every_part(instagram: list[Exchange], threads: list[Exchange]) -> None:
    """Or the tests before this one prove little."""
    for exchanges in (instagram, threads):
        called = {request.call for request, _ in exchanges}
        assert {"exchange", "long_token", "refresh", *(part.value for part in Part)} <= called
