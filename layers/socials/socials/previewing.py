"""What a disconnect would take along, counted and not guessed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from socials.clock import Clock
from socials.errors import NotFound
from socials.models.accounts import Account
from socials.models.grants import holding
from socials.models.lives import LifeKey
from socials.models.receipts import Counts
from socials.platforms import facts_of

if TYPE_CHECKING:
    from socials.platforms.facts import Revokes
    from socials.ports import Accounts, Grants, History, Persons, Remains


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
    persons: Persons
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
        shared = {account.grant_id}
        if revokes == "person":
            shared, cuts_off_others = self._same_person(account)
            revokes = "nothing" if cuts_off_others else revokes
        others = [row.account_id for row in accounts if row.grant_id in shared and row.account_id != account_id]
        return Preview(self.remains.count(life), self.history.first_day(life), revokes, tuple(sorted(others)))

    def _same_person(self, account: Account) -> tuple[set[str], bool]:
        """The caller's grants that came from the same person as the account's; and whether a revoke would cut off
        somebody else too, or nobody knows whom: then none is made, also for the last of the caller's."""
        grants = [grant for grant in self.grants.list(account.user) if grant.platform == account.platform]
        person = next((grant.person for grant in grants if grant.grant_id == account.grant_id), None)
        if person is None:
            return {account.grant_id}, True
        theirs = {grant.grant_id for grant in grants if grant.person == person}
        ours = {holding(account.user, grant_id) for grant_id in theirs}
        return theirs | {account.grant_id}, not self.persons.holdings(account.platform, person) <= ours
