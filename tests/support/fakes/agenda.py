"""The agenda and the platforms' budgets in memory."""

from collections.abc import Iterator
from datetime import datetime

from socials import ids
from socials.models.budgets import Budget
from socials.models.runs import Trigger
from socials.models.wakeups import Wakeup
from tests.support.builders import wakeup_of
from tests.support.changing import replace
from tests.support.fakes.rows import Rows


class FakeAgenda:
    """Sees what is there at once. Ids in `unseen` are left out, and all while it is `lagging`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.unseen: set[str] = set()
        self.lagging = False

    def due(self, shard: int, since: datetime | None, until: datetime) -> Iterator[Wakeup]:
        with self._rows.lock:
            found = [
                (wake_at, wakeup)
                for wake_at, wakeup in self._all()
                if ids.shard(wakeup.id) == shard and wake_at <= until and (since is None or since <= wake_at)
            ]
        found.sort(key=lambda pair: pair[0])
        return iter([wakeup for _, wakeup in found if wakeup.id not in self.unseen and not self.lagging])

    def _all(self) -> Iterator[tuple[datetime, Wakeup]]:
        for account in self._rows.accounts.values():
            if account.wake_at is not None:
                run = account.active_run
                by_hand = run is not None and run.trigger is not Trigger.DAILY
                yield account.wake_at, replace(wakeup_of(account), by_hand=by_hand)
        for receipt in self._rows.receipts.values():
            if receipt.wake_at is not None:
                yield receipt.wake_at, Wakeup(receipt.user, "receipt", receipt.receipt_id, receipt.life)
        for grant in self._rows.grants.values():
            if grant.wake_at is not None:
                yield grant.wake_at, Wakeup(grant.user, "grant", grant.grant_id)
        for (user, connection_id), wake_at in self._rows.sweeps.items():
            yield wake_at, Wakeup(user, "connection", connection_id)


class FakeBudgets:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def get(self, platform: str) -> Budget | None:
        return self._rows.budgets.get(platform)

    def wait(self, budget: Budget) -> None:
        with self._rows.lock:
            known = self._rows.budgets.get(budget.platform)
            if known is None or known.until < budget.until:
                self._rows.budgets[budget.platform] = budget
