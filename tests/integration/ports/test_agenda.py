"""The contract of the agenda and of the platforms' budgets."""

from datetime import timedelta
from typing import Any

import pytest

from socials import ids
from socials.models.accounts import Account
from socials.models.budgets import Budget
from socials.models.claims import Checkpoint
from socials.models.runs import RunState, Trigger
from tests.support.aws_ports import AwsPorts, agenda_carries
from tests.support.builders import NOW, a_run, an_account, wakeup_of
from tests.support.changing import replace
from tests.support.seeding import claimed, seed, stored

MINUTE = timedelta(minutes=1)


def test_what_is_due_comes_oldest_first_from_its_shard_alone(ports: Any) -> None:
    accounts = [an_account(platform_account_id=str(n), wake_at=NOW - n * MINUTE) for n in range(40)]
    seed(ports, *accounts)
    for shard in range(ids.AGENDA_SHARDS):
        here = [wakeup_of(account) for account in accounts if ids.shard(account.account_id) == shard]
        assert list(ports.agenda.due(shard, None, NOW)) == here[::-1]


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (None, NOW, True),
        (None, NOW - MINUTE, False),
        (NOW, NOW, True),
        (NOW - 3 * MINUTE, NOW, True),
        (NOW + MINUTE, NOW + 2 * MINUTE, False),
    ],
)
def test_both_ends_of_the_time_asked_for_belong_to_it(ports: Any, since: Any, until: Any, found: bool) -> None:
    account = seed(ports, an_account(wake_at=NOW))
    due = list(ports.agenda.due(ids.shard(account.account_id), since, until))
    assert due == ([wakeup_of(account)] if found else [])


def by_hand(ports: Any, account: Account) -> bool:
    """Whether the agenda says of the account, at its time, that somebody asked for its run."""
    row = stored(ports, account)
    (due,) = ports.agenda.due(ids.shard(row.account_id), row.wake_at, row.wake_at)
    return bool(due.by_hand)


@pytest.mark.parametrize("trigger", list(Trigger))
def test_the_agenda_says_which_runs_somebody_asked_for(ports: Any, trigger: Trigger) -> None:
    """Queued, put off, and taken over from a worker that died."""
    asked = trigger is not Trigger.DAILY
    account = seed(ports, an_account(run=a_run(trigger=trigger), wake_at=NOW))
    assert by_hand(ports, account) is asked

    mine = claimed(ports, account, "w1")
    for state in (RunState.RUNNING, RunState.WAITING):
        later = replace(mine, run=replace(mine.run, state=state), lease_until=None, wake_at=NOW + MINUTE)
        ports.accounts.save(Checkpoint(account=later), "w1")
        assert by_hand(ports, account) is asked
        mine = claimed(ports, account, "w1", NOW + MINUTE)

    claimed(ports, account, "w2", NOW + 5 * MINUTE)
    assert by_hand(ports, account) is asked


def test_a_run_asked_for_and_its_end_say_so(ports: Any) -> None:
    account = seed(ports, an_account(wake_at=NOW))
    assert not by_hand(ports, account)
    assert ports.accounts.request_run(account.user, account.account_id, a_run(trigger=Trigger.MANUAL), NOW)[0]
    assert by_hand(ports, account)

    mine = claimed(ports, account)
    finished = replace(mine.run, state=RunState.SUCCEEDED, finished_at=NOW)
    after = replace(mine, run=finished, lease_until=None)
    ports.accounts.save(Checkpoint(account=after, finished=finished), "worker")
    assert not by_hand(ports, account)


def test_it_moves_no_entry_of_the_index_by_itself(aws: AwsPorts) -> None:
    """The claim, which moves the entry, takes it off; a checkpoint and the end of an ordinary run leave it as it is."""
    account = seed(aws, an_account(wake_at=NOW))
    aws.accounts.request_run(account.user, account.account_id, a_run(trigger=Trigger.MANUAL), NOW)
    mine = claimed(aws, account)
    entries = [_entry(aws)]
    aws.accounts.save(Checkpoint(account=mine), "worker")
    entries.append(_entry(aws))
    finished = replace(mine.run, state=RunState.SUCCEEDED, finished_at=NOW)
    aws.accounts.save(Checkpoint(account=replace(mine, run=finished, lease_until=None), finished=finished), "worker")
    entries.append(_entry(aws))

    assert entries == entries[:1] * 3
    assert "trigger" not in entries[0]


def _entry(aws: AwsPorts) -> dict[str, Any]:
    (row,) = [item for item in aws.items() if item["sk"]["S"].startswith("ACCOUNT#")]
    return {name: row[name] for name in ("pk", "sk", "shard", "wake_at", *agenda_carries()) if name in row}


def test_an_account_without_a_time_is_not_on_the_agenda(ports: Any) -> None:
    account = seed(ports, an_account(wake_at=None))
    assert list(ports.agenda.due(ids.shard(account.account_id), None, NOW + 9 * MINUTE)) == []


def test_a_budget_is_never_shortened(ports: Any) -> None:
    assert ports.budgets.get("pinterest") is None
    first = Budget("pinterest", NOW + MINUTE, "rate_limited", "Slow down.")
    shorter = Budget("pinterest", NOW, "other", "Other.")
    longer = Budget("pinterest", NOW + 2 * MINUTE, "longer", "Longer.")
    for budget, kept in ((first, first), (shorter, first), (longer, longer)):
        ports.budgets.wait(budget)
        assert ports.budgets.get("pinterest") == kept
    assert ports.budgets.get("bluesky") is None
