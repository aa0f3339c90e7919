"""The data of one life: where they hang, and a page of them."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list, newest first. `cursor`: the sort key to go on after, None at the end."""

    items: tuple[T, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class LifeKey:
    """Where the data of one life hang."""

    user: str
    account_id: str
    life: str
