"""Counts what AWS is asked and what it bills, at botocore: every call of the metered clients, by the items it met."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.benchmarks import units
from tests.benchmarks.counts import Count
from tests.benchmarks.units import Attributes
from tests.support.aws_ports import agenda_carries

Params = dict[str, Any]
Key = dict[str, Any]

_INDEX_KEYS = ("shard", "wake_at")
_PROJECTED = ("pk", "sk", *_INDEX_KEYS, *agenda_carries())
# Secrets Manager asks KMS for a data key to write and to decrypt one to read.
_ASKS_KMS = {"CreateSecret": 1, "GetSecretValue": 1, "PutSecretValue": 1}
_KEY_NAMES = ("pk", "sk")


class Meter:
    """`clients`: those that are metered. `looking`: a DynamoDB client of its own, to see items before and after."""

    def __init__(self, clients: list[Any], looking: Any) -> None:
        self._looking = looking
        self._pending: tuple[Params, dict[str, Attributes | None]] = ({}, {})
        self._calls: list[str] = []
        self._reads = self._writes = self._index_writes = 0.0
        self._secrets = self._queue = self._keys = 0
        self._events = [
            (client.meta.events, f"{moment}.{client.meta.service_model.service_name}", heard)
            for client in clients
            for moment, heard in (("provide-client-params", self._before), ("after-call", self._after))
        ]
        for emitter, event, heard in self._events:
            emitter.register(event, heard)

    def end(self) -> None:
        """Count no more."""
        for emitter, event, heard in self._events:
            emitter.unregister(event, heard)

    def count(self) -> Count:
        """What was asked since the meter was made."""
        return Count(
            tuple(self._calls),
            self._reads,
            self._writes,
            self._index_writes,
            self._secrets,
            self._queue,
            self._keys,
        )

    def _before(self, params: Params, model: Any, **_: Any) -> None:
        self._pending = params, {_name(key): self._look(params, key) for key in _written_keys(model.name, params)}

    def _after(self, model: Any, http_response: Any, parsed: Any, **_: Any) -> None:
        params, before = self._pending
        self._calls.append(model.name)
        service = model.service_model.service_name
        if service == "dynamodb":
            self._read(model.name, params, parsed)
            self._write(model.name, params, before)
        elif service == "secretsmanager":
            self._secrets += 1
            self._keys += _ASKS_KMS.get(model.name, 0)
        else:
            self._queue += 1

    def _read(self, operation: str, params: Params, parsed: Any) -> None:
        match operation:
            case "GetItem":
                self._reads += units.read_alone(parsed.get("Item"))
            case "Query":
                weight = 1 if params.get("ConsistentRead") else units.EVENTUALLY
                self._reads += weight * units.read_together(self._met(params))

    def _write(self, operation: str, params: Params, before: dict[str, Attributes | None]) -> None:
        weight = units.IN_TRANSACTION if operation == "TransactWriteItems" else 1
        for key in _written_keys(operation, params):
            was, now = before[_name(key)], self._look(params, key)
            entry = units.indexed(_entry(was), _entry(now), _INDEX_KEYS) * weight
            self._writes += units.written(was, now) * weight + entry
            self._index_writes += entry

    def _met(self, params: Params) -> list[Attributes]:
        """All that a query read, before it filtered and left out attributes."""
        plain = {
            name: value for name, value in params.items() if name not in ("FilterExpression", "ProjectionExpression")
        }
        for part, mark in (("ExpressionAttributeNames", "#"), ("ExpressionAttributeValues", ":")):
            wanted = set(re.findall(rf"{mark}\w+", params["KeyConditionExpression"]))
            plain[part] = {name: value for name, value in params.get(part, {}).items() if name in wanted}
        items: list[Attributes] = self._looking.query(**plain)["Items"]
        return items

    def _look(self, params: Params, key: Key) -> Attributes | None:
        own = {name: key[name] for name in _KEY_NAMES}
        found = self._looking.get_item(TableName=_table(params), Key=own, ConsistentRead=True)
        item: Attributes | None = found.get("Item")
        return item


def _written_keys(operation: str, params: Params) -> Iterator[Key]:
    match operation:
        case "PutItem":
            yield params["Item"]
        case "UpdateItem" | "DeleteItem":
            yield params["Key"]
        case "TransactWriteItems":
            for action in params["TransactItems"]:
                ((_, write),) = action.items()
                yield write.get("Key") or write["Item"]
        case "BatchWriteItem":
            for writes in params["RequestItems"].values():
                for write in writes:
                    yield write["DeleteRequest"]["Key"]


def _table(params: Params) -> str:
    if "TransactItems" in params:
        ((_, write),) = params["TransactItems"][0].items()
        return str(write["TableName"])
    return str(params["TableName"] if "TableName" in params else next(iter(params["RequestItems"])))


def _name(key: Key) -> str:
    return "|".join(str(key[name]["S"]) for name in _KEY_NAMES)


def _entry(item: Attributes | None) -> Attributes | None:
    """The item's entry in the sparse index `agenda`."""
    if not item or not all(key in item for key in _INDEX_KEYS):
        return None
    return {name: item[name] for name in _PROJECTED if name in item}
