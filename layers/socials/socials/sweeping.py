"""Sweeping up what nobody came to live on: connections left half made, grants whose last account moved away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from socials.clock import Clock
from socials.models.grants import Grant
from socials.models.receipts import Revocation
from socials.models.wakeups import Wakeup
from socials.platforms import platform as platform_named
from socials.pruning import Pruning
from socials.settling import Settling
from socials.timing import HEAL_AFTER, REVOKE_TRIED_FOR
from socials.worker import Done, Outcome

if TYPE_CHECKING:
    from socials.ports import Connections, Grants, Vault

# Two sweeps of one grant do the same; neither waits for the lease that the other died with.
_SWEEPER = "sweep"


@dataclass(frozen=True, slots=True)
class Sweeping:
    """What nobody came to live on: connections left half made, grants whose last account moved away."""

    connections: Connections
    grants: Grants
    vault: Vault
    settling: Settling
    pruning: Pruning
    clock: Clock

    def sweep_connection(self, wakeup: Wakeup) -> Outcome:
        """Unclaimed after 15 minutes: revoke and delete what it may have got, for a day at most as long as the platform
        is away. Of one that accounts came to live on nothing stays but what is theirs, on it and on the grants that
        they left for it. The row goes last: until then the agenda brings it again."""
        connection = self.connections.get(wakeup.user, wakeup.id)
        if connection is None or not connection.over_at(self.clock()):
            return Done()
        if self.grants.get(connection.user, connection.grant_id) is None:
            platform, last_try = platform_named(connection.platform), self._is_the_last_try(connection.created_at)
            who, person = (connection.user, connection.grant_id), connection.person
            if not self.settling.drop(platform, *who, last_try=last_try, person=person):
                return Done()
        elif not self.pruning.keep_members(connection.user, connection.platform, _SWEEPER):
            return Done()
        self.connections.delete(connection.user, connection.connection_id)
        return Done()

    def sweep_grant(self, wakeup: Wakeup) -> Outcome:
        """A retired grant has no members and gets none any more. One that is set for later belongs to an erase, which
        still tries to revoke with it. While a worker that was at work on it may still renew it, or the platform is
        away, the agenda brings it again; after a day without an answer it goes all the same."""
        grant = self.grants.get(wakeup.user, wakeup.id)
        if grant is None or not grant.retired or grant.members:
            return Done()
        if grant.wake_at is not None and grant.wake_at > self.clock() + HEAL_AFTER:
            return Done()
        platform = platform_named(grant.platform)
        outcome = self.settling.end(platform, grant.user, grant.grant_id, _SWEEPER)
        if not self._is_over(grant) and (outcome is None or self._can_try_again(grant, outcome)):
            return Done()
        if outcome in (None, Revocation.UNREACHABLE):
            self.settling.forget_person(platform, grant.user, grant.grant_id)
        self.vault.destroy(grant.user, grant.grant_id)
        self.grants.delete(grant.user, grant.grant_id)
        return Done()

    def _can_try_again(self, grant: Grant, outcome: Revocation) -> bool:
        return outcome is Revocation.UNREACHABLE and self.vault.answers(grant.user, grant.grant_id)

    def _is_over(self, grant: Grant) -> bool:
        """An account that moves away sets its grant's time once."""
        return grant.wake_at is None or self._is_the_last_try(grant.wake_at)

    def _is_the_last_try(self, since: datetime) -> bool:
        return self.clock() - since >= REVOKE_TRIED_FOR
