"""Says whether the contract was also held against DynamoDB Local."""

import os

import pytest

from tests.integration.ports.conftest import DYNAMODB_ENDPOINT


@pytest.mark.skipif(not os.environ.get(DYNAMODB_ENDPOINT), reason=f"{DYNAMODB_ENDPOINT} names no DynamoDB Local")
def test_the_contract_was_held_against_dynamodb_local() -> None:
    assert os.environ[DYNAMODB_ENDPOINT].startswith("http")
