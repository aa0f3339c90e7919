"""The erase, driven by its receipt: idempotent and resumable at every step. Data never wait for the platform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from socials.clock import Clock
from socials.errors import Fenced
from socials.models.lives import LifeKey
from socials.models.receipts import Receipt, Revocation
from socials.models.wakeups import Wakeup
from socials.platforms import platform as platform_named
from socials.platforms.base import Platform
from socials.pruning import Pruning
from socials.settling import Settling
from socials.timing import REVOKE_TRIED_FOR, RUN_LEASE_SECONDS, STOP_BEFORE_SECONDS
from socials.values import replace
from socials.worker import Done, Leased, Outcome

if TYPE_CHECKING:
    from socials.ports import Connections, Grants, Receipts, Remains, Vault, Wakeups

_DELETE_AT_ONCE = 500
_REVOKE_AGAIN_IN = timedelta(minutes=15)
_RENEWAL_ENDS_IN = timedelta(seconds=30)
_LEASE = timedelta(seconds=RUN_LEASE_SECONDS)


@dataclass(frozen=True, slots=True)
class Erasing:
    receipts: Receipts
    remains: Remains
    grants: Grants
    connections: Connections
    vault: Vault
    settling: Settling
    pruning: Pruning
    wakeups: Wakeups
    clock: Clock

    def erase(self, wakeup: Wakeup, owner: str, time_left: Callable[[], float]) -> Outcome:
        """Go on as far as the time left (seconds) allows. Done: acknowledge; the row says what is left."""
        claimed, receipt = self.receipts.claim(wakeup.user, wakeup.id, owner, self.clock())
        if receipt is None or not claimed:
            return Leased(receipt.lease_until) if receipt and receipt.lease_until else Done()
        try:
            return self._go_on(receipt, owner, time_left)
        except Fenced:
            return Done()

    def _go_on(self, receipt: Receipt, owner: str, time_left: Callable[[], float]) -> Outcome:
        if receipt.not_before > self.clock():
            self._pause(receipt, owner, receipt.not_before - self.clock())
            return Leased(receipt.not_before)
        receipt = self._revoke(self._leave(receipt, owner), owner)
        if not receipt.data_erased:
            if not self._delete_data(receipt, owner, time_left):
                self._pause(receipt, owner, timedelta(seconds=1))
                self.wakeups.send("erase", Wakeup(receipt.user, "receipt", receipt.receipt_id, receipt.life))
                return Done()
            receipt = self._saved(replace(receipt, data_erased=True), owner)
        if not self._revoke_is_over(receipt) and not self._forget_own_token(receipt):
            self._pause(receipt, owner, _RENEWAL_ENDS_IN)
            return Done()
        if receipt.revocation in (None, Revocation.UNREACHABLE) and not self._revoke_is_over(receipt):
            self._pause(receipt, owner, _REVOKE_AGAIN_IN if receipt.revocation else _RENEWAL_ENDS_IN)
            return Done()
        self._finish(receipt, owner)
        return Done()

    def _leave(self, receipt: Receipt, owner: str) -> Receipt:
        """Once, before the first deletion: count what there is to erase, and leave the grant.

        Of two accounts that leave a grant at once exactly one is the last: it alone takes the secret along, and so
        counts it. Should this erase never end, the sweep of retired grants settles the grant after the last revoke.
        """
        if receipt.deleted is not None:
            return receipt
        counted = self._renewed(replace(receipt, deleted=self.remains.count(_life(receipt))))
        return self.receipts.leave_grant(counted, owner, receipt.settle_at)

    def _revoke(self, receipt: Receipt, owner: str) -> Receipt:
        """Ask the platform once per go until it answered or a day has passed; never where it would hurt a sibling."""
        if receipt.revocation not in (None, Revocation.UNREACHABLE):
            return receipt
        platform = platform_named(receipt.platform)
        if receipt.takes_grant_along:
            outcome = self._end_grant(platform, receipt)
        else:
            outcome = Revocation.NOT_OFFERED if platform.revoke is None else Revocation.SHARED_GRANT
        return self._saved(replace(receipt, revocation=outcome), owner)

    def _end_grant(self, platform: Platform, receipt: Receipt) -> Revocation | None:
        """None while a worker may still store a renewed pair; that lasts no longer than its lease. Ours is taken in the
        receipt's name: who goes on after a death of this erase need not wait for it."""
        outcome = self.settling.end(platform, receipt.user, receipt.grant_id, receipt.receipt_id)
        return Revocation.UNREACHABLE if outcome is None and self._revoke_is_over(receipt) else outcome

    def _forget_own_token(self, receipt: Receipt) -> bool:
        """Where siblings stay, or other grants of theirs, what is this account's alone goes from the secrets. In the
        receipt's name: whoever goes on after a death of this erase need not wait for its lease."""
        ending = receipt.grant_id if receipt.takes_grant_along else None
        return self.pruning.keep_members(receipt.user, receipt.platform, receipt.receipt_id, ending=ending)

    def _revoke_is_over(self, receipt: Receipt) -> bool:
        return self.clock() - receipt.requested_at >= REVOKE_TRIED_FOR

    def _delete_data(self, receipt: Receipt, owner: str, time_left: Callable[[], float]) -> bool:
        """Until a consistent look finds nothing; then the account's own row. False when time runs out first."""
        while time_left() >= STOP_BEFORE_SECONDS:
            if self.remains.delete_some(_life(receipt), _DELETE_AT_ONCE) == 0:
                self.remains.delete_account(receipt.user, receipt.account_id, receipt.life)
                self.connections.delete(receipt.user, receipt.connection_id)
                return True
            receipt = self._held(receipt, owner)
        return False

    def _held(self, receipt: Receipt, owner: str) -> Receipt:
        """A large account takes longer than a lease lasts."""
        lasts = receipt.lease_until is not None and receipt.lease_until - self.clock() > _LEASE / 2
        return receipt if lasts else self._saved(receipt, owner)

    def _finish(self, receipt: Receipt, owner: str) -> None:
        """The grant goes with its last member; only when its secret refuses to answer is the erase done."""
        if receipt.takes_grant_along:
            if receipt.revocation is Revocation.UNREACHABLE:
                self.settling.forget_person(platform_named(receipt.platform), receipt.user, receipt.grant_id)
            self.vault.destroy(receipt.user, receipt.grant_id)
            if self.vault.answers(receipt.user, receipt.grant_id):
                self._pause(receipt, owner, timedelta(seconds=1))
                return
            self.grants.delete(receipt.user, receipt.grant_id)
        self.receipts.save(receipt.finished(self.clock()), owner)

    def _pause(self, receipt: Receipt, owner: str, wait: timedelta) -> None:
        wake_at = self.clock() + wait
        self.receipts.save(replace(receipt, lease_until=None, wake_at=wake_at), owner)

    def _saved(self, receipt: Receipt, owner: str) -> Receipt:
        """Keep the progress and renew the lease."""
        receipt = self._renewed(receipt)
        self.receipts.save(receipt, owner)
        return receipt

    def _renewed(self, receipt: Receipt) -> Receipt:
        until = self.clock() + _LEASE
        return replace(receipt, lease_until=until, wake_at=until)


def _life(receipt: Receipt) -> LifeKey:
    return LifeKey(receipt.user, receipt.account_id, receipt.life)
