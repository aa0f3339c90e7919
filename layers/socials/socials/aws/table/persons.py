"""Person rows: whom a revoke cuts off, under a hash of the platform's own name of them."""

from datetime import datetime, timedelta

from socials.aws.items import keys
from socials.aws.items.attributes import Item
from socials.aws.table.changes import delete, update
from socials.aws.table.conflicts import ATTEMPTS
from socials.aws.table.table import Table
from socials.errors import Busy

# Longer than a revoke takes, with a renewal before it.
REVOKING = timedelta(seconds=60)

# The row goes when the revoke has ended; should that ever be missed, the table deletes it a day later.
_NET = timedelta(days=1)

_NOBODY_REVOKES = "(attribute_not_exists(#revoking_by) OR #revoking_until <= :now)"
_LAST = (
    "#members = :me_alone OR (attribute_not_exists(#members) AND"
    " (attribute_not_exists(#revoking_by) OR #revoking_by = :me OR #revoking_until <= :now))"
)


class TablePersons:
    def __init__(self, table: Table) -> None:
        self._table = table

    def join(self, platform: str, person: str, holding: str, now: datetime) -> bool:
        joined = update(
            _key(platform, person),
            {"revoking_by": None, "revoking_until": None, "expires_at": None},
            also="ADD #members :me_alone",
            when=_NOBODY_REVOKES,
            me_alone=frozenset({holding}),
            now=now,
        )
        return self._table.write(joined).done

    def leave(self, platform: str, person: str, holding: str, now: datetime) -> bool:
        key, me_alone = _key(platform, person), frozenset({holding})
        for _ in range(ATTEMPTS):
            fields: Item = {"members": None, "revoking_by": holding, "revoking_until": now + REVOKING}
            fields["expires_at"] = now + _NET
            written = self._table.write(update(key, fields, when=_LAST, me_alone=me_alone, me=holding, now=now))
            if written.done:
                return True
            if written.item is None or holding not in written.item.get("members", ()):
                return False
            staying = "contains(#members, :me) AND size(#members) > :one"
            less = update(key, {}, also="DELETE #members :me_alone", when=staying, me_alone=me_alone, me=holding, one=1)
            if self._table.write(less).done:
                return False
        raise Busy("a person's grants kept changing")

    def holdings(self, platform: str, person: str) -> frozenset[str]:
        found: frozenset[str] = (self._table.get(_key(platform, person)) or {}).get("members", frozenset())
        return found

    def settle(self, platform: str, person: str, holding: str) -> None:
        mine = "#revoking_by = :me AND attribute_not_exists(#members)"
        self._table.write(delete(_key(platform, person), when=mine, me=holding))


def _key(platform: str, person: str) -> keys.Key:
    return keys.person(platform, person)
