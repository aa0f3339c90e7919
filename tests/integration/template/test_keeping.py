"""What is kept, under which key, for how long, and who could see it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from local.resolving import ACCOUNT, Resolver
from local.template import REGION, translated
from tests.integration.template.reading import of_type, owner

ROOT = Path(__file__).parents[3]
HELD = ("Table", "DataKey", "UserPool")


def of_stage(stage: str, **more: str) -> Resolver:
    return Resolver(translated(ROOT / "template.yaml", {"Stage": stage, **more}))


@pytest.mark.parametrize(("stage", "policy"), [("dev", "Delete"), ("staging", "Retain"), ("prod", "Retain")])
def test_data_survive_the_stack_of_every_stage_but_dev(stage: str, policy: str) -> None:
    resolver = of_stage(stage)
    for name in HELD:
        resource = resolver.template["Resources"][name]
        assert resolver.resolve(resource["DeletionPolicy"]) == policy, name
        assert resource["UpdateReplacePolicy"] == "Retain", name
    [table] = map(resolver.resolve, resolver.resources("AWS::DynamoDB::Table").values())
    [pool] = map(resolver.resolve, resolver.resources("AWS::Cognito::UserPool").values())
    protected = stage != "dev"
    assert table["DeletionProtectionEnabled"] is protected
    assert pool["DeletionProtection"] == ("ACTIVE" if protected else "INACTIVE")


def test_the_table_can_be_restored_to_any_time_of_the_days_asked_for() -> None:
    resolver = of_stage("prod", BackupDays="21")
    [table] = map(resolver.resolve, resolver.resources("AWS::DynamoDB::Table").values())
    recovery = table["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": "21"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_everything_that_holds_data_rests_under_the_customer_key() -> None:
    template = of_stage("prod", AlarmEmail="ops@example.com").template
    arn, name = {"Fn::GetAtt": ["DataKey", "Arn"]}, {"Ref": "DataKey"}
    [table] = of_type(template, "AWS::DynamoDB::Table").values()
    assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn}
    for queue in of_type(template, "AWS::SQS::Queue").values():
        assert queue["KmsMasterKeyId"] == name
    for group in of_type(template, "AWS::Logs::LogGroup").values():
        assert group["KmsKeyId"] == arn
    [topic] = of_type(template, "AWS::SNS::Topic").values()
    assert topic["KmsMasterKeyId"] == name
    # Secrets are made at run time, with the key that the environment names.
    for function in of_type(template, "AWS::Lambda::Function").values():
        assert function["Environment"]["Variables"]["KMS_KEY_ID"] == name


def test_the_key_opens_nothing_but_through_the_services_that_hold_the_data() -> None:
    resolver = of_stage("prod")
    [key] = map(resolver.resolve, resolver.resources("AWS::KMS::Key").values())
    assert key["EnableKeyRotation"] is True
    opening = ("Decrypt", "Encrypt", "GenerateDataKey", "ReEncrypt", "CreateGrant")
    for statement in key["KeyPolicy"]["Statement"]:
        actions = statement["Action"]
        assert not [action for action in actions if "*" in action], statement["Sid"]
        assert statement["Principal"] != "*"
        if any(word in action for word in opening for action in actions) and "AWS" in statement["Principal"]:
            assert {each.split(".")[0] for each in statement["Condition"]["StringEquals"]["kms:ViaService"]} == {
                "dynamodb",
                "secretsmanager",
                "sns",
                "sqs",
            }


def test_the_key_lets_the_logs_of_this_stack_in_and_no_others() -> None:
    resolver = of_stage("prod")
    [key] = map(resolver.resolve, resolver.resources("AWS::KMS::Key").values())
    [logs] = [each for each in key["KeyPolicy"]["Statement"] if "logs." in json.dumps(each["Principal"])]
    groups = map(resolver.resolve, resolver.resources("AWS::Logs::LogGroup").values())
    named = {
        each.split(":log-group:")[1] for each in logs["Condition"]["ArnEquals"]["kms:EncryptionContext:aws:logs:arn"]
    }
    assert named == {group["LogGroupName"] for group in groups}


def test_a_service_is_let_in_for_this_account_only() -> None:
    """Else another account could have the service do it. A role is given to a function by whoever may pass it on."""
    resolver = of_stage("prod", AlarmEmail="ops@example.com")
    services = set()
    for name, resource in resolver.template["Resources"].items():
        for statement in map(resolver.resolve, statements_in(resource)):
            let_in = statement.get("Principal")
            if isinstance(let_in, dict) and "Service" in let_in and "sts:AssumeRole" not in statement["Action"]:
                services.add(let_in["Service"])
                assert ACCOUNT in json.dumps(statement["Condition"]), name
    assert services == {"cloudwatch.amazonaws.com", f"logs.{REGION}.amazonaws.com"}
    for name, permission in resolver.resources("AWS::Lambda::Permission").items():
        assert ACCOUNT in str(resolver.resolve(permission["SourceArn"])), name


def test_logs_go_when_their_days_are_over() -> None:
    resolver = of_stage("prod", LogDays="90")
    groups = [resolver.resolve(each) for each in resolver.resources("AWS::Logs::LogGroup").values()]
    assert {group["RetentionInDays"] for group in groups} == {"90"}
    for function in resolver.resources("AWS::Lambda::Function").values():
        assert function["LoggingConfig"]["LogGroup"] == {"Ref": "FunctionLogs"}


def test_the_access_log_names_routes_and_no_addresses() -> None:
    """A callback's code and state are in its query, a deletion's code is in its path, and a token is in a header."""
    resolver = of_stage("prod")
    [stage] = resolver.resources("AWS::ApiGatewayV2::Stage").values()
    written = stage["AccessLogSettings"]["Format"]
    assert set(re.findall(r"\$\w+(?:\.\w+)*", written)) == {
        "$context.authorizer.error",
        "$context.integrationErrorMessage",
        "$context.requestId",
        "$context.requestTimeEpoch",
        "$context.responseLatency",
        "$context.routeKey",
        "$context.status",
    }
    assert json.loads(written).keys() >= {"request_id", "route", "status"}


def test_nothing_is_public() -> None:
    """What allows everybody something would be a policy with a principal of all; only refusals name all."""
    template: dict[str, Any] = of_stage("prod", AlarmEmail="ops@example.com").template
    for name, resource in template["Resources"].items():
        for statement in statements_in(resource):
            assert "NotPrincipal" not in statement, name
            if names_everybody(statement.get("Principal")):
                assert statement["Effect"] == "Deny", name
        # Permissions on functions and layers are resources of their own, without a statement.
        assert not names_everybody(resource.get("Properties", {}).get("Principal")), name
    assert not [
        each for each in template["Resources"].values() if each["Type"] in ("AWS::Lambda::Url", "AWS::S3::Bucket")
    ]


@pytest.mark.parametrize("everybody", ["*", {"AWS": "*"}, {"AWS": ["*"]}])
def test_everybody_has_three_spellings(everybody: Any) -> None:
    assert names_everybody(everybody)
    assert not names_everybody({"AWS": "arn:aws:iam::123456789012:root"})


def names_everybody(principal: Any) -> bool:
    return '"*"' in json.dumps(principal)


def statements_in(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for each in value for found in statements_in(each)]
    if not isinstance(value, dict):
        return []
    own = [value] if "Effect" in value else []
    return own + [found for each in value.values() for found in statements_in(each)]


def test_alarms_can_be_told_by_mail_and_only_over_tls() -> None:
    resolver = of_stage("prod", AlarmEmail="ops@example.com")
    [topic] = map(resolver.resolve, resolver.resources("AWS::SNS::Topic").values())
    assert topic["Subscription"] == [{"Protocol": "email", "Endpoint": "ops@example.com"}]
    for name, alarm in resolver.resources("AWS::CloudWatch::Alarm").items():
        if not name.startswith("Rollout"):  # CodeDeploy's own tell nobody: test_rollout.py
            assert resolver.resolve(alarm["AlarmActions"]) == [resolver.resolve({"Ref": "AlarmTopic"})]
    [policy] = map(resolver.resolve, resolver.resources("AWS::SNS::TopicPolicy").values())
    assert {each["Effect"] for each in policy["PolicyDocument"]["Statement"]} == {"Allow", "Deny"}
    assert not of_stage("prod").resources("AWS::SNS::Topic")


def test_concurrency_is_reserved_where_asked_for() -> None:
    resolver = of_stage("prod", SyncConcurrency="40", EraseConcurrency="6")
    functions = resolver.resources("AWS::Lambda::Function")
    for name, asked in (("RunSyncs", "40"), ("EraseAccount", "6")):
        assert resolver.resolve(functions[name])["ReservedConcurrentExecutions"] == asked
    none = of_stage("prod")
    for properties in none.resources("AWS::Lambda::Function").values():
        assert "ReservedConcurrentExecutions" not in none.resolve(properties)


def test_the_function_that_syncs_has_the_memory_that_is_asked_for_and_no_other() -> None:
    usual, smaller = of_stage("prod"), of_stage("prod", SyncMemory="256")
    functions = usual.resources("AWS::Lambda::Function")
    memory = [{name: r.resolve(functions[name])["MemorySize"] for name in functions} for r in (usual, smaller)]
    assert {str(each) for each in memory[0].values()} == {"512"}
    assert {name: each for name, each in memory[1].items() if each != memory[0][name]} == {"RunSyncs": "256"}


@pytest.mark.parametrize(
    ("parameter", "function"), [("SyncConcurrency", "RunSyncs"), ("EraseConcurrency", "EraseAccount")]
)
def test_no_fewer_can_be_reserved_than_the_queues_use_at_once(parameter: str, function: str) -> None:
    template = of_stage("prod").template
    mappings = of_type(template, "AWS::Lambda::EventSourceMapping").values()
    least = sum(each["ScalingConfig"]["MaximumConcurrency"] for each in mappings if owner(each) == function)
    pattern = re.compile(template["Parameters"][parameter]["AllowedPattern"])
    assert [number for number in range(1, 1000) if pattern.search(str(number))] == list(range(least, 1000))
    assert pattern.search("")
