"""A queue that takes nothing: what was written is answered as done, and comes to work by itself."""

import json
from collections.abc import Callable, Sequence

import pytest

from socials.models.accounts import Account
from socials.models.receipts import ReceiptState
from socials.models.runs import RunState
from socials.models.wakeups import Queue, Wakeup
from socials.timing import HEAL_AFTER
from socials.waking import wake
from tests.support.builders import USER, an_identity
from tests.support.changing import replace
from tests.support.doorways import Doorway, Reply
from tests.support.world import World

Door = Callable[[str, str, str], Reply]


@pytest.fixture
def door(world: World, monkeypatch: pytest.MonkeyPatch) -> Door:
    def ask(function: str, method: str, path: str) -> Reply:
        return Doorway(function, world, monkeypatch).ask(method, path)

    return ask


def three_accounts(world: World) -> list[Account]:
    return [world.account(number) for number in ("1", "2", "3")]


def test_a_queue_that_is_away_keeps_nothing_from_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.account()
    receipt = world.disconnecting.disconnect("user-bert", world.account("2002", user="user-bert").account_id)
    world.clock.forward(days=1)
    world.queues.sent.clear()
    send, asked = world.queues.send_many, list[str]()

    def away(queue: Queue, wakeups: Sequence[Wakeup]) -> None:
        asked.append(queue)
        if queue != "erase":
            raise OSError("SQS away")
        send(queue, wakeups)

    monkeypatch.setattr(world.queues, "send_many", away)
    with pytest.raises(OSError, match="SQS away"):
        world.dispatching.dispatch(world.clock(), sweep=True)
    assert receipt.receipt_id in [wakeup.id for wakeup in world.queues.take("erase")]
    assert len(asked) == len(set(asked))


def the_queues_are_away(world: World) -> None:
    for call in ("wakeups.send", "wakeups.send_many"):
        world.hooks.fail(call, OSError("SQS away"), times=None)


def the_queues_are_back(world: World) -> None:
    world.hooks.forget()
    world.clock.at += HEAL_AFTER
    world.wake_overdue()


def fenced(world: World, accounts: list[Account]) -> list[bool]:
    return [world.of(account).disconnecting for account in accounts]


def test_a_disconnect_whose_message_is_lost_is_answered_and_done_all_the_same(world: World, door: Door) -> None:
    account = world.account()
    the_queues_are_away(world)

    reply = door("disconnect_account", "DELETE", f"/accounts/{account.account_id}")
    assert (reply.status, reply.json["state"]) == (202, "erasing")
    assert world.of(account).disconnecting

    the_queues_are_back(world)
    assert world.receipt(reply.json["receipt_id"]).state is ReceiptState.DONE


def test_everything_is_disconnected_though_no_message_is_taken(world: World, door: Door) -> None:
    accounts = three_accounts(world)
    the_queues_are_away(world)

    reply = door("disconnect_account", "DELETE", "/accounts")
    assert reply.status == 202
    assert {each["account_id"] for each in reply.json["receipts"]} == {each.account_id for each in accounts}
    assert fenced(world, accounts) == [True] * 3

    the_queues_are_back(world)
    assert world.rows.accounts == {}


def test_a_sync_whose_message_is_lost_is_answered_and_done_all_the_same(world: World, door: Door) -> None:
    account = world.settled_account()
    the_queues_are_away(world)

    reply = door("sync_account", "POST", f"/accounts/{account.account_id}/sync")
    assert (reply.status, reply.json["state"]) == (202, "queued")

    the_queues_are_back(world)
    assert world.last_run(account).state is RunState.SUCCEEDED


def test_a_connection_whose_messages_are_lost_is_done_all_the_same(world: World) -> None:
    account = world.account()
    leaving = world.connecting.reconnect(USER, account.account_id, "https://app.example/callback")
    the_queues_are_away(world)

    assert world.consent(leaving=leaving).outcome == "done"
    assert len(world.rows.grants) == 2

    the_queues_are_back(world)
    assert world.last_run(account).state is RunState.SUCCEEDED
    assert list(world.rows.grants) == [(USER, world.of(account).grant_id)], "the one that was left is settled"


def test_what_a_consent_offers_is_woken_by_one_message_to_the_queue(world: World) -> None:
    world.script("identify", world.tokens.guarding(tuple(an_identity(platform_account_id=n) for n in ("1", "2"))))
    connection = world.consent().connection_id
    world.hooks.calls.clear()
    candidates = [each.account_id for each in world.rows.connections[USER, connection].candidates]

    world.connecting.choose(USER, connection, candidates)

    assert [call for call in world.hooks.calls if call.startswith("wakeups")] == ["wakeups.send_many"]
    assert [wakeup.id for wakeup in world.queues.take("manual")] == candidates


def out_of_reach(world: World, account: Account) -> None:
    world.hooks.fail("receipts.open", OSError("DynamoDB away"))


def kept_changing(world: World, account: Account) -> None:
    """By somebody who is there before each of our tries."""

    def change() -> None:
        world.rows.put_account(replace(world.of(account), lease_until=world.clock.forward(seconds=1)))

    world.hooks.before("receipts.open", change, times=5)


@pytest.mark.parametrize(("happens", "status"), [(out_of_reach, 500), (kept_changing, 409)])
def test_one_account_that_cannot_be_fenced_keeps_none_of_the_others_from_it(
    world: World, door: Door, happens: Callable[[World, Account], None], status: int
) -> None:
    accounts = three_accounts(world)
    happens(world, accounts[0])

    assert door("disconnect_account", "DELETE", "/accounts").status == status
    assert fenced(world, accounts) == [False, True, True]
    assert len(world.queues.take("erase")) == 2, "they are erased at once"

    again = door("disconnect_account", "DELETE", "/accounts")
    assert again.status == 202
    assert [each["account_id"] for each in again.json["receipts"]] == [each.account_id for each in accounts]
    assert len(world.rows.receipts) == 3


def test_a_deletion_asked_of_a_platform_goes_past_what_cannot_be_fenced(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    accounts = three_accounts(world)
    world.hooks.fail("receipts.open", OSError("DynamoDB away"))
    world.hooks.fail("receipts.open", ValueError("another trouble"), skip=1)
    capfd.readouterr()

    with pytest.raises(OSError, match="away"):
        world.disconnecting.disconnect_as_seen(accounts)
    assert fenced(world, accounts) == [False, False, True]
    told = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(each["message"], each["account_id"]) for each in told] == [
        ("account not fenced", account.account_id) for account in accounts[:2]
    ]
    assert len(world.disconnecting.disconnect_as_seen(accounts)) == 3


def test_what_was_fenced_before_is_not_woken_by_another_message(world: World) -> None:
    one, *others = three_accounts(world)
    for _ in range(2):
        world.disconnecting.disconnect(one.user, one.account_id)
    assert [each.id for each in world.queues.take("erase")] == [world.of(one).receipt_id]

    for _ in range(2):
        world.disconnecting.disconnect_all(one.user)
    assert [each.id for each in world.queues.take("erase")] == [world.of(each).receipt_id for each in others]
    world.erase(world.receipt(world.of(one).receipt_id or ""))
    world.disconnecting.disconnect(one.user, one.account_id)
    assert world.queues.take("erase") == []


def test_one_that_was_connected_again_keeps_none_of_the_others_from_its_disconnect(world: World) -> None:
    again, *others = accounts = three_accounts(world)
    world.rows.put_account(replace(again, connection_id="connection_second"))

    receipts = world.disconnecting.disconnect_as_seen(accounts)

    assert [each.account_id for each in receipts] == [each.account_id for each in others]
    assert fenced(world, accounts) == [False, True, True]


def test_a_message_that_is_lost_is_told_and_counted_without_anybodys_words(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    the_queues_are_away(world)
    due = [Wakeup(USER, "account", name, "life") for name in ("acc_1", "acc_2")]
    wake(world.ports.wakeups, "manual", due[:1])
    wake(world.ports.wakeups, "manual", due)
    wake(world.ports.wakeups, "manual", [])

    one, both = map(json.loads, capfd.readouterr().out.splitlines())
    assert [each["message"] for each in (one, both)] == ["wake-up not sent"] * 2
    assert (one["queue"], one["kind"], one["id"], one["error"]["type"]) == ("manual", "account", "acc_1", "OSError")
    assert [each["NotSent"] for each in (one, both)] == [1, 2]
    assert "SQS away" not in json.dumps([one, both])
