"""A line told by orjson says what the standard library would have said."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socials.aws.quick_json import line_of
from socials.models.readings import Tokens
from socials.telemetry import in_json


class Word(StrEnum):
    ONE = "one"


@dataclass
class Record:
    secret: str


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
FACTS = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


@given(st.dictionaries(st.text(), FACTS, max_size=5))
def test_any_json_is_read_the_same(facts: dict[str, Any]) -> None:
    assert json.loads(line_of(facts)) == json.loads(in_json(facts))


@pytest.mark.parametrize(
    "value",
    [Word.ONE, {"é": "ü€"}, ("a", 1), Record("hunter2"), datetime(2026, 11, 29, tzinfo=UTC), Tokens(access="hunter2")],
)
def test_values_of_ours_are_told_the_same_and_by_their_kind_only(value: object) -> None:
    assert line_of({"it": value}) == in_json({"it": value})
    assert "hunter2" not in line_of({"it": value})


def test_half_a_character_is_told_as_ever() -> None:
    assert line_of({"it": "\ud800"}) == in_json({"it": "\ud800"})
