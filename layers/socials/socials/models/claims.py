"""A worker's claim on an account, and what it writes under it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from socials.models.accounts import Account
    from socials.models.events import Event
    from socials.models.readings import Day, Post
    from socials.models.runs import Run


# A transaction takes 100 items, of which the account's row is one.
MOST_BESIDE = 99


class ClaimOutcome(StrEnum):
    CLAIMED = "claimed"
    LEASED = "leased"
    IDLE = "idle"


class Claim(Struct, frozen=True):
    """`account` is the row after a claim, or as it stood when there was nothing to claim (None: gone, another life)."""

    outcome: ClaimOutcome
    account: Account | None


class Checkpoint(Struct, frozen=True, kw_only=True):
    """What a worker writes in one transaction, fenced by its own claim: the row and at most MOST_BESIDE items.

    `account`: the whole row as the worker knows it; its run may be finished (then `finished` is that run, to be kept as
    an item, and the row holds no run). `lease_until` None in it releases the lease. `events`: what this write makes
    true, for the diary. `moved`: posts as they lie under a time of publishing that is theirs no longer; nobody reads
    those from their `updated_at` on. `posts_until`, `days_until`: when what is written here may no longer be read; a
    day may be gone before, with the first that was written of its week.
    """

    account: Account
    days: tuple[Day, ...] = ()
    posts: tuple[Post, ...] = ()
    moved: tuple[Post, ...] = ()
    finished: Run | None = None
    events: tuple[Event, ...] = ()
    posts_until: datetime | None = None
    days_until: datetime | None = None
