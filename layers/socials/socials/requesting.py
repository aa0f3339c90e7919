"""Asking for a sync by hand: one conditional write and one wake-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from socials import ids
from socials.clock import Clock
from socials.errors import Conflict, NotFound, TooSoon
from socials.models.accounts import Account
from socials.models.runs import Run, RunState, Trigger
from socials.models.wakeups import Wakeup
from socials.timing import MIN_BETWEEN_RUNS
from socials.waking import wake

if TYPE_CHECKING:
    from socials.ports import Accounts, Wakeups


@dataclass(frozen=True, slots=True)
class Requesting:
    accounts: Accounts
    wakeups: Wakeups
    clock: Clock

    def sync(self, user: str, account_id: str) -> Run:
        """The run that now is queued, or the one already under way.

        Raises, in this order: NotFound; Conflict `disconnecting`; Conflict `reconnect_needed`; TooSoon while the
        platform wants us to wait, or less than a minute after the last run.
        """
        now = self.clock()
        run = Run(
            run_id=ids.time_ordered_id(now),
            account_id=account_id,
            trigger=Trigger.MANUAL,
            state=RunState.QUEUED,
            queued_at=now,
        )
        queued, account = self.accounts.request_run(user, account_id, run, now)
        if account is None:
            raise NotFound("No such account.")
        if queued:
            wake(self.wakeups, "manual", [Wakeup(user, "account", account_id, account.life)])
            return run
        return _standing(account, now)


def _standing(account: Account, now: datetime) -> Run:
    if account.disconnecting:
        raise Conflict("The account is being disconnected.", code="disconnecting")
    if account.active_run is not None:
        return account.active_run
    if account.broken is not None:
        raise Conflict("Reconnect the account first.", code="reconnect_needed")
    if account.wait is not None and account.wait.until > now:
        raise TooSoon(account.wait.message, code="platform_wait", retry_after=_seconds(account.wait.until, now))
    if account.last_run_finished_at is not None:
        again_at = account.last_run_finished_at + MIN_BETWEEN_RUNS
        raise TooSoon("It was synced less than a minute ago.", code="just_synced", retry_after=_seconds(again_at, now))
    raise Conflict("The account is being changed elsewhere; try again.", code="busy")


def _seconds(until: datetime, now: datetime) -> int:
    return int((until - now).total_seconds())
