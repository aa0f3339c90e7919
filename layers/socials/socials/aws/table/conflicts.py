"""Which refusals of DynamoDB mean "no" and which mean "again".

Two writers meeting on one row get `TransactionConflict`, which botocore does not retry; only a failed condition is an
answer.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

T = TypeVar("T")
Sleep = Callable[[float], None]

ATTEMPTS = 6
_FIRST_PAUSE_SECONDS = 0.03

_PASSING = frozenset(
    {
        "TransactionConflictException",
        "TransactionInProgressException",
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
    }
)
_PASSING_REASONS = frozenset({"None", "TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"})


def code_of(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def condition_failed(error: ClientError) -> bool:
    if code_of(error) == "TransactionCanceledException":
        return "ConditionalCheckFailed" in _reasons(error)
    return code_of(error) == "ConditionalCheckFailedException"


def passing(error: ClientError) -> bool:
    """Whether the same request may well succeed in a moment."""
    if code_of(error) == "TransactionCanceledException":
        return _reasons(error) <= _PASSING_REASONS
    return code_of(error) in _PASSING


def persist(call: Callable[[], T], sleep: Sleep = time.sleep) -> T:
    """Make the call, again and again while only others are in the way: six times within about a second."""
    for attempt in range(1, ATTEMPTS):
        try:
            return call()
        except ClientError as error:
            if not passing(error):
                raise
        pause(attempt, sleep)
    return call()


def pause(attempt: int, sleep: Sleep) -> None:
    sleep(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * (0.5 + random.random()))  # noqa: S311 - spreads, hides nothing


def _reasons(error: ClientError) -> set[str]:
    return {reason.get("Code") or "None" for reason in error.response.get("CancellationReasons", [])}
