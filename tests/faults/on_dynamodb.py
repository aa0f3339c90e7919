"""The fault runs on a real DynamoDB engine: the product's own adapters of the table, fakes for the rest."""

from collections.abc import Callable, Iterable
from typing import Any

from moto import mock_aws

from tests.support.aws_ports import AwsPorts
from tests.support.fakes.vault import FakeVault


def tables(endpoint: str) -> Callable[[], Any]:
    """Makes ports on a new table each time."""
    mock_aws().start()  # queues; DynamoDB itself is at the endpoint
    aws = AwsPorts(dynamodb_endpoint=endpoint)

    def fresh() -> Any:
        ports: Any = aws.fresh()
        ports.vault = FakeVault()
        ports.grant_names = lambda: _grants(aws)
        return ports

    return fresh


def _grants(aws: AwsPorts) -> Iterable[tuple[str, str]]:
    for item in aws.items():
        user, sk = item["pk"]["S"], item["sk"]["S"]
        if sk.startswith("GRANT#"):
            yield user.removeprefix("USER#"), sk.removeprefix("GRANT#")
