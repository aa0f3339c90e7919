"""One sync run: claim the account, read its parts from the platform, leave the truth in the row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from socials import ids
from socials.budgeting import BudgetBook
from socials.clock import Clock
from socials.errors import Fenced, OutOfTime, ReconnectNeeded, RetryLater
from socials.models.accounts import Account
from socials.models.claims import Claim, ClaimOutcome
from socials.models.runs import Run, RunState, Trigger
from socials.models.wakeups import Wakeup
from socials.platforms import platform as platform_named
from socials.reading import Reader
from socials.refreshing import Refreshing
from socials.timing import MAX_ATTEMPTS
from socials.verdicts import INTERNAL_ERROR, abandoned, broken, ended, interrupted, poisoned, waiting
from socials.worker import Done, Leased, Outcome
from socials.working import Work

if TYPE_CHECKING:
    from socials.ports import Doors, History, Receipts, Vault, Wakeups, WorkedAccounts

# A whole batch of the daily queue: none of its accounts waits for another.
AT_ONCE = 10


class GivenUp(Exception):
    """Nothing to do for a message that came back: the run ended over something unforeseen, which the row tells."""


@dataclass(frozen=True, slots=True)
class Syncing:
    accounts: WorkedAccounts
    history: History
    receipts: Receipts
    vault: Vault
    doors: Doors
    refreshing: Refreshing
    wakeups: Wakeups
    clock: Clock

    def run(self, wakeup: Wakeup, owner: str, time_left: Callable[[], float], budgets: BudgetBook) -> Outcome:
        """Work on the account's run as far as it goes in the time left (seconds).

        Done: acknowledge. Leased: another worker has it until then. What is unforeseen is noted in the row and raised,
        and raised again by what comes back after the run was given up: its way leads to the dead letters, also where
        several messages about the account shared its attempts among them.
        """
        claim = self._claim(wakeup, owner)
        if claim.outcome is ClaimOutcome.LEASED and claim.account and claim.account.lease_until:
            return Leased(claim.account.lease_until)
        if claim.outcome is not ClaimOutcome.CLAIMED or claim.account is None:
            if wakeup.again and _was_given_up(claim.account):
                raise GivenUp
            return Done()
        facts = platform_named(claim.account.platform).facts
        work = Work(self.accounts, self.history, self.clock, claim.account, owner, facts, time_left)
        try:
            self._go(work, budgets)
        except Fenced:
            self._step_aside(work)
        except Exception:
            self._record_poison(work)
            raise
        return Done()

    def _claim(self, wakeup: Wakeup, owner: str) -> Claim:
        now = self.clock()
        new_run = Run(
            run_id=ids.time_ordered_id(now),
            account_id=wakeup.id,
            trigger=Trigger.DAILY,
            state=RunState.QUEUED,
            queued_at=now,
        )
        return self.accounts.claim(wakeup, owner, new_run, now)

    def _go(self, work: Work, budgets: BudgetBook) -> None:
        if work.account.attempts > MAX_ATTEMPTS:
            abandoned(work)
            return
        try:
            budgets.check(work.platform)
            reader = Reader(self.vault, self.refreshing, self.doors, self.clock, work, budgets)
            reader.read_all()
        except OutOfTime:
            interrupted(work)
            self.wakeups.send("manual" if work.run.trigger is not Trigger.DAILY else "daily", work.wakeup)
        except RetryLater as error:
            try:
                budgets.heard(work.platform, error)
            finally:  # the account waits, whatever becomes of the app's budget
                waiting(work, error)
        except ReconnectNeeded as error:
            broken(work, error)
        else:
            ended(work)

    def _step_aside(self, work: Work) -> None:
        """Stopped by the fence: give the lease back, so that whoever fenced us need not wait for its end. A lease that
        is another worker's by now still has to be waited out."""
        row = self.accounts.release(work.account.user, work.account.account_id, work.owner)
        if row is None or row.lease_until is not None or row.life != work.account.life:
            return
        if row.receipt_id is not None:
            self.receipts.allow(row.user, row.receipt_id, self.clock())
            self.wakeups.send("erase", Wakeup(row.user, "receipt", row.receipt_id, row.life))

    def _record_poison(self, work: Work) -> None:
        """The reason goes into the row before the message goes back (and, in the end, to the dead letters)."""
        try:
            poisoned(work)
        except Fenced:
            self._step_aside(work)


def _was_given_up(account: Account | None) -> bool:
    if account is None or account.run is not None or account.failure is None:
        return False
    return account.failure.code == INTERNAL_ERROR
