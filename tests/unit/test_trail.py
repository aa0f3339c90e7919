"""An account's last days of followers as one short text."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from socials.aws.items.trail import text_to_trail, trail_to_text
from socials.models.accounts import FollowerPoint

FIRST = date(2026, 10, 23)


@st.composite
def trails(draw: st.DrawFn) -> tuple[FollowerPoint, ...]:
    """Days with a number, days whose number nobody told, days without a point."""
    offsets = sorted(draw(st.sets(st.integers(0, 40), max_size=30)))
    numbers = st.none() | st.integers(0, 10**10)
    first = draw(st.dates(date(1970, 1, 1), date(9000, 1, 1)))
    return tuple(FollowerPoint(first + timedelta(days=offset), draw(numbers)) for offset in offsets)


@given(trails())
def test_a_trail_reads_as_it_was_written(trail: tuple[FollowerPoint, ...]) -> None:
    assert text_to_trail(trail_to_text(trail)) == trail


def test_a_month_of_usual_numbers_takes_less_than_a_hundred_letters() -> None:
    text = trail_to_text([FollowerPoint(FIRST + timedelta(days=n), 48_200 - 93 * n) for n in range(30)])
    assert len(text) < 100


def test_a_day_that_nobody_told_is_no_day_without_a_point() -> None:
    told = (FollowerPoint(FIRST, 5), FollowerPoint(FIRST + timedelta(days=1), None))
    skipped = (FollowerPoint(FIRST, 5), FollowerPoint(FIRST + timedelta(days=2), 4))
    assert trail_to_text(told)[-2:] == "K?"
    assert trail_to_text(skipped)[-3:] == "K.D"
