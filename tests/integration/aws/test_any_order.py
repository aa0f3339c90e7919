"""Anything in any order, on the product's own adapters: on moto for a short while, on DynamoDB Local where there is
one. Conflicts, throttles, the index's lag and slow deletions are injected between botocore and the engine."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.any_order import AnyOrder, own_platforms
from tests.faults.on_aws import on_aws

ENDPOINT = os.environ.get("DYNAMODB_ENDPOINT")
# moto takes its time over every request: a few short stories there, what a real engine does at greater length.
MOTO = settings(max_examples=12, stateful_step_count=16)
DYNAMODB_LOCAL = settings(max_examples=20, stateful_step_count=25)


@pytest.fixture(autouse=True)
def platforms_back() -> Iterator[None]:
    with own_platforms():
        yield


@pytest.mark.parametrize("engine", ["moto", *(["dynamodb_local"] if ENDPOINT else [])])
def test_anything_may_happen_in_any_order(engine: str) -> None:
    local = engine == "dynamodb_local"
    with on_aws(ENDPOINT if local else None) as fresh:
        machine = type("OnAwsInAnyOrder", (AnyOrder,), {"engine": staticmethod(fresh)})
        how = settings(
            DYNAMODB_LOCAL if local else MOTO,
            deadline=None,
            derandomize=True,
            database=None,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(machine, settings=how)
