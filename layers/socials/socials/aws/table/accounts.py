"""Account rows: looked at, and asked for a run in one conditional write."""

from datetime import datetime

from socials.aws.items import accounts as rows
from socials.aws.items import keys
from socials.aws.items.accounts import item_to_account
from socials.aws.items.attributes import Item
from socials.aws.table.changes import THERE, update
from socials.aws.table.table import Table
from socials.models.accounts import Account
from socials.models.runs import Run
from socials.timing import HEAL_AFTER, MIN_BETWEEN_RUNS

_MAY_START = (
    f"{THERE} AND attribute_not_exists(#receipt_id) AND attribute_not_exists(#run) AND attribute_not_exists(#broken)"
    " AND (attribute_not_exists(#wait) OR #wait.#until <= :now)"
    " AND (attribute_not_exists(#last_run_finished_at) OR #last_run_finished_at <= :earlier)"
    " AND (attribute_not_exists(#last_synced_at) OR #last_synced_at <= :earlier)"
)


class TableAccounts:
    def __init__(self, table: Table) -> None:
        self._table = table

    def list(self, user: str) -> list[Account]:
        found = self._table.query("#pk = :pk AND begins_with(#sk, :prefix)", pk=keys.user_pk(user), prefix="ACCOUNT#")
        return [item_to_account(item) for item in found]

    def get(self, user: str, account_id: str) -> Account | None:
        key = keys.account(user, account_id)
        return None if keys.exists_nowhere(key) else account_of(self._table.get(key))

    def request_run(self, user: str, account_id: str, run: Run, now: datetime) -> tuple[bool, Account | None]:
        key = keys.account(user, account_id)
        if keys.exists_nowhere(key):
            return False, None
        fields = rows.run_fields(run, 0) | rows.agenda_fields(run) | {"wake_at": now + HEAL_AFTER}
        written = self._table.write(update(key, fields, when=_MAY_START, now=now, earlier=now - MIN_BETWEEN_RUNS))
        row = account_of(written.item)
        # botocore repeats a write whose answer was lost: then the run that is in the way is this very one.
        mine = row is not None and row.run is not None and row.run.run_id == run.run_id
        return written.done or mine, row


def run_as_seen(run: Run | None) -> tuple[str, Item]:
    """The condition that the row's run is still this one, whatever its progress, or that there is none; its values."""
    return ("#run.#run_id = :seen_run", {"seen_run": run.run_id}) if run else ("attribute_not_exists(#run)", {})


def account_of(item: Item | None) -> Account | None:
    return item_to_account(item) if item else None
