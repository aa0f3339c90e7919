"""The check of breaking changes: what must fail it, and what must not."""

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.openapi.breaking import announced, breaks
from tools.openapi.checking import earlier, verdict
from tools.openapi.document import document

Json = dict[str, Any]


def account(new: Json) -> Json:
    found: Json = new["components"]["schemas"]["Account"]
    return found


def new_connection(new: Json, way: int) -> Json:
    found: Json = new["components"]["schemas"]["NewConnection"]["oneOf"][way]
    return found


def query(new: Json, path: str, name: str) -> Json:
    found: Json
    [found] = [each for each in new["paths"][path]["get"]["parameters"] if each["name"] == name]
    return found


BREAKS: dict[str, tuple[Callable[[Json], Any], str]] = {
    "a route is gone": (lambda new: new["paths"].pop("/receipts/{receipt_id}"), "GET /receipts/{receipt_id}: removed"),
    "a method is gone": (lambda new: new["paths"]["/accounts"].pop("delete"), "DELETE /accounts: removed"),
    "an open route is closed": (
        lambda new: new["paths"]["/platforms"]["get"].pop("security"),
        "GET /platforms: a token is needed",
    ),
    "a field is gone": (lambda new: account(new)["properties"].pop("username"), ".username: removed"),
    "a field may be absent": (lambda new: account(new)["required"].remove("username"), ".username: may be absent"),
    "a field may be null": (
        lambda new: account(new)["properties"].update(username={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ".username: may be something else",
    ),
    "a number became a word": (
        lambda new: new["components"]["schemas"]["Deleted"]["properties"].update(posts={"type": "string"}),
        ".deleted.posts: may be something else",
    ),
    "a status is new": (
        lambda new: new["components"]["schemas"]["Status"]["enum"].append("asleep"),
        ".status: may be a value that was not among those before",
    ),
    "a success is another": (
        lambda new: new["paths"]["/connections"]["post"]["responses"].pop("201"),
        "POST /connections: 201: not answered any more",
    ),
    "a problem is of another form": (
        lambda new: new["components"]["schemas"]["ProblemDetails"]["properties"].pop("code"),
        ".code: removed",
    ),
    "a code is another": (
        lambda new: new["paths"]["/accounts/{account_id}/sync"]["post"]["responses"]["409"]["content"][
            "application/problem+json"
        ]["schema"]["allOf"][1]["properties"]["code"].update(enum=["conflict"]),
        ".code: may be a value that was not among those before",
    ),
    "a form is gone": (
        lambda new: new["paths"]["/accounts/{account_id}/export"]["get"]["responses"]["200"]["content"].pop("text/csv"),
        "text/csv is not answered any more",
    ),
    "a header is gone": (
        lambda new: new["paths"]["/accounts/{account_id}/export"]["get"]["responses"]["200"]["headers"].pop("Link"),
        "header Link removed",
    ),
    "a parameter is gone": (
        lambda new: new["paths"]["/accounts"]["get"]["parameters"].clear(),
        "GET /accounts: parameter cursor: removed",
    ),
    "a parameter is required": (
        lambda new: query(new, "/accounts", "cursor").update(required=True),
        "parameter cursor: now required",
    ),
    "a limit is lower": (
        lambda new: query(new, "/accounts", "limit")["schema"].update(maximum=50),
        "parameter limit: maximum is narrower",
    ),
    "a choice is gone": (
        lambda new: query(new, "/accounts", "status")["schema"]["enum"].pop(),
        "parameter status: takes fewer values",
    ),
    "a platform cannot be connected any more": (
        lambda new: new_connection(new, 0)["properties"]["platform"]["enum"].remove("pinterest"),
        "platform: takes fewer values",
    ),
    "a field of a body is required": (
        lambda new: new_connection(new, 2)["required"].append("service"),
        "service: now required",
    ),
    "a field of a body is not taken": (
        lambda new: new_connection(new, 2)["properties"].pop("service"),
        "service: not taken any more",
    ),
    "a body is shorter": (
        lambda new: new["components"]["schemas"]["Choice"]["properties"]["ids"].update(maxItems=10),
        "ids: maxItems is narrower",
    ),
}


def changed(change: Callable[[Json], Any]) -> Json:
    new = copy.deepcopy(document())
    change(new)
    return new


@pytest.mark.parametrize("what", BREAKS)
def test_what_takes_something_away_is_found(what: str) -> None:
    change, says = BREAKS[what]
    found = breaks(document(), changed(change))
    assert [each for each in found if says in each], found


@pytest.mark.parametrize("what", BREAKS)
def test_a_break_fails_unless_the_version_announces_it(what: str) -> None:
    old, new = document(), changed(BREAKS[what][0])
    assert not verdict(old, new)[0]
    first, second, *_ = old["info"]["version"].split(".")
    new["info"]["version"] = f"{first}.{int(second) + 1}.0" if first == "0" else f"{int(first) + 1}.0.0"
    assert verdict(old, new)[0]


ADDITIONS: dict[str, Callable[[Json], Any]] = {
    "nothing": lambda new: None,
    "a route": lambda new: new["paths"].update({"/new": copy.deepcopy(new["paths"]["/platforms"])}),
    "a field": lambda new: account(new)["properties"].update(colour={"type": "string"}),
    "an optional parameter": lambda new: new["paths"]["/platforms"]["get"].update(
        parameters=[{"name": "all", "in": "query", "required": False, "schema": {"type": "boolean"}}]
    ),
    "a platform to connect": lambda new: new_connection(new, 0)["properties"]["platform"]["enum"].append("friendster"),
    "a higher limit": lambda new: query(new, "/accounts", "limit")["schema"].update(maximum=500),
    "a problem's status": lambda new: new["paths"]["/accounts"]["get"]["responses"].update(
        {"409": {"$ref": "#/components/responses/NotFound"}}
    ),
    "a field that is never null any more": lambda new: account(new)["properties"].update(avatar_url={"type": "string"}),
    "other words": lambda new: account(new).update(description="Said in another way."),
}


@pytest.mark.parametrize("what", ADDITIONS)
def test_what_only_adds_is_no_break(what: str) -> None:
    assert breaks(document(), changed(ADDITIONS[what])) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("0.1.0", "0.1.1", False),
        ("0.1.0", "0.2.0", True),
        ("0.9.0", "1.0.0", True),
        ("1.2.0", "1.3.0", False),
        ("1.2.0", "2.0.0", True),
        ("2.0.0", "1.9.0", False),
    ],
)
def test_a_version_announces_a_break_by_its_first_number_or_below_one_by_its_second(
    old: str, new: str, says: bool
) -> None:
    assert announced(old, new) is says


# What it is held against ---------------------------------------------------------------------------------------------


def committed(folder: Path, said: str, *tags: str) -> None:
    """One more commit, whose description says that, with those tags."""
    page = folder / "functions" / "web" / "openapi.json"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(json.dumps({"said": said}), encoding="utf-8")
    name = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false")
    for words in (("init", "--quiet"), ("add", "."), (*name, "commit", "--quiet", "-m", said)):
        subprocess.run(("git", *words), cwd=folder, check=True)
    for tag in tags:
        subprocess.run(("git", "-c", "tag.gpgsign=false", "tag", tag), cwd=folder, check=True)


def held_against(folder: Path) -> list[str]:
    return [each["said"] for _, each in earlier(folder)]


def test_a_description_is_held_against_that_of_the_newest_tag(tmp_path: Path) -> None:
    committed(tmp_path, "first", "v1")
    committed(tmp_path, "second", "v2")
    committed(tmp_path, "third")
    assert held_against(tmp_path) == ["second"]


def test_a_release_is_held_against_the_one_before_too_not_only_against_itself(tmp_path: Path) -> None:
    committed(tmp_path, "first", "v1")
    committed(tmp_path, "between")
    committed(tmp_path, "second", "v2", "the-newest")
    assert held_against(tmp_path) == ["second", "first"]


def test_before_the_second_release_all_that_was_ever_committed_counts(tmp_path: Path) -> None:
    committed(tmp_path, "first")
    committed(tmp_path, "second", "v1")
    assert sorted(held_against(tmp_path)) == ["first", "second"]
