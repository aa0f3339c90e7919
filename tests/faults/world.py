"""A world in which everything fails: processes that die anywhere, queues that double and lose, a platform's bad days.

The use cases, the worker and the door's own judgement are the product's; only the far side of the ports is not.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any, get_type_hints

from socials import platforms
from socials.budgeting import BudgetBook
from socials.connecting import Connecting, Leaving
from socials.disconnecting import Disconnecting
from socials.dispatching import Dispatching
from socials.erasing import Erasing
from socials.errors import NoSecret, SocialsError
from socials.models.accounts import Account
from socials.models.connections import ConnectionStatus
from socials.models.grants import Sealed
from socials.models.receipts import Receipt
from socials.platforms.base import Answer, App, Client, Platform, Request
from socials.platforms.client import Door, _Client, _Failed, _parsed
from socials.ports import Lease, Queue, Wakeup
from socials.requesting import Requesting
from socials.sweeping import Sweeping
from socials.syncing import Syncing
from socials.timing import FUNCTION_TIMEOUT_SECONDS, QUEUE_VISIBILITY_SECONDS
from socials.worker import Outcome, Worker
from tests.faults import naming
from tests.faults.checking import Watch
from tests.faults.kinds import LIES, SPOILED_KINDS, Away, Plan, Throttled
from tests.faults.platform import Chain, Server, weathered
from tests.support.fakes import FakePorts, Killed, hooked

QUEUES: tuple[Queue, ...] = ("manual", "daily", "erase")
BATCH: dict[Queue, int] = {"manual": 1, "daily": 10, "erase": 10}
MOST_RECEIVES = 5
SLUGS = ("weather", "whole")
CALLBACK = "https://app.example/connections/callback"
NAMED_WAIT = 700
_CALM_STEP = 5
# As often as the engine tries to store a pair: what fails each time is beyond saving.
_STORES_TRIED = 3
_PORTS = ("accounts", "history", "grants", "connections", "receipts", "remains", "agenda", "budgets")
_PORTS += ("vault", "persons", "apps", "wakeups")
_CODES = {"timeout": "timeout", "reset": "connection_failed", "DNS": "dns_failed", "TLS": "tls_failed"}


@dataclass
class Process:
    """One invocation of a function. `in_hand`: tokens that the platform gave it and nobody has stored yet."""

    began: datetime
    dead: bool = False
    harmed: bool = False
    in_hand: Chain | None = None
    stores_failed: int = 0
    refused_access: bool = False
    told_until: dict[tuple[str, str], datetime] = field(default_factory=dict)
    budget_read: dict[str, int] = field(default_factory=dict)


@dataclass
class Message:
    number: int
    queue: Queue
    wakeup: Wakeup
    visible_at: datetime
    receives: int = 0


class FaultWorld:
    """`raw`: the ports without faults, for looking. `model`: identity -> whether it should be there (None: either)."""

    def __init__(self, seed: int = 0, inner: Any = None) -> None:
        self.random = Random(seed)
        naming.begin(again=inner is None)
        inner = inner or FakePorts()
        self._all_grants: Callable[[], Iterable[tuple[str, str]]] = getattr(inner, "grant_names", None) or (
            lambda: list(inner.rows.grants)
        )
        self.raw = _Raw(inner)
        self.clock = inner.clock
        self.plan = Plan()
        self.stack: list[Process] = []
        self.seen: set[str] = set()
        self.tick_of_time = 0
        self.messages: list[Message] = []
        self.dead_letters: list[Message] = []
        self.sent = 0
        self.server = Server(self.clock)
        self.model: dict[tuple[str, str, str], bool | None] = {}
        self.users: set[str] = set()
        self.nesting = 0
        self.bad_weather: Callable[[str], str | None] = lambda _: None
        for slug in SLUGS:
            platforms._BY_SLUG[slug] = weathered(slug, "person" if slug == "whole" else "token")
        self.watch = Watch(self)
        self._compose()

    def _compose(self) -> None:
        parts: dict[str, Any] = {name: getattr(self.raw, name) for name in _PORTS}
        parts["apps"] = _Registered()
        parts["wakeups"] = _Sending(self)
        parts["agenda"] = _Lagging(self, self.raw.agenda)
        parts["vault"] = self.vault = _Slow(self, self.raw.vault)
        known: dict[str, Any] = {name: hooked(name, port, self) for name, port in parts.items()}  # type: ignore[arg-type]
        self.budgets = known["budgets"]
        known |= {"doors": WeatheredDoor(self), "clock": self.clock, "backup_days": 7}

        def made(kind: Any) -> Any:
            """A use case, with the ports and the other use cases that its fields ask for."""
            hints = get_type_hints(kind)
            wanted = {each.name: hints[each.name] for each in fields(kind)}
            return kind(**{name: known[name] if name in known else made(hint) for name, hint in wanted.items()})

        self.syncing: Syncing = made(Syncing)
        self.connecting: Connecting = made(Connecting)
        self.disconnecting: Disconnecting = made(Disconnecting)
        self.erasing: Erasing = made(Erasing)
        self.sweeping: Sweeping = made(Sweeping)
        self.dispatching: Dispatching = made(Dispatching)
        self.requesting: Requesting = made(Requesting)
        self.worker: Worker = made(Worker)

    # Moments --------------------------------------------------------------------------------------------------

    @property
    def process(self) -> Process | None:
        return self.stack[-1] if self.stack else None

    def run(self, moment: str, call: str) -> None:
        """Before and after each port call: what is planned for it happens."""
        process = self.process
        if process is None:
            return
        if process.dead:
            raise Killed(call)
        self.seen.add(call)
        self.tick_of_time += 1
        if moment == "after":
            self._note(process, call)
        kind = self.plan.take(moment, call)  # type: ignore[arg-type]
        if kind is not None:
            self._strike(process, kind, call)

    def _note(self, process: Process, call: str) -> None:
        if call == "vault.store":
            process.in_hand = None
        elif call == "budgets.get":
            process.budget_read["any"] = self.tick_of_time
        elif call == "budgets.wait":
            self.watch.budget_stored_at = self.tick_of_time

    def _strike(self, process: Process, kind: str, call: str) -> None:
        if kind.startswith("meanwhile"):
            self._meanwhile(kind)
            return
        process.harmed = True
        if kind.startswith("killed"):
            process.dead = True
            raise Killed(call)
        if kind.startswith("late"):
            self.clock.forward(seconds=61)
            return
        if kind.startswith("frozen"):
            self.clock.forward(seconds=181)
            return
        process.stores_failed += call == "vault.store"
        if kind in ("throttled", "conflict"):
            raise Throttled(call)
        raise Away(call)

    def _meanwhile(self, kind: str) -> None:
        """Somebody else acts right now."""
        if self.nesting >= 1:
            return
        self.nesting += 1
        try:
            if kind == "meanwhile doubled":
                self._double()
            elif kind == "meanwhile disconnected":
                self.disconnect()
            elif kind == "meanwhile reconnected":
                self.reconnect()
            else:
                self.press()
        finally:
            self.nesting -= 1

    def _double(self) -> None:
        if not self.messages:
            return
        message = self.random.choice(self.messages)
        copy = Message(self._number(), message.queue, message.wakeup, self.clock())
        self._invoke(copy.queue, [copy])

    def as_process(self, action: Callable[[], Any]) -> Any:
        """Run it as a process of its own. None where it was killed."""
        process = Process(self.clock())
        self.stack.append(process)
        try:
            return action()
        except Killed:
            return None
        finally:
            self.stack.pop()
            if process.in_hand is not None and (process.dead or process.stores_failed >= _STORES_TRIED):
                process.in_hand.lost = True
            self.watch.process_ended(process)

    # People ---------------------------------------------------------------------------------------------------

    def accounts(self) -> list[Account]:
        return [account for user in sorted(self.users) for account in self.raw.accounts.list(user)]

    def living(self) -> list[Account]:
        return [account for account in self.accounts() if not account.disconnecting]

    def api(self, action: Callable[[], Any]) -> Any:
        """A request of a person. None where it failed, one way or another."""
        try:
            return self.as_process(action)
        except (SocialsError, Away):
            return None

    def connect(self, user: str, slug: str, person: str, identities: Sequence[str], *, choose: bool = True) -> None:
        """By consent page, to every identity that it offers."""
        self.users.add(user)
        self.server.identities[person] = tuple(identities)
        leaving = self.api(lambda: self.connecting.leave(user, slug, CALLBACK))
        if leaving is not None:
            self._come_back(leaving, f"{slug}:{person}", choose)

    def reconnect(self, account: Account | None = None) -> None:
        account = account or self._someone()
        if account is None:
            return
        leaving = self.api(lambda: self.connecting.reconnect(account.user, account.account_id, CALLBACK))
        if leaving is not None:
            person = account.platform_account_id.partition("-")[0]
            self._come_back(leaving, f"{account.platform}:{person}", True)

    def _come_back(self, leaving: Leaving, code: str, choose: bool) -> None:
        connection = leaving.connection
        user, connection_id = connection.user, connection.connection_id
        slug, _, person = code.partition(":")
        state = leaving.authorize_url.partition("state=")[2].partition("&")[0]
        self._unsure(user, slug, self.server.identities[person])
        cookies = {f"connect_{connection_id}": leaving.verifier}
        self.api(lambda: self.connecting.come_back(state, cookies, code, None))
        row = self.raw.connections.get(user, connection_id)
        if choose and row is not None and row.status is ConnectionStatus.CHOOSE:
            chosen = [each.account_id for each in row.candidates]
            self.api(lambda: self.connecting.choose(user, connection_id, chosen))
        self._sure(user, connection_id)

    def _unsure(self, user: str, slug: str, identities: Sequence[str]) -> None:
        for identity in identities:
            self.model[user, slug, identity] = None

    def _sure(self, user: str, connection_id: str) -> None:
        """Whom a finished connection left connected."""
        row = self.raw.connections.get(user, connection_id)
        if row is None or row.status is not ConnectionStatus.DONE:
            return
        for account in self.raw.accounts.list(user):
            if account.account_id in row.account_ids and not account.disconnecting:
                self.model[user, account.platform, account.platform_account_id] = True

    def press(self, account: Account | None = None) -> None:
        account = account or self._someone()
        if account is not None:
            self.api(lambda: self.requesting.sync(account.user, account.account_id))

    def disconnect(self, account: Account | None = None) -> Receipt | None:
        account = account or self._someone()
        if account is None:
            return None
        self.model[account.user, account.platform, account.platform_account_id] = None
        receipt = self.api(lambda: self.disconnecting.disconnect(account.user, account.account_id))
        if receipt is not None:
            self.watch.fenced(receipt)
            self.model[account.user, account.platform, account.platform_account_id] = False
        return receipt  # type: ignore[no-any-return]

    def revoke_on_platform(self, account: Account | None = None) -> None:
        """The person takes the access away on the platform itself."""
        account = account or self._someone()
        if account is not None and (chain := self.chain_of(account.user, account.grant_id)) is not None:
            chain.revoked = True

    def secrets(self) -> set[str]:
        return set(self.raw.vault.secrets)

    def grants_of(self, user: str) -> set[str]:
        return {grant_id for owner, grant_id in self._all_grants() if owner == user}

    def _someone(self) -> Account | None:
        living = self.living()
        return self.random.choice(living) if living else None

    def chain_of(self, user: str, grant_id: str) -> Chain | None:
        """What the platform knows of the tokens that the vault holds."""
        try:
            return self.server.chain_of(self.raw.vault.read(user, grant_id).tokens.access)
        except NoSecret:
            return None

    # Time and messages ----------------------------------------------------------------------------------------

    def tick(self, *, sweep: bool = False, **by: float) -> None:
        """Time passes, and the rule fires."""
        self.clock.forward(**by)
        sweep = sweep or self.clock().minute == 0
        self.api(lambda: self.dispatching.dispatch(self.clock(), sweep=sweep))

    def deliver(self, queue: Queue | None = None) -> bool:
        """One invocation for what a queue has visible. False where nothing was."""
        now = self.clock()
        visible = [m for m in self.messages if m.visible_at <= now and queue in (None, m.queue)]
        if not visible:
            return False
        first = self.random.choice(visible)
        batch = [first, *(m for m in visible if m is not first and m.queue == first.queue)][: BATCH[first.queue]]
        self._invoke(first.queue, batch)
        return True

    def pump(self, most: int = 500) -> None:
        """Until no message is visible."""
        for _ in range(most):
            if not self.deliver():
                return

    def calm(self, hours: int) -> None:
        """Good weather: nothing more goes wrong."""
        self.plan.waiting.clear()
        self.bad_weather = lambda _: None
        for _ in range(hours // _CALM_STEP):
            self.pump()
            self.tick(sweep=True, hours=_CALM_STEP)
        self.pump(5_000)

    def enqueue(self, queue: Queue, wakeup: Wakeup, delay: int = 0) -> None:
        at = self.clock() + timedelta(seconds=delay)
        self.messages.append(Message(self._number(), queue, wakeup, at))

    def _number(self) -> int:
        self.sent += 1
        return self.sent

    def _invoke(self, queue: Queue, batch: list[Message]) -> None:
        taken = []
        for message in batch:
            message.receives += 1
            message.visible_at = self.clock() + timedelta(seconds=QUEUE_VISIBILITY_SECONDS)
            if message.receives > MOST_RECEIVES:
                self._bury(message)
            else:
                taken.append(message)
        if not taken:
            return
        answer = self.as_process(lambda: self._serve(queue, taken))
        if answer is None:
            return
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        done = {message.number for message in taken if str(message.number) not in failed}
        self.messages = [message for message in self.messages if message.number not in done]

    def _bury(self, message: Message) -> None:
        self.messages = [each for each in self.messages if each is not message]
        self.dead_letters.append(message)
        self.watch.buried(message.wakeup)

    def redrive(self) -> None:
        """As the operator does: wake the rows of dead letters again."""
        for message in self.dead_letters:
            self.enqueue(message.queue, message.wakeup)
        self.dead_letters.clear()

    def _serve(self, queue: Queue, batch: list[Message]) -> dict[str, Any]:
        owner, budgets, began = f"worker-{self._number()}", BudgetBook(self.budgets, self.clock), self.clock()

        def time_left() -> float:
            return FUNCTION_TIMEOUT_SECONDS - (self.clock() - began).total_seconds()

        def handle(wakeup: Wakeup) -> Outcome:
            if wakeup.kind == "account":
                return self.syncing.run(wakeup, owner, time_left, budgets)
            if wakeup.kind == "receipt":
                return self.erasing.erase(wakeup, owner, time_left)
            if wakeup.kind == "grant":
                return self.sweeping.sweep_grant(wakeup)
            return self.sweeping.sweep_connection(wakeup)

        return self.worker.serve([_record(message) for message in batch], handle, time_left)


class _Raw:
    """The ports without any hook."""

    def __init__(self, inner: Any) -> None:
        for name in _PORTS:
            port = getattr(inner, name)
            setattr(self, name, getattr(port, "_port", port))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


class _Registered:
    def get(self, slug: str, registration: str | None = None) -> App | None:
        return App("client-id", "client-secret")


class _Sending:
    """The queues, and what may happen to a message on its way."""

    def __init__(self, world: FaultWorld) -> None:
        self._world = world

    def send(self, queue: Queue, wakeup: Wakeup) -> None:
        self._put("wakeups.send", queue, wakeup)

    def send_many(self, queue: Queue, wakeups: Sequence[Wakeup]) -> None:
        for wakeup in wakeups:
            self._put("wakeups.send_many", queue, wakeup)

    def postpone(self, queue_arn: str, receipt_handle: str, seconds: int) -> None:
        for message in self._world.messages:
            if str(message.number) == receipt_handle:
                message.visible_at = self._world.clock() + timedelta(seconds=seconds)

    def _put(self, call: str, queue: Queue, wakeup: Wakeup) -> None:
        kind = self._world.plan.take("message", call) if self._world.process else None
        if kind == "message lost":
            return
        delay = {"message late": 400, "message overtaken": 3}.get(kind or "", 0)
        for _ in range(2 if kind == "message doubled" else 1):
            self._world.enqueue(queue, wakeup, delay)


class _Lagging:
    """The index, which may not show yet what was written."""

    def __init__(self, world: FaultWorld, agenda: Any) -> None:
        self._world, self._agenda = world, agenda

    def due(self, shard: int, since: datetime | None, until: datetime) -> Iterator[Wakeup]:
        if self._world.plan.take("message", "agenda.due") is not None:
            return iter(())
        return self._agenda.due(shard, since, until)  # type: ignore[no-any-return]


class _Slow:
    """The vault, whose deletions may take a while."""

    def __init__(self, world: FaultWorld, vault: Any) -> None:
        self._world, self._vault = world, vault
        self._leaving: dict[str, tuple[datetime, Sealed]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vault, name)

    def destroy(self, user: str, grant_id: str) -> None:
        if self._world.plan.take("message", "vault.destroy") is not None:
            try:
                self._leaving[grant_id] = self._world.clock() + timedelta(seconds=20), self._vault.read(user, grant_id)
            except NoSecret:
                return
        self._vault.destroy(user, grant_id)

    def answers(self, user: str, grant_id: str) -> bool:
        until, _ = self._leaving.get(grant_id, (None, None))
        if until is not None and until > self._world.clock():
            return True
        return bool(self._vault.answers(user, grant_id))


class WeatheredDoor(Door):
    """The one door, with the platform's weather in place of the network behind it."""

    def __init__(self, world: FaultWorld) -> None:
        super().__init__(world.clock)
        self.world = world
        self.leases: list[Lease | None] = []

    def open(self, platform: Platform, lease: Lease | None) -> Client:
        return _Bound(self, _Client(self, platform, lease), platform, lease)

    def send(self, request: Request) -> Answer:
        world = self.world
        call = f"network.{request.call}"
        world.run("before", call)
        world.watch.calling(request, self.leases[-1])
        kind = world.plan.take("answer", call) or world.bad_weather(request.call)
        answer = self._weathered(request, kind)
        world.run("after", call)
        return answer

    def _weathered(self, request: Request, kind: str | None) -> Answer:
        process = self.world.process
        assert process is not None
        if kind == "expired" and process.refused_access:
            kind = "500"
        if kind is None or kind in SPOILED_KINDS:
            status, body = self.world.server.answer(request)
            if request.call == "refresh" and status == 200:
                process.in_hand = self.world.server.chain_of((request.form or {})["refresh_token"])
            return self._answer(status, {}, self._spoiled(request, kind, status, body))
        process.refused_access = process.refused_access or kind == "expired"
        return self._refusal(request, kind)

    def _spoiled(self, request: Request, kind: str | None, status: int, body: Any) -> bytes:
        process = self.world.process
        text = json.dumps(body).encode()
        if kind == "slow":
            self.world.clock.forward(seconds=9)
        if kind in (None, "slow") or status != 200:
            return text
        if kind == "blanks":
            return json.dumps(_blanked(body)).encode()
        if kind in ("timeout after", "reset after", "huge"):
            self._hide(request, process)
            code = "body_too_large" if kind == "huge" else _CODES[kind.partition(" ")[0]]
            raise _Failed(code)
        self._hide(request, process)
        spoiled = {
            "truncated": text[: len(text) // 2],
            "not JSON": b"<html>One moment</html>",
            "wrong type": b"[]",
            "no body": b"",
            "empty": json.dumps({key: [] for key in body}).encode(),
            "nulls": json.dumps(dict.fromkeys(body)).encode(),
        }
        return spoiled[kind]

    def _hide(self, request: Request, process: Process | None) -> None:
        """The answer will not reach us: tokens in it are gone for good."""
        if request.call == "refresh" and process is not None and process.in_hand is not None:
            process.in_hand.lost = True

    def _refusal(self, request: Request, kind: str) -> Answer:
        code = next((_CODES[word] for word in _CODES if kind.startswith(word)), None)
        if code is not None:
            raise _Failed(code)
        now = self.world.clock()
        until = now + timedelta(seconds=NAMED_WAIT)
        if kind in LIES:
            self._lie(request, kind)
        seconds = {"retry-after": str(NAMED_WAIT)}
        refused = {
            "429 with seconds": (429, seconds, b"{}"),
            "429 with a date": (429, {"retry-after": format_datetime(until, usegmt=True)}, b"{}"),
            "429 without a time": (429, {}, b"{}"),
            "429 for the app": (429, seconds, b'{"error": "app"}'),
            "500": (500, {}, b"oops"),
            "503 with seconds": (503, seconds, b""),
            "503 with a page": (503, {}, b"<html>Back soon</html>"),
            "redirect": (302, {"location": "https://elsewhere.example/"}, b""),
            "expired": (401, {}, b'{"error": "invalid_token"}'),
            "revoked": (401, {}, b'{"error": "token_revoked"}'),
            "scope missing": (403, {}, b'{"error": "missing_scope"}'),
        }
        status, headers, body = refused[kind]
        if kind == "revoked" and request.call == "refresh":
            status, body = 400, b'{"error": "invalid_grant"}'
        if "retry-after" in headers:
            self.world.watch.told(self.leases[-1], until)
        return self._answer(status, headers, body)

    def _lie(self, request: Request, kind: str) -> None:
        value = request.bearer or dict(request.form or {}).get("refresh_token")
        chain = self.world.server.chain_of(value)
        if chain is not None and (kind == "revoked" or request.call == "profile"):
            chain.lied = True

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> Answer:
        parsed, is_json = _parsed(body) if body else (None, True)
        return Answer(status=status, headers=headers, json=parsed, is_json=is_json, received_at=self.world.clock())


@dataclass
class _Bound:
    """A client that tells the door on whose behalf it calls."""

    door: WeatheredDoor
    client: _Client
    platform: Platform
    lease: Lease | None

    @property
    def now(self) -> datetime:
        return self.client.now

    def call(self, request: Request) -> Answer:
        self.door.leases.append(self.lease)
        try:
            return self.client.call(request)
        finally:
            self.door.leases.pop()


def _blanked(body: Any) -> Any:
    """The same without its numbers."""
    if isinstance(body, dict):
        return {key: _blanked(value) for key, value in body.items()}
    if isinstance(body, list):
        return [_blanked(value) for value in body]
    return None if type(body) is int else body


def _record(message: Message) -> dict[str, Any]:
    wakeup = message.wakeup
    body = {"user": wakeup.user, "kind": wakeup.kind, "id": wakeup.id, "life": wakeup.life}
    return {
        "messageId": str(message.number),
        "receiptHandle": str(message.number),
        "eventSourceARN": f"arn:aws:sqs:eu-central-1:123456789012:{message.queue}",
        "body": json.dumps(body),
    }
