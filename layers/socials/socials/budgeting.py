"""The platforms' clock for our whole app: read once an invocation and again after every limit, and written
the moment a platform says wait."""

from datetime import timedelta
from threading import Lock

from socials.clock import Clock
from socials.errors import RetryLater
from socials.ports import Budget, Budgets

_WAIT_UNLESS_NAMED = timedelta(minutes=1)


class BudgetBook:
    """One invocation's view of the budgets; its accounts may ask in threads of their own."""

    CODE = "app_limit"

    def __init__(self, budgets: Budgets, clock: Clock) -> None:
        self._budgets = budgets
        self._clock = clock
        self._read: dict[str, Budget | None] = {}
        self._lock = Lock()

    def check(self, platform: str) -> None:
        """Raises RetryLater (code `app_limit`) while the platform wants our app to wait."""
        with self._lock:  # one read for all, and none that outlives a limit heard meanwhile
            if platform not in self._read:
                self._read[platform] = self._budgets.get(platform)
            budget = self._read[platform]
        if budget is not None and budget.until > self._clock():
            raise RetryLater(budget.message, until=budget.until, code=self.CODE, scope="app", platform=platform)

    def heard(self, platform: str, error: RetryLater) -> None:
        """The platform asked somebody to wait: the budget is read again, and kept where it is the whole app's."""
        if error.code == self.CODE:
            return
        if error.http_status != 429 and error.scope != "app":
            return
        with self._lock:
            self._read.pop(platform, None)
            if error.scope == "app":
                self._keep(platform, error)

    def _keep(self, platform: str, error: RetryLater) -> None:
        until = error.until or self._clock() + _WAIT_UNLESS_NAMED
        budget = Budget(platform, until, error.code, str(error))
        self._budgets.wait(budget)
