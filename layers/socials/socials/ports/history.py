"""What is stored under one life: read by lists, counted and deleted by an erase."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Protocol

from socials.models.events import Event
from socials.models.lives import LifeKey, Page
from socials.models.readings import Day, Post
from socials.models.receipts import Counts
from socials.models.runs import Run

Entry = Day | Post | Run | Event


class History(Protocol):
    """Days, posts, runs and events of one life. Items past their `expires_at` are never returned.

    `after` may be anything: one that cannot be a cursor raises Malformed.
    """

    def days(self, life: LifeKey, first: date, last: date) -> list[Day]:
        """Inclusive, oldest first."""
        ...

    def first_day(self, life: LifeKey) -> date | None: ...

    def posts(self, life: LifeKey, limit: int, after: str | None) -> Page[Post]: ...

    def stored_posts(self, life: LifeKey, posts: Sequence[Post]) -> dict[str, Post]:
        """Those of `posts` that are stored, by post_id, and what else is met between them. At most 100 asked for: one
        read where they lie side by side. A post that is stored under another time only is found where that time lies
        between the others'. Of what lies between them much may be left out, where it is more than they are."""
        ...

    def runs(self, life: LifeKey, limit: int, after: str | None) -> Page[Run]: ...

    def run(self, life: LifeKey, run_id: str) -> Run | None: ...

    def events(self, life: LifeKey, limit: int, after: str | None) -> Page[Event]: ...

    def everything(self, life: LifeKey, after: str) -> Iterator[tuple[str, Entry]]:
        """All that is kept, noun by noun in a lasting order, each with its place; `after` '' begins at the first. Reads
        as it is asked on: no step is atomic with the one before."""
        ...


class Remains(Protocol):
    """What is left of one life, for the erase."""

    def count(self, life: LifeKey) -> Counts:
        """By noun, consistent reads, `secrets` 0."""
        ...

    def delete_some(self, life: LifeKey, limit: int) -> int:
        """Delete up to `limit` items of the life, return how many; 0 = a consistent read found none."""
        ...

    def delete_account(self, user: str, account_id: str, life: str) -> None:
        """The account row, if it is still of that life."""
        ...
