"""Grant rows in memory."""

from datetime import datetime, timedelta

from socials.errors import NoSecret
from socials.models.grants import Grant, RefreshLease
from socials.timing import HEAL_AFTER, REFRESH_LEASE_SECONDS
from tests.support.changing import replace
from tests.support.fakes.rows import Rows


class FakeGrants:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def get(self, user: str, grant_id: str) -> Grant | None:
        return self._rows.grants.get((user, grant_id))

    def list(self, user: str) -> list[Grant]:
        with self._rows.lock:
            return [grant for (owner, _), grant in self._rows.grants.items() if owner == user]

    def take_lease(self, user: str, grant_id: str, owner: str, now: datetime) -> RefreshLease | None:
        with self._rows.lock:
            grant = self.get(user, grant_id)
            if grant is None:
                raise NoSecret
            if grant.lease_owner != owner and grant.lease_until is not None and grant.lease_until > now:
                return None
            until = now + timedelta(seconds=REFRESH_LEASE_SECONDS)
            is_another = grant.lease_owner is not None and (grant.lease_owner, grant.lease_until) != (owner, until)
            interrupted = is_another or (user, grant_id) in self._rows.interrupted
            if interrupted:
                self._rows.interrupted.add((user, grant_id))
            self._rows.put_grant(replace(grant, lease_owner=owner, lease_until=until))
            return RefreshLease(grant_id, owner, until, interrupted)

    def release_lease(self, user: str, lease: RefreshLease, *, settled: bool) -> None:
        with self._rows.lock:
            grant = self.get(user, lease.grant_id)
            if grant is None or grant.lease_owner != lease.owner:
                return
            self._rows.put_grant(replace(grant, lease_owner=None, lease_until=None))
            if settled:
                self._rows.interrupted.discard((user, lease.grant_id))
            else:
                self._rows.interrupted.add((user, lease.grant_id))

    def leave(self, user: str, grant_id: str, member: str, now: datetime) -> Grant | None:
        with self._rows.lock:
            grant = self.get(user, grant_id)
            if grant is None or member not in grant.members:
                return grant
            return self._rows.put_grant(without(grant, {member}, now))

    def delete(self, user: str, grant_id: str) -> None:
        with self._rows.lock:
            grant = self.get(user, grant_id)
            if grant is not None and not grant.members:
                del self._rows.grants[user, grant_id]


def without(grant: Grant, leaving: set[str], now: datetime) -> Grant:
    """The grant after `leaving` left it; the last one out retires it."""
    left = grant.members - leaving
    if left:
        return replace(grant, members=left)
    return replace(grant, members=left, retired=True, wake_at=now + HEAL_AFTER)
