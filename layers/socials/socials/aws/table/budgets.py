"""Until when a platform asked our whole app to wait."""

from datetime import timedelta

from socials.aws.items import keys
from socials.aws.table.changes import update
from socials.aws.table.table import Table
from socials.clock import from_epoch
from socials.models.budgets import Budget

_KEPT_AFTER = timedelta(days=1)


class TableBudgets:
    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, platform: str) -> Budget | None:
        item = self._table.get(keys.budget(platform))
        if item is None:
            return None
        return Budget(platform, from_epoch(item["until"]), item["code"], item["message"])

    def wait(self, budget: Budget) -> None:
        fields = {"until": budget.until, "code": budget.code, "message": budget.message}
        fields["expires_at"] = budget.until + _KEPT_AFTER
        later = "attribute_not_exists(#until) OR #until < :until"
        self._table.write(update(keys.budget(budget.platform), fields, when=later))
