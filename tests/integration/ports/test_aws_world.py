"""The world of the use cases on the product's own adapters: what is looked at there is what the ports say."""

from collections.abc import Iterator
from typing import Any

import pytest

from socials.models.lives import LifeKey
from socials.models.receipts import ReceiptState
from socials.models.runs import RunState
from tests.integration.ports.conftest import AWS_ENGINES
from tests.support.aws_world import AwsWorldPorts
from tests.support.builders import life_of
from tests.support.fakes import Killed
from tests.support.world import World, some_posts


@pytest.fixture(params=AWS_ENGINES)
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    aws: Any = request.getfixturevalue(f"{request.param}_ports")
    yield World(monkeypatch, lambda hooks: AwsWorldPorts(aws.fresh(), hooks))


def test_a_life_from_connect_to_receipt_is_lived_on_aws_as_on_the_fakes(world: World, monkeypatch: Any) -> None:
    on_fakes = World(monkeypatch)
    kept = [_lived(each) for each in (on_fakes, world)]
    assert kept[0] == kept[1]


def _lived(world: World) -> list[Any]:
    world.answer_well(posts=[some_posts(1, 5)])
    account = world.account()
    world.sync(account)
    seen: list[Any] = [world.last_run(account).state, sorted(world.posts(account)), len(world.days(account))]
    assert seen[0] is RunState.SUCCEEDED
    seen += [len(world.secrets), len(world.rows.grants), world.row(account.account_id).follower_count]
    world.clock.forward(minutes=2)
    world.ask(world.of(account))
    receipt = world.disconnecting.disconnect(account.user, account.account_id)
    seen.append([queue for queue, _ in world.queues.sent])
    world.erase(receipt)
    seen += [world.receipt(receipt.receipt_id).state is ReceiptState.DONE, world.holds_of(life_of(account))]
    return [*seen, dict(world.secrets), dict(world.rows.accounts), dict(world.rows.grants)]


def test_a_process_dies_at_any_call_of_aws(world: World) -> None:
    account = world.account()
    world.hooks.die_at(5)
    with pytest.raises(Killed):
        world.sync(account)
    world.hooks.revive()
    world.clock.forward(seconds=61)
    world.sync(account)
    assert world.row(account.account_id).last_synced_at == world.clock()


def test_rows_show_every_noun_of_the_table(world: World) -> None:
    account = world.account()
    world.connecting.leave("user-anna", "scripted", "https://app.example/connections/callback")
    world.sync(account)
    assert world.rows.states
    assert world.rows.sweeps
    life = world.rows.lives[LifeKey(account.user, account.account_id, account.life)]
    assert life.events and life.runs and life.days
    assert world.rows.connections.keys() == world.rows.sweeps.keys()
    (grant,) = world.rows.grants.values()
    assert grant.created_at == account.connected_at
