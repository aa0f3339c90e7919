"""How a new version takes over, and goes back."""

import re
from pathlib import Path
from typing import Any

import pytest

from local import template as reading
from local.resolving import Resolver
from local.template import translated
from tests.integration.template.reading import of_type, referenced

ROOT = Path(__file__).parents[3]
# How late CloudWatch may know of what a function did.
METRIC_DELAY_SECONDS = 120


def groups(**parameters: str) -> list[dict[str, Any]]:
    resolver = Resolver(translated(ROOT / "template.yaml", parameters))
    return [resolver.resolve(each) for each in resolver.resources("AWS::CodeDeploy::DeploymentGroup").values()]


@pytest.mark.parametrize(
    ("parameters", "kind", "alarms"),
    [
        ({"Stage": "dev"}, "AllAtOnce", 0),
        ({"Stage": "staging"}, "Canary10Percent10Minutes", 2),
        ({"Stage": "prod"}, "Canary10Percent10Minutes", 2),
        ({"Stage": "prod", "Rollout": "at-once"}, "AllAtOnce", 0),
    ],
)
def test_a_stage_changes_gradually_and_goes_back_on_an_alarm(
    parameters: dict[str, str], kind: str, alarms: int
) -> None:
    found = groups(**parameters)
    assert len(found) == len(list((ROOT / "functions").glob("*/app.py")))
    for group in found:
        assert group["DeploymentConfigName"].endswith(kind)
        assert len(group["AlarmConfiguration"].get("Alarms", [])) == alarms
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]


def watching(group: dict[str, Any]) -> set[str]:
    """The logical ids of the alarms that take a deploy back."""
    return set(referenced(group["AlarmConfiguration"])) - {"AWS::NoValue"}


def seconds_to_ring(alarm: dict[str, Any]) -> int:
    """From the first bad minute until an alarm that looks at so many of its periods has seen all of them."""
    stats = [query["MetricStat"] for query in alarm.get("Metrics", ()) if "MetricStat" in query]
    period = max(each["Period"] for each in stats or [alarm])
    return int(period) * int(alarm["EvaluationPeriods"]) + METRIC_DELAY_SECONDS


def test_an_alarm_that_takes_a_deploy_back_can_ring_while_it_is_under_way() -> None:
    """CodeDeploy asks no alarm any more once everybody has the new version: two windows of five minutes are too late
    for five minutes."""
    template = translated(ROOT / "template.yaml", {"Stage": "prod"})
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    for group in of_type(template, "AWS::CodeDeploy::DeploymentGroup").values():
        kind = Resolver(template).resolve(group["DeploymentConfigName"])
        canary = re.search(r"Canary10Percent(\d+)Minutes$", kind)
        assert canary, kind
        assert watching(group)
        for name in watching(group):
            assert seconds_to_ring(alarms[name]) < int(canary[1]) * 60, name


def test_what_takes_a_deploy_back_watches_what_people_are_told_of_and_tells_nobody() -> None:
    template = translated(ROOT / "template.yaml", {"Stage": "prod", "AlarmEmail": "ops@example.com"})
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    deploys = of_type(template, "AWS::CodeDeploy::DeploymentGroup").values()
    assert {name for each in deploys for name in watching(each)} == {
        name for name, alarm in alarms.items() if "AlarmActions" not in alarm
    }
    for own, peoples in (
        ("RolloutErrorsAlarm", "FunctionErrorsAlarm"),
        ("RolloutMessagesAlarm", "MessagesFailedAlarm"),
    ):
        assert watched(alarms[own]) == watched(alarms[peoples])


def watched(alarm: dict[str, Any]) -> list[Any]:
    """The metrics, each with its dimensions, and how they are added up."""
    if "MetricName" in alarm:
        return [alarm["Namespace"], alarm["MetricName"], alarm["Dimensions"], alarm["Statistic"]]
    return [
        (query["MetricStat"]["Metric"], query["MetricStat"]["Stat"]) if "MetricStat" in query else query["Expression"]
        for query in alarm["Metrics"]
    ]


def test_gateway_queues_and_clock_call_the_alias_and_nothing_calls_what_is_newest(template: dict[str, Any]) -> None:
    aliases = of_type(template, "AWS::Lambda::Alias")
    assert {alias["Name"] for alias in aliases.values()} == {"live"}
    functions = of_type(template, "AWS::Lambda::Function").keys()
    callers = (
        "AWS::Lambda::EventSourceMapping",
        "AWS::Events::Rule",
        "AWS::Lambda::Permission",
        "AWS::ApiGatewayV2::Api",
    )
    for kind in callers:
        for name, caller in of_type(template, f"AWS::{kind}").items():
            called = {*referenced(caller)}
            assert not called & functions, name
            assert called & (aliases.keys() | {"Api"}), name


def test_what_a_deploy_says_is_a_new_version_of_every_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """The value of a parameter alone makes none: to SAM that is the same text."""
    before = of_type(translated(ROOT / "template.yaml", {"LogLevel": "INFO"}), "AWS::Lambda::Version").keys()
    assert of_type(translated(ROOT / "template.yaml", {"LogLevel": "DEBUG"}), "AWS::Lambda::Version").keys() == before
    keep = reading._keep_folders

    def deployed(document: dict[str, Any]) -> None:
        document["Globals"]["Function"]["Environment"]["Variables"]["DEPLOYED_WITH"] = "1234567890-85"
        keep(document)

    monkeypatch.setattr(reading, "_keep_folders", deployed)
    after = of_type(translated(ROOT / "template.yaml", {"LogLevel": "DEBUG"}), "AWS::Lambda::Version").keys()
    assert len(after) == len(before)
    assert not after & before


@pytest.mark.parametrize("changed", ["layers/socials/", "layers/dependencies/"])
def test_a_new_layer_is_a_new_version_of_every_function(changed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product lies in a layer: functions' own folders hardly ever change."""
    before = of_type(translated(ROOT / "template.yaml", {}), "AWS::Lambda::Version").keys()
    keep = reading._keep_folders

    def packed_anew(document: dict[str, Any]) -> None:
        for resource in document["Resources"].values():
            if resource.get("Properties", {}).get("ContentUri") == changed:
                resource["Properties"]["ContentUri"] = f"{changed}anew"
        keep(document)

    monkeypatch.setattr(reading, "_keep_folders", packed_anew)
    after = of_type(translated(ROOT / "template.yaml", {}), "AWS::Lambda::Version").keys()
    assert len(before) == len(after)
    assert not before & after
