"""The index of everything that needs work at a time. An item is in it as long as it has a wake_at."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from socials.aws.items import keys
from socials.aws.table.table import Table
from socials.clock import epoch
from socials.models.wakeups import KINDS, Wakeup
from socials.telemetry import current

INDEX = "agenda"


class TableAgenda:
    def __init__(self, table: Table) -> None:
        self._table = table

    def due(self, shard: int, since: datetime | None, until: datetime) -> Iterator[Wakeup]:
        span = "#wake_at BETWEEN :since AND :until" if since else "#wake_at <= :until"
        found = self._table.query(f"#shard = :shard AND {span}", IndexName=INDEX, shard=shard, since=since, until=until)
        for item in found:
            _tell(item, until, swept=since is None)
            yield _wakeup(item)


def _wakeup(item: dict[str, Any]) -> Wakeup:
    """Whom an item of the agenda wakes: all of it is in its keys, with the life and a run's trigger beside them."""
    noun, _, item_id = item["sk"].partition("#")
    kind = next(kind for kind in KINDS if kind.upper() == noun)
    if kind == "receipt":
        item_id = item_id.replace("#", ".")
    return Wakeup(keys.user_of(item["pk"]), kind, item_id, item.get("life", ""), by_hand="trigger" in item)


def _tell(item: dict[str, Any], until: datetime, *, swept: bool) -> None:
    here = current()
    here.count("Overdue" if swept else "Due")
    if item["sk"].startswith("ACCOUNT#"):
        here.peak("OldestDueSeconds", epoch(until) - int(item["wake_at"]))
