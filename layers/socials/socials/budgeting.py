"""The platforms' clock for our whole app: read once an invocation and again after every limit, and written
the moment a platform says wait."""

from datetime import timedelta

from socials.clock import Clock
from socials.errors import RetryLater
from socials.ports import Budget, Budgets

_WAIT_UNLESS_NAMED = timedelta(minutes=1)


class BudgetBook:
    """One invocation's view of the budgets."""

    CODE = "app_limit"

    def __init__(self, budgets: Budgets, clock: Clock) -> None:
        self._budgets = budgets
        self._clock = clock
        self._read: dict[str, Budget | None] = {}

    def check(self, platform: str) -> None:
        """Raises RetryLater (code `app_limit`) while the platform wants our app to wait."""
        if platform not in self._read:
            self._read[platform] = self._budgets.get(platform)
        budget = self._read[platform]
        if budget is not None and budget.until > self._clock():
            raise RetryLater(budget.message, until=budget.until, code=self.CODE, scope="app", platform=platform)

    def wait(self, platform: str, error: RetryLater) -> None:
        """Keep what the platform just asked of the whole app."""
        until = error.until or self._clock() + _WAIT_UNLESS_NAMED
        budget = Budget(platform, until, error.code, str(error))
        self._budgets.wait(budget)
        self._read.pop(platform, None)
