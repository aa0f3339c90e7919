"""Looking at accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

from socials.clock import Clock, iso
from socials.errors import NotFound
from socials.models.accounts import Account
from socials.platforms import facts_of, facts_table  # noqa: F401 - while the function starts, not while somebody waits
from socials.status import Status, publishable, status_of

if TYPE_CHECKING:
    from socials.ports import Accounts


class Filter(Struct, frozen=True):
    """Which accounts; None = all."""

    platform: str | None = None
    status: Status | None = None
    can_publish: bool | None = None


class AccountsPage(Struct, frozen=True):
    """`counts` by status over all of the user's accounts, unfiltered."""

    accounts: tuple[Account, ...]
    cursor: str | None
    counts: Mapping[Status, int]


@dataclass(frozen=True, slots=True)
class Listing:
    accounts: Accounts
    clock: Clock

    def page(self, user: str, wanted: Filter, limit: int, after: str | None) -> AccountsPage:
        """Oldest connection first. One query; filter, order, counts and page in memory (500 accounts at most)."""
        now = self.clock()
        rows = sorted(self.accounts.list(user), key=_sort_key)
        statuses = {row.account_id: status_of(row, now)[0] for row in rows}
        counts = Counter(statuses.values())
        here = [row for row in rows if after is None or _sort_key(row) > after]
        matching = [row for row in here if _matches(row, statuses[row.account_id], wanted)]
        page = matching[:limit]
        cursor = _sort_key(page[-1]) if len(matching) > limit else None
        return AccountsPage(tuple(page), cursor, {status: counts[status] for status in Status})

    def account(self, user: str, account_id: str) -> Account:
        """Raises NotFound."""
        account = self.accounts.get(user, account_id)
        if account is None:
            raise NotFound("No such account.")
        return account


def _matches(account: Account, status: Status, wanted: Filter) -> bool:
    facts = facts_of(account.platform)
    return (
        wanted.platform in (None, account.platform)
        and wanted.status in (None, status)
        and wanted.can_publish in (None, publishable(account, facts.can_publish(account.scopes)))
    )


def _sort_key(account: Account) -> str:
    return f"{iso(account.connected_at)}#{account.account_id}"
