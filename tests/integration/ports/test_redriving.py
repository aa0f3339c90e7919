"""What `make redrive` does to the rows of its messages, through to an account that is synced again."""

from datetime import timedelta
from typing import Any

import pytest

from socials.aws.table.table import Table
from socials.aws.wakeups import body
from socials.models.accounts import Wait
from socials.models.runs import RunState, Trigger
from socials.models.wakeups import Wakeup
from socials.timing import MAX_ATTEMPTS
from tests.support.aws_ports import AwsPorts, dead_letters_of
from tests.support.aws_world import AwsWorldPorts
from tests.support.builders import NOW, a_receipt, an_account, wakeup_of
from tests.support.changing import replace
from tests.support.seeding import disconnecting, seed, stored
from tests.support.world import World
from tools.redrive import make_due, redrive

TOMORROW = NOW + timedelta(days=1)
LATER = NOW + timedelta(minutes=5)


def table_of(aws: AwsPorts) -> Table:
    return Table(aws.dynamodb, aws.table_name)


def test_a_redriven_message_of_a_poisoned_account_syncs_it(aws: AwsPorts, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, lambda hooks: AwsWorldPorts(aws, hooks))
    account = world.account()
    world.hooks.fail("network.profile", ValueError("x"), times=MAX_ATTEMPTS)
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(ValueError, match="x"):
            world.handle(wakeup_of(account))
        world.clock.forward(minutes=3)
    assert world.last_run(account).state is RunState.FAILED
    (dead,) = aws.sqs.list_queues(QueueNamePrefix=f"{aws.queue_prefix}manual-dead")["QueueUrls"]
    aws.sqs.send_message(QueueUrl=dead, MessageBody=body(wakeup_of(account)))

    moved = redrive(aws.sqs, lambda wakeup: make_due(table_of(aws), wakeup, world.clock()), aws.queue_prefix, seconds=0)

    assert moved == {f"{aws.queue_prefix}{queue}": int(queue == "manual") for queue in ("manual", "daily", "erase")}
    assert dead_letters_of(aws, "manual") == []
    (woken,) = world.queues.take("manual")
    world.handle(woken)
    row, run = world.of(account), world.last_run(account)
    assert (run.state, run.trigger) == (RunState.SUCCEEDED, Trigger.DAILY)
    assert (row.failure, row.last_synced_at) == (None, world.clock())


def test_an_account_is_made_due_now(aws: AwsPorts) -> None:
    account = seed(aws, an_account(wake_at=TOMORROW))
    assert make_due(table_of(aws), wakeup_of(account), NOW)
    assert stored(aws, account) == replace(account, wake_at=NOW)


@pytest.mark.parametrize("until", [LATER, NOW])
def test_an_account_that_waits_for_its_platform_keeps_its_time_until_that_is_over(aws: AwsPorts, until: Any) -> None:
    wait = Wait("rate_limited", "Later.", NOW - timedelta(minutes=1), until)
    account = seed(aws, an_account(wake_at=LATER, wait=wait))
    assert make_due(table_of(aws), wakeup_of(account), NOW) is (until == NOW)
    assert stored(aws, account).wake_at == (NOW if until == NOW else LATER)


def test_nothing_else_is_made_due(aws: AwsPorts) -> None:
    account = seed(aws, an_account(wake_at=TOMORROW))
    other_life = replace(wakeup_of(account), life="life_before")
    gone = wakeup_of(an_account(platform_account_id="gone"))
    receipt = a_receipt(account)
    for wakeup in (other_life, gone, Wakeup(account.user, "receipt", receipt.receipt_id, account.life)):
        assert not make_due(table_of(aws), wakeup, NOW)
    assert aws.accounts.list(account.user) == [account]

    disconnecting(aws, account)
    assert not make_due(table_of(aws), wakeup_of(account), NOW)
    assert stored(aws, account).wake_at is None
