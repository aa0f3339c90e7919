"""How the table's reads and writes are paid for: by the request, or by the hour for what follows the mean."""

from pathlib import Path
from typing import Any

import pytest

from local.resolving import Resolver
from local.template import translated

ROOT = Path(__file__).parents[3]
Json = dict[str, Any]
BOUNDS = {"MinReadUnits": "20", "MaxReadUnits": "900", "MinWriteUnits": "30", "MaxWriteUnits": "800"}
RESTORED = "postloudly-accounts-prod-restored"


def stack(**parameters: str) -> Resolver:
    return Resolver(translated(ROOT / "template.yaml", {"Stage": "prod", **parameters}))


@pytest.fixture(scope="module")
def on_demand() -> Resolver:
    return stack()


@pytest.fixture(scope="module")
def provisioned() -> Resolver:
    return stack(TableCapacity="provisioned", **BOUNDS)


@pytest.fixture(scope="module")
def restored() -> Resolver:
    return stack(TableCapacity="provisioned", RestoredTable=RESTORED)


def table_of(resolver: Resolver) -> Json:
    [table] = map(resolver.resolve, resolver.resources("AWS::DynamoDB::Table").values())
    return dict(table)


def targets_of(resolver: Resolver) -> list[Json]:
    return [*map(resolver.resolve, resolver.resources("AWS::ApplicationAutoScaling::ScalableTarget").values())]


def test_unless_told_otherwise_each_request_is_paid_and_nothing_is_scaled(on_demand: Resolver) -> None:
    table = table_of(on_demand)
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert not [each for each in (table, *table["GlobalSecondaryIndexes"]) if "ProvisionedThroughput" in each]
    assert not targets_of(on_demand)
    assert not on_demand.resources("AWS::ApplicationAutoScaling::ScalingPolicy")


def test_provisioned_table_and_index_begin_with_the_least(provisioned: Resolver) -> None:
    table = table_of(provisioned)
    assert table["BillingMode"] == "PROVISIONED"
    least = {"ReadCapacityUnits": "20", "WriteCapacityUnits": "30"}
    assert [each["ProvisionedThroughput"] for each in (table, *table["GlobalSecondaryIndexes"])] == [least, least]


def test_reads_and_writes_of_table_and_index_follow_the_mean_between_their_bounds(provisioned: Resolver) -> None:
    whole = f"table/{provisioned.name('Table')}"
    [index] = [each["IndexName"] for each in table_of(provisioned)["GlobalSecondaryIndexes"]]
    found = {
        (each["ResourceId"], each["ScalableDimension"]): (each["MinCapacity"], each["MaxCapacity"])
        for each in targets_of(provisioned)
    }
    assert found == {
        (whole, "dynamodb:table:ReadCapacityUnits"): ("20", "900"),
        (whole, "dynamodb:table:WriteCapacityUnits"): ("30", "800"),
        (f"{whole}/index/{index}", "dynamodb:index:ReadCapacityUnits"): ("20", "900"),
        (f"{whole}/index/{index}", "dynamodb:index:WriteCapacityUnits"): ("30", "800"),
    }


def test_each_has_one_policy_that_keeps_it_eighty_percent_full(provisioned: Resolver) -> None:
    targets = provisioned.resources("AWS::ApplicationAutoScaling::ScalableTarget")
    followed = []
    for policy in provisioned.resources("AWS::ApplicationAutoScaling::ScalingPolicy").values():
        target = policy["ScalingTargetId"]["Ref"]
        followed.append(target)
        tracking = policy["TargetTrackingScalingPolicyConfiguration"]
        assert tracking["TargetValue"] == 80
        unit = targets[target]["ScalableDimension"].rpartition(":")[2].removesuffix("Units")
        metric = tracking["PredefinedMetricSpecification"]["PredefinedMetricType"]
        assert metric == f"DynamoDB{unit}Utilization"
    assert sorted(followed) == sorted(targets)


def test_a_change_from_one_to_the_other_replaces_no_table(on_demand: Resolver, provisioned: Resolver) -> None:
    """CloudFormation changes these two without interruption, in the table and in its index."""
    before, after = ({**table_of(each)} for each in (on_demand, provisioned))
    for table in (before, after):
        for each in (table, *table["GlobalSecondaryIndexes"]):
            each.pop("ProvisionedThroughput", None)
        del table["BillingMode"]
    assert before == after


def test_a_restored_table_is_scaled_in_the_place_of_the_stacks_own(restored: Resolver, provisioned: Resolver) -> None:
    assert not restored.resources("AWS::DynamoDB::Table")
    names = {each["ResourceId"].split("/")[1] for each in targets_of(restored)}
    assert names == {RESTORED}
    assert len(targets_of(restored)) == len(targets_of(provisioned)) == 4
