"""Receipts: the fence that opens one, and the lease under which an erase goes on."""

from datetime import datetime, timedelta

from socials.aws.items import keys
from socials.aws.items.attributes import Item, stands_so
from socials.aws.items.receipts import item_to_receipt, progress_fields, receipt_to_item
from socials.aws.table.changes import GONE, Change, put, update
from socials.aws.table.conflicts import ATTEMPTS
from socials.aws.table.table import Table
from socials.clock import epoch
from socials.errors import Busy, Fenced
from socials.models.accounts import Account
from socials.models.receipts import Counts, Receipt, ReceiptState
from socials.timing import RUN_LEASE_SECONDS
from socials.values import replace

_ALIVE = "#life = :seen_life AND #connection_id = :seen_connection AND attribute_not_exists(#receipt_id)"


class TableReceipts:
    def __init__(self, table: Table) -> None:
        self._table = table

    def open(self, receipt: Receipt, seen: Account) -> bool:
        lease = "#lease_until = :seen_lease" if seen.lease_until else "attribute_not_exists(#lease_until)"
        fence = update(
            keys.account(seen.user, seen.account_id),
            {"receipt_id": receipt.receipt_id, "wake_at": None},
            when=f"{_ALIVE} AND {lease}",
            seen_life=seen.life,
            seen_connection=seen.connection_id,
            seen_lease=seen.lease_until,
        )
        return self._table.write_all([fence, put(receipt_to_item(receipt), when=GONE)])

    def get(self, user: str, receipt_id: str, now: datetime) -> Receipt | None:
        key = keys.receipt(user, receipt_id)
        return None if keys.exists_nowhere(key) else _readable(self._table.get(key), now)

    def newest(self, user: str, account_id: str, now: datetime) -> Receipt | None:
        prefix = keys.receipts_of(account_id)
        if keys.exists_nowhere({"sk": prefix}):
            return None
        where = "#pk = :pk AND begins_with(#sk, :prefix)"
        newest_first = {"ScanIndexForward": False, "Limit": 1}
        found = self._table.query(where, pk=keys.user_pk(user), prefix=prefix, **newest_first)
        return _readable(next(found, None), now)

    def claim(self, user: str, receipt_id: str, owner: str, now: datetime) -> tuple[bool, Receipt | None]:
        """A lease that is this owner's to this very second was taken here: an owner has one message only."""
        until = now + timedelta(seconds=RUN_LEASE_SECONDS)
        lease = {"lease_owner": owner, "lease_until": until, "wake_at": until}
        change = update(
            keys.receipt(user, receipt_id),
            lease,
            also="SET #attempts = #attempts + :one",
            when="#state = :erasing AND (attribute_not_exists(#lease_until) OR #lease_until <= :now)",
            erasing=ReceiptState.ERASING,
            now=now,
            one=1,
        )
        written = self._table.write(change)
        return written.done or stands_so(written.item, lease), _readable(written.item, now)

    def save(self, receipt: Receipt, owner: str) -> None:
        """What gives the lease back leaves nobody's, which its repeat finds."""
        written = self._table.write(_progress(receipt, owner))
        if not written.done and not stands_so(written.item, _fields(receipt, owner)):
            raise Fenced

    def leave_grant(self, receipt: Receipt, owner: str, settle_at: datetime) -> Receipt:
        """Most grants have one member: that is tried first. Both fail where another member came or went in between."""
        from socials.aws.table.grants import last_one_out, one_less  # an erase alone needs grants
        from socials.models.grants import member

        grant, me = keys.grant(receipt.user, receipt.grant_id), member(receipt.account_id, receipt.life)
        last, stays = _counting_secrets(receipt, 1), _counting_secrets(receipt, 0)
        for _ in range(ATTEMPTS):
            if self._table.write_all([_progress(last, owner), last_one_out(grant, frozenset({me}), settle_at)]):
                return last
            if self._table.write_all([_progress(stays, owner), one_less(grant, me)]):
                return stays
            if me not in (self._table.get(grant) or {}).get("members", ()):
                self.save(stays, owner)
                return stays
            self._still_held(receipt, owner)
        raise Busy("a grant's members kept changing")

    def _still_held(self, receipt: Receipt, owner: str) -> None:
        row = self._table.get(keys.receipt(receipt.user, receipt.receipt_id))
        if row is None or row.get("lease_owner") != owner:
            raise Fenced

    def allow(self, user: str, receipt_id: str, now: datetime) -> None:
        change = update(keys.receipt(user, receipt_id), {"not_before": now}, when="#not_before > :not_before")
        self._table.write(change)


def _progress(receipt: Receipt, owner: str) -> Change:
    key = keys.receipt(receipt.user, receipt.receipt_id)
    return update(key, _fields(receipt, owner), when="#lease_owner = :owner", owner=owner)


def _fields(receipt: Receipt, owner: str) -> Item:
    return progress_fields(receipt) | {"lease_owner": owner if receipt.lease_until else None}


def _counting_secrets(receipt: Receipt, secrets: int) -> Receipt:
    return replace(receipt, deleted=replace(receipt.deleted or Counts(), secrets=secrets))


def _readable(item: Item | None, now: datetime) -> Receipt | None:
    """Only a finished receipt has an end."""
    if item is None or item.get("expires_at", epoch(now) + 1) <= epoch(now):
        return None
    return item_to_receipt(item)
