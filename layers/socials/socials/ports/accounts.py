"""Account rows, and what a worker does with them."""

from datetime import datetime
from typing import Protocol

from socials.models.accounts import Account, Cause
from socials.models.claims import Checkpoint, Claim
from socials.models.events import Event
from socials.models.runs import Run
from socials.models.wakeups import Wakeup


class Accounts(Protocol):
    """Account rows."""

    def list(self, user: str) -> list[Account]:
        """All of a user's accounts, disconnecting ones too, in no promised order. One query (more past 1 MB)."""
        ...

    def get(self, user: str, account_id: str) -> Account | None: ...

    def request_run(self, user: str, account_id: str, run: Run, now: datetime) -> tuple[bool, Account | None]:
        """Set `run` (queued, no attempts yet) as the row's run and wake_at = now + HEAL_AFTER, if the row exists and is
        not disconnecting, has no active run, is not broken, waits for nothing (`wait.until` <= now) and its last run
        finished at least MIN_BETWEEN_RUNS ago. Returns (True, row after) or (False, row as it stands | None)."""
        ...


class WorkedAccounts(Accounts, Protocol):
    """Account rows of a worker: claiming a run, and the fenced write of what it read."""

    def claim(self, wakeup: Wakeup, owner: str, new_run: Run, now: datetime) -> Claim:
        """Take the run of an account for `owner` until now + RUN_LEASE_SECONDS.

        Claimable: the life is the wakeup's, it is not disconnecting, no lease is alive (lease_until <= now), and either
        an active run is there (a waiting one only when wake_at <= now), or there is none and wake_at <= now: then
        `new_run` becomes the run. Sets run.state running, started_at if unset, lease, attempts + 1 (1 for a new run),
        wake_at = ids.next_daily. One conditional update in the common case.
        Where a worker has had this run before (it died, gave it up or waited), or the message comes `again`, wake_at is
        now + RETAKE_AFTER: the run is taken up again even if no message is left.
        LEASED: everything fits but a lease is alive. IDLE: anything else.
        """
        ...

    def save(self, checkpoint: Checkpoint, owner: str) -> None:
        """Write the checkpoint. Fence: the row's life and run_id are the checkpoint's (the finished run's where it is
        finished), its lease_owner is `owner`, it is not disconnecting. Raises Fenced otherwise, having written nothing.

        Writes of the row only what a sync may change: profile fields, scopes, follower fields, last_synced_at,
        last_run_finished_at, insights_through, estimates, full_read_on, failure, broken, wait, moved, reconnect_by,
        run, lease, attempts, wake_at.
        A day is merged: its known numbers are set, unknown ones leave what is stored; `provisional` is set unless None,
        and stays True while a number that came with it has not come with False; a day that knows nothing is left out.
        Posts are put whole; the finished run as RUN item; events as they are. At most MOST_BESIDE items beside the row.
        """
        ...

    def end_access(self, seen: Account, cause: Cause, event: Event, ended: Run | None = None) -> bool:
        """The platform told us that the grant is dead: `broken` is the cause, the run is gone (a worker fenced), a wait
        stays, and the event is in the diary, and the run that was under way as it `ended`, in one transaction. False,
        having written nothing, where life, connection or run (`ended`, None where there was none) are no longer those
        seen, where it is disconnecting, or broken with that code already."""
        ...

    def release(self, user: str, account_id: str, owner: str) -> Account | None:
        """Give up the lease if it is still the owner's (after Fenced). Returns the row as it now stands."""
        ...
