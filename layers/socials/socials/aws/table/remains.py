"""What is left of one life."""

from collections import Counter
from itertools import islice

from socials.aws.items import keys
from socials.aws.items.weeks import number_of_days
from socials.aws.table.changes import delete
from socials.aws.table.table import Table
from socials.models.lives import LifeKey
from socials.models.receipts import Counts


class TableRemains:
    def __init__(self, table: Table) -> None:
        self._table = table

    def count(self, life: LifeKey) -> Counts:
        found = self._table.query("#pk = :pk", ProjectionExpression="#sk, #days", pk=keys.life_pk(life))
        nouns: Counter[str] = Counter()
        for item in found:
            noun = item["sk"].partition("#")[0]
            nouns[noun] += number_of_days(item) if noun == "DAY" else 1
        return Counts(snapshots=nouns["DAY"], posts=nouns["POST"], runs=nouns["RUN"], events=nouns["EVENT"])

    def delete_some(self, life: LifeKey, limit: int) -> int:
        pk = keys.life_pk(life)
        found = islice(self._table.query("#pk = :pk", ProjectionExpression="#sk", pk=pk, Limit=limit), limit)
        unwanted = [{"pk": pk, "sk": item["sk"]} for item in found]
        self._table.delete_many(unwanted)
        return len(unwanted)

    def delete_account(self, user: str, account_id: str, life: str) -> None:
        self._table.write(delete(keys.account(user, account_id), when="#life = :life", life=life))
