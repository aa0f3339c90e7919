"""The data of one life: where they hang, and a page of them."""

from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Page(Struct, Generic[T], frozen=True):
    """A page of a list, newest first. `cursor`: the sort key to go on after, None at the end."""

    items: tuple[T, ...]
    cursor: str | None


class LifeKey(Struct, frozen=True):
    """Where the data of one life hang."""

    user: str
    account_id: str
    life: str
