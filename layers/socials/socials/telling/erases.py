"""Tells of erases: taken up again, and done."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from socials.models.receipts import Receipt, ReceiptState
from socials.telemetry import current, line, mark, measure
from socials.telling.through import Through

if TYPE_CHECKING:
    from socials.ports import Receipts


def told_receipts(inner: Receipts) -> Receipts:
    """`inner`, whose claims and ends are told."""
    return cast("Receipts", _ToldReceipts(inner))


class _ToldReceipts(Through):
    inner: Receipts

    def claim(self, user: str, receipt_id: str, owner: str, now: datetime) -> tuple[bool, Receipt | None]:
        claimed, receipt = self.inner.claim(user, receipt_id, owner, now)
        if claimed and receipt is not None:
            mark(platform=receipt.platform, account_id=receipt.account_id, attempt=receipt.attempts)
            # The age is told before the work, so that an erase that fails each time is seen to grow old.
            age = "RevokeAgeSeconds" if receipt.data_erased else "EraseAgeSeconds"
            measure("erase taken up", {age: (now - receipt.requested_at).total_seconds()})
        return claimed, receipt

    def save(self, receipt: Receipt, owner: str) -> None:
        self.inner.save(receipt, owner)
        if receipt.state is ReceiptState.DONE and receipt.finished_at is not None:
            seconds = (receipt.finished_at - receipt.requested_at).total_seconds()
            measure("erase done", {"ErasesDone": 1, "EraseSeconds": seconds}, **_facts(receipt))
        elif receipt.lease_until is None:
            line("erase goes on later", **_facts(receipt))


def _facts(receipt: Receipt) -> dict[str, Any]:
    deleted = receipt.deleted
    return {
        "revocation": receipt.revocation.value if receipt.revocation else None,
        "data_erased": receipt.data_erased,
        "items": deleted.items if deleted else None,
        "secrets": deleted.secrets if deleted else None,
        "ms": current().milliseconds,
    }
