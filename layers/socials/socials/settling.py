"""Ending a grant: what the platform lets us revoke is revoked, then no secret answers any more."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from socials import ids
from socials.clock import Clock
from socials.errors import AccessRefused, NoSecret, PlatformError, RetryLater
from socials.models.grants import holding
from socials.models.readings import Tokens
from socials.models.receipts import Revocation
from socials.platforms.base import Platform
from socials.refreshing import renewed
from socials.telemetry import failed

if TYPE_CHECKING:
    from socials.ports import Apps, Doors, Grants, Persons, Vault


@dataclass(frozen=True, slots=True)
class Settling:
    grants: Grants
    vault: Vault
    apps: Apps
    doors: Doors
    persons: Persons
    clock: Clock

    def end(self, platform: Platform, user: str, grant_id: str, owner: str) -> Revocation | None:
        """`revoke` for a grant that accounts lived on, under its refresh lease, taken in the name of `owner`: a pair
        that another worker is about to store would live on at the platform with nobody to hold it. None: another worker
        has the lease, ask again soon.

        After the platform's answer the lease is kept until the grant's row goes, so no renewal follows a revoke.
        """
        if platform.revoke is None:
            return self.revoke(platform, user, grant_id)
        try:
            lease = self.grants.take_lease(user, grant_id, owner, self.clock())
        except NoSecret:  # the row is gone already, and with it everybody who could renew
            return self.revoke(platform, user, grant_id)
        except Exception as error:  # noqa: BLE001 - as below
            failed("revoke failed", error)
            return Revocation.UNREACHABLE
        if lease is None:
            return None
        outcome = self.revoke(platform, user, grant_id)
        if outcome is Revocation.UNREACHABLE:
            with suppress(Exception):  # it runs out by itself
                self.grants.release_lease(user, lease, settled=not lease.interrupted)
        return outcome

    def revoke(self, platform: Platform, user: str, grant_id: str) -> Revocation:
        """One call to the platform's revoke, by the platform's fact. UNREACHABLE may be tried again; it is also said
        where there is nothing left to revoke with, because then no platform has refused anything.

        Where a revoke ends every grant of a person, only the last of that person's grants makes it. Never raises:
        whatever goes wrong with a revoke, what we hold is deleted all the same.
        """
        return self._judged(platform, lambda: self._revoke_stored(platform, user, grant_id))

    def revoke_unkept(self, platform: Platform, user: str, grant_id: str, tokens: Tokens) -> Revocation:
        """The same for tokens that no vault would keep: nobody but the caller has them. Never raises."""
        return self._judged(platform, lambda: self._revoke(platform, user, grant_id, tokens))

    def drop(
        self, platform: Platform, user: str, grant_id: str, *, last_try: bool = False, person: str | None = None
    ) -> bool:
        """Leave nothing of a grant that nobody came to live on. False where the platform is away: what it takes to
        revoke is kept for another try, unless it was the last one. `person`: whose it was, where somebody kept it."""
        outcome = self.revoke(platform, user, grant_id)
        if outcome is Revocation.UNREACHABLE and not last_try and self._can_try_again(user, grant_id):
            return False
        if outcome is Revocation.UNREACHABLE and person is not None:
            self._leave_person(platform, person, holding(user, grant_id))
        self.vault.destroy(user, grant_id)
        return True

    def forget_person(self, platform: Platform, user: str, grant_id: str) -> None:
        """Where no token tells whom a grant came from, its row still knows: counted among theirs for ever, it would
        keep every later grant of that person from being the last."""
        grant = self.grants.get(user, grant_id)
        if grant is not None and grant.person is not None:
            self._leave_person(platform, grant.person, holding(user, grant_id))

    def _leave_person(self, platform: Platform, person: str, me: str) -> None:
        if self.persons.leave(platform.slug, person, me, self.clock()):
            self.persons.settle(platform.slug, person, me)

    def _can_try_again(self, user: str, grant_id: str) -> bool:
        try:
            return self.vault.answers(user, grant_id)
        except Exception as error:  # noqa: BLE001 - a vault in trouble is asked again
            failed("revoke failed", error)
            return True

    def _judged(self, platform: Platform, revoke: Callable[[], Revocation]) -> Revocation:
        try:
            outcome = revoke()
        except (RetryLater, NoSecret):
            outcome = Revocation.UNREACHABLE
        except PlatformError:
            outcome = Revocation.REFUSED
        except Exception as error:  # noqa: BLE001 - deleting what we hold must not depend on anything here
            failed("revoke failed", error)
            outcome = Revocation.UNREACHABLE
        return Revocation.NOT_OFFERED if platform.revoke is None else outcome

    def _revoke_stored(self, platform: Platform, user: str, grant_id: str) -> Revocation:
        try:
            tokens = self.vault.read(user, grant_id).tokens
        except NoSecret:
            self.forget_person(platform, user, grant_id)
            raise
        return self._revoke(platform, user, grant_id, tokens)

    def _revoke(self, platform: Platform, user: str, grant_id: str, tokens: Tokens) -> Revocation:
        """The person loses this grant in any case: also where nothing is revoked, they must not be found by it."""
        person, me = ids.person_of(platform.slug, tokens.extra), holding(user, grant_id)
        is_last = person is not None and self.persons.leave(platform.slug, person, me, self.clock())
        if platform.facts.revokes == "person" and not is_last:
            return Revocation.SHARED_GRANT
        try:
            if platform.revoke is not None:
                self._call(platform, user, grant_id, tokens)
        finally:
            if person is not None and is_last:
                self.persons.settle(platform.slug, person, me)
        return Revocation.REVOKED

    def _call(self, platform: Platform, user: str, grant_id: str, tokens: Tokens) -> None:
        """Some platforms revoke with a live token only: one that has ended is renewed, and kept for another try. Where
        it cannot be kept it is revoked all the same: nobody else has it."""
        assert platform.revoke is not None
        client, app = self.doors.open(platform, None), self.apps.get(platform.slug, tokens.extra.get("registration"))
        try:
            platform.revoke(client, app, tokens)
        except AccessRefused:
            if platform.refresh is None:
                raise
            held = self.vault.read(user, grant_id)
            fresh = renewed(held.tokens, platform.refresh(client, app, held.tokens))
            try:
                fresh = self.vault.store(user, grant_id, fresh, held.version).tokens
            except Exception as error:  # noqa: BLE001 - whatever the vault says, the platform has made a new pair
                failed("renewed access not kept", error)
            platform.revoke(client, app, fresh)
