"""A table without room: people are told when to come back, messages come back by themselves, and no status is wrong."""

from datetime import timedelta
from typing import Any

import pytest

from socials.status import Status, status_of
from tests.benchmarks import typical
from tests.benchmarks.aws_units import looking_client
from tests.benchmarks.operations import Stage
from tests.support.aws_ports import AwsPorts
from tests.support.builders import NOW, USER, wakeup_of
from tests.support.doorways import Context
from tests.support.seeding import stored
from tests.support.world import record_of

THROTTLED = {
    "single": {"Code": "ProvisionedThroughputExceededException", "Message": "as AWS says it"},
    "TransactWriteItems": {"Code": "TransactionCanceledException", "Message": "as AWS says it"},
}
OF_A_SYNC = ["UpdateItem", "GetItem", "Query", "TransactWriteItems"]


@pytest.fixture
def stage(aws: AwsPorts, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(aws, monkeypatch, looking_client(aws))


class Throttle:
    """Refuses the operations that `of` names (None: all of the table's) until it is lifted."""

    def __init__(self, aws: AwsPorts, of: str | None = None) -> None:
        self.of, self.lifted, self.met = of, False, 0
        aws.between(self.meet)

    def meet(self, operation: str, _: dict[str, Any]) -> dict[str, Any] | None:
        table = (*OF_A_SYNC, "PutItem", "DeleteItem", "BatchWriteItem")
        if self.lifted or operation not in table or self.of not in (None, operation):
            return None
        self.met += 1
        refused = {"Error": THROTTLED.get(operation, THROTTLED["single"]), "ResponseMetadata": {}}
        return refused | {"CancellationReasons": [{"Code": "None"}, {"Code": "ProvisionedThroughputExceeded"}]}


@pytest.mark.parametrize(
    ("function", "method", "path"),
    [
        ("list_accounts", "GET", "/accounts"),
        ("list_accounts", "GET", "/accounts/{id}/metrics"),
        ("sync_account", "POST", "/accounts/{id}/sync"),
        ("disconnect_account", "DELETE", "/accounts/{id}"),
        ("disconnect_account", "DELETE", "/accounts"),
    ],
)
def test_a_request_is_told_when_to_come_back_and_has_done_nothing(
    stage: Stage, function: str, method: str, path: str
) -> None:
    account = stage.account()
    door, throttle = stage.door(function), Throttle(stage.aws)

    reply = door.ask(method, path.format(id=account.account_id), user=USER)

    assert (reply.status, reply.json["code"]) == (503, "overloaded")
    assert int(reply.headers["retry-after"]) > 0
    assert throttle.met
    throttle.lifted = True
    assert stored(stage.aws, account) == account


@pytest.mark.parametrize("operation", OF_A_SYNC)
def test_a_sync_that_is_throttled_comes_back_and_its_account_stays_what_it_was(stage: Stage, operation: str) -> None:
    account = stage.account(posts=(typical.post(1),), days=7, wake_at=NOW)
    stage.platform_tells((typical.post(1), typical.post(2)))
    door, throttle = stage.door("run_syncs"), Throttle(stage.aws, operation)
    messages = {"Records": [record_of(wakeup_of(account))]}

    back = door.app.handler(messages, Context())

    assert throttle.met
    assert len(back["batchItemFailures"]) == 1
    throttle.lifted = True
    row = stored(stage.aws, account)
    assert status_of(row, NOW)[0] is Status.CONNECTED
    assert row.last_synced_at == account.last_synced_at

    stage.world.clock.forward(minutes=3)
    stage.platform_tells((typical.post(1), typical.post(2)))
    messages["Records"][0]["attributes"] = {"ApproximateReceiveCount": "2"}
    assert door.app.handler(messages, Context()) == {"batchItemFailures": []}
    row = stored(stage.aws, account)
    assert status_of(row, NOW + timedelta(minutes=3))[0] is Status.CONNECTED
    assert row.last_synced_at == NOW + timedelta(minutes=3)
