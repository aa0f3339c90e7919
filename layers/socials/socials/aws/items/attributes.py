"""DynamoDB's typed attributes and plain values: str, int, bool, None, bytes, dict, list, set of str."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from socials.clock import epoch, from_epoch

Item = dict[str, Any]
T = TypeVar("T")


def encoded(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: encode(value) for name, value in item.items()}


def decoded(item: Mapping[str, Any]) -> Item:
    return {name: decode(value) for name, value in item.items()}


def encode(value: Any) -> dict[str, Any]:
    plain = _PLAIN.get(type(value))
    return plain(value) if plain else _encode(value)


# Nearly all of them, without asking one type after the other.
_PLAIN: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    str: lambda value: {"S": value},
    int: lambda value: {"N": str(value)},
    dict: lambda value: {"M": encoded(value)},
    type(None): lambda _: {"NULL": True},
}


def _encode(value: Any) -> dict[str, Any]:  # noqa: C901, PLR0911 - one line a type
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": str(value)}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case datetime():
            return {"N": str(epoch(value))}
        case Mapping():
            return {"M": encoded(value)}
        case frozenset() | set():
            return {"SS": sorted(value)}
        case list() | tuple():
            return {"L": [encode(each) for each in value]}
        case _:
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


def time(seconds: int | None) -> datetime | None:
    return None if seconds is None else from_epoch(seconds)


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
