"""The contract of the agenda and of the platforms' budgets."""

from datetime import timedelta
from typing import Any

import pytest

from socials import ids
from socials.ports import Budget
from tests.support.builders import NOW, an_account, wakeup_of
from tests.support.seeding import seed

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
