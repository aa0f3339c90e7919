"""Numbers as they lie in items."""

from collections.abc import Mapping
from typing import Any

from socials.aws.items.letters import LETTERS
from socials.models.readings import METRIC_NAMES, Metrics


def number_in(item: Mapping[str, Any], name: str, day: str = "") -> Any:
    """What is stored, `day` (of the month) where it is a day's: None where nothing is. Older versions wrote the whole
    name, and what is written since stands beside it."""
    letter = LETTERS[name] + day
    return item[letter] if letter in item else item.get(name + day)


def metrics_in(item: Mapping[str, Any], day: str = "") -> Metrics:
    return Metrics(**{name: number_in(item, name, day) for name in METRIC_NAMES})
