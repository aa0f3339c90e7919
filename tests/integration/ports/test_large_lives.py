"""A hundred thousand items under one life: what counting, deleting and reading a page of them asks of DynamoDB.

The table is simulated, as the engines here take minutes for that many; the adapters are the product's own.
"""

from bisect import bisect_right
from collections import Counter
from itertools import islice
from typing import Any

import pytest

from socials.aws.items import keys
from socials.aws.items.attributes import Item, encoded
from socials.aws.items.history import post_to_item
from socials.aws.table.history import TableHistory
from socials.aws.table.remains import TableRemains
from socials.aws.table.table import Table
from socials.models.lives import LifeKey
from socials.models.receipts import Counts
from tests.support.builders import NOW, USER, a_post

ITEMS = 100_000
A_QUERY_READS = 1_000_000
ITEM_BYTES = 400
PER_QUERY = A_QUERY_READS // ITEM_BYTES
LIFE = LifeKey(USER, "acc_large", "life_large")


class OnePartition:
    """A DynamoDB client over one partition in the order of its sort keys; a query reads at most 1 MB, as there."""

    def __init__(self, sort_keys: list[str], item: Item) -> None:
        self.sort_keys, self._item = sorted(sort_keys), item
        self.calls: Counter[str] = Counter()

    def query(self, **request: Any) -> dict[str, Any]:
        self.calls["query"] += 1
        assert request["ConsistentRead"]
        values = request["ExpressionAttributeValues"]
        after = request.get("ExclusiveStartKey", {"sk": values.get(":after", {"S": ""})})["sk"]["S"]
        start = bisect_right(self.sort_keys, after)
        page = self.sort_keys[start : start + min(request.get("Limit", PER_QUERY), PER_QUERY)]
        rest = {} if "ProjectionExpression" in request else self._item
        answer: dict[str, Any] = {"Items": [{**rest, "sk": {"S": sk}} for sk in page]}
        if start + len(page) < len(self.sort_keys):
            answer["LastEvaluatedKey"] = {"pk": values[":pk"], "sk": {"S": page[-1]}}
        return answer

    def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
        self.calls["batch_write_item"] += 1
        (requests,) = RequestItems.values()
        assert len(requests) <= 25
        gone = {request["DeleteRequest"]["Key"]["sk"]["S"] for request in requests}
        # What is deleted first stands first.
        head = bisect_right(self.sort_keys, max(gone))
        self.sort_keys[:head] = [sk for sk in self.sort_keys[:head] if sk not in gone]
        return {}


@pytest.fixture
def partition() -> OnePartition:
    item = encoded(post_to_item(LIFE, a_post()))
    place = keys.post_sk(a_post()).rpartition("#")[0]
    return OnePartition([f"{place}#{number:06}" for number in range(ITEMS)], item)


@pytest.fixture
def table(partition: OnePartition) -> Table:
    return Table(partition, "table")


def test_counting_reads_every_item_once(partition: OnePartition, table: Table) -> None:
    assert TableRemains(table).count(LIFE) == Counts(posts=ITEMS)
    assert partition.calls == {"query": ITEMS // PER_QUERY}


def test_a_step_of_the_erase_is_a_query_and_twenty_batches_however_much_there_is(
    partition: OnePartition, table: Table
) -> None:
    remains, steps = TableRemains(table), 0
    while remains.delete_some(LIFE, 500):
        steps += 1
        assert partition.calls == {"query": 1, "batch_write_item": 20}
        partition.calls.clear()
    assert steps == ITEMS / 500
    assert partition.calls == {"query": 1}, "the last look"
    assert partition.sort_keys == []


@pytest.mark.parametrize("number", [0, ITEMS // 2, ITEMS - 20_000])
def test_a_page_from_the_end_of_an_export_costs_what_the_first_one_does(
    partition: OnePartition, table: Table, number: int
) -> None:
    history = TableHistory(table, lambda: NOW)
    place = partition.sort_keys[number]
    read = list(islice(history.everything(LIFE, place), 10_000))
    assert [sk for sk, _ in read] == partition.sort_keys[number + 1 : number + 10_001]
    assert partition.calls == {"query": 10_000 // PER_QUERY}
