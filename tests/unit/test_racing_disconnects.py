"""A share of `make test-disconnect`: pieces of work in any order, and nothing left."""

import pytest

from tests.disconnect.__main__ import in_any_order, run_within_the_erase
from tests.disconnect.scenes import MEETINGS, Meeting, reconnect


@pytest.mark.parametrize("first", range(0, 100, 25))
def test_pieces_of_work_in_any_order_leave_nothing(first: int) -> None:
    left: list[str] = []
    for seed in range(first, first + 25):
        assert in_any_order(10_000 + seed, left) > 0
    assert left == []


@pytest.mark.parametrize("meeting", [each for each in MEETINGS if each.operation is reconnect], ids=["reconnect"])
def test_a_reconnect_at_any_moment_of_a_disconnect_leaves_nothing(meeting: Meeting) -> None:
    left: list[str] = []
    assert run_within_the_erase(meeting, left) > 30
    assert left == []
