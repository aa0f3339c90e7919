"""The fault runs on the product's own adapters: DynamoDB is the engine at an endpoint, or moto as the rest is."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.engines import OnAws
from tests.faults.going import Engine
from tests.support.aws_world import aws_of_moto


@contextmanager
def on_aws(endpoint: str | None) -> Iterator[Engine]:
    """Makes ports on a new table each time."""
    with aws_of_moto(endpoint) as aws:
        yield lambda: OnAws(aws)
