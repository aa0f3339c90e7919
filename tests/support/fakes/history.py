"""Days, posts and runs of a life in memory."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import TypeVar

from socials.clock import Clock, iso
from socials.errors import Malformed
from socials.models.events import Event
from socials.models.lives import LifeKey, Page
from socials.models.readings import Day, Post
from socials.models.runs import Run
from socials.ports import Entry
from socials.timing import EVENT_LIVES
from tests.support.fakes.rows import Rows

Item = TypeVar("Item")


class FakeHistory:
    def __init__(self, rows: Rows, clock: Clock) -> None:
        self._rows, self._clock = rows, clock

    def days(self, life: LifeKey, first: date, last: date) -> list[Day]:
        days = self._days(life)
        return [days[day] for day in sorted(days) if first <= day <= last]

    def first_day(self, life: LifeKey) -> date | None:
        return min(self._days(life), default=None)

    def everything(self, life: LifeKey, after: str) -> Iterator[tuple[str, Entry]]:
        if len(after.encode()) > 512:
            raise Malformed("not a cursor of this list", code="bad_cursor")
        rows, now = self._rows.life(life), self._clock()
        kept: dict[str, Entry] = {f"DAY#{day.isoformat()}": row for day, row in self._days(life).items()}
        kept |= {f"EVENT#{key}": event for key, event in rows.events.items() if event.at + EVENT_LIVES > now}
        kept |= {f"POST#{iso(at)}#{post_id}": post for (at, post_id), post in self._posts(life).items()}
        kept |= {f"RUN#{run_id}": run for run_id, run in rows.runs.items() if self._alive(run)}
        yield from ((place, kept[place]) for place in sorted(kept) if place > after)

    def posts(self, life: LifeKey, limit: int, after: str | None) -> Page[Post]:
        posts = list(self._posts(life).values())
        return _page(posts, lambda post: f"{iso(post.published_at)}#{post.post_id}", limit, after)

    def stored_posts(self, life: LifeKey, posts: Sequence[Post]) -> dict[str, Post]:
        if len(posts) > 100:
            raise ValueError("at most 100 posts are asked for")
        stored, times = self._posts(life), [post.published_at for post in posts]
        asked = {post.post_id: post.published_at for post in posts}
        between = [post for post in stored.values() if min(times) <= post.published_at <= max(times)] if times else []
        between.sort(key=lambda post: post.published_at == asked.get(post.post_id))
        return {post.post_id: post for post in between}

    def runs(self, life: LifeKey, limit: int, after: str | None) -> Page[Run]:
        alive = [run for run in self._rows.life(life).runs.values() if self._alive(run)]
        return _page(alive, lambda run: run.run_id, limit, after)

    def run(self, life: LifeKey, run_id: str) -> Run | None:
        run = self._rows.life(life).runs.get(run_id)
        return run if run is not None and self._alive(run) else None

    def events(self, life: LifeKey, limit: int, after: str | None) -> Page[Event]:
        now = self._clock()
        alive = [event for event in self._rows.life(life).events.values() if event.at + EVENT_LIVES > now]
        return _page(alive, lambda event: event.event_id, limit, after)

    def _days(self, life: LifeKey) -> dict[date, Day]:
        rows, now = self._rows.life(life), self._clock()
        return {day: row for day, row in rows.days.items() if rows.readable(day, now)}

    def _posts(self, life: LifeKey) -> dict[tuple[datetime, str], Post]:
        rows, now = self._rows.life(life), self._clock()
        return {key: post for key, post in rows.posts.items() if rows.readable(key, now)}

    def _alive(self, run: Run) -> bool:
        now: datetime = self._clock()
        return run.ends_at > now


def _page(items: list[Item], key: Callable[[Item], str], limit: int, after: str | None) -> Page[Item]:
    if after is not None and not 0 < len(after.encode()) <= 512:
        raise Malformed("not a cursor of this list", code="bad_cursor")
    newest_first = sorted(items, key=key, reverse=True)
    rest = [item for item in newest_first if after is None or key(item) < after]
    page = rest[:limit]
    return Page(tuple(page), key(page[-1]) if len(rest) > limit else None)
