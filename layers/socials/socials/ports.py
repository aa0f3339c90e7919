"""What the use cases need from the outside, as small Protocols. Adapters: `socials.aws`; fakes: `tests/support/fakes`.

Every method is one atomic step unless it says otherwise. All times are UTC in whole seconds. A write that finds the
row changed under it does nothing and says so; nothing is ever half-written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, Literal, Protocol, TypeVar

from socials.models.accounts import Account, Cause
from socials.models.connections import Connection
from socials.models.events import Event
from socials.models.grants import Grant, RefreshLease, Sealed
from socials.models.readings import Day, Post, Tokens
from socials.models.receipts import Counts, Receipt
from socials.models.runs import Run
from socials.platforms.base import App, Client, Platform

T = TypeVar("T")

Entry = Day | Post | Run | Event

Kind = Literal["account", "receipt", "connection", "grant"]
Queue = Literal["manual", "daily", "erase"]


@dataclass(frozen=True, slots=True)
class Wakeup:
    """A message is only a wake-up: the row says what there is to do. `life` '' where the kind has none."""

    user: str
    kind: Kind
    id: str
    life: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list, newest first. `cursor`: the sort key to go on after, None at the end."""

    items: tuple[T, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class LifeKey:
    """Where the data of one life hang."""

    user: str
    account_id: str
    life: str


class ClaimOutcome(StrEnum):
    CLAIMED = "claimed"
    LEASED = "leased"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Claim:
    """`account` is the row after a claim, or as it stood when there was nothing to claim (None: gone, another life)."""

    outcome: ClaimOutcome
    account: Account | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a worker writes in one transaction, fenced by its own claim.

    `account`: the whole row as the worker knows it; its run may be finished (then `finished` is that run, to be kept as
    an item, and the row holds no run). `lease_until` None in it releases the lease. `events`: what this write makes
    true, for the diary. `posts_until`, `days_until`: when what is written here may no longer be read.
    """

    account: Account
    days: tuple[Day, ...] = ()
    posts: tuple[Post, ...] = ()
    finished: Run | None = None
    events: tuple[Event, ...] = ()
    posts_until: datetime | None = None
    days_until: datetime | None = None


class Accounts(Protocol):
    """Account rows."""

    def list(self, user: str) -> list[Account]:
        """All of a user's accounts, disconnecting ones too, in no promised order. One query (more past 1 MB)."""
        ...

    def get(self, user: str, account_id: str) -> Account | None: ...

    def request_run(self, user: str, account_id: str, run: Run, now: datetime) -> tuple[bool, Account | None]:
        """Set `run` (queued, no attempts yet) as the row's run and wake_at = now + HEAL_AFTER, if the row exists and is
        not disconnecting, has no active run, is not broken, waits for nothing (`wait.until` <= now) and its last run
        finished at least MIN_BETWEEN_RUNS ago. Returns (True, row after) or (False, row as it stands | None)."""
        ...

    def claim(self, wakeup: Wakeup, owner: str, new_run: Run, now: datetime) -> Claim:
        """Take the run of an account for `owner` until now + RUN_LEASE_SECONDS.

        Claimable: the life is the wakeup's, it is not disconnecting, no lease is alive (lease_until <= now), and either
        an active run is there (a waiting one only when wake_at <= now), or there is none and wake_at <= now: then
        `new_run` becomes the run. Sets run.state running, started_at if unset, lease, attempts + 1 (1 for a new run),
        wake_at = ids.next_daily. One conditional update in the common case.
        LEASED: everything fits but a lease is alive. IDLE: anything else.
        """
        ...

    def save(self, checkpoint: Checkpoint, owner: str) -> None:
        """Write the checkpoint. Fence: the row's life and run_id are the checkpoint's (the finished run's where it is
        finished), its lease_owner is `owner`, it is not disconnecting. Raises Fenced otherwise, having written nothing.

        Writes of the row only what a sync may change: profile fields, scopes, follower fields, last_synced_at,
        last_run_finished_at, insights_through, full_read_on, failure, broken, wait, reconnect_by, run, lease, attempts,
        wake_at.
        A day is merged: its known numbers are set, unknown ones leave what is stored; `provisional` is set unless None;
        a day that knows nothing is left out. Posts are put whole; the finished run as RUN item; events as they
        are. At most 99 items beside the row.
        """
        ...

    def end_access(self, seen: Account, cause: Cause, event: Event) -> bool:
        """The platform told us that the grant is dead: `broken` is the cause, run and wait are gone (a worker fenced),
        and the event is in the diary, in one transaction. False, having written nothing, where life or connection are
        no longer those seen, where it is disconnecting, or broken with that code already."""
        ...

    def release(self, user: str, account_id: str, owner: str) -> Account | None:
        """Give up the lease if it is still the owner's (after Fenced). Returns the row as it now stands."""
        ...


class History(Protocol):
    """Days, posts, runs and events of one life. Items past their `expires_at` are never returned.

    `after` may be anything: one that cannot be a cursor raises Malformed.
    """

    def days(self, life: LifeKey, first: date, last: date) -> list[Day]:
        """Inclusive, oldest first."""
        ...

    def first_day(self, life: LifeKey) -> date | None: ...

    def posts(self, life: LifeKey, limit: int, after: str | None) -> Page[Post]: ...

    def stored_posts(self, life: LifeKey, posts: Sequence[Post]) -> dict[str, Post]:
        """Those of `posts` that are stored, by post_id. At most 100 asked for: one batch read."""
        ...

    def runs(self, life: LifeKey, limit: int, after: str | None) -> Page[Run]: ...

    def run(self, life: LifeKey, run_id: str) -> Run | None: ...

    def events(self, life: LifeKey, limit: int, after: str | None) -> Page[Event]: ...

    def everything(self, life: LifeKey, after: str) -> Iterator[tuple[str, Entry]]:
        """All that is kept, noun by noun in a lasting order, each with its place; `after` '' begins at the first. Reads
        as it is asked on: no step is atomic with the one before."""
        ...


class Grants(Protocol):
    """Grant rows."""

    def get(self, user: str, grant_id: str) -> Grant | None: ...

    def list(self, user: str) -> list[Grant]: ...

    def take_lease(self, user: str, grant_id: str, owner: str, now: datetime) -> RefreshLease | None:
        """The lease until now + REFRESH_LEASE_SECONDS; None while another's is alive. Raises NoSecret where the grant
        is gone. `interrupted`: a lease before this one ended without `settled`; it stays true until one is."""
        ...

    def release_lease(self, user: str, lease: RefreshLease, *, settled: bool) -> None:
        """Release it if still the owner's. `settled`: the outcome is known (tokens stored, plainly refused, or nothing
        was ever called), so the next holder starts clean; False: the next holder finds `interrupted`. Never raises for
        a lost lease."""
        ...

    def leave(self, user: str, grant_id: str, member: str, now: datetime) -> Grant | None:
        """Take one member out. The last one out retires the grant (retired, wake_at = now + HEAL_AFTER). Repeating
        it is harmless. Returns the grant as it then stands, None if there is none."""
        ...

    def delete(self, user: str, grant_id: str) -> None:
        """Delete a grant row that has no members. Harmless when gone; leaves one with members alone."""
        ...


class Connections(Protocol):
    """Connection rows, and the STATE items that lead an open callback to them."""

    def start(self, connection: Connection) -> None:
        """Write the connection (on the agenda at created_at + UNCLAIMED_CONNECTION_LIVES) and, where it has a
        state_hash, its STATE item (expires with expires_at), in one transaction."""
        ...

    def get(self, user: str, connection_id: str) -> Connection | None: ...

    def take_state(self, state_hash: str, now: datetime) -> tuple[str, str] | None:
        """Consume a state: (user, connection_id) once, None for unknown, expired or used."""
        ...

    def save(self, connection: Connection) -> None:
        """Replace the row if it still exists; Fenced if it is gone."""
        ...

    def finish(self, connection: Connection, joins: Sequence["Join"], now: datetime) -> bool:
        """Make or reconnect accounts, their grant, and the connection as given, in one transaction.

        The connection must still exist and not be DONE already. Every Join is written under the condition that the
        account row is as `seen`: None = there is none, or it is disconnecting; otherwise its life and grant_id are
        those seen and it is not disconnecting. The grant row (connection.grant_id) is made with, or gets, all the new
        members, and must not be retired. Each `seen` account's old grant loses its member (the last one retires it,
        wake_at set). Each Join's event is written under its account's life. At most 32 joins.
        Returns False, having written nothing, when a condition failed: look again and retry.
        """
        ...

    def delete(self, user: str, connection_id: str) -> None:
        """The row and its STATE item, harmless when gone."""
        ...


@dataclass(frozen=True, slots=True)
class Join:
    """One account to be written by `Connections.finish`: the row to write, and the row seen when deciding that.

    A reconnect (`seen` alive) keeps life, connected_at, followers, history and lease of the row and replaces profile
    fields, grant_id, connection_id, scopes, reconnect_by, run (no attempts yet) and wake_at, and clears broken,
    failure, wait.
    """

    account: Account
    seen: Account | None
    event: Event | None = None


class Receipts(Protocol):
    """Receipts: the driver of an erase. Unreadable 30 days after they were made, but for an unfinished one.

    A receipt_id is made by `ids.receipt_id`; any other text is an id that does not exist.
    """

    def open(self, receipt: Receipt, seen: Account) -> bool:
        """The fence: mark the account (life, connection and lease_until as seen, not disconnecting) with the receipt's
        id, take it off the agenda, and write the receipt with its own wake_at, in one transaction. The connection
        stands for the grant: a receipt must not name one that the account has left meanwhile.
        False: the row changed under us; look again."""
        ...

    def get(self, user: str, receipt_id: str, now: datetime) -> Receipt | None: ...

    def newest(self, user: str, account_id: str, now: datetime) -> Receipt | None: ...

    def claim(self, user: str, receipt_id: str, owner: str, now: datetime) -> tuple[bool, Receipt | None]:
        """Take an erasing receipt for `owner` until now + RUN_LEASE_SECONDS, attempts + 1, wake_at = lease end.
        (False, receipt) while leased or done, (False, None) if there is none."""
        ...

    def save(self, receipt: Receipt, owner: str) -> None:
        """Write the progress (all but who, what, requested_at and not_before). Raises Fenced when the lease is
        another's. lease_until None in it releases the lease."""
        ...

    def allow(self, user: str, receipt_id: str, now: datetime) -> None:
        """The run that the fence found has stopped: not_before becomes `now` where it was later."""
        ...


class Remains(Protocol):
    """What is left of one life, for the erase."""

    def count(self, life: LifeKey) -> Counts:
        """By noun, consistent reads, `secrets` 0."""
        ...

    def delete_some(self, life: LifeKey, limit: int) -> int:
        """Delete up to `limit` items of the life, return how many; 0 = a consistent read found none."""
        ...

    def delete_account(self, user: str, account_id: str, life: str) -> None:
        """The account row, if it is still of that life."""
        ...


class Agenda(Protocol):
    """The index of everything that needs work at a time. Eventually consistent; a later look finds what one misses."""

    def due(self, shard: int, since: datetime | None, until: datetime) -> Iterator[Wakeup]:
        """What is due in [since, until] (from the beginning where since is None), oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """Until when a platform asked our whole app to wait."""

    platform: str
    until: datetime
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """`receipts`: user and receipt_id of each."""

    requested_at: datetime
    receipts: tuple[tuple[str, str], ...]


class Budgets(Protocol):
    def get(self, platform: str) -> Budget | None: ...

    def wait(self, budget: Budget) -> None:
        """Store it; a later end is never shortened."""
        ...


class Deletions(Protocol):
    """Which receipts a platform's request for deletion led to, under the hash of its confirmation code."""

    def keep(self, code_hash: str, deletion: Deletion) -> None: ...

    def find(self, code_hash: str, now: datetime) -> Deletion | None:
        """None also after 30 days."""
        ...


class Vault(Protocol):
    """Tokens of grants. The only place where a token rests."""

    def create(self, grant_id: str, tokens: Tokens) -> Sealed:
        """Version 1, under a name never used before."""
        ...

    def read(self, grant_id: str) -> Sealed:
        """Raises NoSecret."""
        ...

    def store(self, grant_id: str, tokens: Tokens, after: int) -> Sealed:
        """Compare and swap: version after + 1 holds `tokens` unless somebody stored that version first; what the vault
        then holds is returned (the winner's, for a loser). Raises NoSecret."""
        ...

    def destroy(self, grant_id: str) -> None:
        """Delete for good, without recovery. Harmless when gone."""
        ...

    def answers(self, grant_id: str) -> bool:
        """Whether a secret can still be read under that name."""
        ...


class Persons(Protocol):
    """Whom a revoke cuts off: every grant of that person to our app, across accounts and across our users.

    `person`: the platform's own name of them, kept only as a hash. `holding`: user and grant, by
    `models.grants.holding`; a grant's id is never reused.
    """

    def join(self, platform: str, person: str, holding: str, now: datetime) -> bool:
        """Count this grant among the person's. False while a revoke of that person is under way: tokens got just now
        may be dead already. Repeating it is harmless."""
        ...

    def leave(self, platform: str, person: str, holding: str, now: datetime) -> bool:
        """Take this grant out. True for the last one out (again, if asked again), which may revoke: until `settle`, at
        most for 60 s, nobody can join. False where others stay, or another is revoking."""
        ...

    def holdings(self, platform: str, person: str) -> frozenset[str]:
        """All of the person's grants, each by `models.grants.holding`."""
        ...

    def settle(self, platform: str, person: str, holding: str) -> None:
        """The revoke of the last one out has ended, whatever came of it: the row goes. Harmless when repeated."""
        ...


class Apps(Protocol):
    """Our registrations with the platforms. `registration` names one with a host that a person named."""

    def get(self, slug: str, registration: str | None = None) -> App | None:
        """None where it is not configured. May be cached in the process for minutes."""
        ...

    def keep(self, slug: str, registration: str, app: App) -> App:
        """Keep a registration made just now; the first one kept wins and is returned."""
        ...

    def forget(self, slug: str, registration: str) -> None:
        """Drop one that the host no longer knows. Harmless when gone."""
        ...


class Wakeups(Protocol):
    """The queues."""

    def send(self, queue: Queue, wakeup: Wakeup) -> None: ...

    def send_many(self, queue: Queue, wakeups: Sequence[Wakeup]) -> None:
        """In batches of ten; what a batch refuses is logged and left to the next look at the agenda."""
        ...

    def postpone(self, queue_arn: str, receipt_handle: str, seconds: int) -> None:
        """Let a message become visible again in `seconds` (0..43200), for one whose row is leased by another."""
        ...


class Lease(Protocol):
    """A worker's right to call a platform."""

    def cover(self, seconds: int) -> None:
        """Make sure that the lease lasts `seconds` from now, renewing it if need be. Raises Fenced."""
        ...


class Doors(Protocol):
    """Makes clients: the only way to a platform."""

    def open(self, platform: Platform, lease: Lease | None) -> Client:
        """`lease` None: a connect, which owns nothing yet, or an erase that holds its receipt."""
        ...

    def public_url(self, url: str) -> str:
        """An address for a browser to open on the platform; elsewhere where PLATFORM_ORIGINS says so."""
        ...
