"""The names that numbers have in items: a letter each, since a year of days would be names for the most part."""

from collections.abc import Mapping
from typing import Any

from socials.models.readings import METRIC_NAMES, Metrics

LETTERS = {
    "impressions": "i",
    "reach": "r",
    "likes": "l",
    "comments": "c",
    "saves": "s",
    "shares": "h",
    "clicks": "k",
    "views": "v",
    "followers": "f",
    "provisional": "p",
    "estimates": "e",
}


def number_in(item: Mapping[str, Any], name: str, day: str = "") -> Any:
    """What is stored, `day` (of the month) where it is a day's: None where nothing is. Older versions wrote the whole
    name, and what is written since stands beside it."""
    letter = LETTERS[name] + day
    return item[letter] if letter in item else item.get(name + day)


def metrics_in(item: Mapping[str, Any], day: str = "") -> Metrics:
    return Metrics(**{name: number_in(item, name, day) for name in METRIC_NAMES})
