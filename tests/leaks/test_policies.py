"""All that the functions asked of AWS in those lives, beside their policies. That nothing in a policy is spare is
tests/integration/policies' to say: there every scene is one of its own."""

import pytest

from local import declared
from local.resolving import Resolver
from local.template import translated
from tests.leaks.watching import Watched
from tests.support.permissions import Permission, permissions
from tests.support.policies import allowed, grants_of
from tests.support.stack import ROOT

FUNCTIONS = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}


def refused(watched: Watched, token_store: str) -> dict[str, set[Permission]]:
    """By function."""
    resolver = Resolver(translated(ROOT / "template.yaml", {"Stage": "local", "TokenStore": token_store}))
    key = resolver.resolve({"Fn::GetAtt": ["DataKey", "Arn"]})
    ids = {spec.label: spec.logical_id for spec in declared.functions(resolver)}
    found: dict[str, set[Permission]] = {}
    for function, calls in watched.aws.calls.items():
        grants = grants_of(resolver, f"{ids[function]}Role")
        needed = {each for call in calls for each in permissions(call, key)}
        found[function] = {each for each in needed if not allowed(grants, each)}
    return {function: missing for function, missing in found.items() if missing}


@pytest.mark.parametrize(("life", "token_store"), [("lived", "secrets-manager"), ("sealed", "sealed")])
def test_no_policy_refuses_what_a_function_asks_for(
    life: str, token_store: str, request: pytest.FixtureRequest
) -> None:
    assert not refused(request.getfixturevalue(life), token_store)


def test_every_function_that_asks_aws_for_anything_was_heard(lived: Watched) -> None:
    assert lived.aws.calls.keys() == FUNCTIONS - {"web"}
    assert {call.operation for calls in lived.aws.calls.values() for call in calls} >= {
        "TransactWriteItems",
        "GetSecretValue",
        "SendMessage",
    }


def test_a_policy_of_the_other_token_store_would_refuse_something(sealed: Watched) -> None:
    assert refused(sealed, "secrets-manager").keys() >= {"connect_account", "run_syncs", "erase_account"}
