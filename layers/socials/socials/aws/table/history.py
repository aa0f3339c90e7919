"""Days, posts, runs and events of one life."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from socials.aws.items import keys
from socials.aws.items.attributes import Item
from socials.aws.items.history import item_to_day, item_to_event, item_to_post
from socials.aws.items.runs import item_to_run
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
_MOST_IN_A_BATCH = 100
_FIRST_LOOK = 25


class TableHistory:
    def __init__(self, table: Table, clock: Clock) -> None:
        self._table, self._clock = table, clock

    def days(self, life: LifeKey, first: date, last: date) -> list[Day]:
        if first > last:
            return []
        between = {"first": keys.day_sk(first), "last": keys.day_sk(last)}
        found = self._table.query("#pk = :pk AND #sk BETWEEN :first AND :last", pk=keys.life_pk(life), **between)
        return [item_to_day(item) for item in found if self._alive(item)]

    def first_day(self, life: LifeKey) -> date | None:
        where = "#pk = :pk AND begins_with(#sk, :prefix)"
        found = self._table.query(where, pk=keys.life_pk(life), prefix="DAY#", Limit=_FIRST_LOOK)
        item = next(filter(self._alive, found), None)
        return item_to_day(item).date if item else None

    def everything(self, life: LifeKey, after: str) -> Iterator[tuple[str, Entry]]:
        if len(after.encode()) > _LONGEST_CURSOR:
            raise Malformed("not a cursor of this list", code="bad_cursor")
        since = {"when": "#pk = :pk AND #sk > :after", "after": after} if after else {"when": "#pk = :pk"}
        for item in self._table.query(pk=keys.life_pk(life), **since):
            if self._alive(item):
                yield item["sk"], _entry(item, life)

    def _alive(self, item: Item) -> bool:
        """The table deletes late."""
        return "expires_at" not in item or bool(item["expires_at"] > epoch(self._clock()))

    def posts(self, life: LifeKey, limit: int, after: str | None) -> Page[Post]:
        return self._newest_first(life, "POST#", limit, after, item_to_post)

    def stored_posts(self, life: LifeKey, posts: Sequence[Post]) -> dict[str, Post]:
        if len(posts) > _MOST_IN_A_BATCH:
            raise ValueError(f"at most {_MOST_IN_A_BATCH} posts are asked for")
        sort_keys = dict.fromkeys(map(keys.post_sk, posts))
        if not sort_keys:
            return {}
        found = self._table.get_many([{"pk": keys.life_pk(life), "sk": sk} for sk in sort_keys])
        return {post.post_id: post for post in map(item_to_post, filter(self._alive, found))}

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


def _entry(item: Item, life: LifeKey) -> Entry:
    match item["sk"].partition("#")[0]:
        case "DAY":
            return item_to_day(item)
        case "POST":
            return item_to_post(item)
        case "EVENT":
            return item_to_event(item)
        case _:
            return item_to_run(item, life.account_id)
