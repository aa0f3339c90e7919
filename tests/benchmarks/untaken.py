"""What a sync could do without and still does: what each would save."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.benchmarks import units
from tests.benchmarks.reckoning import capacity_paid, syncs_a_month, use

ACCOUNTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Saved:
    """`writes`: units of a sync."""

    name: str
    writes: float


def levers() -> tuple[Saved, ...]:
    twice = units.IN_TRANSACTION
    return (
        Saved(
            "posts' numbers side by side in an item, apart from their texts: five changed ones are two writes",
            3 * twice,
        ),
    )


def worth(lever: Saved) -> float:
    """Dollars an account-month, with provisioned capacity."""
    used = use(sealed=True)
    less = replace(used, writes=used.writes - syncs_a_month() * lever.writes)
    return capacity_paid(used, ACCOUNTS) - capacity_paid(less, ACCOUNTS)
