"""A world in which everything fails: processes that die anywhere, queues that double and lose, a platform's bad days.

The use cases, the worker and the door's own judgement are the product's; only the far side of the ports is not.
"""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from random import Random
from typing import Any, get_type_hints

from botocore.exceptions import ClientError

from socials import platforms, ports
from socials.budgeting import BudgetBook
from socials.connecting import Connecting, Leaving
from socials.disconnecting import Disconnecting
from socials.dispatching import Dispatching
from socials.erasing import Erasing
from socials.errors import Busy, SocialsError
from socials.models.accounts import Account
from socials.models.connections import ConnectionStatus
from socials.models.receipts import Receipt
from socials.models.wakeups import Queue, Wakeup
from socials.parting import Parting
from socials.platforms.base import Notice
from socials.requesting import Requesting
from socials.sweeping import Sweeping
from socials.syncing import Syncing
from socials.timing import FUNCTION_TIMEOUT_SECONDS
from socials.worker import Outcome, Worker
from tests.faults.checking import Watch
from tests.faults.door import WeatheredDoor
from tests.faults.engines import OnAws, OnFakes
from tests.faults.kinds import Away, Plan
from tests.faults.platform import Chain, Server, weathered
from tests.faults.queues import Record
from tests.support import naming
from tests.support.fakes import Killed, hooked

SLUGS = ("weather", "whole")
CALLBACK = "https://app.example/connections/callback"
_CALM_STEP = 5
# As often as the engine tries to store a pair: what fails each time is beyond saving.
_STORES_TRIED = 3


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


class FaultWorld:
    """`truth`: what is there, for looking. `model`: identity -> whether it should be there (None: either)."""

    slugs = SLUGS

    def __init__(self, seed: int = 0, engine: OnFakes | OnAws | None = None) -> None:
        self.random = Random(seed)
        naming.begin()
        self.engine = engine or OnFakes()
        self.raw, self.queues, self.clock = self.engine.raw, self.engine.queues, self.engine.clock
        self.plan = Plan()
        self.stack: list[Process] = []
        self.seen: set[str] = set()
        self.tick_of_time = 0
        self.workers = 0
        self.server = Server(self.clock)
        self.model: dict[tuple[str, str, str], bool | None] = {}
        self.users: set[str] = set()
        self.nesting = 0
        self.bad_weather: Callable[[str], str | None] = lambda _: None
        for slug in SLUGS:
            platforms.registered[slug] = weathered(slug, "person" if slug == "whole" else "token")
        self.watch = Watch(self)
        self._compose()

    @property
    def truth(self) -> Any:
        return self.engine.truth

    def _compose(self) -> None:
        parts = self.engine.faulty(self)
        parts["wakeups"] = _Sending(self)
        known: dict[str, Any] = {name: hooked(name, port, self) for name, port in parts.items()}  # type: ignore[arg-type]
        self.budgets = known["budgets"]
        known |= {"doors": WeatheredDoor(self), "clock": self.clock, "backup_days": 7}

        def made(kind: Any) -> Any:
            """A use case, with the ports and the other use cases that its fields ask for."""
            hints = get_type_hints(kind, localns=vars(ports))  # which use cases import for type checkers only
            wanted = {each.name: hints[each.name] for each in fields(kind) if each.default is MISSING}
            return kind(**{name: known[name] if name in known else made(hint) for name, hint in wanted.items()})

        self.syncing: Syncing = made(Syncing)
        self.connecting: Connecting = made(Connecting)
        self.disconnecting: Disconnecting = made(Disconnecting)
        self.erasing: Erasing = made(Erasing)
        self.sweeping: Sweeping = made(Sweeping)
        self.dispatching: Dispatching = made(Dispatching)
        self.requesting: Requesting = made(Requesting)
        self.parting: Parting = made(Parting)
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
            self._strike(process, kind, moment, call)

    def _note(self, process: Process, call: str) -> None:
        if call == "vault.store":
            process.in_hand = None
        elif call == "budgets.get":
            process.budget_read["any"] = self.tick_of_time
        elif call == "budgets.wait":
            self.watch.budget_stored_at = self.tick_of_time

    def _strike(self, process: Process, kind: str, moment: str, call: str) -> None:
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
        if moment == "before":
            self.engine.strike(kind, call)
        else:
            raise Away(call)

    def _meanwhile(self, kind: str) -> None:
        """Somebody else acts right now."""
        if self.nesting >= 1:
            return
        self.nesting += 1
        self.clock.forward(seconds=1)
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
        if len(self.queues):
            queue, record = self.queues.again(self.random.randrange(1_000))
            self._invoke(queue, [record])

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
        return [account for user in sorted(self.users) for account in self.truth.accounts.list(user)]

    def living(self) -> list[Account]:
        return [account for account in self.accounts() if not account.disconnecting]

    def api(self, action: Callable[[], Any]) -> Any:
        """A request of a person. None where it failed, one way or another."""
        try:
            return self.as_process(action)
        except (SocialsError, Busy, Away, ClientError):
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
            self._come_back(leaving, f"{account.platform}:{self._person_of(account)}", True)

    def _come_back(self, leaving: Leaving, code: str, choose: bool) -> None:
        connection = leaving.connection
        user, connection_id = connection.user, connection.connection_id
        slug, _, person = code.partition(":")
        state = leaving.authorize_url.partition("state=")[2].partition("&")[0]
        self._unsure(user, slug, self.server.identities[person])
        cookies = {f"connect_{connection_id}": leaving.verifier}
        self.api(lambda: self.connecting.come_back(state, cookies, code, None))
        row = self.truth.connections.get(user, connection_id)
        if choose and row is not None and row.status is ConnectionStatus.CHOOSE:
            chosen = [each.account_id for each in row.candidates]
            self.api(lambda: self.connecting.choose(user, connection_id, chosen))
        self._sure(user, connection_id)

    def _unsure(self, user: str, slug: str, identities: Sequence[str]) -> None:
        for identity in identities:
            self.model[user, slug, identity] = None

    def _sure(self, user: str, connection_id: str) -> None:
        """Whom a finished connection left connected."""
        row = self.truth.connections.get(user, connection_id)
        if row is None or row.status is not ConnectionStatus.DONE:
            return
        for account in self.truth.accounts.list(user):
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

    def remove_on_platform(self, slug: str, person: str) -> None:
        """The person takes our whole access away there, and the platform tells us: now, late or, with faults, never."""
        self.server.removed(slug, person)
        self.api(lambda: self.parting.deauthorize(slug, self._notice(person)))

    def ask_for_deletion(self, slug: str, person: str) -> str | None:
        """By way of the platform: every account of the person is to go. The confirmation code."""
        theirs = [each for each in self.living() if each.platform == slug and self._person_of(each) == person]
        self._unsure_of(theirs)
        code: str | None = self.api(lambda: self.parting.delete(slug, self._notice(person)))
        for account in theirs if code else ():
            row = self.truth.accounts.get(account.user, account.account_id)
            if row is not None and row.receipt_id:
                self.watch.fenced(self.truth.receipts.get(row.user, row.receipt_id, self.clock()))
        return code

    def ask_how_deletion_stands(self, code: str) -> None:
        self.api(lambda: self.parting.standing(code))

    def _notice(self, person: str) -> Notice:
        return Notice(body=person, received_at=self.clock())

    def _person_of(self, account: Account) -> str:
        return account.platform_account_id.partition("-")[0]

    def _unsure_of(self, accounts: Sequence[Account]) -> None:
        for account in accounts:
            self.model[account.user, account.platform, account.platform_account_id] = None

    def secrets(self) -> set[str]:
        return set(self.truth.secrets)

    def grants_of(self, user: str) -> set[str]:
        return {grant_id for owner, grant_id in self.truth.rows.grants if owner == user}

    def _someone(self) -> Account | None:
        living = self.living()
        return self.random.choice(living) if living else None

    def chain_of(self, user: str, grant_id: str) -> Chain | None:
        """What the platform knows of the tokens that the vault holds."""
        sealed = self.truth.secrets.get(grant_id)
        return self.server.chain_of(sealed.tokens.access) if sealed else None

    # Time and messages ----------------------------------------------------------------------------------------

    def tick(self, *, sweep: bool = False, **by: float) -> None:
        """Time passes, and the rule fires."""
        self.clock.forward(**by)
        sweep = sweep or self.clock().minute == 0
        self.api(lambda: self.dispatching.dispatch(self.clock(), sweep=sweep))

    def deliver(self, queue: Queue | None = None) -> bool:
        """One invocation for what a queue has visible. False where nothing was."""
        queues = [each for each in self.queues.visible() if queue in (None, each)]
        if not queues:
            return False
        chosen = self.random.choice(queues)
        records, buried = self.queues.take(chosen, self.random)
        for wakeup in buried:
            self.watch.buried(wakeup)
        if records:
            self._invoke(chosen, records)
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

    def _invoke(self, queue: Queue, records: Sequence[Record]) -> None:
        answer = self.as_process(lambda: self._serve(records))
        if answer is not None:
            failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
            self.queues.acknowledge(queue, [each for each in records if each["messageId"] not in failed])

    def redrive(self) -> None:
        """As the operator does: wake the rows of dead letters again."""
        self.queues.redrive(self.engine.make_due)

    def _serve(self, records: Sequence[Record]) -> dict[str, Any]:
        budgets, began = BudgetBook(self.budgets, self.clock), self.clock()

        def time_left() -> float:
            return FUNCTION_TIMEOUT_SECONDS - (self.clock() - began).total_seconds()

        def handle(wakeup: Wakeup) -> Outcome:
            self.workers += 1
            owner = f"worker-{self.workers}"
            if wakeup.kind == "account":
                return self.syncing.run(wakeup, owner, time_left, budgets)
            if wakeup.kind == "receipt":
                return self.erasing.erase(wakeup, owner, time_left)
            if wakeup.kind == "grant":
                return self.sweeping.sweep_grant(wakeup)
            return self.sweeping.sweep_connection(wakeup)

        return self.worker.serve(records, handle, time_left)


class _Sending:
    """The queues, and what may happen to a message on its way."""

    def __init__(self, world: FaultWorld) -> None:
        self._world = world
        self.postpone = world.queues.postpone

    def send(self, queue: Queue, wakeup: Wakeup) -> None:
        if self._goes_well("wakeups.send", queue, wakeup):
            self._world.queues.send(queue, wakeup)

    def send_many(self, queue: Queue, wakeups: Sequence[Wakeup]) -> None:
        well = [wakeup for wakeup in wakeups if self._goes_well("wakeups.send_many", queue, wakeup)]
        self._world.queues.send_many(queue, well)

    def _goes_well(self, call: str, queue: Queue, wakeup: Wakeup) -> bool:
        kind = self._world.plan.take("message", call) if self._world.process else None
        if kind is None:
            return True
        if kind != "message lost":
            delay = {"message late": 400, "message overtaken": 3}.get(kind, 0)
            self._world.queues.send(queue, wakeup, delay)
        return kind == "message doubled"
