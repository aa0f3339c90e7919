"""A receipt: what a disconnect really did. It drives the erase and holds nothing that came from the platform."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from socials.timing import REVOKE_TRIED_FOR
from socials.values import replace


class ReceiptState(StrEnum):
    ERASING = "erasing"
    DONE = "done"


class Revocation(StrEnum):
    """What became of our call to the platform's revoke."""

    REVOKED = "revoked"
    NOT_OFFERED = "not_offered"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    SHARED_GRANT = "shared_grant"


class Counts(Struct, frozen=True, kw_only=True):
    """How many items of each noun."""

    snapshots: int = 0
    posts: int = 0
    runs: int = 0
    events: int = 0
    secrets: int = 0

    @property
    def items(self) -> int:
        """Items of the life, without the secret."""
        return self.snapshots + self.posts + self.runs + self.events


class Receipt(Struct, frozen=True, kw_only=True):
    """`not_before`: the end of the lease that the fence found; nothing is erased while that run may still call.

    `instance`: the server that the person once named, to say where to revoke by hand.
    `revocation` None: not settled yet. `deleted` None: not counted yet. `data_erased`: nothing of the life is left.
    `backups_until`: until when a backup may still hold any of it; before the end as if all were deleted when asked for.
    """

    user: str
    receipt_id: str
    account_id: str
    life: str
    platform: str
    grant_id: str
    connection_id: str
    instance: str | None = None
    state: ReceiptState
    requested_at: datetime
    not_before: datetime
    backups_until: datetime
    revocation: Revocation | None = None
    deleted: Counts | None = None
    data_erased: bool = False
    finished_at: datetime | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    wake_at: datetime | None = None
    attempts: int = 0

    @property
    def settle_at(self) -> datetime:
        """When its grant is swept up, should the erase never end: not before its last try to revoke."""
        return self.requested_at + REVOKE_TRIED_FOR + timedelta(hours=1)

    @property
    def takes_grant_along(self) -> bool:
        """Nobody else lives on its grant: the erase ends it."""
        return self.deleted is not None and self.deleted.secrets > 0

    def finished(self, at: datetime) -> "Receipt":
        """Done. A backup reaches back from a deletion, not from the request for it."""
        return replace(
            self,
            state=ReceiptState.DONE,
            finished_at=at,
            backups_until=at + (self.backups_until - self.requested_at),
            wake_at=None,
            lease_owner=None,
            lease_until=None,
        )


class Deletion(Struct, frozen=True):
    """`receipts`: user and receipt_id of each."""

    requested_at: datetime
    receipts: tuple[tuple[str, str], ...]
