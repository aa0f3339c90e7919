"""What AWS does on a bad day and no engine here does by itself: conflicts, an index that lags, slow deletions.

On the adapters it is injected at botocore's event hooks, on the fakes behind the port.
"""

from typing import Any

from tests.support.aws_ports import AwsPorts
from tests.support.fakes import FakePorts

_SINGLE = {"UpdateItem", "PutItem", "DeleteItem"}
_MESSAGE = "Transaction is ongoing for the item"


class BadDaysOfAws:
    """Nothing happens until it is asked for; over with `aws.fresh()`."""

    def __init__(self, aws: AwsPorts) -> None:
        self._aws = aws
        self.conflicting = self.lagging = self.slow = False
        self.conflicts = 0
        self._leaving: list[str] = []
        self._refused = False
        aws.between(self._meet)

    def deletions_end(self) -> None:
        self.slow, leaving = False, self._leaving
        for name in leaving:
            self._aws.secretsmanager.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)

    def _meet(self, operation: str, asked: dict[str, Any]) -> dict[str, Any] | None:
        if self.lagging and "IndexName" in asked:
            return {"Items": [], "Count": 0, "ScannedCount": 0}
        if self.slow and operation == "DeleteSecret":
            self._leaving.append(asked["SecretId"])
            return {"Name": asked["SecretId"]}
        return self._conflict(operation) if self.conflicting else None

    def _conflict(self, operation: str) -> dict[str, Any] | None:
        """Every write meets another one first, and goes through when it is made again."""
        if operation not in _SINGLE and operation != "TransactWriteItems":
            return None
        self._refused = not self._refused
        if not self._refused:
            return None
        self.conflicts += 1
        if operation in _SINGLE:
            return {"Error": {"Code": "TransactionConflictException", "Message": _MESSAGE}}
        reasons = [{"Code": "TransactionConflict", "Message": _MESSAGE}, {"Code": "None"}]
        return {
            "Error": {"Code": "TransactionCanceledException", "Message": _MESSAGE},
            "CancellationReasons": reasons,
        }


class BadDaysOfFakes:
    """The fakes have no writes that meet: a conflict is the adapters' to outlast."""

    conflicting = False

    def __init__(self, ports: FakePorts) -> None:
        self._ports = ports

    @property
    def lagging(self) -> bool:
        return self._ports.index.lagging

    @lagging.setter
    def lagging(self, lagging: bool) -> None:
        self._ports.index.lagging = lagging

    @property
    def slow(self) -> bool:
        return self._ports.secrets.slow

    @slow.setter
    def slow(self, slow: bool) -> None:
        self._ports.secrets.slow = slow

    def deletions_end(self) -> None:
        self._ports.secrets.deletions_end()
