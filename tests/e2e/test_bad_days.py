"""What a person sees when the platform has a bad day."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.product import connect_pinterest, synced
from tests.support.stack import Person, Stack


@pytest.fixture
def mine(own_stack: Stack, request: pytest.FixtureRequest) -> Iterator[tuple[Stack, Person, str]]:
    """A stack of one's own, a person, and their synced Pinterest account."""
    person = own_stack.person(request.node.name[-40:])
    account = synced(own_stack, person, connect_pinterest(person, choose="ada")["account_id"])
    own_stack.pass_time(5, person)
    yield own_stack, person, account["account_id"]
    own_stack.anyone().delete("/_sandbox/faults")


def fault(stack: Stack, **what: object) -> None:
    answer = stack.anyone().post("/_sandbox/faults", json={"platform": "pinterest", **what})
    assert answer.status_code == 201, answer.text


def test_a_limit_leaves_it_connected_and_says_until_when(mine: tuple[Stack, Person, str]) -> None:
    stack, person, account_id = mine
    fault(stack, kind="429", retry_after=600, times=None)
    run = person.post(f"/accounts/{account_id}/sync").json()
    waiting = stack.until(
        lambda: (found := person.get(f"/accounts/{account_id}").json())["status_reason"]["action"] == "wait" and found
    )
    assert waiting["status"] == "connected"
    assert waiting["status_reason"]["next_attempt_at"] > run["queued_at"]
    joined = person.post(f"/accounts/{account_id}/sync")
    assert (joined.status_code, joined.json()["run_id"]) == (202, run["run_id"])
    stack.anyone().delete("/_sandbox/faults")
    stack.tick(stack.now() + timedelta(minutes=20))
    assert synced(stack, person, account_id, newer_than=waiting["last_synced_at"])["status_reason"]["code"] == "ok"


def test_a_bad_hour_is_no_reason_to_reconnect(mine: tuple[Stack, Person, str]) -> None:
    stack, person, account_id = mine
    fault(stack, kind="503", times=None)
    person.post(f"/accounts/{account_id}/sync")
    stack.until(lambda: person.get(f"/accounts/{account_id}").json()["status_reason"]["action"] == "wait")
    for _ in range(8):
        stack.tick(stack.now() + timedelta(hours=4))
    late = person.get(f"/accounts/{account_id}").json()
    assert late["status"] == "needs_sync"
    stack.anyone().delete("/_sandbox/faults")
    stack.tick(stack.now() + timedelta(hours=25))
    assert synced(stack, person, account_id, newer_than=late["last_synced_at"])["status"] == "connected"


def test_an_access_revoked_on_the_platform_needs_a_reconnect_and_heals_by_it(
    mine: tuple[Stack, Person, str],
) -> None:
    stack, person, account_id = mine
    assert stack.anyone().post("/_sandbox/people/pinterest/ada/revoke").status_code == 200
    person.post(f"/accounts/{account_id}/sync")
    broken = stack.until(
        lambda: (found := person.get(f"/accounts/{account_id}").json())["status"] == "connection_error" and found
    )
    assert broken["status_reason"]["action"] == "reconnect"
    refused = person.post(f"/accounts/{account_id}/sync")
    assert (refused.status_code, refused.json()["code"]) == (409, "reconnect_needed")
    again = connect_pinterest(person, choose="ada")
    assert again["account_id"] == account_id
    assert synced(stack, person, account_id, newer_than=broken["last_synced_at"])["status"] == "connected"


def test_a_part_that_fails_leaves_the_others_standing(mine: tuple[Stack, Person, str]) -> None:
    stack, person, account_id = mine
    before = person.get(f"/accounts/{account_id}/metrics").json()
    fault(stack, kind="empty", call="account_analytics", times=None)
    run = person.post(f"/accounts/{account_id}/sync").json()
    ended = stack.until(
        lambda: (found := person.get(f"/accounts/{account_id}/runs/{run['run_id']}").json())["finished_at"] and found
    )
    assert ended["parts"]["profile"]["state"] == "succeeded"
    assert ended["parts"]["posts"]["state"] == "succeeded"
    after = person.get(f"/accounts/{account_id}/metrics").json()["days"]
    assert after[: len(before["days"])] == before["days"]  # the stack's day may have come to its end in between
    begun = after[len(before["days"]) :]
    assert len(begun) <= 1
    assert not any(day["impressions"] for day in begun)
