"""Makes moto's transactions cheap: it keeps a deep copy of the whole table for each single action of a transaction.

With a few hundred items in the table a write of a hundred items took seconds. What a rollback needs is one copy of the
items that the transaction names, and the rest of the table as it stands.
"""

import copy
import threading
from collections import defaultdict
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_transaction = threading.local()


def install() -> None:
    """For this process, once."""
    whole = DynamoDBBackend.transact_write_items

    def transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        _transaction.actions = [next(iter(item.values())) for item in transact_items]
        _transaction.kept = {}
        whole(self, transact_items)

    DynamoDBBackend.transact_write_items = transact_write_items  # type: ignore[method-assign]
    Table.__deepcopy__ = _kept  # type: ignore[attr-defined]


def _kept(table: Table, _memo: dict[int, Any]) -> Table:
    """The table to go back to: made once a transaction."""
    kept: dict[int, Table] = _transaction.kept
    if id(table) not in kept:
        kept[id(table)] = _snapshot(table, _transaction.actions)
    return kept[id(table)]


def _snapshot(table: Table, actions: list[dict[str, Any]]) -> Table:
    twin = copy.copy(table)
    twin.items = defaultdict(dict, {partition: dict(rows) for partition, rows in table.items.items()})
    for action in actions:
        key = action.get("Key") or action["Item"]
        partition, row = DynamoType(key[table.hash_key_attr]), DynamoType(key[table.range_key_attr])
        if partition in twin.items and row in twin.items[partition]:
            twin.items[partition][row] = copy.deepcopy(twin.items[partition][row])
    return twin
