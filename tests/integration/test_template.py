"""template.yaml is the only description of the system: what must hold of it, read from its translation."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.template import translated
from socials import timing
from socials.syncing import AT_ONCE

ROOT = Path(__file__).parents[2]
EVENTS = sorted((ROOT / "events").glob("*.json"))
OPEN_ROUTES = {
    "GET /",
    "GET /static/{proxy+}",
    "GET /config",
    "GET /openapi.json",
    "GET /platforms",
    "GET /connections/callback",
    "POST /platforms/{platform}/deauthorize",
    "POST /platforms/{platform}/deletion",
    "GET /deletions/{code}",
}
SIGNED_IN_ROUTES = {
    "POST /connections",
    "GET /connections/{connection_id}",
    "POST /connections/{connection_id}/accounts",
    "POST /accounts/{account_id}/reconnect",
    "GET /accounts",
    "GET /accounts/{account_id}",
    "POST /accounts/{account_id}/sync",
    "GET /accounts/{account_id}/runs",
    "GET /accounts/{account_id}/runs/{run_id}",
    "GET /accounts/{account_id}/metrics",
    "GET /accounts/{account_id}/posts",
    "GET /accounts/{account_id}/events",
    "GET /accounts/{account_id}/disconnect-preview",
    "GET /accounts/{account_id}/export",
    "DELETE /accounts/{account_id}",
    "DELETE /accounts",
    "GET /receipts/{receipt_id}",
}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """As it is deployed by default: with the stack's own user pool."""
    return translated(ROOT / "template.yaml", {})


@pytest.fixture(scope="module")
def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Folder name -> properties, with the logical id among them as `Id`."""
    return {
        properties["Code"]["S3Key"].rsplit("/", 1)[-1]: properties | {"Id": logical_id}
        for logical_id, properties in of_type(template, "AWS::Lambda::Function").items()
    }


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: each["Properties"] for name, each in template["Resources"].items() if each["Type"] == kind}


def referenced(value: Any) -> Iterator[str]:
    """The logical ids (and parameters) that a value names."""
    if isinstance(value, list):
        for item in value:
            yield from referenced(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref":
                yield item
            elif key == "Fn::GetAtt":
                yield item[0] if isinstance(item, list) else item.split(".")[0]
            elif key == "Fn::Sub":
                text, own = item if isinstance(item, list) else (item, {})
                yield from (name for name in re.findall(r"\$\{([A-Za-z0-9]+)", text) if name not in own)
                yield from referenced(own)
            else:
                yield from referenced(item)


def needs(resource: dict[str, Any]) -> set[str]:
    after = resource.get("DependsOn", [])
    return {*referenced(resource.get("Properties", {})), *([after] if isinstance(after, str) else after)}


def operations(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    [api] = of_type(template, "AWS::ApiGatewayV2::Api").values()
    return {
        f"{method.upper()} {path}": operation
        for path, methods in api["Body"]["paths"].items()
        for method, operation in methods.items()
    }


@pytest.mark.parametrize(
    "parameters", [{}, {"JwtIssuer": "https://id.example.com", "PublicOrigin": "https://p.example"}]
)
def test_no_resource_waits_for_itself(parameters: dict[str, str]) -> None:
    resources = translated(ROOT / "template.yaml", parameters)["Resources"]
    waiting = {name: needs(resource) & resources.keys() for name, resource in resources.items()}
    while ready := {name for name, others in waiting.items() if not others & waiting.keys()}:
        waiting = {name: others for name, others in waiting.items() if name not in ready}
    assert not waiting


def test_the_routes_are_those_of_the_contract(template: dict[str, Any]) -> None:
    assert operations(template).keys() == OPEN_ROUTES | SIGNED_IN_ROUTES


def test_every_route_but_the_open_ones_demands_the_scope(template: dict[str, Any]) -> None:
    for route, operation in operations(template).items():
        expected = [{"NONE": []}] if route in OPEN_ROUTES else [{"SignedIn": [{"Ref": "JwtScope"}]}]
        assert operation["security"] == expected, route


def test_every_function_has_its_folder_and_its_own_role(functions: dict[str, dict[str, Any]]) -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert functions.keys() == folders
    roles = [json.dumps(function["Role"]) for function in functions.values()]
    assert len(set(roles)) == len(roles)


def test_each_link_of_the_timing_chain_is_shorter_than_the_next(
    template: dict[str, Any], functions: dict[str, dict[str, Any]]
) -> None:
    queues = of_type(template, "AWS::SQS::Queue")
    for mapping in of_type(template, "AWS::Lambda::EventSourceMapping").values():
        worker = next(each for each in functions.values() if {"Ref": each["Id"]} == mapping["FunctionName"])
        queue = queues[mapping["EventSourceArn"]["Fn::GetAtt"][0]]
        chain = [
            timing.PLATFORM_CALL_SECONDS,
            timing.RUN_LEASE_SECONDS,
            worker["Timeout"],
            timing.REFRESH_LEASE_SECONDS,
            queue["VisibilityTimeout"] - mapping.get("MaximumBatchingWindowInSeconds", 0),
        ]
        assert chain == sorted(set(chain))
        # A message taken at the last moment can still make its call and write what came of it.
        assert timing.PLATFORM_CALL_SECONDS < timing.STOP_BEFORE_SECONDS < worker["Timeout"]
        assert worker["Timeout"] == timing.FUNCTION_TIMEOUT_SECONDS
        assert queue["VisibilityTimeout"] == timing.QUEUE_VISIBILITY_SECONDS


def test_a_batch_of_syncs_is_no_longer_than_what_is_worked_on_at_once(template: dict[str, Any]) -> None:
    """Or the last of a batch would wait for the slowest of the first."""
    mappings = of_type(template, "AWS::Lambda::EventSourceMapping").values()
    sizes = [each["BatchSize"] for each in mappings if each["FunctionName"] == {"Ref": "RunSyncs"}]
    assert len(sizes) == 2
    assert max(sizes) == AT_ONCE


def test_an_api_function_ends_before_the_gateway_stops_waiting(
    template: dict[str, Any], functions: dict[str, dict[str, Any]]
) -> None:
    behind_the_api = {name for each in operations(template).values() for name in referenced(each)}
    for function in functions.values():
        if function["Id"] in behind_the_api:
            assert timing.PLATFORM_CALL_SECONDS < function["Timeout"] < 30


def test_every_queue_gives_up_after_five_tries_into_dead_letters_with_an_alarm(template: dict[str, Any]) -> None:
    queues = of_type(template, "AWS::SQS::Queue")
    working = {name: queue for name, queue in queues.items() if "RedrivePolicy" in queue}
    assert len(working) == 3
    watched = {name for alarm in of_type(template, "AWS::CloudWatch::Alarm").values() for name in referenced(alarm)}
    for queue in working.values():
        assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
        dead_letters = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        assert dead_letters in queues.keys() - working.keys()
        assert dead_letters in watched


def test_queues_are_encrypted_and_refuse_plain_http(template: dict[str, Any]) -> None:
    queues = of_type(template, "AWS::SQS::Queue")
    for queue in queues.values():
        assert queue["KmsMasterKeyId"] == {"Ref": "DataKey"}
    [policy] = of_type(template, "AWS::SQS::QueuePolicy").values()
    assert {queue["Ref"] for queue in policy["Queues"]} == queues.keys()
    [statement] = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sqs:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_workers_report_each_message_and_manual_syncs_have_their_own_concurrency(template: dict[str, Any]) -> None:
    mappings = of_type(template, "AWS::Lambda::EventSourceMapping")
    for mapping in mappings.values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2
    assert {mapping["EventSourceArn"]["Fn::GetAtt"][0] for mapping in mappings.values()} == {
        "DailyQueue",
        "ManualQueue",
        "EraseQueue",
    }


def test_workers_may_feed_their_own_queues(functions: dict[str, dict[str, Any]]) -> None:
    feeding = {name for name, function in functions.items() if function.get("RecursiveLoop") == "Allow"}
    assert feeding == {"run_syncs", "erase_account"}


def test_the_table_survives_the_stack_and_can_be_restored(template: dict[str, Any]) -> None:
    for name in ("Table", "DataKey"):
        resource = template["Resources"][name]
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    [table] = of_type(template, "AWS::DynamoDB::Table").values()
    assert table["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": True,
        "RecoveryPeriodInDays": {"Ref": "BackupDays"},
    }
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": ["DataKey", "Arn"]}


def test_nothing_that_redirects_traffic_is_set_in_the_cloud(functions: dict[str, dict[str, Any]]) -> None:
    for function in functions.values():
        variables = function["Environment"]["Variables"]
        for name in (
            "PLATFORM_ORIGINS",
            "ALLOW_PRIVATE_HOSTS",
            "CLOCK_SHIFT",
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_DYNAMODB",
            "AWS_ENDPOINT_URL_SQS",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        ):
            assert variables[name] == ""


def test_every_variable_that_the_settings_read_is_declared(functions: dict[str, dict[str, Any]]) -> None:
    source = (ROOT / "layers/socials/socials/settings.py").read_text(encoding="utf-8")
    read = {*re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', source)}
    for function in functions.values():
        assert read <= function["Environment"]["Variables"].keys()


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
        assert function["Id"] in referenced(operation)
        assert ("authorizer" in event["requestContext"]) == (event["routeKey"] not in OPEN_ROUTES)
        method, _, pattern = event["routeKey"].partition(" ")
        assert event["requestContext"]["http"]["method"] == method
        assert event["rawPath"] == pattern.format(**event.get("pathParameters", {}))
    elif "Records" in event:
        mapped = {
            name
            for mapping in of_type(template, "AWS::Lambda::EventSourceMapping").values()
            if {"Ref": function["Id"]} == mapping["FunctionName"]
            for name in referenced(mapping["EventSourceArn"])
        }
        for record in event["Records"]:
            assert record["eventSourceARN"].rsplit("-", 1)[-1] in mapped
    else:
        [rule] = of_type(template, "AWS::Events::Rule").values()
        assert event["source"] == "aws.events"
        assert function["Id"] in referenced(rule["Targets"])
