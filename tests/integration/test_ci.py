"""`.ci/run` has a budget: the minutes beside each of its steps, and how long the whole takes by them."""

import re
from pathlib import Path

RUN = (Path(__file__).parents[2] / ".ci" / "run").read_text(encoding="utf-8")
LANES = dict(re.findall(r"^(one_core|two_cores)\(\) \{\n(.+?)^\}", RUN, re.MULTILINE | re.DOTALL))
BUDGET = 40


def minutes(text: str) -> list[float]:
    """One of each step; a step that does not say it is an error."""
    steps = re.findall(r"^ *(step \"make .+)$", text, re.MULTILINE)
    said = [re.search(r" # (\d+(?:\.\d+)?)\b", step) for step in steps]
    assert all(said), steps
    return [float(each[1]) for each in said if each]


def test_every_step_says_its_minutes() -> None:
    assert len(minutes(RUN)) > 15


def test_the_whole_stays_under_forty_minutes() -> None:
    assert LANES.keys() == {"one_core", "two_cores"}
    side_by_side = [sum(minutes(lane)) for lane in LANES.values()]
    before = sum(minutes(RUN)) - sum(side_by_side)
    assert 0 < before + max(side_by_side) < BUDGET
