"""Receipts and what is left of a life, in memory."""

import re
from datetime import datetime, timedelta

from socials.errors import Fenced
from socials.models.accounts import Account
from socials.models.grants import member
from socials.models.lives import LifeKey
from socials.models.receipts import Counts, Receipt, ReceiptState
from socials.timing import RECEIPT_LIVES, RUN_LEASE_SECONDS
from tests.support.changing import replace
from tests.support.fakes.grants import without
from tests.support.fakes.rows import LifeRows, Rows

_PROGRESS = ("state", "revocation", "deleted", "data_erased", "finished_at", "backups_until")
_PROGRESS += ("lease_owner", "lease_until", "wake_at")


class FakeReceipts:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def open(self, receipt: Receipt, seen: Account) -> bool:
        if not re.fullmatch(re.escape(receipt.account_id) + "[.][0-9A-Z]{26}", receipt.receipt_id):
            raise ValueError("a receipt_id is made by ids.receipt_id")
        with self._rows.lock:
            row = self._rows.accounts.get((seen.user, seen.account_id))
            if row is None or row.disconnecting or row.lease_until != seen.lease_until:
                return False
            if (row.life, row.connection_id) != (seen.life, seen.connection_id):
                return False
            self._rows.put_account(replace(row, receipt_id=receipt.receipt_id, wake_at=None))
            self._rows.receipts[receipt.user, receipt.receipt_id] = receipt
            return True

    def get(self, user: str, receipt_id: str, now: datetime) -> Receipt | None:
        receipt = self._rows.receipts.get((user, receipt_id))
        return receipt if receipt is not None and _readable(receipt, now) else None

    def newest(self, user: str, account_id: str, now: datetime) -> Receipt | None:
        with self._rows.lock:
            of_account = [
                r for (owner, _), r in self._rows.receipts.items() if (owner, r.account_id) == (user, account_id)
            ]
        newest = max(of_account, key=lambda receipt: receipt.receipt_id, default=None)
        return newest if newest is not None and _readable(newest, now) else None

    def claim(self, user: str, receipt_id: str, owner: str, now: datetime) -> tuple[bool, Receipt | None]:
        with self._rows.lock:
            receipt = self.get(user, receipt_id, now)
            if receipt is None or receipt.state is ReceiptState.DONE:
                return False, receipt
            if receipt.lease_until is not None and receipt.lease_until > now:
                return False, receipt
            until = now + timedelta(seconds=RUN_LEASE_SECONDS)
            lease = {"lease_owner": owner, "lease_until": until, "wake_at": until}
            claimed = replace(receipt, attempts=receipt.attempts + 1, **lease)
            self._rows.receipts[user, receipt_id] = claimed
            return True, claimed

    def save(self, receipt: Receipt, owner: str) -> None:
        with self._rows.lock:
            row = self._rows.receipts.get((receipt.user, receipt.receipt_id))
            if row is None or row.lease_owner != owner:
                raise Fenced
            progress = {name: getattr(receipt, name) for name in (*_PROGRESS, "attempts")}
            progress["lease_owner"] = owner if receipt.lease_until is not None else None
            self._rows.receipts[receipt.user, receipt.receipt_id] = replace(row, **progress)

    def leave_grant(self, receipt: Receipt, owner: str, settle_at: datetime) -> Receipt:
        me, key = member(receipt.account_id, receipt.life), (receipt.user, receipt.grant_id)
        with self._rows.lock:
            grant = self._rows.grants.get(key)
            is_last = grant is not None and grant.members == {me}
            receipt = replace(receipt, deleted=replace(receipt.deleted or Counts(), secrets=int(is_last)))
            self.save(receipt, owner)
            if grant is not None and me in grant.members:
                self._rows.put_grant(without(grant, {me}, settle_at))
            return receipt

    def allow(self, user: str, receipt_id: str, now: datetime) -> None:
        with self._rows.lock:
            row = self._rows.receipts.get((user, receipt_id))
            if row is not None and row.not_before > now:
                self._rows.receipts[user, receipt_id] = replace(row, not_before=now)


class FakeRemains:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def count(self, life: LifeKey) -> Counts:
        rows = self._rows.life(life)
        counts = {"snapshots": len(rows.days), "posts": len(rows.posts), "runs": len(rows.runs)}
        return Counts(**counts, events=len(rows.events))

    def delete_some(self, life: LifeKey, limit: int) -> int:
        with self._rows.lock:
            rows = self._rows.life(life)
            return _drop(rows, limit)

    def delete_account(self, user: str, account_id: str, life: str) -> None:
        with self._rows.lock:
            row = self._rows.accounts.get((user, account_id))
            if row is not None and row.life == life:
                del self._rows.accounts[user, account_id]


def _drop(rows: LifeRows, limit: int) -> int:
    dropped = 0
    for items in (rows.days, rows.posts, rows.runs, rows.events):
        for key in list(items)[: limit - dropped]:
            del items[key]  # type: ignore[attr-defined]
            dropped += 1
    return dropped


def _readable(receipt: Receipt, now: datetime) -> bool:
    return receipt.state is ReceiptState.ERASING or receipt.requested_at + RECEIPT_LIVES > now
