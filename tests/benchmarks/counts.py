"""The counted AWS calls and units of every operation, as `aws_units` left them: `counted()["sync asked for"]`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KEPT = Path(__file__).parent / "results" / "aws_counts.json"


@dataclass(frozen=True, slots=True)
class Count:
    """One operation. `calls`: AWS API operations in their order, one entry a call.

    `reads`, `writes`: DynamoDB's request units, the index among them. `index_writes`: how many of `writes` are the
    index's. `secrets`, `queue`: requests to Secrets Manager and SQS. `keys`: what Secrets Manager asks of KMS for us.
    """

    calls: tuple[str, ...]
    reads: float
    writes: float
    index_writes: float
    secrets: int
    queue: int
    keys: int


def counted() -> Mapping[str, Count]:
    """By the operation's name, in the order of the page."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    return {name: Count(**{**count, "calls": tuple(count["calls"])}) for name, count in kept.items()}
