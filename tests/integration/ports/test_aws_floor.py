"""How many AWS calls a whole use case makes, counted at botocore: the floor of the design's data section."""

from collections.abc import Iterator, Sequence

import pytest

from socials import ids
from tests.benchmarks import aws_units
from tests.benchmarks.counts import counted
from tests.benchmarks.operations import OPERATIONS
from tests.faults.any_order import own_platforms
from tests.faults.engines import OnAws
from tests.faults.world import FaultWorld
from tests.support.aws_ports import AwsPorts


@pytest.fixture
def world(aws: AwsPorts) -> Iterator[FaultWorld]:
    """One connected account, synced once, on the AWS adapters."""
    with own_platforms():
        world = FaultWorld(0, OnAws(aws))
        world.connect("user-1", "weather", "ann", ["ann-1"])
        world.pump()
        world.tick(minutes=3)
        yield world


def test_a_sync_is_four_calls_and_one_look_at_the_budget_an_invocation(
    world: FaultWorld, aws: AwsPorts, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.press()
    monkeypatch.setattr(world.watch, "calling", lambda request, lease: None)  # it looks at rows, too
    aws.forget()
    assert world.deliver("manual")

    assert sorted(aws.calls) == sorted([*A_SYNC, "ReceiveMessage", "DeleteMessage"])


def test_a_sync_asked_for_is_one_call_and_its_wake_up(world: FaultWorld, aws: AwsPorts) -> None:
    (account,) = world.living()
    aws.forget()
    world.press(account)

    assert aws.calls == ["UpdateItem", "SendMessage"]


def test_a_disconnect_asked_for_is_two_calls_and_its_wake_up(world: FaultWorld, aws: AwsPorts) -> None:
    (account,) = world.living()
    aws.forget()
    world.as_process(lambda: world.disconnecting.disconnect(account.user, account.account_id))

    assert aws.calls == ["GetItem", "TransactWriteItems", "SendMessage"]


QUERIES = ["Query"] * ids.AGENDA_SHARDS
A_SYNC = ["UpdateItem", "GetItem", "GetSecretValue", "Query", "TransactWriteItems"]
FLOOR = {
    "list of 25 accounts": ["Query"],
    "list of 100 accounts": ["Query"],
    "sync asked for": ["UpdateItem", "SendMessage"],
    # The platform's budget is read once an invocation, for all messages of its batch: the one GetItem.
    "sync, nothing changed in 20 posts": A_SYNC,
    "sync, 90 posts changed": A_SYNC,
    "disconnect asked for": ["GetItem", "TransactWriteItems", "SendMessage"],
    "dispatch, nothing due": QUERIES,
    "dispatch, 8 due": [*QUERIES, "SendMessageBatch"],
    "dispatch, 50 due": [*QUERIES, *["SendMessageBatch"] * 5],
}


@pytest.mark.parametrize(("operation", "calls"), FLOOR.items())
def test_what_the_page_says_is_the_floor(operation: str, calls: Sequence[str]) -> None:
    assert list(counted()[operation].calls) == calls


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_asks_no_more_of_aws_than_the_page_says(operation: str, moto_ports: AwsPorts) -> None:
    """Not one call, unit or request; where it asks less, `make bench BENCH=aws_units` says so on the page."""
    assert aws_units.one(operation, moto_ports) == counted()[operation]


def test_the_page_counts_every_operation() -> None:
    assert list(counted()) == list(OPERATIONS)
