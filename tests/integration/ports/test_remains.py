"""The contract of an erase: it finds all that a life left, and nothing else."""

from datetime import timedelta
from typing import Any

from socials.models.receipts import Counts
from tests.support.builders import TODAY, USER, a_day, a_post, an_account, life_of
from tests.support.changing import replace
from tests.support.seeding import keep, seed, stored

DAY = timedelta(days=1)


def test_everything_of_a_life_is_counted_by_noun(ports: Any) -> None:
    account = seed(ports, an_account())
    days = tuple(a_day(TODAY - n * DAY) for n in range(40))
    keep(ports, account, days=days, posts=tuple(a_post(n) for n in range(30)))
    assert ports.remains.count(life_of(account)) == Counts(snapshots=40, posts=30, runs=1)
    assert ports.remains.count(replace(life_of(account), life="life_other")) == Counts()


def test_a_life_is_erased_in_steps_until_nothing_is_left(ports: Any) -> None:
    account = seed(ports, an_account())
    keep(ports, account, days=(a_day(),), posts=tuple(a_post(n) for n in range(60)))
    life = life_of(account)
    assert [ports.remains.delete_some(life, 40) for _ in range(3)] == [40, 22, 0]
    assert ports.remains.count(life) == Counts()
    assert ports.history.days(life, TODAY, TODAY) == []
    assert ports.history.posts(life, 10, None).items == ()
    assert ports.history.runs(life, 10, None).items == ()


def test_a_sibling_and_a_later_life_keep_their_data(ports: Any) -> None:
    account, sibling = an_account(), an_account(platform_account_id="1002")
    seed(ports, account, sibling)
    for each in (account, sibling):
        keep(ports, each, posts=(a_post(1),))
    later = replace(life_of(account), life=f"{account.life}2")
    assert ports.remains.delete_some(life_of(account), 100) == 2
    assert ports.remains.count(life_of(sibling)).posts == 1
    assert ports.remains.delete_some(later, 100) == 0


def test_only_the_row_of_that_life_is_deleted(ports: Any) -> None:
    account = seed(ports, an_account())
    ports.remains.delete_account(USER, account.account_id, "life_before")
    assert stored(ports, account) == account
    for _ in range(2):
        ports.remains.delete_account(USER, account.account_id, account.life)
        assert ports.accounts.get(USER, account.account_id) is None
