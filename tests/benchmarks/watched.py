"""What CloudWatch is paid for whatever the number of accounts: kinds of metrics, and the metrics that alarms watch."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from socials.measures import CAUSES, METRICS
from socials.models.runs import RunState
from socials.platforms import SLUGS

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
# Auto scaling makes four for reads and for writes, of the table and of its index.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html
SCALING_ALARMS = 16

ENDS = frozenset({RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED})
RENEWALS = frozenset({"stored", "adopted", "refused", "unavailable"})
_OUTCOMES = {"Runs": len(ENDS), "Refreshes": len(RENEWALS)}


def metrics() -> int:
    """Every name with every combination of its dimensions, of one stage."""
    return sum(_combinations(name, by) for name, metric in METRICS.items() for by in metric.by)


def alarms() -> int:
    """An alarm is paid for by each metric that it watches; one that asks by platform watches one a platform."""
    made = [each for each in _template()["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    return sum(_watches(each["Properties"]) for each in made)


def default(parameter: str) -> float:
    """Of a parameter of the template."""
    return float(_template()["Parameters"][parameter]["Default"])


def _combinations(name: str, by: tuple[str, ...]) -> int:
    sizes = {"stage": 1, "platform": len(SLUGS), "cause": len(CAUSES) + 1, "outcome": _OUTCOMES.get(name, 1)}
    found = 1
    for dimension in by:
        found *= sizes[dimension]
    return found


def _watches(alarm: dict[str, Any]) -> int:
    queries = alarm.get("Metrics", [{"MetricStat": {}}])
    return sum("MetricStat" in each or len(SLUGS) * ("GROUP BY platform" in str(each)) for each in queries)


@cache
def _template() -> dict[str, Any]:
    found: dict[str, Any] = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    return found
