"""Accounts of any size: erased and exported in steps that stay as small as those of a small one."""

from collections import Counter
from datetime import timedelta

import pytest

from socials.models.accounts import Account
from socials.models.receipts import ReceiptState, Revocation
from socials.models.wakeups import Wakeup
from socials.timing import FUNCTION_TIMEOUT_SECONDS, STOP_BEFORE_SECONDS
from tests.support.builders import USER, a_post, life_of
from tests.support.world import World

ITEMS = 100_000
# Twenty batches and a query.
SECONDS_A_STEP = 1
PAGE_BYTES = 4_000_000
LINE = b"x" * 99 + b"\n"


@pytest.fixture
def account(world: World) -> Account:
    account = world.account()
    world.sync(account)
    posts, post = world.rows.life(life_of(account)).posts, a_post(1)
    posts.clear()
    posts.update({(post.published_at + timedelta(minutes=n), f"{n}"): post for n in range(ITEMS)})
    return world.of(account)


def test_a_hundred_thousand_items_are_erased_in_bounded_steps(world: World, account: Account) -> None:
    receipt = world.disconnecting.disconnect(USER, account.account_id)
    world.queues.sent.clear()
    wakeup, steps = Wakeup(USER, "receipt", receipt.receipt_id, receipt.life), Counter[int]()
    rivals: list[bool] = []
    invocation = 0

    def a_step_takes_its_time() -> None:
        world.clock.forward(seconds=SECONDS_A_STEP)
        steps[invocation] += 1
        rivals.append(world.rows.receipts[USER, receipt.receipt_id].lease_until > world.clock())  # type: ignore[operator]

    world.hooks.after("remains.delete_some", a_step_takes_its_time, times=None)
    for invocation in range(1, 50):
        began = world.clock()
        end = began + timedelta(seconds=FUNCTION_TIMEOUT_SECONDS)
        world.erasing.erase(wakeup, f"worker-{invocation}", lambda end=end: (end - world.clock()).total_seconds())  # type: ignore[misc]
        assert world.clock() <= end - timedelta(seconds=STOP_BEFORE_SECONDS - SECONDS_A_STEP)
        if world.receipt(receipt.receipt_id).state is ReceiptState.DONE:
            break
        assert world.queues.take("erase") == [wakeup], "it wakes itself to go on"
        assert world.receipt(receipt.receipt_id).lease_until is None

    done = world.receipt(receipt.receipt_id)
    assert (done.state, done.revocation) == (ReceiptState.DONE, Revocation.REVOKED)
    assert done.deleted is not None
    assert done.deleted.posts == ITEMS
    assert invocation > 1 and max(steps.values()) <= FUNCTION_TIMEOUT_SECONDS
    assert all(rivals), "nobody else could have taken the erase over while it went on"
    assert world.hooks.count("receipts.save") < 8 * invocation, "the lease is not renewed at every step"
    assert world.called.count("revoke") == 1
    assert world.hooks.count("remains.count") == 1
    assert not any(world.everything().values())


def test_a_hundred_thousand_items_are_exported_page_by_page(world: World, account: Account) -> None:
    pages, after = [], None
    while True:
        page = world.exporting.page(USER, account.account_id, lambda entry, today: LINE, after)
        pages.append(page.lines)
        if page.cursor is None:
            break
        after = page.cursor
    entries = 1 + world.holds_of(life_of(account))
    assert entries > ITEMS
    assert max(map(len, pages)) <= PAGE_BYTES
    assert min(map(len, pages[:-1])) > PAGE_BYTES * 0.99
    assert sum(map(len, pages)) == entries * len(LINE)
