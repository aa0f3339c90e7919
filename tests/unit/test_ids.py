"""Ids that sort by time tell when they were made, as their specification has it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from socials import ids

SECONDS = st.integers(0, 253_402_300_799)  # to the last second of 9999
MOMENTS = SECONDS.map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(MOMENTS)
def test_when_an_id_was_made_is_what_the_library_reads(made_at: datetime) -> None:
    ulid = str(ULID.from_datetime(made_at))
    wanted = ULID.from_str(ulid).datetime.replace(microsecond=0)
    assert ids.time_of(ulid) == ids.time_of(f"acc_a.{ulid}") == wanted


@given(MOMENTS)
def test_an_id_keeps_its_time(made_at: datetime) -> None:
    assert ids.time_of(ids.time_ordered_id(made_at)) == made_at


@pytest.mark.parametrize("text", ["", "acc_a.", "none at all"])
def test_what_is_no_such_id_has_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        ids.time_of(text)
