"""What time it is, as the local stack moves it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from socials import clock
from socials.telemetry import invoke
from tests.support.doorways import Context


@pytest.fixture(autouse=True)
def _clock_set_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield
    monkeypatch.delenv("CLOCK_SHIFT", raising=False)
    clock.set_clock()


@pytest.mark.parametrize(("shift", "seconds"), [(None, 0), ("", 0), ("0", 0), ("86400", 86_400), ("-60", -60)])
def test_now_is_in_whole_seconds_and_moved_by_the_shift(
    monkeypatch: pytest.MonkeyPatch, shift: str | None, seconds: int
) -> None:
    monkeypatch.delenv("CLOCK_SHIFT", raising=False)
    if shift is not None:
        monkeypatch.setenv("CLOCK_SHIFT", shift)
    before = datetime.now(UTC).replace(microsecond=0)
    moved = invoke(Context(), lambda _unit: clock.now()) - timedelta(seconds=seconds)
    assert before <= moved <= datetime.now(UTC)
    assert moved.microsecond == 0
