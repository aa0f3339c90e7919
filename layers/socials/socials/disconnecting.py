"""Asking for a disconnect: the fence and its receipt, written before anything else."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from socials import ids
from socials.clock import Clock
from socials.errors import Conflict, NotFound
from socials.models.accounts import Account
from socials.models.receipts import Receipt, ReceiptState
from socials.ports import Accounts, Receipts, Wakeup, Wakeups
from socials.receipting import Receipting
from socials.timing import HEAL_AFTER

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

        Repeating it answers the newest receipt for 30 days. Raises NotFound.
        """
        return self._disconnect(user, account_id, self.accounts.get(user, account_id))

    def disconnect_all(self, user: str) -> list[Receipt]:
        """Every account of the user, one receipt each."""
        return [self._disconnect(user, account.account_id, account) for account in self.accounts.list(user)]

    def disconnect_as_seen(self, accounts: Iterable[Account]) -> list[Receipt]:
        """A receipt of each, but of those that were connected again since they were seen: these are left alone."""
        receipts = []
        for seen in accounts:
            with suppress(NotFound):
                receipts.append(self._disconnect(seen.user, seen.account_id, seen, only=seen.connection_id))
        return receipts

    def _disconnect(self, user: str, account_id: str, account: Account | None, only: str | None = None) -> Receipt:
        """`account`: its row as just seen. `only`: the one connection that is meant; NotFound if it is another's."""
        for _ in range(_TRIES):
            if account is None:
                return self._newest(user, account_id)
            if account.receipt_id is not None:
                return self._standing(account)
            if only not in (None, account.connection_id):
                raise NotFound("It was connected again.")
            receipt = self._receipt(account)
            if self.receipts.open(receipt, account):
                self.wakeups.send("erase", Wakeup(user, "receipt", receipt.receipt_id, receipt.life))
                return receipt
            account = self.accounts.get(user, account_id)
        raise Conflict("The account is being changed elsewhere; try again.", code="busy")

    def find(self, user: str, receipt_id: str) -> Receipt:
        """Raises NotFound, also after 30 days."""
        return Receipting(self.receipts, self.clock).find(user, receipt_id)

    def _newest(self, user: str, account_id: str) -> Receipt:
        receipt = self.receipts.newest(user, account_id, self.clock())
        if receipt is None:
            raise NotFound("No such account.")
        return receipt

    def _standing(self, account: Account) -> Receipt:
        assert account.receipt_id is not None
        return self.find(account.user, account.receipt_id)

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
