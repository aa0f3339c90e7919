"""A queue's batch, and the minute's dispatch."""

import json
from datetime import timedelta
from threading import Barrier, Event, Lock, Semaphore
from typing import Any

import pytest

from socials import ids
from socials.models.wakeups import Wakeup
from socials.telemetry import line, unit
from socials.timing import STOP_ERASING_BEFORE_SECONDS
from socials.worker import Done, Leased, Outcome, wakeup_from
from tests.support.builders import USER, a_receipt, an_account
from tests.support.changing import replace
from tests.support.fakes import Killed
from tests.support.world import World, record_of

WAKEUPS = [Wakeup(USER, "account", f"acc_{n}", "life") for n in range(3)]
RECORDS = [record_of(wakeup, n) for n, wakeup in enumerate(WAKEUPS)]


def failed(answer: dict[str, Any]) -> list[str]:
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_each_message_is_on_its_own(world: World) -> None:
    handled: list[Wakeup] = []

    def handle(wakeup: Wakeup) -> Outcome:
        handled.append(wakeup)
        if wakeup.id == "acc_1":
            raise RuntimeError("poison")
        return Done()

    assert failed(world.worker.serve(RECORDS, handle, lambda: 100)) == ["message-1"]
    assert handled == WAKEUPS


@pytest.mark.parametrize(("receives", "again"), [("1", False), ("2", True), ("5", True)])
def test_a_message_that_was_delivered_before_says_so(world: World, receives: str, again: bool) -> None:
    handled: list[Wakeup] = []

    def handle(wakeup: Wakeup) -> Outcome:
        handled.append(wakeup)
        return Done()

    record = RECORDS[0] | {"attributes": {"ApproximateReceiveCount": receives}}
    world.worker.serve([record], handle, lambda: 100)

    assert (handled, handled[0].again) == (WAKEUPS[:1], again)


def test_what_another_holds_comes_back_when_the_lease_ends(world: World) -> None:
    until = world.clock() + timedelta(seconds=42)

    assert failed(world.worker.serve(RECORDS[:1], lambda _: Leased(until), lambda: 100)) == ["message-0"]
    assert world.queues.postponed == [(RECORDS[0]["eventSourceARN"], "handle-0", 43)]


@pytest.mark.parametrize(("receives", "comes_back"), [("3", True), ("4", False), ("5", False)])
def test_what_another_holds_for_long_is_nothing_for_the_dead_letters(
    world: World, receives: str, comes_back: bool
) -> None:
    record = RECORDS[0] | {"attributes": {"ApproximateReceiveCount": receives}}
    answer = world.worker.serve([record], lambda _: Leased(world.clock()), lambda: 100)

    assert failed(answer) == (["message-0"] if comes_back else [])
    assert len(world.queues.postponed) == comes_back


def test_a_postponement_that_fails_spoils_no_other_message(world: World) -> None:
    world.hooks.fail("wakeups.postpone", OSError("no queue"))
    outcomes = iter([Leased(world.clock()), Done(), Done()])

    assert failed(world.worker.serve(RECORDS, lambda _: next(outcomes), lambda: 100)) == ["message-0"]


def test_with_too_little_time_left_the_rest_goes_back_untouched(world: World) -> None:
    left = iter([100.0, 19.0, 18.0])
    handled: list[Wakeup] = []

    def handle(wakeup: Wakeup) -> Outcome:
        handled.append(wakeup)
        return Done()

    assert failed(world.worker.serve(RECORDS, handle, lambda: next(left))) == ["message-1", "message-2"]
    assert handled == WAKEUPS[:1]


def test_an_erase_is_begun_only_where_its_longest_revoke_still_fits(world: World) -> None:
    worker = replace(world.worker, stop_before=STOP_ERASING_BEFORE_SECONDS)
    left = iter([float(STOP_ERASING_BEFORE_SECONDS), STOP_ERASING_BEFORE_SECONDS - 0.1, 100.0])
    assert failed(worker.serve(RECORDS, lambda _: Done(), lambda: next(left))) == ["message-1"]


def test_a_slow_account_keeps_no_other_of_its_batch_waiting(world: World) -> None:
    others_done = Semaphore(0)

    def handle(wakeup: Wakeup) -> Outcome:
        if wakeup.id == "acc_0":
            assert all(others_done.acquire(timeout=30) for _ in WAKEUPS[1:])
        else:
            others_done.release()
        return Done()

    assert failed(replace(world.worker, at_once=3).serve(RECORDS, handle, lambda: 100)) == []


def test_no_more_accounts_than_allowed_are_worked_on_at_a_time(world: World) -> None:
    together, lock = Barrier(2), Lock()
    working, most = 0, 0

    def handle(_: Wakeup) -> Outcome:
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        together.wait(timeout=30)
        with lock:
            working -= 1
        together.wait(timeout=30)
        return Done()

    answer = replace(world.worker, at_once=2).serve(RECORDS[:2] * 3, handle, lambda: 100)
    assert failed(answer) == []
    assert most == 2


def test_messages_side_by_side_fail_one_by_one(world: World) -> None:
    def handle(wakeup: Wakeup) -> Outcome:
        if wakeup.id == "acc_1":
            raise RuntimeError("poison")
        return Leased(world.clock()) if wakeup.id == "acc_2" else Done()

    assert failed(replace(world.worker, at_once=3).serve(RECORDS, handle, lambda: 100)) == ["message-1", "message-2"]


def test_nothing_goes_on_behind_a_batch_that_ends_in_death_and_the_next_one_is_served(world: World) -> None:
    worker, dying, ended = replace(world.worker, at_once=3), Event(), []

    def handle(wakeup: Wakeup) -> Outcome:
        if wakeup.id == "acc_0" and not dying.is_set():
            dying.set()
            raise Killed
        assert dying.wait(timeout=30)
        ended.append(wakeup.id)
        return Done()

    with pytest.raises(Killed):
        worker.serve(RECORDS, handle, lambda: 100)
    assert sorted(ended) == ["acc_1", "acc_2"]
    assert failed(worker.serve(RECORDS * 2, handle, lambda: 100)) == []
    assert len(ended) == 8


def test_what_is_told_of_messages_side_by_side_names_each_ones_own_account(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    together = Barrier(3)

    def handle(wakeup: Wakeup) -> Outcome:
        together.wait(timeout=30)
        line("worked on", asked=wakeup.id)
        return Done()

    with unit(invocation="the one"):
        replace(world.worker, at_once=3).serve(RECORDS, handle, lambda: 100)
    told = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert {each["account_id"] for each in told} == {wakeup.id for wakeup in WAKEUPS}
    assert all(each["account_id"] == each["asked"] and each["invocation"] == "the one" for each in told)


@pytest.mark.parametrize("body", ["", "x", "[]", "null", "{}", '{"user": "u", "kind": "secret", "id": "x"}', "1"])
def test_a_body_that_is_no_wakeup_fails_alone(world: World, body: str) -> None:
    answer = world.worker.serve([RECORDS[0] | {"body": body}, RECORDS[1]], lambda _: Done(), lambda: 100)

    assert failed(answer) == ["message-0"]


def test_a_wakeup_is_read_as_it_was_sent() -> None:
    assert [wakeup_from(record["body"]) for record in RECORDS] == WAKEUPS


def test_the_minute_wakes_what_fell_due_and_the_hour_everything_overdue(world: World) -> None:
    now = world.clock()
    ages = {"just": 0, "recent": 3, "old": 4, "ancient": 60_000}
    rows = {
        name: world.rows.put_account(an_account(platform_account_id=name, wake_at=now - timedelta(minutes=age)))
        for name, age in ages.items()
    }
    world.rows.put_account(an_account(platform_account_id="later", wake_at=now + timedelta(seconds=1)))
    world.rows.put_account(an_account(platform_account_id="never", wake_at=None))
    receipt = a_receipt(wake_at=now)
    world.rows.receipts[USER, receipt.receipt_id] = receipt

    assert world.dispatching.dispatch(now, sweep=False) == 3
    assert {wakeup.id for wakeup in world.queues.take("daily")} == {rows["just"].account_id, rows["recent"].account_id}
    assert [wakeup.id for wakeup in world.queues.take("erase")] == [receipt.receipt_id]
    assert world.dispatching.dispatch(now, sweep=True) == 5
    assert len(world.queues.take("daily")) == 4


def test_every_account_is_due_once_a_day_at_its_own_minute() -> None:
    start = an_account().connected_at
    minutes = {ids.next_daily(f"acc_{n}", start).time() for n in range(2000)}
    assert len(minutes) > 900
    due = ids.next_daily("acc_1", start)
    assert start < due <= start + timedelta(days=1)
    assert ids.next_daily("acc_1", due) == due + timedelta(days=1)
    assert ids.next_daily("acc_1", due - timedelta(seconds=1)) == due


def test_a_tick_that_runs_out_of_time_leaves_the_rest_to_the_next(world: World) -> None:
    for n in range(2_500):
        world.rows.put_account(an_account(platform_account_id=str(n), wake_at=world.clock()))
    left = iter([50.0, 9.0])

    woken = world.dispatching.dispatch(world.clock(), sweep=False, time_left=lambda: next(left))
    assert woken == 2_000
    assert len(world.queues.take("daily")) == 2_000
    assert world.dispatching.dispatch(world.clock(), sweep=False, time_left=lambda: 50) == 2_500


def test_sweeps_cut_short_do_not_all_stop_before_the_same_accounts(world: World) -> None:
    rows = {world.rows.put_account(an_account(platform_account_id=str(n), wake_at=world.clock())) for n in range(3_000)}
    woken = set()
    for hour in range(ids.AGENDA_SHARDS):
        at = world.clock().replace(hour=hour, minute=0) + timedelta(days=1)
        world.dispatching.dispatch(at, sweep=True, time_left=lambda: 0)
        woken |= {wakeup.id for wakeup in world.queues.take("daily")}
    assert woken == {row.account_id for row in rows}


def test_ten_thousand_due_accounts_are_all_woken(world: World) -> None:
    for n in range(10_000):
        world.rows.put_account(an_account(platform_account_id=str(n), wake_at=world.clock()))

    assert world.dispatching.dispatch(world.clock(), sweep=False) == 10_000
    assert len({wakeup.id for wakeup in world.queues.take("daily")}) == 10_000


def test_accounts_side_by_side_read_the_platforms_budget_once(world: World) -> None:
    book, asking = world.budgets(), Semaphore(0)
    world.hooks.before("budgets.get", lambda: [asking.acquire(timeout=30) for _ in WAKEUPS], times=None)

    def handle(_: Wakeup) -> Outcome:
        asking.release()
        book.check("pinterest")
        return Done()

    assert failed(replace(world.worker, at_once=3).serve(RECORDS, handle, lambda: 100)) == []
    assert world.hooks.calls.count("budgets.get") == 1
