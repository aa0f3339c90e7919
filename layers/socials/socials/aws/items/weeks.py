"""Days of one life, a week of them in an item.

Most of a day by itself would be its key and what the table counts beside each item; and what a sync knows of today and
of yesterday nearly always lies in one week, so it is one write. Each number has an attribute of its own, named by the
day of the month (`l22`: likes), so that a reading sets what it knows and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from socials.aws.items import keys
from socials.aws.items.attributes import Item
from socials.aws.items.letters import LETTERS
from socials.aws.items.numbers import metrics_in, number_in
from socials.models.readings import Day

if TYPE_CHECKING:
    from socials.models.lives import LifeKey

_WEEK = 7


def weeks(life: LifeKey, days: Iterable[Day]) -> Iterator[tuple[keys.Key, Item, Item]]:
    """Each week's key, what these readings know of it, and what is an estimate no more. Of what they know, numbers are
    to be set over what is stored and sets to be added to it: `days`, those of the month that are known, and by day
    which of its numbers the platform still works on; of these the last are to be taken away. A week of which nothing is
    known is left out."""
    known: dict[str, Item] = {}
    settled: dict[str, Item] = {}
    for day in days:
        of, told = f"{day.date:%d}", day.metrics.known()
        numbers = {**told, "followers": day.followers, "provisional": day.provisional}
        found = {LETTERS[name] + of: value for name, value in numbers.items() if value is not None}
        if not found:
            continue
        week = known.setdefault(keys.week_sk(day.date), {"days": frozenset()})
        week |= found | {"days": week["days"] | {of}}
        if told and day.provisional is not None:
            where = week if day.provisional else settled.setdefault(keys.week_sk(day.date), {})
            where[LETTERS["estimates"] + of] = frozenset(LETTERS[name] for name in told)
    for week_sk, week in known.items():
        yield {"pk": keys.life_pk(life), "sk": week_sk}, week, settled.get(week_sk, {})


def item_to_days(item: Mapping[str, Any]) -> Iterator[Day]:
    """Oldest first. None of an item that holds a single day, as older versions stored them."""
    monday = date.fromisoformat(item["sk"].removeprefix("DAY#"))
    for day in (monday + timedelta(days=n) for n in range(_WEEK)):
        if f"{day:%d}" in item.get("days", ()):
            yield _day(item, day)


def number_of_days(item: Mapping[str, Any]) -> int:
    return len(item["days"]) if "days" in item else 1


def _day(item: Mapping[str, Any], day: date) -> Day:
    """A number that was an estimate and that no final reading told since is one still, and so is its day."""
    of = f"{day:%d}"
    followers, provisional = number_in(item, "followers", of), number_in(item, "provisional", of)
    estimated = bool(number_in(item, "estimates", of)) or provisional
    return Day(date=day, followers=followers, metrics=metrics_in(item, of), provisional=estimated)
