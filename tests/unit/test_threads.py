"""Where the threads of a batch run."""

import os
from threading import Barrier

import pytest

from socials.threads import threads

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors are chosen on Linux only")


def _processors_of_two_threads(monkeypatch: pytest.MonkeyPatch, memory: str | None) -> list[set[int]]:
    if memory is None:
        monkeypatch.delenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", raising=False)
    else:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory)
    together = Barrier(2)

    def look() -> set[int]:
        together.wait(timeout=30)
        return set(os.sched_getaffinity(0))

    with threads.__wrapped__(2) as pool:
        looks = [pool.submit(look) for _ in range(2)]
        return [each.result() for each in looks]


@pytest.mark.parametrize("memory", ["256", "512", "1024", "1768"])
def test_with_part_of_a_processors_time_all_run_on_one(monkeypatch: pytest.MonkeyPatch, memory: str) -> None:
    all_there_are = os.sched_getaffinity(0)
    one, other = _processors_of_two_threads(monkeypatch, memory)
    assert one == other
    assert len(one) == 1
    assert one <= all_there_are
    assert os.sched_getaffinity(0) == all_there_are  # whoever begins them is where it was


@pytest.mark.parametrize("memory", [None, "", "1769", "3008"])
def test_with_a_whole_processors_time_or_outside_of_lambda_they_run_anywhere(
    monkeypatch: pytest.MonkeyPatch, memory: str | None
) -> None:
    assert _processors_of_two_threads(monkeypatch, memory) == [os.sched_getaffinity(0)] * 2


def test_where_nobody_may_choose_they_run_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: int, __: set[int]) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", refused)
    assert _processors_of_two_threads(monkeypatch, "512") == [os.sched_getaffinity(0)] * 2
