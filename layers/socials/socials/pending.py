"""What a run has read and not yet written: its days, and of its posts those that differ from what is stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from socials.models.claims import MOST_BESIDE
from socials.models.lives import LifeKey
from socials.models.readings import Day, Post
from socials.values import replace

if TYPE_CHECKING:
    from socials.ports import History
    from socials.unlisted import Listing

_READ_AT_ONCE = 100
_FLUSH_AT = 90

# What is written beside the row, each with the name that a checkpoint has for its kind.
Beside = list[tuple[str, Any]]


class Pending:
    """Of one life. What is taken twice is there once: a day with all that is known of it, a post as last read."""

    def __init__(self, history: History, life: LifeKey) -> None:
        self._history = history
        self._life = life
        self._days: dict[date, Day] = {}
        self._posts: dict[str, Post] = {}

    def take_day(self, day: Day) -> None:
        """A day of which nothing is known is none to show: it only tells from when to read again."""
        if day.followers is None and not day.metrics.known():
            return
        pending = self._days.get(day.date)
        self._days[day.date] = day if pending is None else _merged(pending, day)

    def take_posts(self, posts: Iterable[Post]) -> None:
        self._posts.update({post.post_id: post for post in posts})

    @property
    def is_much(self) -> bool:
        """Enough posts for a write of their own."""
        return len(self._posts) >= _FLUSH_AT

    def forget(self) -> None:
        self._days, self._posts = {}, {}

    def beside(self, now: datetime, *, all_new: bool, renew: bool, listing: Listing | None) -> Beside:
        """What is to be written. `all_new`: nothing of the life is stored, so nobody need look. `renew`: posts that are
        unchanged too, which keeps them for longer. `listing` is told what is stored beside the posts."""
        days: Beside = [("days", day) for day in self._days.values()]
        if all_new:
            return days + [("posts", replace(post, updated_at=now)) for post in self._posts.values()]
        return days + self._changed_posts(now, renew, listing)

    def _changed_posts(self, now: datetime, renew: bool, listing: Listing | None) -> Beside:
        """Of the pending posts those that differ from what is stored; a blank never overwrites a stored number. After
        each what is stored of it under another time of publishing, which changes when an unlisted video becomes public.
        """
        pending = list(self._posts.values())
        changed: Beside = []
        for start in range(0, len(pending), _READ_AT_ONCE):
            batch = pending[start : start + _READ_AT_ONCE]
            stored = self._history.stored_posts(self._life, batch)
            if listing is not None:
                listing.meet(stored.values())
            for new in batch:
                old = stored.get(new.post_id)
                if (post := _changed(new, old, now, renew)) is not None:
                    changed.append(("posts", post))
                if old is not None and old.published_at != new.published_at:
                    changed.append(("moved", replace(old, updated_at=now)))
        return changed


def as_many_as_go(beside: Beside) -> tuple[Beside, Beside]:
    """What one write takes, and the rest. A moved post's old copy goes with the post: nobody would find it later."""
    cut = MOST_BESIDE
    while cut < len(beside) and beside[cut][0] == "moved":
        cut -= 1
    return beside[:cut], beside[cut:]


def by_kind(beside: Beside) -> dict[str, Any]:
    """As a checkpoint names them."""
    sorted_out: dict[str, list[Any]] = {}
    for kind, one in beside:
        sorted_out.setdefault(kind, []).append(one)
    return {kind: tuple(some) for kind, some in sorted_out.items()}


def _changed(new: Post, old: Post | None, now: datetime, renew: bool) -> Post | None:
    if old is None:
        return replace(new, updated_at=now)
    merged = replace(new, metrics=new.metrics.over(old.metrics), updated_at=old.updated_at)
    if merged.metrics != old.metrics:
        return replace(merged, updated_at=now)
    if merged != old:  # another title, another address after a rename, or back on the list: no number has moved
        return merged
    return old if renew else None


def _merged(one: Day, other: Day) -> Day:
    return Day(
        date=one.date,
        followers=other.followers if other.followers is not None else one.followers,
        metrics=other.metrics.over(one.metrics),
        provisional=one.provisional if other.provisional is None else other.provisional,
    )
