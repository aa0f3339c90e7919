"""Makes moto's transactions cheap, and a repeat of one harmless.

moto keeps a deep copy of the whole table for each single action of a transaction: with a few hundred items in the table
a write of a hundred items took seconds. What a rollback needs is one copy of the items that the transaction names, and
the rest of the table as it stands.

DynamoDB knows a transaction by its token for ten minutes, so that a client which never got the answer, as on a busy
machine, may ask again (TransactWriteItems, ClientRequestToken); moto does not look at it.
"""

import copy
import hashlib
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from moto.dynamodb.exceptions import DynamodbException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

_TOKEN_SECONDS = 600
_transaction = threading.local()


def install() -> None:
    """For this process, once."""
    whole = DynamoDBBackend.transact_write_items

    def transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        _transaction.actions = [next(iter(item.values())) for item in transact_items]
        _transaction.kept = {}
        whole(self, transact_items)

    once = DynamoHandler.transact_write_items

    def answer(self: DynamoHandler) -> Any:
        token = self.body.get("ClientRequestToken")
        return once(self) if token is None else _known_by(token, self, once)

    DynamoDBBackend.transact_write_items = transact_write_items  # type: ignore[method-assign]
    DynamoHandler.transact_write_items = answer  # type: ignore[method-assign]
    Table.__deepcopy__ = _kept  # type: ignore[attr-defined]


class _OtherParameters(DynamodbException):
    def __init__(self) -> None:
        message = "The token was used with other parameters."
        super().__init__("com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException", message)


def _known_by(token: str, handler: DynamoHandler, once: Callable[[DynamoHandler], Any]) -> Any:
    """The answer to the transaction of that token, which is carried out unless it was. One that failed left nothing."""
    now, actions = time.monotonic(), hashlib.sha256(json.dumps(handler.body["TransactItems"]).encode()).digest()
    done: dict[str, tuple[float, bytes, Any]] = vars(handler.dynamodb_backend).setdefault("postloudly_done", {})
    while done and now - done[oldest := next(iter(done))][0] > _TOKEN_SECONDS:
        del done[oldest]
    if token not in done:
        done[token] = (now, actions, once(handler))
    _, same, answer = done[token]
    if actions != same:
        raise _OtherParameters
    return answer


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
