"""Turning identities that a grant offers into accounts: new ones, or known ones kept with life and history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from socials import ids
from socials.clock import Clock
from socials.errors import Conflict, Gone
from socials.models.accounts import Account, Wait
from socials.models.connections import Candidate, Connection, ConnectionStatus, Join
from socials.models.events import EventType, happened
from socials.models.readings import Identity
from socials.models.runs import Problem, Run, RunState, Trigger
from socials.models.wakeups import Wakeup
from socials.refreshing import OF_THE_GRANT
from socials.timing import HEAL_AFTER
from socials.values import replace
from socials.verdicts import woken_after
from socials.waking import wake

if TYPE_CHECKING:
    from socials.ports import Accounts, Connections, Wakeups

MAX_ACCOUNTS = 500
_TRIES = 5
# Each changes four rows of the hundred that a transaction takes: the account, its diary, the grant it leaves, its run.
_JOINS_AT_ONCE = 24
_REPLACED = Problem("replaced", "The account was connected again while this sync was under way.")


@dataclass(frozen=True, slots=True)
class Joining:
    accounts: Accounts
    connections: Connections
    wakeups: Wakeups
    clock: Clock

    def candidates(self, user: str, platform: str, identities: Sequence[Identity]) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(account_id=ids.account_id(user, platform, identity.platform_account_id), identity=identity)
            for identity in identities
        )

    def join(self, connection: Connection, chosen: Sequence[Candidate]) -> list[Account]:
        """Make or reconnect the chosen accounts, finish the connection, queue each account's first run.

        Connecting the same identity twice, in parallel too, leaves one account with its life. Raises Conflict
        `too_many_accounts`, or `busy` where the rows would not stand still. More than 24 are joined in several
        transactions: until the last one the connection stays as it is, and may be chosen from again.
        """
        done = replace(
            connection,
            status=ConnectionStatus.DONE,
            candidates=(),
            error=None,
            account_ids=tuple(candidate.account_id for candidate in chosen),
        )
        accounts: list[Account] = []
        for start in range(0, len(chosen), _JOINS_AT_ONCE):
            some, rest = chosen[start : start + _JOINS_AT_ONCE], chosen[start + _JOINS_AT_ONCE :]
            joined = self._join_some(connection if rest else done, some, rest)
            if joined is None:
                return self._standing(done)
            accounts += joined
        return accounts

    def _join_some(
        self, connection: Connection, chosen: Sequence[Candidate], rest: Sequence[Candidate]
    ) -> list[Account] | None:
        """None where another request has finished the same connection meanwhile."""
        wanted = {candidate.account_id for candidate in (*chosen, *rest)}
        for _ in range(_TRIES):
            seen = {account.account_id: account for account in self.accounts.list(connection.user)}
            if len(seen.keys() | wanted) > MAX_ACCOUNTS:
                raise Conflict(f"At most {MAX_ACCOUNTS} accounts can be connected.", code="too_many_accounts")
            joins = [self._join(connection, candidate, seen.get(candidate.account_id)) for candidate in chosen]
            if self.connections.finish(connection, joins, self.clock()):
                accounts = [join.account for join in joins]
                self._wake(accounts, joins, connection.grant_id)
                return accounts
            if self._is_done(connection):
                return None
        raise Conflict("The accounts are being changed elsewhere; try again.", code="busy")

    def _is_done(self, connection: Connection) -> bool:
        return self._row(connection).status is ConnectionStatus.DONE

    def _standing(self, connection: Connection) -> list[Account]:
        """What another request made of the same connection."""
        row = self._row(connection)
        return [each for each in self.accounts.list(row.user) if each.account_id in row.account_ids]

    def _row(self, connection: Connection) -> Connection:
        row = self.connections.get(connection.user, connection.connection_id)
        if row is None:
            raise Gone("This connection has expired; connect again.", code="connection_expired")
        return row

    def _join(self, connection: Connection, candidate: Candidate, seen: Account | None) -> Join:
        if seen is None or seen.disconnecting:
            return Join(self._new(connection, candidate), None, happened(EventType.CONNECTED, self.clock()))
        event = happened(EventType.RECONNECTED, self.clock())
        replaced = seen.run and seen.run.failing_open_parts(_REPLACED).finished(self.clock())
        return Join(self._reconnected(connection, candidate, seen), seen, event, replaced)

    def _new(self, connection: Connection, candidate: Candidate) -> Account:
        now, identity = self.clock(), candidate.identity
        return Account(
            user=connection.user,
            account_id=candidate.account_id,
            life=ids.random_id("l"),
            platform=connection.platform,
            platform_account_id=identity.platform_account_id,
            username=identity.username,
            display_name=identity.display_name,
            avatar_url=identity.avatar_url,
            profile_url=identity.profile_url,
            grant_id=connection.grant_id,
            connection_id=connection.connection_id,
            scopes=connection.scopes,
            connected_at=now,
            instance=connection.instance,
            run=self._first_run(candidate.account_id),
            wake_at=now + HEAL_AFTER,
        )

    def _reconnected(self, connection: Connection, candidate: Candidate, seen: Account) -> Account:
        """A wait that the platform named is the account's, whatever its tokens are: the new run waits until then."""
        identity, wait = candidate.identity, _kept(seen.wait, self.clock())
        return replace(
            seen,
            username=identity.username,
            display_name=identity.display_name,
            avatar_url=identity.avatar_url,
            profile_url=identity.profile_url,
            grant_id=connection.grant_id,
            connection_id=connection.connection_id,
            instance=connection.instance,
            scopes=connection.scopes,
            reconnect_by=None,  # the first run tells the new grant's
            broken=None,
            failure=None,
            wait=wait,
            run=self._first_run(candidate.account_id, RunState.WAITING if wait else RunState.QUEUED),
            attempts=0,
            wake_at=woken_after(wait, seen.account_id, self.clock()) if wait else self.clock() + HEAL_AFTER,
        )

    def _first_run(self, account_id: str, state: RunState = RunState.QUEUED) -> Run:
        now = self.clock()
        return Run(
            run_id=ids.time_ordered_id(now),
            account_id=account_id,
            trigger=Trigger.CONNECT,
            state=state,
            queued_at=now,
        )

    def _wake(self, accounts: Sequence[Account], joins: Sequence[Join], grant_id: str) -> None:
        new = [Wakeup(account.user, "account", account.account_id, account.life) for account in accounts]
        wake(self.wakeups, "manual", new)
        left = {join.seen.grant_id: join.seen.user for join in joins if join.seen}
        wake(self.wakeups, "erase", [Wakeup(user, "grant", old) for old, user in left.items() if old != grant_id])


def _kept(wait: Wait | None, now: datetime) -> Wait | None:
    """Not one that was about the old tokens alone, or is over."""
    return wait if wait is not None and wait.until > now and wait.code not in OF_THE_GRANT else None
