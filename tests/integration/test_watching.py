"""What is watched in the cloud: each metric of an alarm or the dashboard exists, each alarm says what to do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.resolving import Resolver
from local.template import translated
from socials.measures import METRICS, NAMESPACE

ROOT = Path(__file__).parents[2]
Json = dict[str, Any]

# What AWS itself publishes, by namespace: names and the dimensions that we may ask by.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
OF_AWS: dict[str, tuple[set[str], list[set[str]]]] = {
    "AWS/SQS": ({"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}, [{"QueueName"}]),
    "AWS/Lambda": ({"Invocations", "Errors", "Throttles", "Duration"}, [{"FunctionName"}]),
    "AWS/ApiGateway": ({"Count", "4xx", "5xx", "Latency"}, [{"ApiId"}]),
    "AWS/DynamoDB": (
        {"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ReadThrottleEvents", "WriteThrottleEvents"},
        [{"TableName"}, {"TableName", "GlobalSecondaryIndexName"}],
    ),
}
_QUERY = re.compile(r'SELECT \w+\((\w+)\) FROM SCHEMA\("(\w+)", ([\w, ]+)\)')
# A query of the logs, as a widget has it: its first word says where to look.
_LOGS = re.compile(r"^SOURCE '(\w+)' \| (.+)$")
_ADDED = re.compile(r"\w+\((\w+)(?:, \d+)?\)")
_SEARCH = re.compile(r"^SEARCH\('\{(\w+),([\w,]+)\} MetricName=\"(\w+)\" stage=\"test\"', '[\w.]+', \d+\)$")


@pytest.fixture(scope="module")
def template() -> Json:
    found: Json = translated(ROOT / "template.yaml", {"Stage": "test"})
    return found


@pytest.fixture(scope="module")
def alarms(template: Json) -> dict[str, Json]:
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


@pytest.fixture(scope="module")
def widgets(template: Json) -> list[Json]:
    """The dashboard's, with the stack's names filled in; a name that the template does not have is an error."""
    body, own = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]

    def named(match: re.Match[str]) -> str:
        name = match[1].partition(".")[0]
        known = name in template["Resources"] or name in template["Parameters"] or name in own
        assert known or name.startswith("AWS::"), name
        return "test" if name == "Stage" else name

    found: list[Json] = json.loads(re.sub(r"\$\{([\w.:]+)\}", named, body))["widgets"]
    return found


def headings() -> set[str]:
    return set(re.findall(r"^## (.+)$", (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8"), re.MULTILINE))


def check(namespace: str, metric: str, dimensions: set[str]) -> None:
    """The metric exists and is kept by just these dimensions."""
    if namespace == NAMESPACE:
        assert dimensions in [set(by) for by in METRICS[metric].by], (metric, dimensions)
        return
    names, by = OF_AWS[namespace]
    assert metric in names, (namespace, metric)
    assert dimensions in by, (metric, dimensions)


def of_alarm(alarm: Json) -> Iterator[tuple[str, str, set[str]]]:
    if "MetricName" in alarm:
        yield alarm["Namespace"], alarm["MetricName"], {each["Name"] for each in alarm["Dimensions"]}
    for query in alarm.get("Metrics", ()):
        if "MetricStat" in query:
            metric = query["MetricStat"]["Metric"]
            yield metric["Namespace"], metric["MetricName"], {each["Name"] for each in metric["Dimensions"]}
        else:
            text = query["Expression"]["Fn::Sub"] if isinstance(query["Expression"], dict) else query["Expression"]
            for name, namespace, dimensions in _QUERY.findall(text):
                yield namespace, name, set(dimensions.split(", "))


def test_every_alarm_watches_a_metric_that_exists(alarms: dict[str, Json]) -> None:
    for name, alarm in alarms.items():
        watched = list(of_alarm(alarm))
        assert watched, name
        for each in watched:
            check(*each)


def test_a_sum_over_metrics_names_each_of_them_and_no_more_than_an_alarm_may(alarms: dict[str, Json]) -> None:
    for name, alarm in alarms.items():
        queries = alarm.get("Metrics", [])
        ids = {query["Id"] for query in queries if "MetricStat" in query}
        text = " ".join(str(query.get("Expression", "")) for query in queries)
        assert {each for each in ids if not re.search(rf"\b{each}\b", text)} == set(), name
        assert len(ids) <= 10, name
        assert [query["Id"] for query in queries if query.get("ReturnData", True)] == (
            [queries[0]["Id"]] if queries else []
        )


def test_every_alarm_says_what_to_do_and_where_to_read_on_and_goes_to_the_topic(alarms: dict[str, Json]) -> None:
    """But for the two of a gradual deploy, which tell nobody (template/test_rollout.py)."""
    known = headings()
    for name, alarm in alarms.items():
        said = re.fullmatch(r"(.+) - (.+)\. Runbook: (.+)\.", alarm["AlarmDescription"])
        assert said, (name, alarm["AlarmDescription"])
        assert said[3] in known, name
        assert len(alarm["AlarmDescription"]) <= 1024
        if not name.startswith("Rollout"):
            assert alarm["AlarmActions"] == alarms["EraseOldAlarm"]["AlarmActions"] != [], name
            assert "Topic" in json.dumps(alarm["AlarmActions"]), name


def test_every_function_is_watched_for_errors_and_throttles(template: Json, alarms: dict[str, Json]) -> None:
    functions = {name for name, each in template["Resources"].items() if each["Type"] == "AWS::Lambda::Function"}
    for alarm in ("FunctionErrorsAlarm", "RolloutErrorsAlarm", "ThrottlesAlarm"):
        stats = [query["MetricStat"]["Metric"] for query in alarms[alarm]["Metrics"] if "MetricStat" in query]
        assert {metric["Dimensions"][0]["Value"]["Ref"] for metric in stats} == functions


def test_every_queue_is_watched_for_its_oldest_message(template: Json, alarms: dict[str, Json]) -> None:
    working = {
        name
        for name, each in template["Resources"].items()
        if each["Type"] == "AWS::SQS::Queue" and "RedrivePolicy" in each["Properties"]
    }
    ages = [each for each in alarms.values() if each.get("MetricName") == "ApproximateAgeOfOldestMessage"]
    assert {each["Dimensions"][0]["Value"]["Fn::GetAtt"][0] for each in ages} == working


def test_the_alarm_by_platform_needs_no_change_for_a_new_one(alarms: dict[str, Json]) -> None:
    query = alarms["PlatformTroubleAlarm"]["Metrics"][0]["Expression"]["Fn::Sub"]
    assert "GROUP BY platform ORDER BY" in query
    assert "WHERE stage = '${Stage}'" in query
    # Alarms on such a query see the last three hours only.
    assert (
        alarms["PlatformTroubleAlarm"]["Metrics"][0]["Period"] * alarms["PlatformTroubleAlarm"]["EvaluationPeriods"]
        <= 3 * 3600
    )


def shown(widget: Json) -> Iterator[tuple[str, str, set[str]]]:
    for row in widget["properties"].get("metrics", ()):
        if isinstance(row[0], dict):
            search = _SEARCH.match(row[0]["expression"])
            assert search, row
            yield search[1], search[3], set(search[2].split(","))
        else:
            namespace, metric, *pairs = [each for each in row if not isinstance(each, dict)]
            yield namespace, metric, set(pairs[::2])


def test_the_dashboard_shows_only_what_exists(widgets: list[Json]) -> None:
    for widget in widgets:
        for each in shown(widget):
            check(*each)


def test_the_dashboard_shows_every_metric_and_every_alarm(widgets: list[Json], alarms: dict[str, Json]) -> None:
    names = {metric for widget in widgets for namespace, metric, _ in shown(widget) if namespace == NAMESPACE}
    assert names == {name for name, metric in METRICS.items() if metric.by}
    listed = {name.partition(".")[0] for widget in widgets for name in widget["properties"].get("alarms", ())}
    assert listed == set(alarms)


def test_what_no_metric_keeps_a_query_of_the_functions_logs_shows(template: Json, widgets: list[Json]) -> None:
    asked = set()
    for widget in (each for each in widgets if each["type"] == "log"):
        query = _LOGS.match(widget["properties"]["query"])
        assert query, widget
        assert template["Resources"][query[1]]["Type"] == "AWS::Logs::LogGroup"
        assert query[2].endswith(" by platform")
        asked |= {*_ADDED.findall(query[2])} - {"platform"}
    assert asked == {name for name, metric in METRICS.items() if not metric.by}


def test_no_widget_covers_another(widgets: list[Json]) -> None:
    places = [
        (x, y)
        for each in widgets
        for x in range(each["x"], each["x"] + each["width"])
        for y in range(each["y"], each["y"] + each["height"])
    ]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) < 24


def test_traces_and_the_right_to_send_them_come_only_when_asked_for() -> None:
    for mode, traced in (("Disabled", False), ("Active", True)):
        template = translated(ROOT / "template.yaml", {"Stage": "test", "Tracing": mode})
        resources = template["Resources"].values()
        functions = [each["Properties"] for each in resources if each["Type"] == "AWS::Lambda::Function"]
        roles = [each["Properties"] for each in resources if each["Type"] == "AWS::IAM::Role"]
        assert {"TracingConfig" in function for function in functions} == {traced}
        resolver = Resolver(template)
        may = [json.dumps(resolver.resolve(role["Policies"])) for role in roles if "Policies" in role]
        assert {"xray:PutTraceSegments" in policies for policies in may} == {traced}
