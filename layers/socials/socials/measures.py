"""The metrics there are, and how a log line carries them (CloudWatch's embedded metric format).

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

Every dimension is bounded: stage, platform, outcome of a fixed list, cause of a fixed list. The dashboard and the
alarms of template.yaml may name nothing else.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from msgspec import Struct

NAMESPACE = "PostLoudly"

Unit = Literal["Count", "Seconds"]
Dimensions = tuple[str, ...]


class Metric(Struct, frozen=True):
    """`by`: each set of dimensions under which CloudWatch keeps it, and is paid for every combination that occurs;
    none: it stands in the lines only, where a query finds it. `meaning`: what one value says."""

    unit: Unit
    by: tuple[Dimensions, ...]
    meaning: str


_STAGE: tuple[Dimensions, ...] = (("stage",),)
_PLATFORM: tuple[Dimensions, ...] = (("stage", "platform"),)
_CAUSE: tuple[Dimensions, ...] = (("stage", "platform"), ("stage", "cause"))
_OUTCOME: tuple[Dimensions, ...] = (("stage", "platform", "outcome"),)
_LINES: tuple[Dimensions, ...] = ()

METRICS: Mapping[str, Metric] = {
    "Due": Metric("Count", _STAGE, "rows that fell due in the last three minutes, as a tick finds them: not a sum"),
    "Overdue": Metric("Count", _STAGE, "all rows whose time has come, as the hourly sweep finds them: not a sum"),
    "OldestDueSeconds": Metric("Seconds", _STAGE, "how long the most overdue account waits; whole only on a sweep"),
    "Dispatched": Metric("Count", _STAGE, "wake-ups that the queues took from a tick"),
    "NotSent": Metric("Count", _STAGE, "wake-ups that a queue did not take; the agenda sends them again"),
    "Runs": Metric("Count", _OUTCOME, "runs that ended: succeeded, partial, failed"),
    "RunSeconds": Metric("Seconds", _LINES, "from a run's start to its end, waits included"),
    "RunTrouble": Metric("Count", _PLATFORM, "1 for a run that waits, failed or ended in part, 0 for a success"),
    "Waits": Metric("Count", _PLATFORM, "runs that were put off until a time, by the platform or its outage"),
    "Refreshes": Metric(
        "Count", (("stage", "outcome"),), "renewals of tokens: stored, adopted (another's), refused, unavailable"
    ),
    "ConnectionErrors": Metric("Count", _CAUSE, "accounts that now need the person"),
    "Calls2xx": Metric("Count", _LINES, "calls to a platform that it answered so"),
    "Calls3xx": Metric("Count", _LINES, "calls to a platform that it answered so"),
    "Calls4xx": Metric("Count", _LINES, "calls to a platform that it answered so, without 429"),
    "Calls429": Metric("Count", _LINES, "calls to a platform that it answered so"),
    "Calls5xx": Metric("Count", _LINES, "calls to a platform that it answered so"),
    "CallsUnanswered": Metric("Count", _LINES, "calls that brought no answer: timeout, reset, DNS, TLS, guard"),
    "ErasesDone": Metric("Count", _STAGE, "receipts that became done"),
    "EraseSeconds": Metric("Seconds", _STAGE, "from the request for a disconnect to its receipt's end"),
    "EraseAgeSeconds": Metric("Seconds", _STAGE, "age of an erase just taken up whose data are not all gone"),
    "RevokeAgeSeconds": Metric("Seconds", _STAGE, "age of an erase just taken up of which only the revoke is left"),
    "MessagesFailed": Metric("Count", _STAGE, "messages that a worker gave back because of an error"),
}

# What makes an account need its person; anything new counts as `other` until it is named here.
CAUSES = frozenset(
    {
        "token_revoked",
        "token_expired",
        "token_missing",
        "scope_missing",
        "refresh_interrupted",
        "page_not_granted",
        "removed_on_platform",
    }
)


def cause_of(code: str) -> str:
    """A cause as a dimension."""
    return code if code in CAUSES else "other"


def class_of(status: int | None) -> str:
    """The metric that counts a call with this answer; None: no answer came."""
    if status is None:
        return "CallsUnanswered"
    return "Calls429" if status == 429 else f"Calls{status // 100}xx"


def embedded(values: Mapping[str, float], milliseconds: int) -> dict[str, Any]:
    """What beside the values themselves makes a JSON line carry these metrics. Raises KeyError for an unknown one."""
    directives = _directives(tuple(values))
    return {"_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": directives}} if directives else {}


@lru_cache(maxsize=64)
def _directives(names: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    """What CloudWatch is to make of them; one run after the other tells the same ones."""
    groups: dict[tuple[Dimensions, ...], list[str]] = {}
    for name in names:
        if METRICS[name].by:
            groups.setdefault(METRICS[name].by, []).append(name)
    return [
        {
            "Namespace": NAMESPACE,
            "Dimensions": [list(each) for each in by],
            "Metrics": [{"Name": name, "Unit": METRICS[name].unit} for name in names],
        }
        for by, names in groups.items()
    ]
