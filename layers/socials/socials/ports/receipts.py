"""What drives an erase, and what a platform's own request for deletion led to."""

from datetime import datetime
from typing import Protocol

from socials.models.accounts import Account
from socials.models.receipts import Deletion, Receipt


class Receipts(Protocol):
    """Receipts: the driver of an erase. Unreadable 30 days after they were made, but for an unfinished one.

    A receipt_id is made by `ids.receipt_id`; any other text is an id that does not exist.
    """

    def open(self, receipt: Receipt, seen: Account) -> bool:
        """The fence: mark the account (life, connection and lease_until as seen, not disconnecting) with the receipt's
        id, take it off the agenda, and write the receipt with its own wake_at, in one transaction. The connection
        stands for the grant: a receipt must not name one that the account has left meanwhile.
        False: the row changed under us; look again."""
        ...

    def get(self, user: str, receipt_id: str, now: datetime) -> Receipt | None: ...

    def newest(self, user: str, account_id: str, now: datetime) -> Receipt | None: ...

    def claim(self, user: str, receipt_id: str, owner: str, now: datetime) -> tuple[bool, Receipt | None]:
        """Take an erasing receipt for `owner` until now + RUN_LEASE_SECONDS, attempts + 1, wake_at = lease end.
        (False, receipt) while leased or done, (False, None) if there is none."""
        ...

    def save(self, receipt: Receipt, owner: str) -> None:
        """Write the progress (all but who, what, requested_at and not_before). Raises Fenced when the lease is
        another's. lease_until None in it releases the lease."""
        ...

    def leave_grant(self, receipt: Receipt, owner: str, settle_at: datetime) -> Receipt:
        """Take the account out of its grant and save the receipt, which counts what there is (`deleted`), in one
        transaction: whoever is the last one out knows it for good, and counts the secret. That retires the grant, to be
        swept a little after `settle_at`. The receipt as saved. Raises Fenced as `save` does."""
        ...

    def allow(self, user: str, receipt_id: str, now: datetime) -> None:
        """The run that the fence found has stopped: not_before becomes `now` where it was later."""
        ...


class Deletions(Protocol):
    """Which receipts a platform's request for deletion led to, under the hash of its confirmation code."""

    def keep(self, code_hash: str, deletion: Deletion) -> None: ...

    def find(self, code_hash: str, now: datetime) -> Deletion | None:
        """None also after 30 days."""
        ...
