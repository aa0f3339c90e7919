"""DynamoDB's typed attributes and plain values: str, int, bool, None, bytes, dict, list, set of str."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from socials.clock import epoch, from_epoch

Item = dict[str, Any]
T = TypeVar("T")


def encoded(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"S": value} if type(value) is str else encode(value) for name, value in item.items()}


def decoded(item: Mapping[str, Any]) -> Item:
    return {name: decode(value) for name, value in item.items()}


def encode(value: Any) -> dict[str, Any]:
    """Raises TypeError."""
    return (_BY_TYPE.get(type(value)) or _learnt(value))(value)


Encode = Callable[[Any], dict[str, Any]]

_ENCODES: Mapping[type, Encode] = {
    bool: lambda value: {"BOOL": value},
    str: lambda value: {"S": str(value)},
    int: lambda value: {"N": str(value)},
    bytes: lambda value: {"B": value},
    datetime: lambda value: {"N": str(epoch(value))},
    Mapping: lambda value: {"M": encoded(value)},
    frozenset: lambda value: {"SS": sorted(value)},
    set: lambda value: {"SS": sorted(value)},
    list: lambda value: {"L": [encode(each) for each in value]},
    tuple: lambda value: {"L": [encode(each) for each in value]},
    type(None): lambda _: {"NULL": True},
}
# By their very types, enumerations among them: a sync asks some hundred times.
_BY_TYPE: dict[type, Encode] = {str: lambda value: {"S": value}}


def _learnt(value: Any) -> Encode:
    for kind, encode_it in _ENCODES.items():
        if isinstance(value, kind):
            _BY_TYPE[type(value)] = encode_it
            return encode_it
    raise TypeError(f"no attribute for a {type(value).__name__}")


def decode(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return int(value)
        case "M":
            return decoded(value)
        case "L":
            return [decode(each) for each in value]
        case "SS":
            return frozenset(value)
        case "NULL":
            return None
        case _:
            return value


def known(item: Mapping[str, Any]) -> Item:
    """Without what is None: an absent attribute costs nothing and reads the same."""
    return {name: value for name, value in item.items() if value is not None}


def stands_so(item: Mapping[str, Any] | None, fields: Mapping[str, Any]) -> bool:
    """Whether an item is there that has these values, and nothing where they are None. So it stands after a write whose
    answer was lost; made again, that fails at its condition."""
    if item is None:
        return False
    return all(item.get(name) == (None if value is None else decode(encode(value))) for name, value in fields.items())


def time(seconds: int | None) -> datetime | None:
    return None if seconds is None else from_epoch(seconds)


def day(stored: int | str | None) -> date | None:
    """By its ordinal (`date.toordinal`), or as older versions wrote it."""
    if stored is None:
        return None
    return date.fromisoformat(stored) if isinstance(stored, str) else date.fromordinal(stored)
