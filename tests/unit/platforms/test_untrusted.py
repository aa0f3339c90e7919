"""What a platform sent is cleaned alike, whether or not there is anything in it to clean."""

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from socials.platforms.untrusted import count, net, text

DROPPED = ("Cc", "Cs", "Co", "Cn")
TURNING = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def cleaned(value: str, limit: int) -> str | None:
    """The same in one way for every text: each character is looked up."""
    spaced = " ".join(value[: limit * 8].split())
    kept = "".join(c for c in spaced if unicodedata.category(c) not in DROPPED and c not in TURNING).strip()
    return (kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…") or None


@given(
    st.text(st.characters() | st.characters(categories=["Cc", "Cf", "Co", "Cn", "Zs", "Zl", "Zp"])), st.integers(1, 40)
)
@example("plain", 40)
@example("\u2066turned\u2069 and\tspaced\u00a0out", 40)
@example("a family: \U0001f468\u200d\U0001f469\u200d\U0001f467", 40)
@example("\x00", 40)
def test_any_text_is_cleaned_as_if_each_character_were_looked_up(value: str, limit: int) -> None:
    assert text(value, limit) == cleaned(value, limit)


def test_what_can_be_printed_holds_no_character_that_is_dropped() -> None:
    dropped = [chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) in DROPPED] + list(TURNING)
    assert not [c for c in dropped if c.isprintable()]


@pytest.mark.parametrize("value", [True, False, None, "-1", 1.5, 10**16, float("nan"), float("inf")])
def test_what_is_no_count_is_none_below_zero_either(value: Any) -> None:
    assert count(value) is None and net(value) is None
    if isinstance(value, float | int) and not isinstance(value, bool):
        assert net(-value) is None


@pytest.mark.parametrize("value", [0, 7, 7.0, 10**15])
def test_only_what_may_be_taken_back_counts_below_zero(value: float) -> None:
    assert count(value) == net(value) == value == -(net(-value) or 0)
    assert count(-value) is None or value == 0
