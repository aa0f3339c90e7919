"""What a sync could do without and still does: each lever's worth, and what is left of the bill with all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.benchmarks import stored, units
from tests.benchmarks.reckoning import GB, an_account, capacity_paid, kept, syncs_a_month, use

ACCOUNTS = 1_000_000
RESERVED = 0.54


@dataclass(frozen=True, slots=True)
class Saved:
    """`writes`: units of a sync. `size`: bytes that an account keeps in the table."""

    name: str
    writes: float = 0
    size: float = 0


def levers() -> tuple[Saved, ...]:
    entries = stored.ITEMS["runs"] * stored.bytes_of("diary entries")
    twice = units.IN_TRANSACTION
    return (
        Saved("a row of at most 1 KB while it is claimed (shorter names, followers packed)", writes=1 + twice),
        Saved("a day's followers written with its other numbers, a day later", writes=twice),
        Saved("no diary entry of a daily sync that succeeded: its run tells the same", writes=twice, size=entries),
    )


def worth(lever: Saved) -> float:
    """Dollars an account-month, with provisioned capacity."""
    return an_account(ACCOUNTS, sealed=True, provisioned=True) - with_all([lever])


def with_all(taken: Iterable[Saved], *, reserved: bool = False) -> float:
    """An account of a million with all of these, with provisioned capacity, which may be reserved for a year."""
    used, syncs, taken = use(sealed=True), syncs_a_month(), tuple(taken)
    less = replace(used, writes=used.writes - syncs * sum(each.writes for each in taken))
    paid = capacity_paid(less, ACCOUNTS) * (1 - RESERVED if reserved else 1)
    size = sum(each.size for each in taken) / GB * kept()
    return an_account(ACCOUNTS, sealed=True, provisioned=True) - capacity_paid(used, ACCOUNTS) + paid - size
