"""The table as the nouns use it: plain items in and out, conditions answered by True or False."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError
from msgspec import Struct

from socials.aws.items.attributes import Item, decoded, encoded
from socials.aws.items.keys import Key
from socials.aws.table.changes import Change, expressions
from socials.aws.table.conflicts import ATTEMPTS, Sleep, code_of, condition_failed, pause, persist
from socials.errors import Busy
from socials.ids import unique

_METHODS = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}
_BATCH_WRITE = 25


class Written(Struct, frozen=True):
    """`item`: the row after an update, before a delete; where the condition failed, as it stands. None: no such row."""

    done: bool
    item: Item | None


class Table:
    """`client`: botocore's DynamoDB client."""

    def __init__(self, client: Any, name: str, sleep: Sleep = time.sleep) -> None:
        self._client, self._name, self._sleep = client, name, sleep

    def get(self, key: Key) -> Item | None:
        """One consistent read."""
        answer = self._persist(self._client.get_item, TableName=self._name, Key=encoded(key), ConsistentRead=True)
        return decoded(answer["Item"]) if "Item" in answer else None

    def write(self, change: Change) -> Written:
        """One change; a row that another transaction holds is asked for again.

        A change whose answer was lost is made again by whoever sends it, and nothing here can tell: its condition then
        may fail at what it wrote itself. Who takes a failed condition for somebody else looks at `item` first.
        """
        returning = {"Update": "ALL_NEW", "Delete": "ALL_OLD", "Put": "NONE"}[change.verb]
        request = {"TableName": self._name, "ReturnValues": returning, **change.parameters}
        if "ConditionExpression" in request:
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        method = getattr(self._client, _METHODS[change.verb])
        try:
            answer = self._persist(method, **request)
        except ClientError as error:
            if not condition_failed(error):
                raise
            return Written(False, _item(error.response, "Item"))
        return Written(True, _item(answer, "Attributes"))

    def write_all(self, changes: Sequence[Change]) -> bool:
        """All or nothing; False where a condition failed. A single change needs no transaction."""
        if len(changes) == 1:
            return self.write(changes[0]).done
        actions: list[dict[str, Any]] = [
            {change.verb: {"TableName": self._name, **change.parameters}} for change in changes
        ]
        try:
            persist(_Transaction(self._client, actions), self._sleep)
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        return True

    def query(self, when: str, **options: Any) -> Iterator[Item]:
        """All items that match, page after page. Upper-case options go to DynamoDB as they are, others are values."""
        parameters = {name: value for name, value in options.items() if name[0].isupper()}
        filtering = {name: parameters.pop(name) for name in _EXPRESSIONS if name in parameters}
        values = {name: value for name, value in options.items() if not name[0].isupper()}
        if "IndexName" not in parameters:
            parameters["ConsistentRead"] = True
        request = {"TableName": self._name, **parameters}
        request |= expressions(values, KeyConditionExpression=when, **filtering)
        while True:
            answer = self._persist(self._client.query, **request)
            yield from map(decoded, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def delete_many(self, unwanted: Sequence[Key]) -> None:
        """Delete whatever lies there, 25 a call. Raises Busy where DynamoDB keeps some back."""
        for start in range(0, len(unwanted), _BATCH_WRITE):
            batch = unwanted[start : start + _BATCH_WRITE]
            self._delete_batch({self._name: [{"DeleteRequest": {"Key": encoded(key)}} for key in batch]})

    def _delete_batch(self, left: dict[str, Any]) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            answer = self._persist(self._client.batch_write_item, RequestItems=left)
            left = answer.get("UnprocessedItems") or {}
            if not left:
                return
            pause(attempt, self._sleep)
        raise Busy("items were left undeleted")

    def _persist(self, method: Callable[..., Any], **request: Any) -> Any:
        return persist(lambda: method(**request), self._sleep)


class _Transaction:
    """One transaction, callable again. Its token makes a repeat after a lost answer harmless; a cancelled attempt is
    known to have done nothing, so the next one has a token of its own."""

    def __init__(self, client: Any, actions: list[dict[str, Any]]) -> None:
        self._client, self._actions, self._token = client, actions, unique("write")

    def __call__(self) -> None:
        try:
            self._client.transact_write_items(TransactItems=self._actions, ClientRequestToken=self._token)
        except ClientError as error:
            if code_of(error) == "TransactionCanceledException":
                self._token = unique("write")
            raise


_EXPRESSIONS = ("FilterExpression", "ProjectionExpression")


def _item(response: Any, name: str) -> Item | None:
    return decoded(response[name]) if response.get(name) else None
