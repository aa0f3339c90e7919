"""What a platform's request for deletion led to, under the hash of its confirmation code, for 30 days."""

from datetime import datetime

from socials.aws.items import keys
from socials.aws.table.changes import put
from socials.aws.table.table import Table
from socials.clock import epoch, from_epoch
from socials.models.receipts import Deletion
from socials.timing import RECEIPT_LIVES


class TableDeletions:
    def __init__(self, table: Table) -> None:
        self._table = table

    def keep(self, code_hash: str, deletion: Deletion) -> None:
        what = {"requested_at": deletion.requested_at, "receipts": [list(each) for each in deletion.receipts]}
        ends = {"expires_at": deletion.requested_at + RECEIPT_LIVES}
        self._table.write(put(keys.state(code_hash) | what | ends))

    def find(self, code_hash: str, now: datetime) -> Deletion | None:
        item = self._table.get(keys.state(code_hash))
        if item is None or item["expires_at"] <= epoch(now) or "receipts" not in item:
            return None
        return Deletion(from_epoch(item["requested_at"]), tuple((user, receipt) for user, receipt in item["receipts"]))
