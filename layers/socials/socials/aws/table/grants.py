"""Grant rows: who lives on a grant, and who may refresh it."""

from datetime import datetime, timedelta

from socials.aws.items import keys
from socials.aws.items.attributes import Item, stands_so
from socials.aws.items.grants import item_to_grant
from socials.aws.table.changes import THERE, Change, delete, update
from socials.aws.table.conflicts import ATTEMPTS
from socials.aws.table.table import Table
from socials.errors import Busy, NoSecret
from socials.models.grants import Grant, RefreshLease
from socials.timing import HEAL_AFTER, REFRESH_LEASE_SECONDS

# Every grant has `interrupted_by` from its making on: an update can copy only what is there.
NOBODY = ""

_MAY_TAKE = (
    "attribute_not_exists(#lease_until) OR #lease_until <= :now"
    " OR (#lease_owner = :me AND #lease_until <> :lease_until)"
)


class TableGrants:
    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, user: str, grant_id: str) -> Grant | None:
        return _grant(self._table.get(keys.grant(user, grant_id)))

    def list(self, user: str) -> list[Grant]:
        found = self._table.query("#pk = :pk AND begins_with(#sk, :prefix)", pk=keys.user_pk(user), prefix="GRANT#")
        return [item_to_grant(item) for item in found]

    def take_lease(self, user: str, grant_id: str, owner: str, now: datetime) -> RefreshLease | None:
        """`interrupted_by` keeps what the update overwrites: an owner still there never released. A lease that is this
        owner's to this very second counts as the one asked for here, whose answer was lost: taken once more, it would
        tell of itself that it was interrupted. (Two sweeps of one second are one owner, and renew nothing.)
        """
        until = now + timedelta(seconds=REFRESH_LEASE_SECONDS)
        lease = {"lease_owner": owner, "lease_until": until}
        change = update(
            keys.grant(user, grant_id),
            lease,
            also="SET #interrupted_by = if_not_exists(#lease_owner, #interrupted_by)",
            when=f"{THERE} AND ({_MAY_TAKE})",
            now=now,
            me=owner,
        )
        written = self._table.write(change)
        if written.item is None:
            raise NoSecret
        if not written.done and not stands_so(written.item, lease):
            return None
        return RefreshLease(grant_id, owner, until, interrupted=bool(written.item["interrupted_by"]))

    def release_lease(self, user: str, lease: RefreshLease, *, settled: bool) -> None:
        fields = {"lease_owner": None, "lease_until": None, "interrupted_by": NOBODY if settled else lease.owner}
        key = keys.grant(user, lease.grant_id)
        self._table.write(update(key, fields, when="#lease_owner = :holder", holder=lease.owner))

    def leave(self, user: str, grant_id: str, member: str, now: datetime) -> Grant | None:
        """Most grants have one member: that is tried first. The row that a failed condition gives back tells what else
        to do; each repeat means that another member came or went in between."""
        key = keys.grant(user, grant_id)
        for _ in range(ATTEMPTS):
            written = self._table.write(last_one_out(key, frozenset({member}), now))
            if not written.done and written.item and len(written.item.get("members", ())) > 1:
                written = self._table.write(one_less(key, member))
            if written.done or written.item is None or member not in written.item.get("members", ()):
                return _grant(written.item)
        raise Busy("a grant's members kept changing")

    def delete(self, user: str, grant_id: str) -> None:
        self._table.write(delete(keys.grant(user, grant_id), when="attribute_not_exists(#members)"))


def last_one_out(key: keys.Key, members: frozenset[str], now: datetime) -> Change:
    """Retire the grant if `members` are all it has."""
    fields = {"members": None, "retired": True, "wake_at": now + HEAL_AFTER}
    return update(key, fields, when="#members = :leaving", leaving=members)


def one_less(key: keys.Key, member: str) -> Change:
    """Take one out if others stay."""
    staying = "contains(#members, :member) AND size(#members) > :one"
    values = {"leaving": frozenset({member}), "member": member, "one": 1}
    return update(key, {}, also="DELETE #members :leaving", when=staying, **values)


def _grant(item: Item | None) -> Grant | None:
    return item_to_grant(item) if item else None
