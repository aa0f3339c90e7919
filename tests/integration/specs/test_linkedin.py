"""LinkedIn's requests, and the sandbox's answers, against a description made from LinkedIn's public Postman collection,
and its addresses against its OpenID discovery document. Skips where ../shared is absent.

The collection is partly old and names no parameter of newer calls: what goes beyond it is listed here.
"""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.changing import replace

flask = pytest.importorskip("flask", reason="the sandbox is served by Flask")
yaml = pytest.importorskip("yaml")
jsonschema = pytest.importorskip("jsonschema")

from socials.models.readings import Tokens  # noqa: E402
from socials.platforms.base import App, Code, Consent, Request  # noqa: E402
from socials.platforms.linkedin import FACTS, LINKEDIN, authorize, exchange, identify  # noqa: E402
from tests.integration.sandbox.conftest import Stack  # noqa: E402
from tests.integration.sandbox.wired import Wired  # noqa: E402
from tests.unit.platforms.scripted import Scripted, answer, payload  # noqa: E402

SPECS = Path(__file__).resolve().parents[3] / (os.environ.get("SHARED_DIR") or "../shared") / "specs"
# Documented by LinkedIn, used by working clients, and not in the collection.
BEYOND = {
    "/organizationAcls": {"role", "state", "count"},
    "/organizations": {"ids"},
    "/organizationalEntityShareStatistics": {"shares", "ugcPosts"},
}
NEWER_CALLS = {"/posts", "/images/{}", "/videoAnalytics", "/memberFollowersCount", "/memberCreatorPostAnalytics"}


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    file = SPECS / "linkedin-marketing-community-openapi.yml"
    if not file.exists():
        pytest.skip(f"{file.name} is not beside this repository")
    found: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def discovery() -> dict[str, Any]:
    file = SPECS / "linkedin-openid-configuration.json"
    if not file.exists():
        pytest.skip(f"{file.name} is not beside this repository")
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def requests() -> list[Request]:
    """Everything that the connector sends in the life of a page and of a member."""
    linkedin = Wired(Stack(), LINKEDIN)
    tokens = linkedin.connect("ada")
    for which in (0, -1):
        identity = identify(linkedin, tokens)[which]
        session = replace(linkedin.session(tokens), platform_account_id=identity.platform_account_id)
        for name, step in LINKEDIN.parts.items():
            if which == 0 or name != "posts":
                step(linkedin, session, None)
    return [request for request in linkedin.requests if urlsplit(request.url).path.startswith("/rest/")]


def described(path: str) -> str:
    """The description's path for one of ours."""
    resource, _, key = path.removeprefix("/rest").removeprefix("/").partition("/")
    known = {"organizations": "/{organization_id}", "networkSizes": "/urn:li:organization:{organization_id}"}
    return f"/{resource}{known.get(resource, '/{}') if key else ''}"


def test_every_call_is_described_or_newer_than_the_description(
    requests: list[Request], description: dict[str, Any]
) -> None:
    paths = {described(urlsplit(request.url).path) for request in requests}
    assert paths <= description["paths"].keys() | NEWER_CALLS
    assert len(paths & description["paths"].keys()) == 5 and not NEWER_CALLS & description["paths"].keys()


def test_query_parameters_are_described_or_listed_here(requests: list[Request], description: dict[str, Any]) -> None:
    for request in requests:
        parts = urlsplit(request.url)
        path = described(parts.path)
        if path in NEWER_CALLS:
            continue
        listed = description["paths"][path]["get"]["parameters"]
        # The collection writes records with dots, as an older protocol does.
        known = {one["name"].partition(".")[0] for one in listed if one["in"] == "query"} | BEYOND.get(path, set())
        sent = [one.partition("=")[0] for one in parts.query.split("&") if one]
        assert set(sent) <= known and len(sent) == len(set(sent)), f"{path} {sent}"


def test_the_descriptions_own_examples_are_understood(description: dict[str, Any]) -> None:
    examples = {name: one["value"] for name, one in description["components"]["examples"].items()}
    several = examples["BatchGetOnAdministeredResponse200Example"]
    elements = [{"organization": f"urn:li:organization:{number}"} for number in several["statuses"]]
    client = Scripted(
        LINKEDIN,
        pages=answer(200, {"elements": elements}),
        pages_at_once=answer(200, several),
        member=payload("linkedin", "member"),
    )
    tokens = Tokens(access="access", scopes=FACTS.asked_scopes)
    page = identify(client, tokens)[0]
    assert (page.username, page.display_name) == ("internal-ei-demo", "Internal_EI_Demo")


def test_the_sandboxs_pages_fit_the_description(description: dict[str, Any]) -> None:
    stack = Stack()
    linkedin = Wired(stack, LINKEDIN)
    tokens = linkedin.connect("bruno")
    number = identify(linkedin, tokens)[0].platform_account_id.rpartition(":")[2]
    headers = {"Authorization": f"Bearer {tokens.access}", "Linkedin-Version": "202609"}
    headers["X-Restli-Protocol-Version"] = "2.0.0"

    def get(path: str) -> Any:
        return stack.client.get(f"/_sandbox/linkedin/api/rest{path}", headers=headers).json

    schemas = description["components"]["schemas"]
    page = get(f"/organizations/{number}")
    jsonschema.validate(page, schemas["RetrieveAnAdministeredOrganizationResponse200"])
    # A logo is documented beside the collection.
    assert page.keys() <= schemas["RetrieveAnAdministeredOrganizationResponse200"]["properties"].keys() | {"logoV2"}
    several = get(f"/organizations?ids=List({number},1)")
    assert several["statuses"] == {number: 200, "1": 403} and several["results"].keys() == {number}
    size = get(f"/networkSizes/urn%3Ali%3Aorganization%3A{number}?edgeType=COMPANY_FOLLOWED_BY_MEMBER")
    jsonschema.validate(size, schemas["RetrieveOrganizationFollowerCountResponse200"])
    assert size.keys() == {"firstDegreeSize"}


def test_addresses_are_those_of_the_discovery_document_which_names_no_revoke(discovery: dict[str, Any]) -> None:
    consent = Consent(redirect_uri="https://here.example/callback", state="state", verifier="v" * 43)
    assert authorize(App("client", "secret"), consent).partition("?")[0] == discovery["authorization_endpoint"]
    client = Scripted(LINKEDIN, exchange=payload("linkedin", "exchange"))
    exchange(client, App("client", "secret"), Code(code="c", redirect_uri="r", verifier="v"))
    assert client.requests[0].url == discovery["token_endpoint"]
    assert "revocation_endpoint" not in discovery and LINKEDIN.revoke is None
