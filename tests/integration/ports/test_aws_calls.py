"""How many AWS calls each port method makes: the floor of the design's data section."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from socials import ids
from socials.models.budgets import Budget
from socials.models.claims import Checkpoint
from socials.models.connections import Join
from socials.models.events import EventType, happened
from socials.models.receipts import Counts, ReceiptState
from socials.models.runs import RunState
from socials.models.wakeups import Wakeup
from socials.timing import RUN_LEASE_SECONDS
from tests.support.aws_ports import AwsPorts
from tests.support.builders import (
    NOW,
    TODAY,
    USER,
    a_connection,
    a_day,
    a_grant,
    a_post,
    a_receipt,
    a_run,
    an_account,
    life_of,
    tokens,
    wakeup_of,
)
from tests.support.changing import replace
from tests.support.seeding import claimed, disconnecting, keep, seed, stored

MEMBER = next(iter(a_grant().members))


def calls(aws: AwsPorts, action: Callable[[], Any]) -> list[str]:
    aws.forget()
    action()
    return list(aws.calls)


def test_a_list_is_one_query(aws: AwsPorts) -> None:
    seed(aws, *(an_account(platform_account_id=str(n)) for n in range(50)))
    assert calls(aws, lambda: aws.accounts.list(USER)) == ["Query"]


def test_a_request_is_one_update_also_when_it_is_refused(aws: AwsPorts) -> None:
    account = seed(aws, an_account())
    for _ in range(2):
        asked = calls(aws, lambda: aws.accounts.request_run(USER, account.account_id, a_run(), NOW))
        assert asked == ["UpdateItem"]


def test_every_claim_of_what_nobody_had_before_is_one_update(aws: AwsPorts) -> None:
    rows = (
        {"run": a_run()},
        {"run": a_run(state=RunState.WAITING), "wake_at": NOW},
        {"wake_at": NOW},
        {"wake_at": NOW + timedelta(days=1)},
    )
    for number, changes in enumerate(rows):
        account = seed(aws, an_account(platform_account_id=str(number), **changes))
        for owner in ("w1", "w2"):
            claim = calls(aws, lambda: aws.accounts.claim(wakeup_of(account), owner, a_run(), NOW))  # noqa: B023
            assert claim == ["UpdateItem"]


def test_taking_a_run_over_is_two_updates(aws: AwsPorts) -> None:
    account = seed(aws, an_account(run=a_run()))
    claimed(aws, account, "w1")
    again = calls(aws, lambda: claimed(aws, account, "w2", NOW + timedelta(seconds=RUN_LEASE_SECONDS)))
    assert again == ["UpdateItem"] * 2


def test_a_sync_of_ninety_changed_posts_is_one_claim_one_read_and_one_transaction(aws: AwsPorts) -> None:
    account = seed(aws, an_account(run=a_run()))
    posts = tuple(a_post(n) for n in range(90))

    def sync() -> None:
        mine = claimed(aws, account)
        assert aws.history.stored_posts(life_of(account), posts) == {}
        finished = replace(mine.run, state=RunState.SUCCEEDED, finished_at=NOW)
        after = replace(mine, run=None, lease_until=None)
        events = (happened(EventType.SYNCED, NOW), happened(EventType.HEALED, NOW))
        beside = {"days": (a_day(),), "posts": posts, "finished": finished, "events": events}
        aws.accounts.save(Checkpoint(account=after, **beside), "worker")

    assert calls(aws, sync) == ["UpdateItem", "Query", "TransactWriteItems"]


def test_a_pinned_post_is_one_read_more_and_not_all_that_lies_between(aws: AwsPorts) -> None:
    account = seed(aws, an_account())
    keep(aws, account, posts=tuple(a_post(n) for n in range(90)))
    asked = [a_post(0), *(a_post(n) for n in range(80, 90))]
    assert calls(aws, lambda: aws.history.stored_posts(life_of(account), asked)) == ["Query"] * 2


def test_a_checkpoint_without_data_is_one_update(aws: AwsPorts) -> None:
    mine = claimed(aws, seed(aws, an_account(run=a_run())))
    assert calls(aws, lambda: aws.accounts.save(Checkpoint(account=mine), "worker")) == ["UpdateItem"]


def test_a_disconnect_is_one_read_and_one_transaction(aws: AwsPorts) -> None:
    account = seed(aws, an_account())

    def disconnect() -> None:
        assert aws.receipts.open(a_receipt(account), aws.accounts.get(USER, account.account_id))

    assert calls(aws, disconnect) == ["GetItem", "TransactWriteItems"]


def test_a_connect_reads_only_the_grants_that_are_left(aws: AwsPorts) -> None:
    old = seed(aws, an_account())
    connection = a_connection(connection_id="connection_2", grant_id="grant_2")
    assert calls(aws, lambda: aws.connections.start(connection)) == ["TransactWriteItems"]
    assert calls(aws, lambda: aws.connections.take_state(connection.state_hash, NOW)) == ["DeleteItem"]
    joins = [
        Join(replace(old, grant_id="grant_2"), old),
        Join(an_account(platform_account_id="2", grant_id="grant_2"), None),
    ]
    finish = calls(aws, lambda: aws.connections.finish(connection, joins, NOW))
    assert finish == ["GetItem", "TransactWriteItems"]
    assert calls(aws, lambda: aws.connections.delete(USER, "connection_2")) == ["GetItem", "TransactWriteItems"]


def test_the_last_one_leaves_a_grant_in_one_update(aws: AwsPorts) -> None:
    seed(aws, an_account())
    assert calls(aws, lambda: aws.grants.leave(USER, a_grant().grant_id, MEMBER, NOW)) == ["UpdateItem"]
    assert calls(aws, lambda: aws.grants.delete(USER, a_grant().grant_id)) == ["DeleteItem"]


def test_one_of_several_leaves_a_grant_in_two_updates(aws: AwsPorts) -> None:
    seed(aws, an_account(), an_account(platform_account_id="2"))
    assert calls(aws, lambda: aws.grants.leave(USER, a_grant().grant_id, MEMBER, NOW)) == ["UpdateItem"] * 2


def test_a_refresh_is_two_updates_and_a_put(aws: AwsPorts) -> None:
    account = seed(aws, an_account())
    aws.vault.create(account.user, account.grant_id, tokens())

    def refresh() -> None:
        lease = aws.grants.take_lease(USER, account.grant_id, "w1", NOW)
        aws.vault.store(
            account.user, account.grant_id, tokens(access="new"), aws.vault.read(account.user, account.grant_id).version
        )
        aws.grants.release_lease(USER, lease, settled=True)

    assert calls(aws, refresh) == ["UpdateItem", "GetSecretValue", "PutSecretValue", "UpdateItem"]


def test_pages_of_a_list_are_one_query_each(aws: AwsPorts) -> None:
    account = seed(aws, an_account())
    keep(aws, account, posts=tuple(a_post(n) for n in range(30)))
    life = life_of(account)
    assert calls(aws, lambda: aws.history.posts(life, 25, None)) == ["Query"]
    assert calls(aws, lambda: aws.history.runs(life, 25, None)) == ["Query"]
    assert calls(aws, lambda: aws.history.events(life, 25, None)) == ["Query"]
    assert calls(aws, lambda: aws.history.days(life, TODAY - timedelta(days=365), TODAY)) == ["Query"]


def test_an_erase_counts_in_one_query_and_deletes_twenty_five_a_call(aws: AwsPorts) -> None:
    account = seed(aws, an_account())
    keep(aws, account, posts=tuple(a_post(n) for n in range(74)))
    life = life_of(account)
    assert calls(aws, lambda: aws.remains.count(life)) == ["Query"]
    assert calls(aws, lambda: aws.remains.delete_some(life, 100)) == ["Query", *["BatchWriteItem"] * 3]
    assert calls(aws, lambda: aws.remains.delete_some(life, 100)) == ["Query"]
    receipt = disconnecting(aws, stored(aws, account))
    assert calls(aws, lambda: aws.receipts.claim(USER, receipt.receipt_id, "w1", NOW)) == ["UpdateItem"]
    counted = replace(receipt, deleted=Counts(posts=74), lease_until=NOW)
    assert calls(aws, lambda: aws.receipts.leave_grant(counted, "w1", NOW)) == ["TransactWriteItems"]
    done = replace(receipt, state=ReceiptState.DONE)
    assert calls(aws, lambda: aws.receipts.save(done, "w1")) == ["UpdateItem"]


def test_a_look_at_the_agenda_is_one_query_a_shard(aws: AwsPorts) -> None:
    seed(aws, *(an_account(platform_account_id=str(n), wake_at=NOW) for n in range(40)))
    for shard in range(ids.AGENDA_SHARDS):
        assert calls(aws, lambda: list(aws.agenda.due(shard, NOW, NOW))) == ["Query"]  # noqa: B023


def test_wake_ups_go_ten_a_call(aws: AwsPorts) -> None:
    wakeups = [Wakeup(USER, "account", f"acc_{n}", "life") for n in range(21)]
    assert calls(aws, lambda: aws.wakeups.send_many("daily", wakeups)) == ["SendMessageBatch"] * 3
    assert calls(aws, lambda: aws.wakeups.send_many("daily", [])) == []


def test_a_budget_is_one_call_to_read_and_one_to_write(aws: AwsPorts) -> None:
    assert calls(aws, lambda: aws.budgets.wait(Budget("pinterest", NOW, "", ""))) == ["UpdateItem"]
    assert calls(aws, lambda: aws.budgets.get("pinterest")) == ["GetItem"]
