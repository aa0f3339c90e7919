"""Each function's policy beside what the function really asked of AWS: nothing missing, nothing spare."""

import pytest

from local.declared import queue_mappings, schedules
from local.template import REGION
from tests.integration.policies.cloud import Cloud
from tests.support.permissions import LOGGING, POLLING, TRACING, Permission, permissions, with_the_key
from tests.support.policies import Grant, allowed, grants_of

FUNCTIONS = [
    "connect_account",
    "disconnect_account",
    "dispatch_syncs",
    "erase_account",
    "hear_platform",
    "list_accounts",
    "run_syncs",
    "sync_account",
    "web",
]


def needed(cloud: Cloud, function: str) -> set[Permission]:
    """What its own calls need, and what Lambda does in its name."""
    key = cloud.resolver.resolve({"Fn::GetAtt": ["DataKey", "Arn"]})
    asked = {each for call in cloud.calls[function] for each in permissions(call, key)}
    logs = cloud.resolver.resolve({"Fn::GetAtt": ["FunctionLogs", "Arn"]})
    asked |= {Permission(action, logs) for action in LOGGING}
    if cloud.resolver.parameters["Tracing"] == "Active":
        asked |= {Permission(action, "*") for action in TRACING}
    for mapping in queue_mappings(cloud.resolver):
        if mapping.function == cloud.resolver.name(cloud.ids[function]):
            polled = [Permission(action, mapping.queue_arn) for action in POLLING]
            asked |= {each for poll in polled for each in with_the_key(poll, key)}
    return asked


def granted(cloud: Cloud, function: str) -> list[Grant]:
    return grants_of(cloud.resolver, f"{cloud.ids[function]}Role")


def test_no_action_is_a_pattern_and_no_resource_is_all_but_for_traces(cloud: Cloud) -> None:
    for function in FUNCTIONS:
        for grant in granted(cloud, function):
            assert "*" not in grant.action, function
            assert grant.resource != "*" or grant.action in TRACING, function


def test_only_those_who_need_tokens_can_read_secrets(cloud: Cloud) -> None:
    readers = {
        function
        for function in FUNCTIONS
        for grant in granted(cloud, function)
        if grant.action.startswith("secretsmanager:")
    }
    assert readers == {"connect_account", "run_syncs", "erase_account", "hear_platform"}


def test_whoever_reads_an_apps_credentials_may_open_them_where_they_rest(cloud: Cloud) -> None:
    """They are made by whoever deploys, under the stack's key (tests/integration/test_platform_secrets.py)."""
    key = cloud.resolver.resolve({"Fn::GetAtt": ["DataKey", "Arn"]})
    opening = Permission("kms:Decrypt", key, via=f"secretsmanager.{REGION}.amazonaws.com")
    readers = {function for function in FUNCTIONS for grant in granted(cloud, function) if grant.sid == "Platforms"}
    assert readers == {"connect_account", "run_syncs", "erase_account", "hear_platform"}
    for function in readers:
        assert allowed(granted(cloud, function), opening), function


def test_the_key_that_seals_tokens_is_made_by_a_connect_and_changed_by_nobody(cloud: Cloud) -> None:
    allowed = {
        (function, grant.action)
        for function in FUNCTIONS
        for grant in granted(cloud, function)
        if grant.sid == "TokenKeys"
    }
    read, make = "secretsmanager:GetSecretValue", "secretsmanager:CreateSecret"
    readers = {(function, read) for function in ("connect_account", "run_syncs", "erase_account")}
    sealed = cloud.resolver.parameters["TokenStore"] == "sealed"
    assert allowed == ({*readers, ("connect_account", make)} if sealed else set())


def test_the_dispatcher_only_reads(cloud: Cloud) -> None:
    grants = granted(cloud, "dispatch_syncs")
    assert [grant.action for grant in grants if grant.action.startswith("dynamodb:")] == ["dynamodb:Query"]


def test_every_function_is_looked_at(cloud: Cloud) -> None:
    assert sorted(cloud.calls) == FUNCTIONS
    quiet = {name for name, calls in cloud.calls.items() if not calls}
    assert quiet == {"web"}
    assert schedules(cloud.resolver)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_that_a_function_asked_for_is_missing_in_its_policy(cloud: Cloud, function: str) -> None:
    grants = granted(cloud, function)
    missing = [each for each in needed(cloud, function) if not allowed(grants, each)]
    assert not missing


def test_what_a_transaction_does_under_other_keys_than_a_users_is_one_action(cloud: Cloud) -> None:
    """So it makes no difference whether an action is judged by its own items' keys or by those of the transaction."""
    mixed = set()
    for function, calls in cloud.calls.items():
        for call in calls:
            if call.operation == "TransactWriteItems":
                parts = [each for each in permissions(call, "key") if each.keys]
                kinds = {key.partition("#")[0] for part in parts for key in part.keys}
                assert kinds == {"USER"} or len(parts) == 1, parts
                mixed |= {(function, each.action) for each in parts if len(kinds) > 1}
    both = {("connect_account", "dynamodb:PutItem"), ("erase_account", "dynamodb:DeleteItem")}
    assert mixed >= both  # a connection with its state: begun, and swept


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_action_on_the_table_has_all_of_its_leading_keys_in_one_statement(cloud: Cloud, function: str) -> None:
    grants = [grant for grant in granted(cloud, function) if grant.action.startswith("dynamodb:")]
    for action in {grant.action for grant in grants}:
        assert len({grant.sid for grant in grants if grant.action == action}) == 1, action


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_in_a_policy_is_spare(cloud: Cloud, function: str) -> None:
    """Each action on each resource, under each pattern of keys, was made use of."""
    asked = needed(cloud, function)
    spare = [grant for grant in granted(cloud, function) if not any(grant.serves(each) for each in asked)]
    assert not spare


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_has_no_policy_but_its_own(cloud: Cloud, function: str) -> None:
    """A managed policy reaches every log group and every queue of the AWS account."""
    role = cloud.resolver.resources("AWS::IAM::Role")[f"{cloud.ids[function]}Role"]
    assert not role.get("ManagedPolicyArns")
    assert "PermissionsBoundary" not in role
