"""What AWS bills for: an item's size, and the read and write request units that follow from it.

Sizes as in DynamoDB's "Item sizes and formats", units as in "Read and write capacity": reads by 4 KB, writes by 1 KB,
each item rounded up; an eventually consistent read half, a transactional write double.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

Attributes = Mapping[str, Mapping[str, Any]]

_READ_BYTES = 4096
_WRITE_BYTES = 1024
_PER_NESTED_VALUE = 1
_PER_NESTING = 3
EVENTUALLY = 0.5
IN_TRANSACTION = 2


def size(item: Attributes | None) -> int:
    """Bytes of an item: the names of its attributes and their values."""
    return sum(len(name.encode()) + _value(value) for name, value in (item or {}).items())


def read_alone(item: Attributes | None) -> int:
    """Units of a consistent read of one item, by itself or in a batch; looking for one that isn't there costs one."""
    return max(1, math.ceil(size(item) / _READ_BYTES))


def read_together(items: Iterable[Attributes]) -> int:
    """Units of a consistent query: the sizes of all it read are summed first; finding nothing costs one."""
    return max(1, math.ceil(sum(map(size, items)) / _READ_BYTES))


def written(before: Attributes | None, after: Attributes | None) -> int:
    """Units of one write outside a transaction: by the larger of the item before and after it."""
    return max(1, math.ceil(max(size(before), size(after)) / _WRITE_BYTES))


def indexed(before: Attributes | None, after: Attributes | None, keys: Iterable[str]) -> int:
    """Units that the write costs in an index, by the entries before and after it. One that moves is written twice."""
    if before == after:
        return 0
    moves = before and after and any(before[key] != after[key] for key in keys)
    return written(before, None) + written(None, after) if moves else written(before, after)


def _value(value: Mapping[str, Any]) -> int:
    ((kind, inner),) = value.items()
    match kind:
        case "S":
            return len(inner.encode())
        case "N":
            return _number(inner)
        case "SS":
            return sum(len(each.encode()) for each in inner)
        case "L":
            return _PER_NESTING + sum(_PER_NESTED_VALUE + _value(each) for each in inner)
        case "M":
            return _PER_NESTING + size(inner) + _PER_NESTED_VALUE * len(inner)
        case "BOOL" | "NULL":
            return 1
        case "B":
            return len(inner)
    raise ValueError(f"no size for {kind}")


def _number(text: str) -> int:
    """A byte for every two significant digits, and one more; another for a sign."""
    digits = text.lstrip("-").strip("0").replace(".", "")
    return math.ceil(len(digits) / 2) + 1 + text.startswith("-")
