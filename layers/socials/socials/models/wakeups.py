"""A wake-up: that there may be work on something, never what."""

from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal["account", "receipt", "connection", "grant"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Queue = Literal["manual", "daily", "erase"]


@dataclass(frozen=True, slots=True)
class Wakeup:
    """A message is only a wake-up: the row says what there is to do. `life` '' where the kind has none.

    No part of the message: `again`, it was delivered before, so that somebody may have died over it; `by_hand`, the
    agenda says that somebody asked for the run, so that it must not wait behind the daily ones.
    """

    user: str
    kind: Kind
    id: str
    life: str = ""
    again: bool = field(default=False, compare=False)
    by_hand: bool = field(default=False, compare=False)
