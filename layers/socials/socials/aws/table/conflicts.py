"""Which refusals of DynamoDB mean "no" and which mean "again".

Two writers meeting on one row get `TransactionConflict`, which botocore does not retry; only a failed condition is an
answer.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

from socials.errors import Busy

T = TypeVar("T")
Sleep = Callable[[float], None]

ATTEMPTS = 6
# botocore itself repeats what was throttled, three times in up to three seconds; a function of the API has fifteen.
PATIENCE_SECONDS = 4
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


def persist(call: Callable[[], T], sleep: Sleep = time.sleep, clock: Callable[[], float] = time.monotonic) -> T:
    """Make the call, again and again while only others are in the way: six times within about a second. Raises Busy
    where they stay, and at once when the calls have taken as long as a request can wait."""
    began = clock()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return call()
        except ClientError as error:
            if not passing(error):
                raise
            if attempt == ATTEMPTS or clock() - began > PATIENCE_SECONDS:
                raise Busy("others stayed in the way") from error
        pause(attempt, sleep)
    raise AssertionError("unreachable")


def pause(attempt: int, sleep: Sleep) -> None:
    sleep(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * (0.5 + random.random()))  # noqa: S311 - spreads, hides nothing


def _reasons(error: ClientError) -> set[str]:
    return {reason.get("Code") or "None" for reason in error.response.get("CancellationReasons", [])}
