"""How many AWS calls a whole use case makes, counted at botocore: the floor of the design's data section."""

from collections.abc import Iterator

import pytest

from socials import platforms
from tests.faults.world import FaultWorld
from tests.support.aws_ports import AwsPorts


@pytest.fixture
def world(aws: AwsPorts, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultWorld]:
    """One connected account, synced once, on the AWS adapters; queues are in memory."""
    monkeypatch.setattr(platforms, "_BY_SLUG", dict(platforms._BY_SLUG))
    aws.grant_names = list  # type: ignore[attr-defined]
    world = FaultWorld(inner=aws)
    world.connect("user-1", "weather", "ann", ["ann-1"])
    world.pump()
    world.tick(minutes=3)
    return world


def test_a_sync_is_four_calls_and_one_look_at_the_budget_an_invocation(
    world: FaultWorld, aws: AwsPorts, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.press()
    monkeypatch.setattr(world.watch, "calling", lambda request, lease: None)  # it looks at rows, too
    aws.forget()
    assert world.deliver("manual")

    assert sorted(aws.calls) == sorted(
        ["UpdateItem", "GetItem", "GetSecretValue", "BatchGetItem", "TransactWriteItems"]
    )


def test_a_sync_asked_for_is_one_call_and_its_wake_up(world: FaultWorld, aws: AwsPorts) -> None:
    (account,) = world.living()
    aws.forget()
    world.press(account)

    assert aws.calls == ["UpdateItem"]  # and one SendMessage


def test_a_disconnect_asked_for_is_two_calls_and_its_wake_up(world: FaultWorld, aws: AwsPorts) -> None:
    (account,) = world.living()
    aws.forget()
    world.as_process(lambda: world.disconnecting.disconnect(account.user, account.account_id))

    assert aws.calls == ["GetItem", "TransactWriteItems"]  # and one SendMessage
