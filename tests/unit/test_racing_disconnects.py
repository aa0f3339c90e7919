"""A share of `make test-disconnect`: pieces of work in any order, and nothing left."""

import pytest

from tests.disconnect.playing import Table, in_any_order, run_within_the_erase
from tests.disconnect.scenes import MEETINGS, Meeting, reconnect


@pytest.mark.parametrize("first", range(0, 100, 25))
def test_pieces_of_work_in_any_order_leave_nothing(first: int) -> None:
    table = Table()
    for seed in range(first, first + 25):
        assert in_any_order(table, 10_000 + seed) > 0
    assert table.left == []


@pytest.mark.parametrize("meeting", [each for each in MEETINGS if each.operation is reconnect], ids=["reconnect"])
def test_a_reconnect_at_any_moment_of_a_disconnect_leaves_nothing(meeting: Meeting) -> None:
    table = Table()
    assert run_within_the_erase(table, meeting) > 30
    assert table.left == []
