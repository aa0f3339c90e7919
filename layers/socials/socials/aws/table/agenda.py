"""The index of everything that needs work at a time. An item is in it as long as it has a wake_at."""

from collections.abc import Iterator
from datetime import datetime

from socials.aws.items import keys
from socials.aws.table.table import Table
from socials.ports import Wakeup

INDEX = "agenda"


class TableAgenda:
    def __init__(self, table: Table) -> None:
        self._table = table

    def due(self, shard: int, since: datetime | None, until: datetime) -> Iterator[Wakeup]:
        span = "#wake_at BETWEEN :since AND :until" if since else "#wake_at <= :until"
        found = self._table.query(f"#shard = :shard AND {span}", IndexName=INDEX, shard=shard, since=since, until=until)
        return map(keys.wakeup, found)
