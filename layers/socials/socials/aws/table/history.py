"""Days, posts, runs and events of one life."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from socials.aws.items import keys
from socials.aws.items.attributes import Item
from socials.aws.items.history import item_to_event, item_to_post
from socials.aws.items.runs import item_to_run
from socials.aws.items.weeks import item_to_days
from socials.aws.table.table import Table
from socials.clock import Clock, epoch
from socials.errors import Malformed
from socials.models.events import Event
from socials.models.lives import LifeKey, Page
from socials.models.readings import Day, Post
from socials.models.runs import Run

if TYPE_CHECKING:
    from socials.ports import Entry

T = TypeVar("T")

_LONGEST_CURSOR = 512
_MOST_AT_ONCE = 100
_STRETCH = 2
_FIRST_LOOK = 4


class TableHistory:
    def __init__(self, table: Table, clock: Clock) -> None:
        self._table, self._clock = table, clock

    def days(self, life: LifeKey, first: date, last: date) -> list[Day]:
        if first > last:
            return []
        between = {"first": keys.week_sk(first), "last": keys.week_sk(last)}
        found = self._table.query("#pk = :pk AND #sk BETWEEN :first AND :last", pk=keys.life_pk(life), **between)
        return [day for item in found if self._alive(item) for day in item_to_days(item) if first <= day.date <= last]

    def first_day(self, life: LifeKey) -> date | None:
        where = "#pk = :pk AND begins_with(#sk, :prefix)"
        found = self._table.query(where, pk=keys.life_pk(life), prefix="DAY#", Limit=_FIRST_LOOK)
        days = (day.date for item in found if self._alive(item) for day in item_to_days(item))
        return next(days, None)

    def everything(self, life: LifeKey, after: str) -> Iterator[tuple[str, Entry]]:
        if len(after.encode()) > _LONGEST_CURSOR:
            raise Malformed("not a cursor of this list", code="bad_cursor")
        week = keys.week_around(after)
        on = "AND #sk >= :week" if week else "AND #sk > :after" if after else ""
        for item in self._table.query(f"#pk = :pk {on}", pk=keys.life_pk(life), week=week, after=after):
            if self._alive(item):
                yield from ((place, entry) for place, entry in _entries(item, life) if place > after)

    def _alive(self, item: Item) -> bool:
        """The table deletes late."""
        return "expires_at" not in item or bool(item["expires_at"] > epoch(self._clock()))

    def posts(self, life: LifeKey, limit: int, after: str | None) -> Page[Post]:
        return self._newest_first(life, "POST#", limit, after, item_to_post)

    def stored_posts(self, life: LifeKey, posts: Sequence[Post]) -> dict[str, Post]:
        """What a platform tells in one go lies side by side, and a query pays for the sum of what it reads: some units
        for a page, where asking for each post is one for each. A post told out of its place would stretch the span
        over all between, so after twice their number the rest are asked for one by one. One whose time has changed lies
        among them as a rule, and is met on the way."""
        if len(posts) > _MOST_AT_ONCE:
            raise ValueError(f"at most {_MOST_AT_ONCE} posts are asked for")
        wanted = sorted(set(map(keys.post_sk, posts)), reverse=True)
        if not wanted:
            return {}
        found = self._span(life, wanted[-1], wanted[0], _STRETCH * len(wanted))
        if len(found) == _STRETCH * len(wanted):
            reached = min(found)
            for sk in (sk for sk in wanted if sk < reached):
                found |= self._span(life, sk, sk, 1)
        in_place = _posts_in(filter(self._alive, (found[sk] for sk in wanted if sk in found)))
        if len(in_place) == len(found):
            return in_place
        return _posts_in(filter(self._alive, found.values())) | in_place

    def _span(self, life: LifeKey, first: str, last: str, most: int) -> dict[str, Item]:
        """Items by sort key, the newest first."""
        found = self._table.query(
            "#pk = :pk AND #sk BETWEEN :first AND :last",
            pk=keys.life_pk(life),
            first=first,
            last=last,
            ScanIndexForward=False,
            Limit=most,
        )
        return {item["sk"]: item for item in islice(found, most)}

    def runs(self, life: LifeKey, limit: int, after: str | None) -> Page[Run]:
        return self._newest_first(life, "RUN#", limit, after, lambda item: item_to_run(item, life.account_id))

    def run(self, life: LifeKey, run_id: str) -> Run | None:
        key = {"pk": keys.life_pk(life), "sk": keys.run_sk(run_id)}
        item = None if keys.exists_nowhere(key) else self._table.get(key)
        if item is None or item["expires_at"] <= epoch(self._clock()):
            return None
        return item_to_run(item, life.account_id)

    def events(self, life: LifeKey, limit: int, after: str | None) -> Page[Event]:
        return self._newest_first(life, "EVENT#", limit, after, item_to_event)

    def _newest_first(
        self, life: LifeKey, prefix: str, limit: int, after: str | None, model: Callable[[Item], T]
    ) -> Page[T]:
        """One item more than asked for tells whether the list goes on. A cursor is a sort key without its prefix, so
        that none can lead out of its list."""
        if after is not None and not 0 < len(after.encode()) <= _LONGEST_CURSOR:
            raise Malformed("not a cursor of this list", code="bad_cursor")
        options: dict[str, object] = {"ScanIndexForward": False, "Limit": limit + 1}
        if after is not None:
            options["ExclusiveStartKey"] = {"pk": {"S": keys.life_pk(life)}, "sk": {"S": prefix + after}}
        found = self._table.query(
            "#pk = :pk AND begins_with(#sk, :prefix)",
            FilterExpression="attribute_not_exists(#expires_at) OR #expires_at > :now",
            pk=keys.life_pk(life),
            prefix=prefix,
            now=self._clock(),
            **options,
        )
        items = list(islice(found, limit + 1))
        more = len(items) > limit
        cursor = items[limit - 1]["sk"].removeprefix(prefix) if more else None
        return Page(tuple(map(model, items[:limit])), cursor)


def _posts_in(items: Iterable[Item]) -> dict[str, Post]:
    """By post_id."""
    return {post.post_id: post for post in map(item_to_post, items)}


def _entries(item: Item, life: LifeKey) -> Iterator[tuple[str, Entry]]:
    """What is in an item, each with its place."""
    match item["sk"].partition("#")[0]:
        case "DAY":
            yield from ((keys.day_sk(day.date), day) for day in item_to_days(item))
        case "POST":
            yield item["sk"], item_to_post(item)
        case "EVENT":
            yield item["sk"], item_to_event(item)
        case _:
            yield item["sk"], item_to_run(item, life.account_id)
