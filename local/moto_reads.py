"""Makes moto's reads cheap: it looks at each attribute as any of the ten types that it could be, each under every name
that it could have, and for each query it sorts the whole table by comparisons of its own.

A page of a hundred items out of three thousand took a third of a second. The answers are the same.
"""

from typing import Any

from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

# What is answered as it is kept. Lists, maps, sets and bytes go moto's own way.
_PLAIN = frozenset({"S", "N", "BOOL", "NULL"})


def install() -> None:
    """For this process, once."""
    whole, compared = BaseJSONSerializer._serialize_type_structure, Table.all_items

    def structure(self: BaseJSONSerializer, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and type(value) is dict and len(value) == 1 and _PLAIN.issuperset(value):
            self._default_serialize(serialized, value, shape, key)
        else:
            whole(self, serialized, value, shape, key)

    def all_items(self: Table) -> list[Item]:
        return _by_keys(self) if _has_two_texts_as_key(self) else compared(self)

    BaseJSONSerializer._serialize_type_structure = structure  # type: ignore[method-assign]
    Table.all_items = all_items  # type: ignore[method-assign]


def _has_two_texts_as_key(table: Table) -> bool:
    types = [each["AttributeType"] for each in table.attr if each["AttributeName"] in table.table_key_attrs]
    return types == ["S", "S"]


def _by_keys(table: Table) -> list[Item]:
    rows: list[Any] = [row for partition in table.items.values() for row in partition.values()]
    return sorted(rows, key=lambda row: (row.hash_key.value, row.range_key.value))
