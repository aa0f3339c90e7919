"""Connection rows and OAuth states in memory."""

from collections.abc import Sequence
from datetime import datetime

from socials.errors import Fenced
from socials.models.accounts import Account
from socials.models.connections import Connection, ConnectionStatus, Join
from socials.models.grants import Grant, member
from socials.models.lives import LifeKey
from socials.timing import UNCLAIMED_CONNECTION_LIVES
from tests.support.changing import replace
from tests.support.fakes.grants import without
from tests.support.fakes.rows import Rows


class FakeConnections:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def start(self, connection: Connection) -> None:
        key = connection.user, connection.connection_id
        with self._rows.lock:
            if key in self._rows.connections:
                raise ValueError("a connection of that id exists")
            self._rows.connections[key] = connection
            self._rows.sweeps[key] = connection.created_at + UNCLAIMED_CONNECTION_LIVES
            if connection.state_hash is not None:
                self._rows.states[connection.state_hash] = (*key, connection.expires_at)

    def get(self, user: str, connection_id: str) -> Connection | None:
        return self._rows.connections.get((user, connection_id))

    def take_state(self, state_hash: str, now: datetime) -> tuple[str, str] | None:
        with self._rows.lock:
            user, connection_id, until = self._rows.states.get(state_hash, ("", "", now))
            if until <= now:
                return None
            del self._rows.states[state_hash]
            return user, connection_id

    def save(self, connection: Connection) -> None:
        with self._rows.lock:
            if (connection.user, connection.connection_id) not in self._rows.connections:
                raise Fenced
            self._rows.connections[connection.user, connection.connection_id] = connection

    def finish(self, connection: Connection, joins: Sequence[Join], now: datetime) -> bool:
        with self._rows.lock:
            row = self.get(connection.user, connection.connection_id)
            if row is None or row.status is ConnectionStatus.DONE:
                return False
            grant = self._rows.grants.get((connection.user, connection.grant_id))
            if grant is not None and grant.retired:
                return False
            if not all(self._as_seen(join) for join in joins):
                return False
            if joins:
                self._join_grant(connection, grant, joins, now)
            for join in joins:
                self._leave_old_grant(connection, join, now)
                self._rows.put_account(_joined(join, self._rows.accounts.get(_key(join.account))))
                life = self._rows.life(_life_key(join))
                if join.event is not None:
                    life.events[join.event.event_id] = join.event
                if join.replaced is not None:
                    life.runs[join.replaced.run_id] = join.replaced
            self._rows.connections[connection.user, connection.connection_id] = connection
            return True

    def delete(self, user: str, connection_id: str) -> None:
        with self._rows.lock:
            connection = self._rows.connections.pop((user, connection_id), None)
            self._rows.sweeps.pop((user, connection_id), None)
            if connection is not None and connection.state_hash is not None:
                self._rows.states.pop(connection.state_hash, None)

    def _as_seen(self, join: Join) -> bool:
        row = self._rows.accounts.get(_key(join.account))
        if join.seen is None:
            return row is None or row.disconnecting
        if join.replaced is not None and join.replaced.run_id in self._rows.life(_life_key(join)).runs:
            return False
        return row is not None and not row.disconnecting and _what_is_seen(row) == _what_is_seen(join.seen)

    def _join_grant(self, connection: Connection, grant: Grant | None, joins: Sequence[Join], now: datetime) -> None:
        members = frozenset(member(join.account.account_id, _life(join)) for join in joins)
        made = grant or Grant(
            user=connection.user,
            grant_id=connection.grant_id,
            platform=connection.platform,
            members=frozenset(),
            created_at=now,
        )
        self._rows.put_grant(replace(made, members=made.members | members, person=connection.person))

    def _leave_old_grant(self, connection: Connection, join: Join, now: datetime) -> None:
        if join.seen is None or join.seen.grant_id == connection.grant_id:
            return
        old = self._rows.grants.get((connection.user, join.seen.grant_id))
        leaving = member(join.account.account_id, join.seen.life)
        if old is not None and leaving in old.members:
            self._rows.put_grant(without(old, {leaving}, now))


def _what_is_seen(row: Account) -> tuple[object, ...]:
    return row.life, row.grant_id, row.wait, row.run and row.run.run_id


def _key(account: Account) -> tuple[str, str]:
    return account.user, account.account_id


def _life_key(join: Join) -> LifeKey:
    return LifeKey(*_key(join.account), _life(join))


def _life(join: Join) -> str:
    return join.account.life if join.seen is None else join.seen.life


def _joined(join: Join, row: Account | None) -> Account:
    new = join.account
    if join.seen is None or row is None:
        return replace(new, receipt_id=None)
    return replace(
        row,
        username=new.username,
        display_name=new.display_name,
        avatar_url=new.avatar_url,
        profile_url=new.profile_url,
        grant_id=new.grant_id,
        connection_id=new.connection_id,
        instance=new.instance,
        scopes=new.scopes,
        reconnect_by=new.reconnect_by,
        run=new.run,
        attempts=0,
        wake_at=new.wake_at,
        broken=None,
        failure=None,
        wait=new.wait,
    )
