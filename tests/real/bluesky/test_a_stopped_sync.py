"""A sync of a real account, stopped at its calls and writes while the account is disconnected to the end, and let go.

The use cases, the door to the network and Bluesky's mapping are the product's own; a hook stops the sync, and the
network's own log of requests says what was called.
"""

import re
import time
import uuid
from datetime import UTC, datetime

import pytest
import requests

from socials.models.lives import LifeKey
from socials.models.receipts import ReceiptState, Revocation
from socials.platforms.base import Answer, Login, Request
from socials.platforms.client import Door
from tests.disconnect.scenes import Scene, set_up, sync, what_is_wrong
from tests.real.bluesky.conftest import Network
from tests.support.builders import USER
from tests.support.fakes import FakePorts, Hooks
from tests.support.world import World

pytestmark = pytest.mark.bluesky

MARKED = "com.atproto.server.describeServer"
IN_FLIGHT = ("after accounts.claim", "before network.", "after network.", "before accounts.save", "after accounts.save")


class StoppedDoor(Door):
    """The product's door, whose exchanges are moments; its deadlines are told by the world's clock."""

    def __init__(self, ports: FakePorts, hooks: Hooks) -> None:
        super().__init__(ports.clock, allow_private_hosts=True, monotonic=lambda: ports.clock().timestamp())
        self._hooks = hooks

    def send(self, request: Request) -> Answer:
        self._hooks.run("before", f"network.{request.call}")
        answer = super().send(request)
        self._hooks.run("after", f"network.{request.call}")
        return answer


def ports_with(hooks: Hooks) -> FakePorts:
    ports = FakePorts(hooks=hooks)
    ports.clock.at = datetime.now(UTC).replace(microsecond=0)
    ports.doors = StoppedDoor(ports, hooks)
    return ports


def a_scene(monkeypatch: pytest.MonkeyPatch, network: Network) -> Scene:
    """Alice, connected and synced once, with another sync due."""
    world, alice = World(monkeypatch, ports_with), network.account("alice")
    login = Login(identifier=alice["handle"], password=alice["appPassword"], service=network.service)
    _, (account,) = world.connecting.log_in(USER, "bluesky", login)
    world.sync(account)
    world.queues.sent.clear()
    world.clock.forward(minutes=2)
    world.requesting.sync(USER, account.account_id)
    return set_up(world, world.of(account), [])


def marked(network: Network) -> int:
    """Where the log stands, once all that was called before is in it: it is written a little behind the requests."""
    mark, deadline = uuid.uuid4().hex, time.monotonic() + 60
    requests.get(f"{network.service}/xrpc/{MARKED}", params={"mark": mark}, timeout=60)
    while mark not in network.requests():
        assert time.monotonic() < deadline, "the network's log does not show our request"
        time.sleep(0.1)
    return network.requests().index(mark)


def called(network: Network, since: int) -> list[str]:
    until = marked(network)
    log = network.requests()[since:until]
    return [method for method in re.findall(r"/xrpc/([\w.]+)", log) if method != MARKED]


def test_a_sync_stopped_anywhere_calls_nothing_any_more_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, network: Network
) -> None:
    undisturbed = a_scene(monkeypatch, network)
    whole = undisturbed.baton.add("sync", lambda: sync(undisturbed))
    whole.finish()
    assert undisturbed.world.last_run(undisturbed.account).state == "succeeded"
    assert {"before network.profile", "after network.profile", "after network.posts"} <= set(whole.moments)
    undisturbed.to_the_end()

    in_flight = sorted({whole.moments.index(moment) for moment in whole.moments if moment.startswith(IN_FLIGHT)})
    assert len(in_flight) >= 6
    for number in in_flight:
        scene = a_scene(monkeypatch, network)
        task = scene.baton.add("sync", lambda scene=scene: sync(scene))
        assert task.run_to(number)
        before = marked(network)
        scene.to_the_end()
        task.finish()
        scene.settle()

        where = f"stopped at {task.moments[number]}"
        assert what_is_wrong(scene) == [], where
        assert called(network, before) == ["com.atproto.server.deleteSession"], where
        (receipt,) = scene.world.rows.receipts.values()
        assert (receipt.state, receipt.revocation) == (ReceiptState.DONE, Revocation.REVOKED), where
        assert receipt.deleted is not None and receipt.deleted.posts > 200, where
        assert scene.world.holds_of(LifeKey(USER, receipt.account_id, receipt.life)) == 0, where
        assert not any(scene.world.everything().values()), where
