"""The platforms' clock for our whole app: read once an invocation and again after every limit, and written
the moment a platform says wait."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

from socials.clock import Clock
from socials.errors import RetryLater
from socials.models.budgets import Budget

if TYPE_CHECKING:
    from socials.ports import Budgets

_WAIT_UNLESS_NAMED = timedelta(minutes=1)


class BudgetBook:
    """One invocation's view of the budgets; its accounts may ask in threads of their own."""

    CODE = "app_limit"

    def __init__(self, budgets: Budgets, clock: Clock) -> None:
        self._budgets = budgets
        self._clock = clock
        self._read: set[str] = set()
        self._known: dict[str, Budget] = {}
        self._lock = Lock()

    def check(self, platform: str) -> None:
        """Raises RetryLater (code `app_limit`) while the platform wants our app to wait."""
        with self._lock:  # one read for all, and none that outlives a limit heard meanwhile
            if platform not in self._read:
                self._note(self._budgets.get(platform))
                self._read.add(platform)
        self.check_again(platform)

    def check_again(self, platform: str) -> None:
        """The same before each further step, by what this invocation has read or heard by now: it asks nobody."""
        budget = self._known.get(platform)
        if budget is not None and budget.until > self._clock():
            raise RetryLater(budget.message, until=budget.until, code=self.CODE, scope="app", platform=platform)

    def heard(self, platform: str, error: RetryLater) -> None:
        """The platform asked somebody to wait: the budget is read again, and kept where it is the whole app's."""
        if error.code == self.CODE:
            return
        if error.http_status != 429 and error.scope != "app":
            return
        with self._lock:
            self._read.discard(platform)
            if error.scope == "app":
                self._keep(platform, error)

    def _keep(self, platform: str, error: RetryLater) -> None:
        """Known to the neighbours before it is stored."""
        until = error.until or self._clock() + _WAIT_UNLESS_NAMED
        budget = Budget(platform, until, error.code, str(error))
        self._note(budget)
        self._budgets.wait(budget)

    def _note(self, budget: Budget | None) -> None:
        """As in the table, a later end is never shortened."""
        known = None if budget is None else self._known.get(budget.platform)
        if budget is not None and (known is None or known.until < budget.until):
            self._known[budget.platform] = budget
