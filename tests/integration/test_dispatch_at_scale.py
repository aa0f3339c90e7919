"""However many accounts are due, a tick holds a page and a thousand wake-ups, and asks AWS no more than it must."""

import pytest

from tests.benchmarks.dispatch import QUICK, ticked


@pytest.fixture(scope="module")
def ticks() -> list[dict[str, object]]:
    return [ticked(due, traced=True) for due in QUICK]


def test_every_due_account_is_woken_by_the_fewest_calls(ticks: list[dict[str, object]]) -> None:
    for due, told in zip(QUICK, ticks, strict=True):
        assert told["woken"] == due
        assert told["calls"] == told["floor"]


def test_memory_stays_flat(ticks: list[dict[str, object]]) -> None:
    """Eight times as many: each shard's page is fuller, but never more than one and one lot of wake-ups are held."""
    few, many = (float(str(told["peak_mb"])) for told in ticks)
    pages = 2.5  # MB that 2,500 entries of a page take as Python objects, at most
    assert many - few < 3 * pages, (few, many)
