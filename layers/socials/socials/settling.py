"""Ending a grant: what the platform lets us revoke is revoked, then no secret answers any more."""

from dataclasses import dataclass

from socials.clock import Clock
from socials.errors import AccessRefused, NoSecret, PlatformError, RetryLater
from socials.models.grants import holding
from socials.models.readings import Tokens
from socials.models.receipts import Revocation
from socials.platforms.base import Platform
from socials.ports import Apps, Doors, Persons, Vault
from socials.refreshing import renewed
from socials.telemetry import failed


@dataclass(frozen=True, slots=True)
class Settling:
    vault: Vault
    apps: Apps
    doors: Doors
    persons: Persons
    clock: Clock

    def revoke(self, platform: Platform, user: str, grant_id: str) -> Revocation:
        """One call to the platform's revoke, by the platform's fact. UNREACHABLE may be tried again; it is also said
        where there is nothing left to revoke with, because then no platform has refused anything.

        Where a revoke ends every grant of a person, only the last of that person's grants makes it. Never raises:
        whatever goes wrong with a revoke, what we hold is deleted all the same.
        """
        try:
            outcome = self._revoke(platform, user, grant_id, self.vault.read(user, grant_id).tokens)
        except (RetryLater, NoSecret):
            outcome = Revocation.UNREACHABLE
        except PlatformError:
            outcome = Revocation.REFUSED
        except Exception as error:  # noqa: BLE001 - deleting what we hold must not depend on anything here
            failed("revoke failed", error)
            outcome = Revocation.UNREACHABLE
        return Revocation.NOT_OFFERED if platform.revoke is None else outcome

    def drop(self, platform: Platform, user: str, grant_id: str) -> None:
        """Leave nothing of a grant that nobody came to live on. The revoke is one best effort; the secret goes."""
        self.revoke(platform, user, grant_id)
        self.vault.destroy(user, grant_id)

    def _revoke(self, platform: Platform, user: str, grant_id: str, tokens: Tokens) -> Revocation:
        """The person loses this grant in any case: also where nothing is revoked, they must not be found by it."""
        person, me = tokens.extra.get("person"), holding(user, grant_id)
        is_last = bool(person) and self.persons.leave(platform.slug, person or "", me, self.clock())
        if platform.facts.revokes == "person" and not is_last:
            return Revocation.SHARED_GRANT
        try:
            if platform.revoke is not None:
                self._call(platform, user, grant_id, tokens)
        finally:
            if is_last:
                self.persons.settle(platform.slug, person or "", me)
        return Revocation.REVOKED

    def _call(self, platform: Platform, user: str, grant_id: str, tokens: Tokens) -> None:
        """Some platforms revoke with a live token only: one that has ended is renewed, and kept for another try."""
        assert platform.revoke is not None
        client, app = self.doors.open(platform, None), self.apps.get(platform.slug, tokens.extra.get("registration"))
        try:
            platform.revoke(client, app, tokens)
        except AccessRefused:
            if platform.refresh is None:
                raise
            held = self.vault.read(user, grant_id)
            fresh = renewed(held.tokens, platform.refresh(client, app, held.tokens))
            platform.revoke(client, app, self.vault.store(user, grant_id, fresh, held.version).tokens)
