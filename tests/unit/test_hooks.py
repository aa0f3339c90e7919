"""The hooks by which tests force timing."""

import pytest

from tests.support.builders import an_account
from tests.support.fakes import FakePorts, Killed


def test_a_call_that_is_killed_before_does_not_happen_and_one_killed_after_does() -> None:
    ports, account = FakePorts(), an_account()
    ports.rows.put_account(account)
    delete = (account.user, account.account_id, account.life)
    ports.hooks.kill_before("remains.delete_account")
    with pytest.raises(Killed):
        ports.remains.delete_account(*delete)
    assert ports.accounts.get(account.user, account.account_id)
    ports.hooks.kill_after("remains.delete_account")
    with pytest.raises(Killed):
        ports.remains.delete_account(*delete)
    assert ports.accounts.get(account.user, account.account_id) is None


def test_a_plan_skips_counts_and_ends() -> None:
    ports = FakePorts()
    seen: list[int] = []
    ports.hooks.before("accounts.list", lambda: seen.append(ports.hooks.count("accounts.list")), skip=1, times=2)
    for _ in range(5):
        ports.accounts.list("user")
    assert seen == [2, 3]
    assert ports.hooks.calls == ["accounts.list"] * 5


def test_a_failed_call_says_what_it_was_told_to() -> None:
    ports = FakePorts()
    ports.hooks.fail("accounts.list", TimeoutError("down"), times=None)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            ports.accounts.list("user")
    ports.hooks.forget()
    assert ports.accounts.list("user") == []
