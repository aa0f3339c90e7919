"""Names that come out the same in each run of a world, so that what a seed or an example did can be done again.

Names of grants, lives and connections decide on which shard they lie, and so in which order they are woken.
"""

from datetime import datetime
from itertools import count

from ulid import ULID

from socials import ids

_random, _in_time = ids.random_id, ids.time_ordered_id
_numbers = count(1)


def begin() -> None:
    """From now on names are numbered, from the beginning: no two worlds share a table."""
    global _numbers  # noqa: PLW0603 - the product's names are global as well
    _numbers = count(1)
    ids.random_id = lambda prefix: f"{prefix}_{next(_numbers):026d}"
    ids.time_ordered_id = _numbered


def end() -> None:
    """Names are random again."""
    ids.random_id, ids.time_ordered_id = _random, _in_time


def _numbered(now: datetime) -> str:
    milliseconds = int(now.timestamp() * 1000)
    return str(ULID.from_bytes(milliseconds.to_bytes(6, "big") + next(_numbers).to_bytes(10, "big")))
