"""A person parts with us on the platform itself, and the platform tells us."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from socials import ids
from socials.clock import Clock, iso
from socials.disconnecting import Disconnecting
from socials.errors import Conflict, Forged, Invalid, NotFound, ReconnectNeeded
from socials.models.accounts import REMOVED, Account, Cause
from socials.models.events import broke
from socials.models.grants import account_of, held, member
from socials.models.receipts import Deletion, ReceiptState
from socials.models.runs import Problem
from socials.platforms import platform as platform_named
from socials.platforms.base import Heard, Notice, Platform
from socials.telemetry import failed

if TYPE_CHECKING:
    from socials.ports import Apps, Deletions, Grants, Persons, WorkedAccounts

# Longer than platforms repeat what we missed (TikTok says 72 hours, Meta does not say).
_REPEATED_FOR = timedelta(days=7)
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Parting:
    accounts: WorkedAccounts
    grants: Grants
    persons: Persons
    apps: Apps
    deletions: Deletions
    disconnecting: Disconnecting
    clock: Clock

    def deauthorize(self, slug: str, notice: Notice) -> int:
        """Every account of the person shows that they removed us, but those connected again since. How many. Raises
        NotFound, Malformed, Invalid, Forged, also where it is older than any that a platform still repeats."""
        platform, heard = self._heard(slug, notice)
        if notice.received_at - heard.at > _REPEATED_FOR:
            raise Forged("The callback is too old.")
        name, at = platform.facts.name, iso(heard.at)
        if heard.by_person:
            cause = Cause(REMOVED, f"You removed PostLoudly on {name} at {at}.", heard.at)
        else:
            cause = Cause(ReconnectNeeded.code, f"{name} ended our access at {at}.", heard.at)
        removed = self._accounts(slug, heard.person, heard.at)
        ended = 0
        first_error: Exception | None = None
        try:
            for row in removed:
                try:
                    ended += self._end_access(row, cause)
                except Exception as error:  # noqa: BLE001 - raised when the others show it
                    failed("access not ended", error, account_id=row.account_id)
                    first_error = first_error or error
            if first_error is not None:
                raise first_error
        finally:  # no circle with this frame
            del first_error
        return ended

    def _end_access(self, seen: Account, cause: Cause) -> bool:
        """With the run under way, which somebody may be following; another look where that has ended meanwhile, or
        another one was asked for."""
        row: Account | None = seen
        for _ in range(_TRIES):
            if row is None or row.disconnecting or (row.life, row.connection_id) != (seen.life, seen.connection_id):
                return False
            if row.broken is not None and row.broken.code == cause.code:
                return False
            now = self.clock()
            ended = row.run and row.run.failing_open_parts(Problem(cause.code, cause.message)).finished(now)
            if self.accounts.end_access(row, cause, broke(cause, now), ended):
                return True
            row = self.accounts.get(seen.user, seen.account_id)
        raise Conflict("The account is being changed elsewhere; try again.", code="busy")

    def delete(self, slug: str, notice: Notice) -> str:
        """Every account of the person is disconnected, but those connected again since; the confirmation code of it.
        However late it comes: a request for deletion must not be lost. Raises NotFound, Malformed,
        Invalid, Forged."""
        _, heard = self._heard(slug, notice)
        receipts = self.disconnecting.disconnect_as_seen(self._accounts(slug, heard.person, heard.at))
        code = secrets.token_hex(24)  # Meta asks for letters and digits
        theirs = tuple((receipt.user, receipt.receipt_id) for receipt in receipts)
        self.deletions.keep(ids.secret_hash(code), Deletion(self.clock(), theirs))
        return code

    def standing(self, code: str) -> tuple[Deletion, bool]:
        """What the code stands for, and whether all of it is deleted. Raises NotFound."""
        deletion = self.deletions.find(ids.secret_hash(code), self.clock())
        if deletion is None:
            raise NotFound("No such deletion.")
        found = [self.disconnecting.find(user, receipt_id) for user, receipt_id in deletion.receipts]
        return deletion, all(receipt.state is ReceiptState.DONE for receipt in found)

    def _heard(self, slug: str, notice: Notice) -> tuple[Platform, Heard]:
        try:
            platform = platform_named(slug)
        except Invalid:
            raise NotFound("No such platform.") from None
        app = self.apps.get(slug)
        if platform.hear is None or app is None:
            raise NotFound("This platform tells us nothing here.")
        return platform, platform.hear(app, notice)

    def _accounts(self, slug: str, person: str, at: datetime) -> Iterator[Account]:
        """What the person had connected by then, also other users' of ours, whom the same person let in. What a consent
        made since is another matter: the person came back."""
        for holding in sorted(self.persons.holdings(slug, ids.person_hash(slug, person))) if person else ():
            user, grant_id = held(holding)
            grant = self.grants.get(user, grant_id)
            for each in sorted(grant.members) if grant and grant.created_at <= at else ():
                account = self.accounts.get(user, account_of(each))
                if account is None or account.grant_id != grant_id:
                    continue
                if member(account.account_id, account.life) == each:
                    yield account
