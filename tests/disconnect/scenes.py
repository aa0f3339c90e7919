"""A world to race in: a platform whose tokens belong to one consent each, and everything that can meet a disconnect."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from socials.errors import AccessRefused, NotFound, ReconnectNeeded
from socials.models.accounts import Account
from socials.models.lives import LifeKey
from socials.models.readings import Tokens
from socials.models.receipts import Counts, Receipt, ReceiptState, Revocation
from socials.models.wakeups import Wakeup
from socials.platforms.base import Answer, Request
from socials.timing import RUN_LEASE_SECONDS
from tests.disconnect.racing import Baton
from tests.support import naming
from tests.support.builders import USER, an_identity, life_of, wakeup_of
from tests.support.fakes import Hooks
from tests.support.fakes.platform import scripted
from tests.support.world import World, some_posts, state_of

Ports = Callable[[Hooks], Any] | None
CALLBACK = "https://app.example/connections/callback"


class Consents:
    """A token server: each consent has a pair of its own, a renewal rotates it, a revoke with the newest pair ends it
    (or the person); one with an older pair ends nothing, which the standard lets a server answer all the same."""

    def __init__(self, world: World, person: bool) -> None:
        self._world, self._person = world, person
        self._current: dict[int, int] = {}
        self._ended: set[int] = set()

    def pair(self) -> Tokens:
        consent = len(self._current)
        self._current[consent] = 1
        return self._tokens(consent)

    def refresh(self, request: Request) -> Answer:
        consent, number = self._read((request.form or {})["refresh_token"])
        if consent in self._ended or number != self._current[consent]:
            raise ReconnectNeeded("The platform no longer accepts our access.", code="token_revoked")
        self._current[consent] += 1
        return self._world.network.answer(self._tokens(consent))

    def guarding(self, answer: Any) -> Callable[[Request], Answer]:
        def reply(request: Request) -> Answer:
            consent, number = self._read(request.bearer or "")
            if consent in self._ended or number != self._current[consent]:
                raise AccessRefused("The platform did not accept the access token.")
            return self._world.network.answer(answer)

        return reply

    def revoke(self, request: Request) -> Answer:
        consent, number = self._read((request.form or {})["token"])
        if number == self._current[consent]:
            self._ended |= set(self._current) if self._person else {consent}
        return self._world.network.answer(None)

    def unheld(self, held: Iterable[Tokens]) -> set[int]:
        """Consents that still work, of which none of these is the newest pair. Where a revoke ends the whole person,
        one that others of theirs still live on is left as it is."""
        pairs = dict(self._read(tokens.access) for tokens in held)
        alive = {consent for consent in self._current if consent not in self._ended}
        if self._person and pairs:
            return set()
        return {consent for consent in alive if pairs.get(consent) != self._current[consent]}

    def _tokens(self, consent: int) -> Tokens:
        number = self._current[consent]
        return Tokens(
            access=f"access-{consent}-{number}",
            refresh=f"refresh-{consent}-{number}",
            access_expires_at=self._world.clock() + timedelta(hours=1),
            scopes=("read", "posts", "write"),
            extra={"person": "ada"} if self._person else {},
        )

    def _read(self, token: str) -> tuple[int, int]:
        _, consent, number = token.split("-")
        return int(consent), int(number)


@dataclass
class Scene:
    """`fenced`: what each life held when its receipt was written. `late`: calls by a sync after its erase began."""

    world: World
    baton: Baton
    account: Account
    siblings: list[Account] = field(default_factory=list)
    fenced: dict[str, Counts] = field(default_factory=dict)
    erasing: bool = False
    late: list[str] = field(default_factory=list)

    def to_the_end(self) -> None:
        """Disconnect, past every lease, until the receipt is done."""
        self.erase_until_done(self.disconnect())

    def disconnect(self) -> Receipt | None:
        try:
            return self.world.disconnecting.disconnect(USER, self.account.account_id)
        except NotFound:
            return None

    def erase_until_done(self, receipt: Receipt | None) -> None:
        for _ in range(8):
            if receipt is None or self.world.receipt(receipt.receipt_id).state is ReceiptState.DONE:
                return
            self.world.clock.forward(seconds=RUN_LEASE_SECONDS + 1)
            self.world.erase(receipt)

    def settle(self) -> None:
        """Nothing waits any more: every lease, half-made connection and retired grant has had its time."""
        for minutes in (3, 3, 20, 20, 60):
            self.world.clock.forward(minutes=minutes)
            if self._something_is_due():
                self.world.wake_overdue()

    def _something_is_due(self) -> bool:
        """Looked up past the ports: an agenda that is asked for nothing costs an engine many queries."""
        rows = self.world.rows
        at = [*(each.wake_at for each in rows.accounts.values()), *(each.wake_at for each in rows.grants.values())]
        at += [*(each.wake_at for each in rows.receipts.values()), *rows.sweeps.values()]
        return any(wake_at is not None and wake_at <= self.world.clock() for wake_at in at)


def a_scene(
    monkeypatch: pytest.MonkeyPatch,
    ports: Ports = None,
    *,
    person: bool = False,
    siblings: int = 0,
    posts: int = 110,
    names: int = 1,
) -> Scene:
    """An account with days, posts, a run and a diary, alone on its grant or with siblings; on `ports` or the fakes.
    `names`: the number that the names of grants, lives and connections begin with."""
    naming.number_in(monkeypatch, names)
    world = World(monkeypatch, ports)
    world.offer(scripted(revoke_ends="person" if person else "token"))
    world.tokens = Consents(world, person)  # type: ignore[assignment]
    names = [str(1001 + number) for number in range(siblings + 1)]
    world.answer_well(posts=[some_posts(1, posts), some_posts(posts + 1, posts + 5)])
    accounts = _connected(world, names)
    offer(world, names)
    world.sync(accounts[0])
    world.queues.sent.clear()
    world.clock.forward(minutes=2)
    return set_up(world, world.of(accounts[0]), accounts[1:])


def set_up(world: World, account: Account, siblings: list[Account]) -> Scene:
    """From now on whoever is added to the baton stops at every port call of the world."""
    scene = Scene(world, Baton(world.clock, lambda moment, call: None), account, siblings)
    scene.baton = Baton(world.clock, lambda moment, call: _look(scene, moment, call))
    world.hooks.run = scene.baton.run  # type: ignore[method-assign]
    return scene


def offer(world: World, names: list[str]) -> None:
    """Whom the next consents act for: the profile of each account answers for the first of them."""
    identities = tuple(an_identity(platform_account_id=name, username=name) for name in names)
    world.script("identify", world.tokens.guarding(identities))


def _connected(world: World, names: list[str]) -> list[Account]:
    offer(world, names)
    returned = world.consent()
    connection = world.rows.connections[USER, returned.connection_id]
    if returned.outcome == "done":
        return [world.row(connection.account_ids[0])]
    return world.connecting.choose(USER, returned.connection_id, [each.account_id for each in connection.candidates])


def _look(scene: Scene, moment: str, call: str) -> None:
    if call in ("receipts.open", "remains.delete_some"):
        rows = scene.world.rows
        for receipt in rows.receipts.values():
            life = rows.life(LifeKey(receipt.user, receipt.account_id, receipt.life))
            held = {"snapshots": len(life.days), "posts": len(life.posts), "runs": len(life.runs)}
            scene.fenced.setdefault(receipt.receipt_id, Counts(**held, events=len(life.events)))
    if (moment, call) == ("after", "receipts.leave_grant"):
        ours = (each for each in list(scene.world.rows.receipts.values()) if each.life == scene.account.life)
        scene.erasing = scene.erasing or any(receipt.deleted is not None for receipt in ours)
    if moment == "calling" and call.startswith("sync") and scene.erasing and not call.endswith("network.revoke"):
        scene.late.append(call)


# What can meet a disconnect ------------------------------------------------------------------------------------


def sync(scene: Scene) -> None:
    scene.world.sync(scene.account)


def sync_that_renews(scene: Scene) -> None:
    scene.world.syncing.run(wakeup_of(scene.account), scene.world.an_owner(), lambda: 100, scene.world.budgets())


def press_sync(scene: Scene) -> None:
    scene.world.requesting.sync(USER, scene.account.account_id)


def connect(scene: Scene) -> None:
    scene.world.consent()


def connect_and_choose(scene: Scene) -> None:
    world = scene.world
    returned = world.consent()
    if returned.outcome == "choose":
        connection = world.connecting.look(USER, returned.connection_id)[0]
        world.connecting.choose(USER, returned.connection_id, [each.account_id for each in connection.candidates])


def reconnect(scene: Scene) -> None:
    world = scene.world
    leaving = world.connecting.reconnect(USER, scene.account.account_id, CALLBACK)
    cookies = {f"connect_{leaving.connection.connection_id}": leaving.verifier}
    world.connecting.come_back(state_of(leaving), cookies, "the-code", None)


def disconnect(scene: Scene) -> None:
    scene.disconnect()


def erase(scene: Scene) -> None:
    receipt = scene.disconnect()
    if receipt is not None:
        scene.world.erase(receipt)


def erase_as_asked(scene: Scene) -> None:
    """The disconnect was asked for before."""
    for receipt in list(scene.world.rows.receipts.values()):
        scene.world.erase(receipt)


def erase_a_sibling(scene: Scene) -> None:
    for sibling in scene.siblings[:1]:
        scene.world.erase(scene.world.disconnecting.disconnect(USER, sibling.account_id))


def sweep(scene: Scene) -> None:
    world = scene.world
    for _, grant_id in list(world.rows.grants):
        world.sweeping.sweep_grant(Wakeup(USER, "grant", grant_id))
    for _, connection_id in list(world.rows.connections):
        world.sweeping.sweep_connection(Wakeup(USER, "connection", connection_id))


def take_home(scene: Scene) -> None:
    scene.world.previewing.preview(USER, scene.account.account_id)
    scene.world.exporting.page(USER, scene.account.account_id, lambda entry, today: b"line\n", None)


Operation = Callable[[Scene], None]


@dataclass(frozen=True)
class Meeting:
    """An operation, and the scene that it needs. `before`: what has happened by then."""

    operation: Operation
    siblings: int = 0
    before: Callable[[Scene], None] = lambda scene: None

    @property
    def name(self) -> str:
        return self.operation.__name__


def _an_hour_later(scene: Scene) -> None:
    scene.world.clock.forward(hours=1)
    scene.world.requesting.sync(USER, scene.account.account_id)


def _due(scene: Scene) -> None:
    scene.world.requesting.sync(USER, scene.account.account_id)


def _reconnected(scene: Scene) -> None:
    reconnect(scene)
    scene.world.clock.forward(minutes=20)


RENEWAL = Meeting(sync_that_renews, before=_an_hour_later)

MEETINGS = (
    Meeting(sync, before=_due),
    RENEWAL,
    Meeting(press_sync),
    Meeting(connect),
    Meeting(connect_and_choose, siblings=1),
    Meeting(reconnect),
    Meeting(disconnect),
    Meeting(erase),
    Meeting(erase_a_sibling, siblings=1),
    Meeting(sweep, before=_reconnected),
    Meeting(take_home),
)


WayOut = Callable[[Scene], Callable[[], object]]


def erase_past_the_lease(scene: Scene) -> Callable[[], object]:
    """Whoever had the account's run when the disconnect was asked for has lost it."""
    receipt = scene.disconnect()
    assert receipt is not None
    scene.world.clock.forward(seconds=RUN_LEASE_SECONDS + 1)
    return lambda: scene.world.erase(receipt)


def sweep_of_the_grant_left(scene: Scene) -> Callable[[], object]:
    """The person connects again: the grant before is swept at once."""
    left = Wakeup(USER, "grant", scene.account.grant_id)
    reconnect(scene)
    return lambda: scene.world.sweeping.sweep_grant(left)


WAYS_OUT = (erase_past_the_lease, sweep_of_the_grant_left)

# Those that write to the account they were woken for: frozen, they may wake up to another life of it.
OF_ONE_LIFE = (*MEETINGS[:2], Meeting(erase_as_asked, before=disconnect))


def what_is_wrong(scene: Scene) -> list[str]:
    """Everything that a disconnect promised and did not keep; empty when all is well."""
    rows, secrets = scene.world.rows, scene.world.secrets
    wrong = [f"{task.name} raised {task.fault!r}" for task in scene.baton.tasks if task.fault is not None]
    wrong += [f"called after the erase began: {call}" for call in scene.late]
    for receipt in rows.receipts.values():
        life = LifeKey(receipt.user, receipt.account_id, receipt.life)
        row = rows.accounts.get((receipt.user, receipt.account_id))
        if receipt.state is not ReceiptState.DONE:
            wrong.append("a receipt never got done")
        if scene.world.holds_of(life) or (row is not None and row.life == receipt.life):
            wrong.append("something of an ended life can be read")
        told = receipt.deleted
        if told is None or told != Counts(**_nouns(scene.fenced[receipt.receipt_id]), secrets=told.secrets):
            wrong.append(f"the receipt tells {told}, there were {scene.fenced[receipt.receipt_id]}")
    wrong += _untrue_revocations(list(rows.receipts.values()))
    alive = list(rows.accounts.values())
    if set(secrets) != {account.grant_id for account in alive}:
        wrong.append("a secret answers that nobody lives on, or one is missing")
    members = {(key[1], each) for key, grant in rows.grants.items() for each in grant.members}
    if members != {(account.grant_id, f"{account.account_id}#{account.life}") for account in alive}:
        wrong.append("grants and accounts do not match")
    if len({key[1] for key in rows.grants}) != len({account.grant_id for account in alive}):
        wrong.append("a grant is left that nobody lives on")
    living = {life_of(account) for account in alive}
    if any(life not in living and scene.world.holds_of(life) for life in list(rows.lives)):
        wrong.append("data of nobody's life")
    if rows.connections or rows.states or _unexcused(rows.revoking, scene):
        wrong.append("a connection, state or revoke is left over")
    consents = scene.world.tokens
    held_pairs = [each.tokens for each in secrets.values()]
    if isinstance(consents, Consents) and len(consents.unheld(held_pairs)) > _died_with_a_pair(scene) + _let_go(scene):
        wrong.append("access lives on at the platform that nobody holds")
    held = {f"{account.user}#{account.grant_id}" for account in alive}
    if any(persons - held for persons in rows.persons.values()):
        wrong.append("a person holds a grant that is gone")
    return wrong


def _unexcused(marks: dict[Any, tuple[str, datetime]], scene: Scene) -> bool:
    """Who dies while it revokes leaves its one mark, which holds nobody up any more: the table's time to live deletes
    it. Any other mark is a leftover."""
    done = [task.moments for task in scene.baton.tasks if task.killed]
    deaths = sum(1 for each in done if each.count("after persons.leave") > each.count("after persons.settle"))
    return len(marks) > deaths or any(until > scene.world.clock() for _, until in marks.values())


def _died_with_a_pair(scene: Scene) -> int:
    """A pair that the platform gave and that was not yet kept goes with the process: only that cannot be saved."""
    done = [task.moments for task in scene.baton.tasks if task.killed]
    given = ("after network.exchange", "after network.refresh")
    kept = ("after vault.create", "after vault.store")
    return sum(1 for each in done if sum(map(each.count, given)) > sum(map(each.count, kept)))


def _let_go(scene: Scene) -> int:
    """Of a consent that led to no account the secret goes at once: its revoke is tried once, and not where it could cut
    off others of the same person."""
    moments = [task.moments for task in scene.baton.tasks if "after network.exchange" in task.moments]
    return sum(1 for each in moments if "after vault.destroy" in each and "after network.revoke" not in each)


def _untrue_revocations(receipts: list[Receipt]) -> list[str]:
    """The platform here takes every revoke; the last one out of a grant counts its secret, and nobody else."""
    wrong = []
    for receipt in receipts:
        took_it = receipt.deleted is not None and receipt.deleted.secrets
        expected = {Revocation.REVOKED, Revocation.SHARED_GRANT} if took_it else {Revocation.SHARED_GRANT}
        if receipt.revocation not in expected:
            wrong.append(f"a receipt says {receipt.revocation}, having taken {took_it} secret along")
    took = Counter(each.grant_id for each in receipts if each.deleted is not None and each.deleted.secrets)
    return wrong + [f"{times} receipts took the same secret along" for times in took.values() if times > 1]


def _nouns(counts: Counts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in ("snapshots", "posts", "runs", "events")}
