"""What a disconnect would take along, counted and not guessed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from socials.clock import Clock
from socials.errors import NotFound
from socials.models.accounts import Account
from socials.models.lives import LifeKey
from socials.models.receipts import Counts
from socials.platforms import facts_of

if TYPE_CHECKING:
    from socials.platforms.facts import Revokes
    from socials.ports import Accounts, Grants, History, Remains


class Preview(Struct, frozen=True):
    """`first_day`: since when there are days. `shares_with`: the caller's other accounts for whose sake nothing is
    revoked as long as they stay."""

    counts: Counts
    first_day: date | None
    revokes: Revokes
    shares_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Previewing:
    accounts: Accounts
    grants: Grants
    history: History
    remains: Remains
    clock: Clock

    def preview(self, user: str, account_id: str) -> Preview:
        """Raises NotFound, also for an account that is being disconnected."""
        accounts = [row for row in self.accounts.list(user) if not row.disconnecting]
        account = next((row for row in accounts if row.account_id == account_id), None)
        if account is None:
            raise NotFound("No such account.")
        life, revokes = LifeKey(user, account_id, account.life), facts_of(account.platform).revokes
        if account.reconnect_by is not None and account.reconnect_by <= self.clock():
            revokes = "nothing"  # what it takes has ended by then
        shared = self._same_person(account) if revokes == "person" else {account.grant_id}
        others = [row.account_id for row in accounts if row.grant_id in shared and row.account_id != account_id]
        return Preview(self.remains.count(life), self.history.first_day(life), revokes, tuple(sorted(others)))

    def _same_person(self, account: Account) -> set[str]:
        """The caller's grants that came from the same person as the account's."""
        grants = [grant for grant in self.grants.list(account.user) if grant.platform == account.platform]
        persons = {grant.person for grant in grants if grant.grant_id == account.grant_id and grant.person}
        return {account.grant_id, *(grant.grant_id for grant in grants if grant.person in persons)}
