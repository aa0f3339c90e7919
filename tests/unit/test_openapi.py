"""The description of the API is what the code says, and says all of the contract."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from socials import errors
from socials.api import status_of
from tests.support.described import Description
from tools.openapi.document import PAGE, document, text
from tools.openapi.handlers import handlers
from tools.openapi.operations import OPERATIONS
from tools.openapi.problems import ALWAYS, PROBLEMS

ROOT = Path(__file__).parents[2]
DESCRIPTION = Description()
CALLERS_DOING = ("NotFound", "Malformed", "Invalid", "Conflict", "Forged", "Gone", "TooSoon")
NUMBERS = "impressions reach likes comments saves shares clicks views"

# The contract's fields, by the contract's names; those behind `|null` may be null, and no other.
FIELDS = {
    "Platform": "slug name connect configured metrics scopes revokes day_zone revocation",
    "Offered": f"followers {NUMBERS}",
    "Scopes": "needed publish",
    "CheckedRevocation": "url steps checked_on",
    "SignIn": "issuer client_id scopes",
    "Leaving": "connection_id authorize_url expires_at",
    "Connected": "connection_id accounts",
    "Connection": "connection_id platform status error|null candidates accounts",
    "ConnectionProblem": "code message expected|null got|null",
    "Candidate": "id username display_name avatar_url|null connected kind|null",
    "AccountPage": "accounts next_cursor|null counts",
    "StatusCounts": "connected needs_sync connection_error disconnecting",
    "RunPage": "runs next_cursor|null",
    "Metrics": "days growth",
    "GrowthByName": "followers|null",
    "Growth": "from to from_day to_day change percent|null",
    "PostPage": "posts next_cursor|null",
    "EventPage": "events next_cursor|null",
    "Event": "at type detail",
    "Preview": "snapshots posts runs events first_day|null revokes shares_with",
    "Receipts": "receipts",
    "Account": "account_id platform username display_name avatar_url|null profile_url|null follower_count|null "
    "follower_change_7d|null followers_30d status status_reason last_synced_at|null next_sync_at|null current_run|null "
    "can_publish can_read_metrics missing_scopes reconnect_by|null connected_at",
    "FollowerPoint": "date n|null provisional",
    "StatusReason": "code message since action next_attempt_at|null",
    "Run": "run_id account_id trigger state parts queued_at started_at|null finished_at|null",
    "Parts": "profile insights posts",
    "PartProgress": "state done total|null error|null",
    "Day": f"date followers|null {' '.join(f'{name}|null' for name in NUMBERS.split())} provisional",
    "Post": "post_id permalink title|null media_type|null published_at metrics updated_at|null",
    "Numbers": " ".join(f"{name}|null" for name in NUMBERS.split()),
    "Receipt": "receipt_id account_id platform state platform_revocation|null deleted revocation backups_until "
    "requested_at finished_at|null",
    "Deleted": "snapshots posts runs events secrets",
    "RevocationHelp": "url steps",
}


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = DESCRIPTION.document["components"]["schemas"][name]
    return found


def test_the_committed_description_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == text(), "run make docs"


def test_it_is_openapi() -> None:
    validate(document())


def test_it_describes_the_templates_routes_and_no_other() -> None:
    routes = {f"{each.method} {each.path.replace('+}', '}')}": each.is_open for each in handlers()}
    assert DESCRIPTION.operations.keys() == routes.keys()
    described = {key: operation.get("security") == [] for key, operation in DESCRIPTION.operations.items()}
    assert described == routes


def test_every_operation_that_is_written_down_has_its_route() -> None:
    named = {operation["operationId"] for operation in DESCRIPTION.operations.values()}
    assert named == OPERATIONS.keys()


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_of_the_contract_is_described(name: str) -> None:
    said = {
        f"{field}|null" if {"type": "null"} in about.get("anyOf", []) else field
        for field, about in schema(name)["properties"].items()
    }
    assert said == set(FIELDS[name].split())
    assert set(schema(name)["required"]) == {field.removesuffix("|null") for field in said}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Status", "connected needs_sync connection_error disconnecting"),
        ("Action", "none wait sync reconnect"),
        ("Trigger", "manual daily connect"),
        ("RunState", "queued running waiting succeeded partial failed"),
        ("PartState", "queued running waiting succeeded failed not_offered"),
        ("ConnectionStatus", "pending choose done failed"),
        ("ReceiptState", "erasing done"),
        ("Revocation", "revoked not_offered refused unreachable shared_grant"),
    ],
)
def test_every_word_of_the_contract_is_described(name: str, values: str) -> None:
    assert schema(name)["enum"] == values.split()


def test_every_example_is_what_it_exemplifies() -> None:
    seen = set()
    for key, media in _media():
        for name, reference in media.get("examples", {}).items():
            value = DESCRIPTION.resolved(reference)["value"]
            assert not DESCRIPTION.errors(value, media["schema"]), (key, name)
            seen.add(reference["$ref"].rsplit("/", 1)[-1])
    assert seen == DESCRIPTION.document["components"]["examples"].keys()


def _media() -> Iterator[tuple[str, dict[str, Any]]]:
    for key, operation in DESCRIPTION.operations.items():
        bodies = [operation.get("requestBody", {}), *map(DESCRIPTION.resolved, operation["responses"].values())]
        for body in bodies:
            for media in body.get("content", {}).values():
                yield key, media


def test_a_cursor_is_said_to_be_where_it_is() -> None:
    for key, operation in DESCRIPTION.operations.items():
        for parameter in operation.get("parameters", []):
            if parameter["name"] == "cursor":
                (answer,) = {"next_cursor", "Link"} & set(parameter["description"].split("`"))
                success = operation["responses"]["200"]
                described = [*success["headers"], *_fields(success)]
                assert answer in described, key


def _fields(response: dict[str, Any]) -> Iterator[str]:
    for media in response["content"].values():
        yield from DESCRIPTION.resolved(media["schema"]).get("properties", {})


def test_each_word_to_caches_is_described() -> None:
    app = (ROOT / "functions" / "web" / "app.py").read_text(encoding="utf-8")
    words = {"no-store", *re.findall(r'^(?:CHECK_EACH_TIME|KEEP_A_YEAR) = "([^"]+)"$', app, re.MULTILINE)}
    assert words == {"no-store", "no-cache", "public, max-age=31536000, immutable"}
    said = DESCRIPTION.document["components"]["headers"]["Cache-Control"]["description"]
    assert all(word in said for word in ("`no-store`", "`no-cache`", "for a year"))


def test_every_link_leads_to_an_operation_and_names_its_parameters() -> None:
    takes = {
        operation["operationId"]: {parameter["name"] for parameter in operation.get("parameters", [])}
        for operation in DESCRIPTION.operations.values()
    }
    links = [
        link
        for operation in DESCRIPTION.operations.values()
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert len(links) > 40
    for link in links:
        assert link.get("parameters", {}).keys() <= takes[link["operationId"]], link


def test_a_life_can_be_followed_by_links_from_connecting_to_the_receipt() -> None:
    after: dict[str, set[str]] = {
        operation["operationId"]: {
            link["operationId"]
            for response in operation["responses"].values()
            for link in response.get("links", {}).values()
        }
        for operation in DESCRIPTION.operations.values()
    }
    for step, following in (
        ("connect", "look"),
        ("look", "choose"),
        ("choose", "get_account"),
        ("get_account", "sync"),
    ):
        assert following in after[step]
    for step, following in (("connect", "sync"), ("sync", "get_run"), ("disconnect", "get_receipt")):
        assert following in after[step]


# The stable codes ------------------------------------------------------------------------------------------------


def test_every_code_of_a_callers_error_is_described_with_its_status() -> None:
    raised = set(_codes())
    assert {code for _, code in raised} >= {"busy", "bad_signature", "bad_cursor"}
    for kind, code in raised:
        assert code in PROBLEMS, f"{kind} {code}"
        described = PROBLEMS[code][0]
        assert described is not None
        assert status_of(described) == status_of(getattr(errors, kind)), code


def _codes() -> Iterator[tuple[str, str]]:
    """What the product raises by name: `Conflict("…", code="busy")`, or with the code of the class."""
    for path in (ROOT / "layers" / "socials" / "socials").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLERS_DOING:
                given = [word.value for word in node.keywords if word.arg == "code"]
                if not given:
                    yield node.func.id, getattr(errors, node.func.id).code
                elif isinstance(given[0], ast.Constant):
                    yield node.func.id, str(given[0].value)


def test_every_described_code_is_answered_by_some_operation() -> None:
    answered = {code for operation in OPERATIONS.values() for code in operation.codes} | {*ALWAYS}
    assert answered == PROBLEMS.keys()


# The cold path ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    ["list_accounts", "sync_account", "disconnect_account", "hear_platform", "dispatch_syncs", "web"],
)
def test_no_function_imports_what_only_describes_or_validates(function: str) -> None:
    """`connect_account` takes bodies, so it alone may import pydantic."""
    code = (
        "import sys; sys.path[:0] = [sys.argv[1], sys.argv[2]]; import app; "
        "print([name for name in sys.modules if name.split('.')[0] in ('pydantic', 'tools', 'jsonschema')"
        " or name in ('socials.shapes', 'socials.bodies')])"
    )
    folders = (str(ROOT / "functions" / function), str(ROOT / "layers" / "socials"))
    environment = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true"}
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code, *folders], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
