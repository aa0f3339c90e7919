"""In-memory fakes of every port. They pass the same contract as the AWS adapters and share no code with them."""

from dataclasses import dataclass, field

from socials.ports import (
    Agenda,
    Apps,
    Budgets,
    Connections,
    Deletions,
    Doors,
    Grants,
    History,
    Persons,
    Receipts,
    Remains,
    Vault,
    Wakeups,
    WorkedAccounts,
)
from tests.support.fakes.accounts import FakeAccounts
from tests.support.fakes.agenda import FakeAgenda, FakeBudgets
from tests.support.fakes.clock import StandingClock
from tests.support.fakes.connections import FakeConnections
from tests.support.fakes.doors import FakeDoors, FakeLease
from tests.support.fakes.grants import FakeGrants
from tests.support.fakes.history import FakeHistory
from tests.support.fakes.hooks import Hooks, Killed, hooked
from tests.support.fakes.persons import FakeDeletions, FakePersons
from tests.support.fakes.receipts import FakeReceipts, FakeRemains
from tests.support.fakes.rows import Rows
from tests.support.fakes.vault import FakeApps, FakeVault
from tests.support.fakes.wakeups import FakeWakeups

__all__ = ["FakeLease", "FakePorts", "Hooks", "Killed", "Rows", "StandingClock", "hooked"]


@dataclass
class FakePorts:
    """One world of fakes: every port passes `hooks`; `rows`, `secrets`, `queues`, `network` are what lies behind them.

    >>> ports = FakePorts()
    >>> ports.hooks.before("accounts.save", lambda: disconnect(ports))  # force a DELETE between work and its write
    """

    clock: StandingClock = field(default_factory=StandingClock)
    hooks: Hooks = field(default_factory=Hooks)
    rows: Rows = field(default_factory=Rows)
    secrets: FakeVault = field(default_factory=FakeVault)
    registrations: FakeApps = field(default_factory=FakeApps)
    queues: FakeWakeups = field(default_factory=FakeWakeups)

    def __post_init__(self) -> None:
        self.network = FakeDoors(self.clock)
        self.index = FakeAgenda(self.rows)
        self.accounts: WorkedAccounts = hooked("accounts", FakeAccounts(self.rows), self.hooks)
        self.history: History = hooked("history", FakeHistory(self.rows, self.clock), self.hooks)
        self.grants: Grants = hooked("grants", FakeGrants(self.rows), self.hooks)
        self.connections: Connections = hooked("connections", FakeConnections(self.rows), self.hooks)
        self.receipts: Receipts = hooked("receipts", FakeReceipts(self.rows), self.hooks)
        self.remains: Remains = hooked("remains", FakeRemains(self.rows), self.hooks)
        self.agenda: Agenda = hooked("agenda", self.index, self.hooks)
        self.budgets: Budgets = hooked("budgets", FakeBudgets(self.rows), self.hooks)
        self.persons: Persons = hooked("persons", FakePersons(self.rows), self.hooks)
        self.deletions: Deletions = hooked("deletions", FakeDeletions(self.rows), self.hooks)
        self.vault: Vault = hooked("vault", self.secrets, self.hooks)
        self.apps: Apps = hooked("apps", self.registrations, self.hooks)
        self.wakeups: Wakeups = hooked("wakeups", self.queues, self.hooks)
        self.doors: Doors = hooked("doors", self.network, self.hooks)
