"""What the fakes of the table share: models by key under one lock."""

from dataclasses import dataclass, field
from datetime import date, datetime
from threading import RLock

from socials.models.accounts import Account
from socials.models.budgets import Budget
from socials.models.connections import Connection
from socials.models.events import Event
from socials.models.grants import Grant
from socials.models.lives import LifeKey
from socials.models.readings import Day, Post
from socials.models.receipts import Deletion, Receipt
from socials.models.runs import Run
from tests.support.changing import replace


@dataclass
class LifeRows:
    """The data of one life. Posts by (published, post_id). `estimates`: the names of a day's numbers that are no final
    ones. `ends`: when a day or a post may no longer be read, by its key."""

    days: dict[date, Day] = field(default_factory=dict)
    estimates: dict[date, frozenset[str]] = field(default_factory=dict)
    posts: dict[tuple[datetime, str], Post] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    ends: dict[object, datetime] = field(default_factory=dict)

    def readable(self, key: object, now: datetime) -> bool:
        return key not in self.ends or self.ends[key] > now


@dataclass
class Rows:
    """All rows. Tests may look and put directly; `with rows.lock` for several at once."""

    accounts: dict[tuple[str, str], Account] = field(default_factory=dict)
    grants: dict[tuple[str, str], Grant] = field(default_factory=dict)
    interrupted: set[tuple[str, str]] = field(default_factory=set)
    connections: dict[tuple[str, str], Connection] = field(default_factory=dict)
    sweeps: dict[tuple[str, str], datetime] = field(default_factory=dict)
    states: dict[str, tuple[str, str, datetime]] = field(default_factory=dict)
    receipts: dict[tuple[str, str], Receipt] = field(default_factory=dict)
    lives: dict[LifeKey, LifeRows] = field(default_factory=dict)
    budgets: dict[str, Budget] = field(default_factory=dict)
    persons: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    revoking: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    deletions: dict[str, Deletion] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def put_account(self, account: Account) -> Account:
        """A row never holds a finished run, and without a run it has no attempts."""
        if account.active_run is None:
            account = replace(account, run=None, attempts=0)
        if account.lease_until is None:
            account = replace(account, lease_owner=None)
        with self.lock:
            self.accounts[account.user, account.account_id] = account
        return account

    def put_grant(self, grant: Grant) -> Grant:
        with self.lock:
            self.grants[grant.user, grant.grant_id] = grant
        return grant

    def life(self, key: LifeKey) -> LifeRows:
        with self.lock:
            return self.lives.setdefault(key, LifeRows())
