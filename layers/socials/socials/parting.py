"""A person parts with us on the platform itself, and the platform tells us."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from socials import ids
from socials.clock import Clock, iso
from socials.disconnecting import Disconnecting
from socials.errors import Invalid, NotFound
from socials.models.accounts import REMOVED, Account, Cause
from socials.models.events import broke
from socials.models.grants import Grant, held
from socials.models.receipts import ReceiptState
from socials.platforms import platform as platform_named
from socials.platforms.base import Notice, Platform
from socials.ports import Accounts, Apps, Deletion, Deletions, Grants, Persons


@dataclass(frozen=True, slots=True)
class Parting:
    accounts: Accounts
    grants: Grants
    persons: Persons
    apps: Apps
    deletions: Deletions
    disconnecting: Disconnecting
    clock: Clock

    def deauthorize(self, slug: str, notice: Notice) -> int:
        """Every account of the person shows that they removed us, but those connected again since. How many. Raises
        NotFound, Malformed, Forged."""
        platform, person = self._heard(slug, notice)
        now = self.clock()
        message = f"You removed PostLoudly on {platform.facts.name} at {iso(now)}."
        cause = Cause(REMOVED, message, now)
        removed = (
            row
            for grant, row in self._accounts(slug, person)
            if row.grant_id == grant.grant_id and grant.created_at <= notice.received_at
        )
        return sum(self.accounts.end_access(row, cause, broke(cause, now)) for row in removed)

    def delete(self, slug: str, notice: Notice) -> str:
        """Every account of the person is disconnected; the confirmation code of it. Raises as `deauthorize`."""
        _, person = self._heard(slug, notice)
        receipts = [
            (row.user, self.disconnecting.disconnect(row.user, row.account_id).receipt_id)
            for _, row in self._accounts(slug, person)
        ]
        code = secrets.token_urlsafe(24)
        self.deletions.keep(ids.secret_hash(code), Deletion(self.clock(), tuple(receipts)))
        return code

    def standing(self, code: str) -> tuple[Deletion, bool]:
        """What the code stands for, and whether all of it is deleted. Raises NotFound."""
        deletion = self.deletions.find(ids.secret_hash(code), self.clock())
        if deletion is None:
            raise NotFound("No such deletion.")
        found = [self.disconnecting.find(user, receipt_id) for user, receipt_id in deletion.receipts]
        return deletion, all(receipt.state is ReceiptState.DONE for receipt in found)

    def _heard(self, slug: str, notice: Notice) -> tuple[Platform, str]:
        try:
            platform = platform_named(slug)
        except Invalid:
            raise NotFound("No such platform.") from None
        app = self.apps.get(slug)
        if platform.hear is None or app is None:
            raise NotFound("This platform tells us nothing here.")
        return platform, platform.hear(app, notice)

    def _accounts(self, slug: str, person: str) -> Iterator[tuple[Grant, Account]]:
        """With the grant by which each was found; also other users' of ours, whom the same person let in."""
        for holding in sorted(self.persons.holdings(slug, ids.person_hash(slug, person))) if person else ():
            user, grant_id = held(holding)
            grant = self.grants.get(user, grant_id)
            for each in sorted(grant.members) if grant else ():
                account_id, _, life = each.partition("#")
                account = self.accounts.get(user, account_id)
                if grant and account is not None and account.life == life and not account.disconnecting:
                    yield grant, account
