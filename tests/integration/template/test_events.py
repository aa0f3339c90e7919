"""The files of events/: of each function one or more, named after it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.template.reading import called, of_type, operations, owner, referenced
from tests.integration.template.test_routes import OPEN_ROUTES

ROOT = Path(__file__).parents[3]
EVENTS = sorted((ROOT / "events").glob("*.json"))


def test_every_function_has_an_event_and_every_event_a_function(functions: dict[str, dict[str, Any]]) -> None:
    assert {path.stem for path in EVENTS if "-" not in path.stem} == functions.keys()
    assert {path.stem.split("-")[0] for path in EVENTS} == functions.keys()


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_an_event_comes_from_a_trigger_of_its_function(
    path: Path, template: dict[str, Any], functions: dict[str, dict[str, Any]]
) -> None:
    event = json.loads(path.read_text(encoding="utf-8"))
    function = functions[path.stem.split("-")[0]]
    if "routeKey" in event:
        operation = operations(template)[event["routeKey"]]
        assert function["Id"] in called(operation)
        assert ("authorizer" in event["requestContext"]) == (event["routeKey"] not in OPEN_ROUTES)
        method, _, pattern = event["routeKey"].partition(" ")
        assert event["requestContext"]["http"]["method"] == method
        assert event["rawPath"] == pattern.format(**event.get("pathParameters", {}))
    elif "Records" in event:
        mapped = {
            name
            for mapping in of_type(template, "AWS::Lambda::EventSourceMapping").values()
            if function["Id"] == owner(mapping)
            for name in referenced(mapping["EventSourceArn"])
        }
        for record in event["Records"]:
            assert record["eventSourceARN"].rsplit("-", 1)[-1] in mapped
    else:
        [rule] = of_type(template, "AWS::Events::Rule").values()
        assert event["source"] == "aws.events"
        assert function["Id"] in called(rule["Targets"])
