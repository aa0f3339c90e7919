"""Names that come out the same in each run of a world, so that what a seed or an example did can be done again.

Names of grants, lives and connections decide on which shard they lie, and so in which order they are woken.
"""

from collections.abc import Callable
from datetime import datetime
from itertools import count

import pytest
from ulid import ULID

from socials import ids

_random, _in_time = ids.random_id, ids.time_ordered_id


def begin() -> None:
    """From now on names are numbered, from the beginning: no two worlds share a table."""
    ids.random_id, ids.time_ordered_id = _numbering(1)


def end() -> None:
    """Names are random again."""
    ids.random_id, ids.time_ordered_id = _random, _in_time


def number_in(monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    """As `begin`, until the monkeypatch is undone. `first`: where the numbers begin, for other names elsewhere."""
    random_id, time_ordered_id = _numbering(first)
    monkeypatch.setattr(ids, "random_id", random_id)
    monkeypatch.setattr(ids, "time_ordered_id", time_ordered_id)


def _numbering(first: int) -> tuple[Callable[[str], str], Callable[[datetime], str]]:
    numbers = count(first)

    def random_id(prefix: str) -> str:
        return f"{prefix}_{next(numbers):026d}"

    def time_ordered_id(now: datetime) -> str:
        milliseconds = int(now.timestamp() * 1000)
        return str(ULID.from_bytes(milliseconds.to_bytes(6, "big") + next(numbers).to_bytes(10, "big")))

    return random_id, time_ordered_id
