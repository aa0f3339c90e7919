"""The account's diary: written with what it tells, in the order in which it happened."""

from datetime import timedelta

import pytest

from socials.errors import NotFound, ReconnectNeeded, Refused, RetryLater
from socials.models.accounts import Account
from socials.models.events import EventType, happened
from socials.models.readings import Portion
from socials.refreshing import REFRESH_IN_PROGRESS
from socials.timing import EVENT_LIVES
from tests.support.builders import NOW, USER, an_identity, life_of
from tests.support.fakes import Killed
from tests.support.world import World, some_posts


def diary(world: World, account: Account) -> list[str]:
    """Oldest first."""
    page = world.browsing.events(account.user, account.account_id, 100, None)
    return [event.type.value for event in reversed(page.items)]


def synced_again(world: World, account: Account, *, after: timedelta = timedelta(days=1)) -> None:
    world.clock.at += after
    world.wake_overdue()


def test_connecting_and_the_first_run_are_told(world: World) -> None:
    account = world.account()
    world.sync(account)
    world.script("posts", RetryLater("down", http_status=503))
    synced_again(world, account)

    assert diary(world, account)[:2] == ["connected", "synced"]
    assert diary(world, account)[-1] == "waiting"
    event = world.browsing.events(USER, account.account_id, 1, None).items[0]
    assert event.at == world.clock()
    assert event.detail == {"code": "platform_unavailable", "message": "down"}


def test_a_daily_success_after_another_is_told_by_its_run_alone(world: World) -> None:
    account = world.account()
    world.sync(account)
    synced_again(world, account)
    synced_again(world, account)

    assert diary(world, account) == ["connected", "synced"]
    runs = world.browsing.runs(account.user, account.account_id, 10, None).items
    assert [(run.trigger, run.is_success) for run in runs] == [("daily", True), ("daily", True), ("connect", True)]


def test_a_success_that_somebody_asked_for_is_told(world: World) -> None:
    account = world.account()
    world.sync(account)
    world.clock.forward(hours=1)
    world.ask(account)
    world.sync(account)

    assert diary(world, account) == ["connected", "synced", "synced"]


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (RetryLater("slow down", code="rate_limited"), "waiting"),
        (Refused("no", code="bad_request", http_status=400), "partly_synced"),
    ],
)
def test_the_daily_success_that_ends_a_trouble_is_told(world: World, trouble: Exception, told: str) -> None:
    account = world.account()
    world.sync(account)
    world.script("posts", trouble, Portion(posts=some_posts(0, 2)))
    synced_again(world, account)
    assert diary(world, account)[2:] == [told]
    synced_again(world, account)
    assert world.of(account).last_synced_at == world.clock()

    assert diary(world, account)[2:] == [told, "synced"]


def test_a_success_after_a_sibling_s_renewal_goes_without_saying_too(world: World) -> None:
    """That short wait is in no diary either."""
    account = world.account()
    world.sync(account)
    world.script("posts", RetryLater("a moment", code=REFRESH_IN_PROGRESS), Portion(posts=some_posts(0, 2)))
    synced_again(world, account)
    synced_again(world, account)
    assert world.of(account).last_synced_at == world.clock()

    assert diary(world, account) == ["connected", "synced"]


def test_what_happens_within_one_second_keeps_its_order() -> None:
    moments = [happened(each, NOW) for each in EventType]

    assert [event.event_id for event in moments] == sorted(event.event_id for event in moments)
    assert {event.at for event in moments} == {NOW}


def test_a_wait_is_told_once_however_often_it_is_tried(world: World) -> None:
    account = world.account()
    world.script("profile", RetryLater("slow down", code="rate_limited"))
    world.sync(account)
    for _ in range(2):
        wake_at = world.of(account).wake_at
        assert wake_at is not None
        world.clock.at = wake_at
        world.sync(account)

    assert diary(world, account) == ["connected", "waiting"]


def test_an_access_that_dies_and_heals_by_itself_is_told_with_its_cause(world: World) -> None:
    account = world.account()
    world.sync(account)
    world.script("profile", ReconnectNeeded("The access was taken back.", code="token_revoked"))
    synced_again(world, account)
    synced_again(world, account)
    world.answer_well()
    synced_again(world, account)

    told = diary(world, account)
    assert told == ["connected", "synced", "sync_failed", "broken", "sync_failed", "synced", "healed"]
    events = world.browsing.events(USER, account.account_id, 100, None).items
    cause = next(event.detail for event in events if event.type is EventType.BROKEN)
    assert cause == {"code": "token_revoked", "message": "The access was taken back."}


def test_a_look_that_only_fails_heals_nothing(world: World) -> None:
    account = world.account()
    world.sync(account)
    world.script("profile", ReconnectNeeded("The access was taken back.", code="token_revoked"))
    synced_again(world, account)
    world.script("profile", Refused("no", code="bad_request", http_status=400))
    synced_again(world, account)

    assert world.of(account).broken is not None
    assert "healed" not in diary(world, account)


def test_the_first_success_is_told_though_nobody_asked_for_it(world: World) -> None:
    account = world.settled_account(wake_at=world.clock())
    assert account.last_synced_at is None
    world.sync(account)

    assert world.last_run(account).trigger == "daily"
    assert diary(world, account) == ["synced"]


def test_a_reconnect_is_told_under_the_same_life(world: World) -> None:
    account = world.account()
    world.sync(account)
    world.clock.forward(hours=1)
    again = world.account()

    assert again.life == account.life
    assert diary(world, again) == ["connected", "synced", "reconnected"]


def test_a_run_and_its_event_are_written_together_or_not_at_all(world: World) -> None:
    account = world.account()
    world.hooks.kill_before("accounts.save")
    with pytest.raises(Killed):
        world.sync(account)
    world.hooks.revive()

    assert diary(world, account) == ["connected"]
    assert world.runs(account) == []


@pytest.mark.parametrize("number", range(92, 101))
def test_a_run_that_fills_its_last_transaction_has_room_for_the_event(world: World, number: int) -> None:
    world.answer_well(posts=[some_posts(1, number)])
    account = world.account()
    world.sync(account)

    assert diary(world, account) == ["connected", "synced"]
    assert len(world.posts(account)) == number


def test_an_entry_ends_after_ninety_days(world: World) -> None:
    account = world.account()
    world.clock.at += EVENT_LIVES - timedelta(seconds=1)
    assert diary(world, account) == ["connected"]
    world.clock.forward(seconds=1)
    assert diary(world, account) == []


def test_a_diary_is_paged_newest_first_and_is_nobody_elses(world: World) -> None:
    account = world.account()
    world.sync(account)
    first = world.browsing.events(USER, account.account_id, 1, None)
    rest = world.browsing.events(USER, account.account_id, 1, first.cursor)

    assert [page.items[0].type.value for page in (first, rest)] == ["synced", "connected"]
    assert rest.cursor is None
    with pytest.raises(NotFound):
        world.browsing.events("user-mallory", account.account_id, 10, None)
    world.disconnecting.disconnect(USER, account.account_id)
    with pytest.raises(NotFound):
        world.browsing.events(USER, account.account_id, 10, None)
    assert world.rows.life(life_of(account)).events


def test_many_accounts_of_one_consent_are_joined_in_several_transactions(world: World) -> None:
    names = [str(1000 + number) for number in range(70)]
    world.script("identify", tuple(an_identity(platform_account_id=name, username=name) for name in names))
    returned = world.consent()
    candidates = world.rows.connections[USER, returned.connection_id].candidates
    chosen = [each.account_id for each in candidates]
    world.hooks.kill_before("connections.finish", skip=1)
    with pytest.raises(Killed):
        world.connecting.choose(USER, returned.connection_id, chosen)
    world.hooks.revive()

    accounts = world.connecting.choose(USER, returned.connection_id, chosen)

    assert [account.account_id for account in accounts] == chosen
    assert len(world.rows.grants[USER, accounts[0].grant_id].members) == 70
    assert world.connecting.choose(USER, returned.connection_id, chosen)
    assert diary(world, accounts[0]) == ["connected", "reconnected"]
    assert diary(world, accounts[-1]) == ["connected"]
