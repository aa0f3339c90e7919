"""Connections under way, and how accounts come out of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from socials.models.connections import Connection, Join


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

    def finish(self, connection: Connection, joins: Sequence[Join], now: datetime) -> bool:
        """Make or reconnect accounts, their grant, and the connection as given, in one transaction.

        The connection must still exist and not be DONE already. Every Join is written under the condition that the
        account row is as `seen`: None = there is none, or it is disconnecting; otherwise its life, grant_id, wait and
        run (whatever its progress) are those seen and it is not disconnecting. The grant row (connection.grant_id) is
        made with, or gets, all the new members, and must not be retired. Each `seen` account's old grant loses its
        member (the last one retires it, wake_at set). Each Join's event is written under its account's life. At most 24
        joins.
        Returns False, having written nothing, when a condition failed: look again and retry.
        """
        ...

    def delete(self, user: str, connection_id: str) -> None:
        """The row and its STATE item, harmless when gone."""
        ...
