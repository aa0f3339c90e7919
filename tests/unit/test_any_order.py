"""Anything in any order, on the fakes. A shorter profile runs with all tests, a longer one with `make test-faults`; on
the AWS adapters it is `tests/integration/aws`."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.faults.any_order import AnyOrder, own_platforms

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"


@pytest.fixture(autouse=True)
def platforms_back() -> Iterator[None]:
    with own_platforms():
        yield


AnyOrder.TestCase.settings = settings(
    max_examples=200 if LONG else 25,
    stateful_step_count=60 if LONG else 40,
    deadline=None,
    derandomize=not LONG,
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
test_anything_may_happen_in_any_order = AnyOrder.TestCase
