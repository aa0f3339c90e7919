"""Asking for a disconnect: the fence and its receipt, written before anything else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from socials import ids
from socials.clock import Clock
from socials.errors import Conflict, NotFound
from socials.models.accounts import Account
from socials.models.receipts import Receipt, ReceiptState
from socials.models.wakeups import Wakeup
from socials.receipting import Receipting
from socials.telemetry import failed
from socials.timing import HEAL_AFTER
from socials.waking import wake

if TYPE_CHECKING:
    from socials.ports import Accounts, Receipts, Wakeups

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Disconnecting:
    accounts: Accounts
    receipts: Receipts
    wakeups: Wakeups
    clock: Clock
    backup_days: int

    def disconnect(self, user: str, account_id: str) -> Receipt:
        """Fence the account. From the moment this returns no run starts and nothing more of it is stored.

        Repeating it answers the newest receipt for 30 days. Raises NotFound, Conflict `busy`.
        """
        receipt, is_new = self._fence(user, account_id, self.accounts.get(user, account_id))
        self._wake([receipt] if is_new else [])
        return receipt

    def disconnect_all(self, user: str) -> list[Receipt]:
        """Every account of the user, one receipt each. Raises Conflict `busy`."""
        return self._fence_each((account, None) for account in self.accounts.list(user))

    def disconnect_as_seen(self, accounts: Iterable[Account]) -> list[Receipt]:
        """A receipt of each, but of those that were connected again since they were seen: these are left alone."""
        return self._fence_each((account, account.connection_id) for account in accounts)

    def _fence_each(self, wanted: Iterable[tuple[Account, str | None]]) -> list[Receipt]:
        """One that cannot be fenced keeps none of the others from it: the first error is raised when all were tried,
        and a repeat has only the rest to do. The queue comes last, so that it keeps none of them from it either."""
        fenced: list[tuple[Receipt, bool]] = []
        first_error: Exception | None = None
        try:
            for seen, only in wanted:
                try:
                    fenced.append(self._fence(seen.user, seen.account_id, seen, only))
                except NotFound:
                    continue
                except Exception as error:  # noqa: BLE001 - raised when the others are fenced
                    failed("account not fenced", error, account_id=seen.account_id)
                    first_error = first_error or error
            self._wake([receipt for receipt, is_new in fenced if is_new])
            if first_error is not None:
                raise first_error
        finally:  # no circle with this frame
            del first_error
        return [receipt for receipt, _ in fenced]

    def _fence(
        self, user: str, account_id: str, account: Account | None, only: str | None = None
    ) -> tuple[Receipt, bool]:
        """The receipt, and whether it was opened just now. `account`: its row as just seen. `only`: the one connection
        that is meant; NotFound where it is another by now."""
        for _ in range(_TRIES):
            if account is None:
                return self._newest(user, account_id), False
            if account.receipt_id is not None:
                return self.find(user, account.receipt_id), False
            if only not in (None, account.connection_id):
                raise NotFound("It was connected again.")
            receipt = self._receipt(account)
            if self.receipts.open(receipt, account):
                return receipt, True
            account = self.accounts.get(user, account_id)
        raise Conflict("The account is being changed elsewhere; try again.", code="busy")

    def _wake(self, opened: Sequence[Receipt]) -> None:
        wake(self.wakeups, "erase", [Wakeup(each.user, "receipt", each.receipt_id, each.life) for each in opened])

    def find(self, user: str, receipt_id: str) -> Receipt:
        """Raises NotFound, also after 30 days."""
        return Receipting(self.receipts, self.clock).find(user, receipt_id)

    def _newest(self, user: str, account_id: str) -> Receipt:
        receipt = self.receipts.newest(user, account_id, self.clock())
        if receipt is None:
            raise NotFound("No such account.")
        return receipt

    def _receipt(self, account: Account) -> Receipt:
        now = self.clock()
        return Receipt(
            user=account.user,
            receipt_id=ids.receipt_id(account.account_id, now),
            account_id=account.account_id,
            life=account.life,
            platform=account.platform,
            grant_id=account.grant_id,
            connection_id=account.connection_id,
            instance=account.instance,
            state=ReceiptState.ERASING,
            requested_at=now,
            not_before=max(now, account.lease_until or now),
            backups_until=now + timedelta(days=self.backup_days),
            wake_at=now + HEAL_AFTER,
        )
