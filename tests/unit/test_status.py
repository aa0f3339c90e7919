"""The status of an account says the truth, and why (design section 5)."""

from datetime import date, timedelta
from typing import Any

import pytest

from socials import ids
from socials.answers import account_answer
from socials.models.accounts import Cause, FollowerPoint, Wait, followers_with
from socials.models.runs import RunState
from socials.status import Action, Status, status_of
from tests.support.builders import NOW, TODAY, a_run, an_account

HOUR = timedelta(hours=1)
FRESH, STALE = NOW - 25 * HOUR, NOW - 26 * HOUR
WAIT = Wait("rate_limited", "Wait.", NOW - HOUR, NOW + HOUR)
OVER = Wait("rate_limited", "Wait.", NOW - HOUR, NOW - timedelta(minutes=5))
FAILED = Cause("account_suspended", "No.", NOW - HOUR)
MOVED = Cause("account_moved", "It is elsewhere.", NOW - HOUR)
BROKEN = Cause("token_revoked", "Gone.", NOW - 3 * HOUR)
RECEIPT = ids.receipt_id(an_account().account_id, NOW - HOUR)


@pytest.mark.parametrize(
    ("row", "status", "code", "action"),
    [
        ({"last_synced_at": FRESH}, Status.CONNECTED, "ok", Action.NONE),
        ({"last_synced_at": FRESH, "failure": FAILED}, Status.CONNECTED, "account_suspended", Action.NONE),
        ({"last_synced_at": FRESH, "wait": WAIT}, Status.CONNECTED, "rate_limited", Action.WAIT),
        ({"last_synced_at": FRESH, "wait": OVER}, Status.CONNECTED, "ok", Action.NONE),
        (
            {"last_synced_at": FRESH, "wait": OVER, "run": a_run(state=RunState.WAITING)},
            Status.CONNECTED,
            "rate_limited",
            Action.WAIT,
        ),
        (
            {"last_synced_at": FRESH, "reconnect_by": NOW + timedelta(days=14), "failure": FAILED},
            Status.CONNECTED,
            "expires_soon",
            Action.RECONNECT,
        ),
        ({"last_synced_at": FRESH, "reconnect_by": NOW}, Status.CONNECTED, "ok", Action.NONE),
        ({"last_synced_at": FRESH, "reconnect_by": NOW + timedelta(days=15)}, Status.CONNECTED, "ok", Action.NONE),
        ({"last_synced_at": FRESH, "moved": MOVED}, Status.CONNECTED, "account_moved", Action.NONE),
        ({"last_synced_at": FRESH, "moved": MOVED, "failure": FAILED}, Status.CONNECTED, FAILED.code, Action.NONE),
        ({"last_synced_at": STALE, "moved": MOVED}, Status.NEEDS_SYNC, "sync_overdue", Action.SYNC),
        ({"last_synced_at": STALE}, Status.NEEDS_SYNC, "sync_overdue", Action.SYNC),
        ({"last_synced_at": STALE, "failure": FAILED}, Status.NEEDS_SYNC, "account_suspended", Action.SYNC),
        ({"last_synced_at": STALE, "wait": WAIT}, Status.NEEDS_SYNC, "rate_limited", Action.WAIT),
        ({"last_synced_at": STALE, "run": a_run()}, Status.NEEDS_SYNC, "syncing", Action.WAIT),
        ({}, Status.NEEDS_SYNC, "never_synced", Action.SYNC),
        ({"run": a_run()}, Status.NEEDS_SYNC, "syncing", Action.WAIT),
        ({"last_synced_at": FRESH, "broken": BROKEN}, Status.CONNECTION_ERROR, "token_revoked", Action.RECONNECT),
        (
            {"last_synced_at": STALE, "broken": BROKEN, "wait": WAIT, "failure": FAILED, "run": a_run()},
            Status.CONNECTION_ERROR,
            "token_revoked",
            Action.RECONNECT,
        ),
        ({"broken": BROKEN, "receipt_id": RECEIPT}, Status.DISCONNECTING, "disconnecting", Action.NONE),
    ],
)
def test_the_status_and_its_reason(row: dict[str, Any], status: Status, code: str, action: Action) -> None:
    got, reason = status_of(an_account(**row), NOW)

    assert (got, reason.code, reason.action) == (status, code, action)
    assert reason.message
    assert reason.since <= NOW


def test_it_becomes_stale_with_time_and_by_nothing_else() -> None:
    account = an_account(last_synced_at=NOW)

    assert status_of(account, NOW + timedelta(hours=26, seconds=-1))[0] is Status.CONNECTED
    status, reason = status_of(account, NOW + timedelta(hours=26))
    assert status is Status.NEEDS_SYNC
    assert reason.since == NOW + timedelta(hours=26)


def test_a_wait_says_when_the_next_attempt_is() -> None:
    account = an_account(last_synced_at=FRESH, wait=WAIT, wake_at=NOW + 2 * HOUR)

    assert status_of(account, NOW)[1].next_attempt_at == NOW + 2 * HOUR


def test_since_is_when_it_began() -> None:
    assert status_of(an_account(broken=BROKEN), NOW)[1].since == BROKEN.since
    assert status_of(an_account(receipt_id=RECEIPT), NOW)[1].since == NOW - HOUR


# The account as it is shown ------------------------------------------------------------------------------------


def shown(**row: Any) -> dict[str, Any]:
    return account_answer(an_account(**row), NOW)


def test_an_account_has_every_field_of_the_contract() -> None:
    assert set(shown()) == set(
        "account_id platform username display_name avatar_url profile_url follower_count follower_change_7d"
        " followers_30d status status_reason last_synced_at next_sync_at current_run can_publish can_read_metrics"
        " missing_scopes reconnect_by connected_at".split()
    )
    assert set(shown()["status_reason"]) == {"code", "message", "since", "action", "next_attempt_at"}


def points(*pairs: tuple[int, int | None]) -> tuple[FollowerPoint, ...]:
    return tuple(FollowerPoint(TODAY - timedelta(days=ago), n) for ago, n in pairs)


@pytest.mark.parametrize(
    ("followers", "change"),
    [
        ((), None),
        (points((0, 10)), None),
        (points((7, 4), (0, 10)), 6),
        (points((7, 10), (0, 4)), -6),
        (points((8, 4), (6, 5), (0, 10)), None),
        (points((7, None), (0, 10)), None),
        (points((9, 1), (7, 4), (2, 3), (0, None)), 2),
        (points((7, 0), (0, 0)), 0),
    ],
)
def test_the_change_of_seven_days_needs_both_days(followers: tuple[FollowerPoint, ...], change: int | None) -> None:
    assert shown(followers=followers)["follower_change_7d"] == change


def test_today_is_provisional_in_the_trail() -> None:
    assert shown(followers=points((1, 4), (0, 5)))["followers_30d"] == [
        {"date": "2026-11-21", "n": 4, "provisional": False},
        {"date": "2026-11-22", "n": 5, "provisional": True},
    ]


def test_the_trail_holds_thirty_days_and_no_blank_over_a_number() -> None:
    trail: tuple[FollowerPoint, ...] = ()
    for n in range(40):
        trail = followers_with(trail, FollowerPoint(date(2026, 10, 1) + timedelta(days=n), n))
    trail = followers_with(trail, FollowerPoint(date(2026, 11, 9), None))

    assert [point.n for point in trail] == list(range(10, 40))


def test_scopes_tell_what_it_can_do() -> None:
    everything = ("user_accounts:read", "pins:read", "boards:read", "pins:write", "boards:write")
    full, reading = shown(scopes=everything), shown(scopes=everything[:3])

    assert (full["can_publish"], full["can_read_metrics"], full["missing_scopes"]) == (True, True, [])
    assert (reading["can_publish"], reading["can_read_metrics"]) == (False, True)
    assert reading["missing_scopes"] == ["pins:write", "boards:write"]
    assert shown(scopes=everything[:1])["can_read_metrics"] is False
    assert shown(scopes=everything, broken=BROKEN)["can_publish"] is False
    assert shown(scopes=everything, receipt_id=RECEIPT)["can_publish"] is False


def test_the_next_sync_is_none_where_it_will_not_sync_by_itself() -> None:
    assert shown(broken=BROKEN)["next_sync_at"] is None
    assert shown(receipt_id=RECEIPT, wake_at=None)["next_sync_at"] is None
    assert shown()["next_sync_at"] == "2026-11-23T20:45:00Z"
    waiting = shown(run=a_run(state=RunState.WAITING), wait=WAIT, wake_at=NOW + HOUR)
    assert waiting["next_sync_at"] == waiting["status_reason"]["next_attempt_at"] == "2026-11-22T21:45:00Z"
