"""Sweeping up what nobody came to live on: connections left half made, grants whose last account moved away."""

from dataclasses import dataclass

from socials.clock import Clock
from socials.platforms import platform as platform_named
from socials.ports import Connections, Grants, Wakeup
from socials.settling import Settling
from socials.timing import HEAL_AFTER
from socials.worker import Done, Outcome


@dataclass(frozen=True, slots=True)
class Sweeping:
    """What nobody came to live on: connections left half made, grants whose last account moved away."""

    connections: Connections
    grants: Grants
    settling: Settling
    clock: Clock

    def sweep_connection(self, wakeup: Wakeup) -> Outcome:
        """Unclaimed after 15 minutes: revoke and delete what it may have got. A finished one only loses its row."""
        connection = self.connections.get(wakeup.user, wakeup.id)
        if connection is None or not connection.over_at(self.clock()):
            return Done()
        if self.grants.get(connection.user, connection.grant_id) is None:
            self.settling.drop(platform_named(connection.platform), connection.user, connection.grant_id)
        self.connections.delete(connection.user, connection.connection_id)
        return Done()

    def sweep_grant(self, wakeup: Wakeup) -> Outcome:
        """A retired grant has no members and gets none any more. One that is set for later belongs to an erase, which
        still tries to revoke with it."""
        grant = self.grants.get(wakeup.user, wakeup.id)
        if grant is None or not grant.retired or grant.members:
            return Done()
        if grant.wake_at is not None and grant.wake_at > self.clock() + HEAL_AFTER:
            return Done()
        self.settling.drop(platform_named(grant.platform), grant.user, grant.grant_id)
        self.grants.delete(grant.user, grant.grant_id)
        return Done()
