"""What every operation asks of AWS: calls, request units, requests. `make bench BENCH=aws_units`.

Counted on moto at botocore, so the figures are the same on every machine; `results/aws_counts.json` keeps them for
whoever reckons with them (`tests.benchmarks.counts`), and a test counts them anew.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import pytest
from botocore.session import get_session

from tests.benchmarks import cost
from tests.benchmarks.counts import KEPT, Count, counted
from tests.benchmarks.operations import OPERATIONS, Stage, count
from tests.benchmarks.report import Cell, Table, record
from tests.support.aws_ports import REGION, AwsPorts
from tests.support.aws_world import aws_of_moto

NOTES = (
    "RRU, WRU: DynamoDB's request units, from the sizes of the items that each call met, as AWS documents them: reads "
    "by 4 KB, writes by 1 KB, each item rounded up, a transaction's writes twice, an index entry that moves two "
    "writes. Whether AWS doubles the index's share of a transaction it does not say; here it is doubled.",
    "KMS: Secrets Manager asks for a key once a call under a customer key; DynamoDB and SQS keep theirs for minutes.",
    "The account is of the usual size: row of 1 to 2 KB, posts of some 400 bytes. A worker reads the platform's budget "
    "once an invocation (`GetItem`), for all messages of its batch.",
    "Not in the calls: what the SQS trigger of a function asks (`ReceiveMessage`, `DeleteMessageBatch`).",
)


def looking_client(aws: AwsPorts) -> Any:
    """A DynamoDB client that nobody meters, at the same place."""
    return get_session().create_client(
        "dynamodb",
        region_name=REGION,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        endpoint_url=aws.dynamodb.meta.endpoint_url,
    )


def measured() -> dict[str, Count]:
    """Every operation, counted now."""
    with aws_of_moto() as aws:
        return {name: one(name, aws) for name in OPERATIONS}


def one(name: str, aws: AwsPorts) -> Count:
    """One operation, counted now, in a world of its own."""
    with _patching() as monkeypatch:
        return count(OPERATIONS[name], Stage(aws, monkeypatch, looking_client(aws)))


@contextmanager
def _patching() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "CRITICAL")
        yield monkeypatch


def _row(name: str, count: Count) -> tuple[Cell, ...]:
    made = Counter(count.calls)
    calls = ", ".join(f"{operation} ×{number}" if number > 1 else operation for operation, number in made.items())
    return (name, len(count.calls), count.reads, count.writes, count.secrets, count.queue, count.keys, calls)


def main() -> int:
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    counts = measured()
    KEPT.parent.mkdir(exist_ok=True)
    kept = json.dumps({name: asdict(count) for name, count in counts.items()}, indent=1) + "\n"
    KEPT.write_text(kept, encoding="utf-8")
    record(
        "aws_units",
        about="Calls counted at botocore under the functions' own handlers, on moto; units reckoned from the items "
        "that the calls met. `tests/integration/ports/test_aws_floor.py` fails on one call or unit more.",
        commands=["make bench BENCH=aws_units"],
        tables=[
            Table(
                ("operation", "calls", "RRU", "WRU", "Secrets Manager", "SQS", "KMS", "which calls"),
                tuple(_row(name, count) for name, count in counted().items()),
            )
        ],
        notes=NOTES,
    )
    cost.main()  # docs/cost.md is made of these counts
    return 0


if __name__ == "__main__":
    sys.exit(main())
