"""The names that numbers have in items: a letter each, since a year of days would be names for the most part."""

from collections.abc import Iterable

_METRICS = {
    "impressions": "i",
    "reach": "r",
    "likes": "l",
    "comments": "c",
    "saves": "s",
    "shares": "h",
    "clicks": "k",
    "views": "v",
}
LETTERS = _METRICS | {"followers": "f", "provisional": "p", "estimates": "e"}


def letters_of(metrics: Iterable[str]) -> str:
    """In order, so that the same metrics are the same text."""
    return "".join(sorted(_METRICS[name] for name in metrics))


def metrics_of(letters: str) -> frozenset[str]:
    return frozenset(name for name, letter in _METRICS.items() if letter in letters) if letters else frozenset()
