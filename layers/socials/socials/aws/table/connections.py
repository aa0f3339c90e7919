"""Connection rows, their OAuth states, and the one transaction that ends a connect."""

from collections.abc import Sequence
from datetime import datetime

from socials.aws.items import keys
from socials.aws.items.attributes import Item, stands_so
from socials.aws.items.connections import connection_fields, connection_to_item, item_to_connection
from socials.aws.table.changes import GONE, THERE, delete, put, update
from socials.aws.table.joins import account_joins, departures, diary_entries, grant_joined, replaced_runs
from socials.aws.table.table import Table
from socials.errors import Fenced
from socials.models.connections import Connection, ConnectionStatus, Join

MOST_CHANGES = 100


class TableConnections:
    def __init__(self, table: Table) -> None:
        self._table = table

    def start(self, connection: Connection) -> None:
        item = connection_to_item(connection)
        row = put(item, when=GONE)
        if connection.state_hash is not None:
            is_new = self._table.write_all([row, put(_state_item(connection, connection.state_hash), when=GONE)])
        else:
            written = self._table.write(row)
            is_new = written.done or stands_so(written.item, item)
        if not is_new:
            raise ValueError("a connection or state of that name exists")

    def get(self, user: str, connection_id: str) -> Connection | None:
        key = keys.connection(user, connection_id)
        item = None if keys.exists_nowhere(key) else self._table.get(key)
        return item_to_connection(item) if item else None

    def take_state(self, state_hash: str, now: datetime) -> tuple[str, str] | None:
        is_state = "attribute_exists(#connection_id) AND #expires_at > :now"  # deletions' codes lie beside them
        written = self._table.write(delete(keys.state(state_hash), when=is_state, now=now))
        if not written.done or written.item is None:
            return None
        return written.item["user"], written.item["connection_id"]

    def save(self, connection: Connection) -> None:
        key = keys.connection(connection.user, connection.connection_id)
        if not self._table.write(update(key, connection_fields(connection), when=THERE)).done:
            raise Fenced

    def finish(self, connection: Connection, joins: Sequence[Join], now: datetime) -> bool:
        key = keys.connection(connection.user, connection.connection_id)
        open_still = f"{THERE} AND #status <> :was_done"
        changes = [update(key, connection_fields(connection), when=open_still, was_done=ConnectionStatus.DONE)]
        if joins:
            changes.append(grant_joined(connection, joins, now))
        changes += account_joins(joins) + diary_entries(joins) + replaced_runs(joins)
        changes += departures(self._table, connection, joins, now)
        if len(changes) > MOST_CHANGES:
            raise ValueError(f"a connect changes at most {MOST_CHANGES} rows at once")
        return self._table.write_all(changes)

    def delete(self, user: str, connection_id: str) -> None:
        """The state goes with the row: a state alone would lead nowhere, and nothing would ever sweep it."""
        connection = self.get(user, connection_id)
        if connection is None:
            return
        changes = [delete(keys.connection(user, connection_id))]
        if connection.state_hash is not None:
            changes.append(delete(keys.state(connection.state_hash)))
        self._table.write_all(changes)


def _state_item(connection: Connection, state_hash: str) -> Item:
    leads_to = {"user": connection.user, "connection_id": connection.connection_id}
    return keys.state(state_hash) | leads_to | {"expires_at": connection.expires_at}
