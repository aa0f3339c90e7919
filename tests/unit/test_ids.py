"""Ids that sort by time tell when they were made, as their specification has it."""

import os
from concurrent.futures import ThreadPoolExecutor
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


@given(MOMENTS)
def test_an_id_is_written_as_the_library_writes_it(made_at: datetime) -> None:
    ulid = ids.time_ordered_id(made_at)
    assert str(ULID.from_bytes(ULID.from_str(ulid).bytes)) == ulid


def test_of_one_time_ids_sort_in_the_order_in_which_they_were_made() -> None:
    made = [ids.time_ordered_id(datetime(2026, 11, 29, tzinfo=UTC)) for _ in range(3_000)]
    assert sorted(set(made)) == made


def test_a_unique_name_comes_once_whoever_asks() -> None:
    """Threads of one process, and a process that was forked off in the midst of it."""
    reading, writing = os.pipe()
    with ThreadPoolExecutor(8) as pool:
        here = list(pool.map(ids.unique, ["write"] * 3_000))
    if (child := os.fork()) == 0:
        try:
            os.write(writing, " ".join(ids.unique("write") for _ in range(300)).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    there = os.read(reading, 65_536).decode().split()
    assert len({*here, *there}) == 3_300
    assert max(map(len, here)) <= 36  # as long as a token of DynamoDB's may be


@pytest.mark.parametrize("text", ["", "acc_a.", "none at all"])
def test_what_is_no_such_id_has_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        ids.time_of(text)
