"""One change of one item, usable by itself or in a transaction.

Expressions name attributes as `#name` and values as `:name`; the placeholders DynamoDB wants are made from that.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from socials.aws.items.attributes import Item, encode, encoded
from socials.aws.items.keys import Key
from socials.values import Discreet

Verb = Literal["Put", "Update", "Delete"]

GONE = "attribute_not_exists(#pk)"
THERE = "attribute_exists(#pk)"

_MARKED = re.compile(r"[#:]\w+")


class Change(Discreet, frozen=True):
    """`verb` with its parameters, without the table's name."""

    shown = ("verb",)
    verb: Verb
    parameters: Mapping[str, Any]


def put(item: Item, *, when: str = "", **values: Any) -> Change:
    """Write the whole item."""
    parameters = {"Item": encoded(item)}
    if when:
        parameters |= expressions(ConditionExpression=when, values=values)
    return Change("Put", parameters)


def update(key: Key, fields: Mapping[str, Any], *, also: str = "", when: str, **values: Any) -> Change:
    """Set `fields` (None removes). `also`: further clauses of the update expression, one `SET …` may be among them."""
    given = {name: value for name, value in fields.items() if value is not None}
    if twice := given.keys() & values.keys():
        raise ValueError(f"two values for {twice}")
    clauses = _clauses(tuple(given), tuple(name for name, value in fields.items() if value is None), also)
    parts = expressions(UpdateExpression=clauses, ConditionExpression=when, values=given | values)
    return Change("Update", {"Key": encoded(key)} | parts)


def delete(key: Key, *, when: str = "", **values: Any) -> Change:
    return Change("Delete", {"Key": encoded(key)} | expressions(ConditionExpression=when, values=values))


def expressions(values: Mapping[str, Any], **named: str) -> dict[str, Any]:
    """The expressions as request parameters, with just those names and values that occur in them."""
    if not any(named.values()):
        return {}
    given = {parameter: text for parameter, text in named.items() if text}
    names, marked = _marks(" ".join(given.values()))
    placed = {mark: encode(values[mark[1:]]) for mark in marked}
    parameters: dict[str, Any] = dict(given)
    if names:
        parameters["ExpressionAttributeNames"] = dict(names)
    if placed:
        parameters["ExpressionAttributeValues"] = placed
    return parameters


@lru_cache(maxsize=256)
def _marks(text: str) -> tuple[Mapping[str, str], Sequence[str]]:
    """The names and the values' marks in an expression: one call after the other has the same ones."""
    marked = sorted(set(_MARKED.findall(text)))
    return {mark: mark[1:] for mark in marked if mark[0] == "#"}, [mark for mark in marked if mark[0] == ":"]


@lru_cache(maxsize=256)
def _clauses(setting: Sequence[str], removing: Sequence[str], also: str) -> str:
    """An update expression: of one kind of write nearly always the same one."""
    set_them = _joined("SET", [f"#{name} = :{name}" for name in setting], also)
    remove_them = _joined("REMOVE", [f"#{name}" for name in removing], "")
    return f"{set_them} {remove_them}".strip()


def _joined(clause: str, terms: list[str], also: str) -> str:
    if also.startswith(clause):
        terms = [*terms, also.removeprefix(clause).strip()]
        also = ""
    return " ".join(filter(None, [f"{clause} {', '.join(terms)}" if terms else "", also]))
