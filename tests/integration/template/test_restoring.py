"""A table that a restore made, in the place of the stack's own."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.resolving import Resolver
from local.template import translated
from tests.support.policies import Grant, grants_of

ROOT = Path(__file__).parents[3]
RESTORED = "postloudly-accounts-prod-restored"


def stack(**parameters: str) -> Resolver:
    return Resolver(translated(ROOT / "template.yaml", {"Stage": "prod", **parameters}))


@pytest.fixture(scope="module")
def before() -> Resolver:
    return stack()


@pytest.fixture(scope="module")
def after() -> Resolver:
    return stack(RestoredTable=RESTORED)


def on_tables(resolver: Resolver) -> dict[str, set[Grant]]:
    """What each role may do with a table."""
    roles = [name for name in resolver.resources("AWS::IAM::Role") if name.endswith("Role")]
    ours = [name for name in roles if resolver.resources("AWS::IAM::Role")[name].get("Policies")]
    return {
        role: {grant for grant in grants_of(resolver, role) if grant.action.startswith("dynamodb:")} for role in ours
    }


def everything(resolver: Resolver) -> str:
    """The stack as it is made: what no condition leaves out, with every value in it."""
    kinds = {each["Type"] for each in resolver.template["Resources"].values()}
    made: dict[str, Any] = {kind: resolver.resolve(resolver.resources(kind)) for kind in kinds}
    outputs = {name: resolver.resolve(each["Value"]) for name, each in resolver.template["Outputs"].items()}
    return json.dumps([made, outputs])


def test_the_old_table_leaves_the_stack_and_nothing_of_it_is_named_any_more(before: Resolver, after: Resolver) -> None:
    old = before.name("Table")
    assert old in everything(before)
    assert not after.resources("AWS::DynamoDB::Table")
    assert old not in everything(after)


def test_every_function_is_told_of_the_new_one(after: Resolver) -> None:
    for function in after.resources("AWS::Lambda::Function").values():
        assert after.resolve(function)["Environment"]["Variables"]["TABLE_NAME"] == RESTORED
    assert after.resolve(after.template["Outputs"]["TableName"]["Value"]) == RESTORED


def test_a_role_may_do_the_same_with_the_new_one(before: Resolver, after: Resolver) -> None:
    old = before.name("Table")
    allowed = on_tables(before)
    assert sum(map(bool, allowed.values())) >= 8
    moved = {
        role: {
            Grant(each.sid, each.action, each.resource.replace(f"table/{old}", f"table/{RESTORED}"), each.keys)
            for each in grants
        }
        for role, grants in allowed.items()
    }
    assert moved == on_tables(after)
