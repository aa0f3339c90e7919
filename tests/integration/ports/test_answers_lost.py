"""A whole life in which answers to writes are lost, and botocore sends the writes again: what people are told, what the
platform is asked and what is left are those of a life without it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from socials.errors import RetryLater
from socials.models.accounts import Account
from socials.platforms.base import Login
from tests.support.aws_ports import AwsPorts, carry_out
from tests.support.aws_world import AwsWorldPorts
from tests.support.builders import USER, life_of
from tests.support.changing import replace
from tests.support.fakes.platform import scripted
from tests.support.sealed import sealed_vault
from tests.support.world import World, some_posts

WRITES = {
    "dynamodb": ("UpdateItem", "PutItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"),
    "secretsmanager": ("CreateSecret", "PutSecretValue", "DeleteSecret"),
    "sqs": ("SendMessage", "SendMessageBatch"),
}


# Of every third write, so that what comes between is answered as usual; and of each single one.
LOST = [(0, 3), (1, 3), (2, 3), (0, 1)]


class LostAnswers:
    """Of every so many writes. `made`: how many there were."""

    def __init__(self, aws: AwsPorts) -> None:
        self._clients = {service: getattr(aws, service) for service in WRITES}
        self.made = self._first = self._every = 0
        self._is_again = False
        for service, client in self._clients.items():
            for operation in WRITES[service]:
                client.meta.events.register(f"before-call.{service}.{operation}", self._meet)

    def end(self) -> None:
        for service, client in self._clients.items():
            for operation in WRITES[service]:
                client.meta.events.unregister(f"before-call.{service}.{operation}", self._meet)

    def lose(self, first: int, every: int) -> None:
        """From the write of that number on; `every` 0: no answer is lost."""
        self.made, self._first, self._every = 0, first, every

    def _meet(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        if self._is_again or _spends_a_state(model, params):
            return
        is_lost = self._every and self.made % self._every == self._first
        self.made += 1
        if is_lost:
            self._is_again = True
            try:
                carry_out(self._clients[model.service_model.service_name], model.name, params["body"])
            finally:
                self._is_again = False


def _spends_a_state(model: Any, params: dict[str, Any]) -> bool:
    """Its row goes with its first use, and tells no second one whose it was: the person has to connect once more."""
    return model.name == "DeleteItem" and b"STATE#" in params["body"]


@pytest.fixture
def lost(every_aws: AwsPorts) -> Iterator[LostAnswers]:
    lost = LostAnswers(every_aws)
    yield lost
    lost.end()


@pytest.mark.parametrize(("way", "store"), [("consent", "secrets"), ("app password", "sealed")])
def test_the_answer_to_any_write_may_be_lost(
    every_aws: AwsPorts, lost: LostAnswers, monkeypatch: pytest.MonkeyPatch, way: str, store: str
) -> None:
    def life(first: int, every: int) -> list[Any]:
        def ports(hooks: Any) -> AwsWorldPorts:
            aws = every_aws.fresh()
            if store == "sealed":
                aws.vault = sealed_vault(aws)
            return AwsWorldPorts(aws, hooks)

        world = World(monkeypatch, ports)
        world.offer(scripted(app_password=way != "consent"))
        lost.lose(first, every)
        return list(_lived(world, way))

    undisturbed = life(0, 0)
    assert lost.made > 30
    for first, every in LOST:
        assert life(first, every) == undisturbed, (first, every)


def _lived(world: World, way: str) -> Iterator[Any]:
    """What is answered and to be seen, step by step, but for names that are made up."""
    world.answer_well(posts=[some_posts(1, 5), some_posts(6, 9)])
    yield _connected(world, way)
    (account,) = world.ports.accounts.list(USER)
    yield _messages(world)
    yield from _synced(world, account)

    world.clock.forward(hours=2)
    world.script("profile", RetryLater("Slow down.", code="rate_limited"))
    world.requesting.sync(USER, account.account_id)
    yield _messages(world)
    for _ in range(2):  # it waits, and then it waits again, of which the diary has no word
        yield from _synced(world, account)
        world.clock.forward(hours=1)
    world.answer_well(posts=[some_posts(1, 12)])
    yield from _synced(world, account, time_left=5)
    yield _messages(world)
    yield from _synced(world, account)

    world.tokens.revoked = True
    world.clock.forward(days=1)
    yield from _synced(world, account)
    receipt = world.disconnecting.disconnect(USER, account.account_id)
    for time_left in (5, 100):
        yield _messages(world)
        yield world.erase(receipt, time_left)
        world.clock.forward(minutes=2)
    done = world.receipting.find(USER, receipt.receipt_id)
    yield replace(done, receipt_id="", life="", grant_id="", connection_id="")
    yield world.called
    world.wake_overdue()
    yield Counter(item["sk"]["S"].partition("#")[0] for item in world.ports.aws.items())
    yield world.ports.vault.answers(USER, account.grant_id)


def _connected(world: World, way: str) -> Any:
    if way != "consent":
        connection, accounts = world.connecting.log_in(USER, "scripted", Login(identifier="anna", password="secret"))
        return connection.status, len(accounts)
    return world.consent().outcome


def _messages(world: World) -> set[Any]:
    """A doubled one is harmless. Takes them out of the queues."""
    return {(queue, wakeup.kind) for queue in ("manual", "daily", "erase") for wakeup in world.queues.take(queue)}


def _synced(world: World, account: Account, time_left: float = 100) -> Iterator[Any]:
    yield world.sync(account, time_left)
    row = world.ports.accounts.get(USER, account.account_id)
    yield replace(row, life="", grant_id="", connection_id="", run=row.run and replace(row.run, run_id=""))
    life, history = life_of(account), world.ports.history
    yield [replace(run, run_id="") for run in history.runs(life, 9, None).items]
    yield [(event.type, event.at) for event in history.events(life, 9, None).items]
    yield history.posts(life, 50, None).items, history.days(life, row.connected_at.date(), world.clock().date())
