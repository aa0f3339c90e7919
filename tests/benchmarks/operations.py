"""What the product does, each as one thing to count: on its own AWS adapters, called through the functions' handlers.

An operation prepares its world and gives back what is then counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from socials.aws.items.accounts import account_to_item
from socials.aws.items.attributes import Item, encoded
from socials.aws.items.history import post_to_item
from socials.aws.items.weeks import weeks
from socials.models.accounts import Account
from socials.models.readings import Portion, Post, ProfileReading
from socials.models.runs import Trigger
from socials.models.wakeups import Wakeup
from tests.benchmarks import typical
from tests.benchmarks.counts import Count
from tests.benchmarks.meter import Meter
from tests.support.aws_ports import AwsPorts
from tests.support.aws_world import AwsWorldPorts
from tests.support.builders import NOW, a_run, life_of, wakeup_of
from tests.support.doorways import Context, Doorway
from tests.support.seeding import seed
from tests.support.world import World, record_of, state_of


class Stage:
    """A world on moto, its meter, and its functions' doorways."""

    def __init__(self, aws: AwsPorts, monkeypatch: pytest.MonkeyPatch, looking: Any) -> None:
        self._monkeypatch = monkeypatch
        self.aws = aws.fresh()
        self.looking = looking
        self.world = World(monkeypatch, lambda hooks: AwsWorldPorts(self.aws, hooks))
        # Settled accounts: no refresh is due unless an operation says so.
        self.tokens = self.world.tokens
        self.tokens._lives = timedelta(days=60)

    def door(self, name: str) -> Doorway:
        return Doorway(name, self.world, self._monkeypatch)

    def account(self, *, posts: tuple[Post, ...] = (), days: int = 0, **changes: Any) -> Account:
        """One connected account of the usual size, with its grant, its secret and what it holds."""
        account = seed(self.aws, typical.account(**changes))
        self.aws.vault.create(account.user, account.grant_id, self.tokens.pair())
        life = life_of(account)
        for post in posts:
            self._put(post_to_item(life, post))
        for key, week, _ in weeks(life, (typical.day(back) for back in range(days, 0, -1))):
            self._put(key | week)
        return account

    def rows(self, number: int, **changes: Any) -> None:
        """So many account rows of one user, nothing beside them."""
        for n in range(number):
            self._put(account_to_item(typical.account(n, **changes)))

    def _put(self, item: Item) -> None:
        self.looking.put_item(TableName=self.aws.table_name, Item=encoded(item))

    def platform_tells(self, posts: tuple[Post, ...]) -> None:
        """A profile, one new day, one page of posts."""
        guarded = self.tokens.guarding
        identity = typical.an_identity()
        profile = Portion(profile=ProfileReading(identity=identity, followers=48_410))
        self.world.script("profile", guarded(profile))
        self.world.script("insights", guarded(Portion(days=(typical.day(1),))))
        self.world.script("posts", guarded(Portion(posts=posts)))

    def work(self, function: str, wakeup: Wakeup) -> None:
        """One message for one worker, which must succeed."""
        answer = self.door(function).app.handler({"Records": [record_of(wakeup)]}, Context())
        assert answer == {"batchItemFailures": []}, answer

    def ask(self, function: str, method: str, path: str, status: int, body: object = None, **more: Any) -> Any:
        """One request of the signed-in user, which must end with that status."""
        reply = self.door(function).ask(method, path, body, user=typical.USER, **more)
        assert reply.status == status, reply.answer
        return reply


Action = Callable[[], object]
Operation = Callable[[Stage], Action]


def _listed(accounts: int) -> Operation:
    def operation(stage: Stage) -> Action:
        stage.rows(accounts)
        return lambda: stage.ask("list_accounts", "GET", "/accounts", 200)

    return operation


def _read(suffix: str, posts: int = 0, days: int = 0, **query: str) -> Operation:
    def operation(stage: Stage) -> Action:
        account = stage.account(posts=tuple(typical.post(n) for n in range(posts)), days=days)
        path = f"/accounts/{account.account_id}{suffix}"
        return lambda: stage.ask("list_accounts", "GET", path, 200, query=query)

    return operation


def _ask_for_a_sync(stage: Stage) -> Action:
    account = stage.account()
    return lambda: stage.ask("sync_account", "POST", f"/accounts/{account.account_id}/sync", 202)


def _synced(changed: int, kept: int = 0, *, renewal: bool = False) -> Operation:
    """`changed` posts with new numbers, `kept` as they were."""

    def operation(stage: Stage) -> Action:
        if renewal:
            stage.tokens._lives = timedelta(minutes=1)
        stored = tuple(typical.post(n) for n in range(changed + kept))
        account = stage.account(posts=stored, days=7, wake_at=NOW)
        told = tuple(typical.post(post_number, likes=2_000 + post_number) for post_number in range(changed))
        stage.platform_tells(told + stored[changed:])
        stage.tokens._lives = timedelta(days=60)
        return lambda: stage.work("run_syncs", wakeup_of(account))

    return operation


def _synced_first(stage: Stage) -> Action:
    """As soon as somebody has connected it."""
    never = dict.fromkeys(("last_synced_at", "last_run_finished_at", "insights_through", "full_read_on"))
    begun = {"connected_at": NOW, "run": a_run(trigger=Trigger.CONNECT, queued_at=NOW), "wake_at": NOW}
    account = stage.account(followers=(), **never, **begun)
    stage.platform_tells(tuple(typical.post(n) for n in range(20)))
    return lambda: stage.work("run_syncs", wakeup_of(account))


def _disconnect(stage: Stage) -> Action:
    account = stage.account()
    return lambda: stage.ask("disconnect_account", "DELETE", f"/accounts/{account.account_id}", 202)


def _erase(stage: Stage) -> Action:
    account = stage.account(posts=tuple(typical.post(n) for n in range(60)), days=30)
    receipt = stage.ask("disconnect_account", "DELETE", f"/accounts/{account.account_id}", 202).json
    wakeup = Wakeup(account.user, "receipt", receipt["receipt_id"], account.life)
    return lambda: stage.work("erase_account", wakeup)


def _dispatched(due: int) -> Operation:
    def operation(stage: Stage) -> Action:
        stage.rows(due, wake_at=NOW)
        event = {"time": "2026-11-22T20:45:00Z", "detail": {}}
        woken = {"woken": due}
        return lambda: _expect(stage.door("dispatch_syncs").app.handler(event, Context()), woken)

    return operation


def _leave(stage: Stage) -> Action:
    return lambda: stage.ask("connect_account", "POST", "/connections", 201, {"platform": "scripted"})


def _come_back(stage: Stage) -> Action:
    stage.world.script("identify", stage.tokens.guarding((typical.an_identity(),)))
    leaving = stage.world.connecting.leave(typical.USER, "scripted", "https://app.example/connections/callback")
    cookies = [f"connect_{leaving.connection.connection_id}={leaving.verifier}"]
    query = {"state": state_of(leaving), "code": "code"}
    return lambda: stage.ask("connect_account", "GET", "/connections/callback", 303, query=query, cookies=cookies)


def _expect(answer: object, expected: object) -> None:
    assert answer == expected, answer


OPERATIONS: Mapping[str, Operation] = {
    "list of 25 accounts": _listed(25),
    "list of 100 accounts": _listed(100),
    "one account": _read(""),
    "90 days of metrics": _read("/metrics", days=89),
    "25 posts": _read("/posts", posts=60),
    "100 posts": _read("/posts", posts=150, limit="100"),
    "25 diary entries": _read("/events"),
    "25 runs": _read("/runs"),
    "preview of a disconnect, 60 posts, 30 days": _read("/disconnect-preview", posts=60, days=30),
    "export of 60 posts, 30 days": _read("/export", posts=60, days=30),
    "sync asked for": _ask_for_a_sync,
    "sync, nothing changed in 20 posts": _synced(0, kept=20),
    "sync, 5 of 20 posts changed": _synced(5, kept=15),
    "sync, 20 posts changed": _synced(20),
    "sync, 90 posts changed": _synced(90),
    "sync, 20 posts changed, with a refresh": _synced(20, renewal=True),
    "first sync, 20 posts": _synced_first,
    "disconnect asked for": _disconnect,
    "erase of 60 posts, 30 days": _erase,
    "dispatch, nothing due": _dispatched(0),
    "dispatch, 8 due": _dispatched(8),
    "dispatch, 50 due": _dispatched(50),
    "connect, leaving": _leave,
    "connect, coming back": _come_back,
}


def count(operation: Operation, stage: Stage) -> Count:
    """What the operation asks of AWS, its preparation left out."""
    action = operation(stage)
    meter = Meter([stage.aws.dynamodb, stage.aws.secretsmanager, stage.aws.sqs], stage.looking)
    try:
        action()
        return meter.count()
    finally:
        meter.end()
