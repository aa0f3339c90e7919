"""Looking at the data of one account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from socials.clock import Clock
from socials.errors import FieldError, Invalid, NotFound
from socials.listing import Listing
from socials.models.accounts import Account
from socials.models.events import Event
from socials.models.lives import LifeKey, Page
from socials.models.readings import Day, Post
from socials.models.runs import Run
from socials.platforms import facts_of

if TYPE_CHECKING:
    from socials.ports import History

MAX_DAYS = 366
DEFAULT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Browsing:
    listing: Listing
    history: History
    clock: Clock

    def runs(self, user: str, account_id: str, limit: int, after: str | None) -> Page[Run]:
        """Newest first; the run under way stands before those that ended."""
        account = self._readable(user, account_id)
        current = account.active_run if after is None else None
        page = self.history.runs(_life(account), limit, after)
        if current is None:
            return page
        ended = (run for run in page.items if run.run_id != current.run_id)  # it may have ended between the two reads
        items = (current, *ended)[:limit]
        full = len(page.items) == limit
        return Page(items, items[-1].run_id if full or page.cursor else None)

    def run(self, user: str, account_id: str, run_id: str) -> Run:
        """Raises NotFound."""
        account = self._readable(user, account_id)
        if account.active_run and account.active_run.run_id == run_id:
            return account.active_run
        run = self.history.run(_life(account), run_id)
        if run is None:
            raise NotFound("No such run.")
        return run

    def events(self, user: str, account_id: str, limit: int, after: str | None) -> Page[Event]:
        """The diary, newest first."""
        return self.history.events(_life(self._readable(user, account_id)), limit, after)

    def posts(self, user: str, account_id: str, limit: int, after: str | None) -> Page[Post]:
        """Newest first."""
        return self.history.posts(_life(self._readable(user, account_id)), limit, after)

    def days(self, user: str, account_id: str, first: date | None, last: date | None) -> tuple[list[Day], date]:
        """Inclusive, at most 366 days, the last 90 by default; and today on the platform's clock. Raises Invalid."""
        account = self._readable(user, account_id)
        today = facts_of(account.platform).today(self.clock())
        until = last or today
        since = first or until - min(timedelta(days=DEFAULT_DAYS - 1), until - date.min)
        if since > until:
            raise Invalid([FieldError("from", f"a day not after `to` ({until})")])
        if (until - since).days >= MAX_DAYS:
            raise Invalid([FieldError("from", f"at most {MAX_DAYS - 1} days before `to` ({until})")])
        return self.history.days(_life(account), since, until), today

    def _readable(self, user: str, account_id: str) -> Account:
        """Data of an account that is being disconnected can't be read any more."""
        account = self.listing.account(user, account_id)
        if account.disconnecting:
            raise NotFound("No such account.")
        return account


def _life(account: Account) -> LifeKey:
    return LifeKey(account.user, account.account_id, account.life)
