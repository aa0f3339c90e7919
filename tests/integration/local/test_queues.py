"""The local stack's queues: partial batch failures, redrive, time that is moved."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.stack import Stack

IDLE = {"visible": 0, "in_flight": 0, "delayed": 0}


def send(stack: Stack, job: dict[str, Any], queue: str = "QUEUE_URL") -> None:
    """Has a function send a message."""
    answer = stack.anyone().post(f"/echo?do={queue}", data=json.dumps(job), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 201


def count(stack: Stack, kind: str) -> int:
    """How many items of a type there are."""
    found: int = stack.state()["items"]["by_type"][kind]
    return found


def jobs(stack: Stack) -> dict[str, int]:
    """The messages of the working queue."""
    found: dict[str, int] = stack.state()["queues"]["fixture-local-jobs"]
    return found


def dead(stack: Stack) -> int:
    """The messages of the dead-letter queue."""
    found: int = stack.state()["dead_letters"]["fixture-local-jobs-dead"]
    return found


def later(stack: Stack, **by: float) -> datetime:
    """A time later than the stack's own, however often it was moved."""
    return stack.now() + timedelta(**by)


def test_a_sent_message_is_worked_off_without_a_tick(stack: Stack) -> None:
    before = count(stack, "POST")
    send(stack, {"type": "POST", "id": "1"})
    stack.until(lambda: count(stack, "POST") == before + 1 and jobs(stack) == IDLE)


@pytest.mark.parametrize("bad", ["fail", "crash"])
def test_a_failing_message_comes_back_and_ends_in_the_dead_letters_while_others_pass(stack: Stack, bad: str) -> None:
    dead_before, runs_before = dead(stack), count(stack, "RUN")
    send(stack, {bad: True})
    stack.until(lambda: jobs(stack)["in_flight"] == 1)
    send(stack, {"type": "RUN", "id": bad})
    stack.until(lambda: count(stack, "RUN") == runs_before + 1)
    stack.until(lambda: dead(stack) == dead_before + 1 and jobs(stack) == IDLE)


def test_time_that_moves_ends_the_visibility_timeout_of_a_message(stack: Stack) -> None:
    before = dead(stack)
    send(stack, {"fail": True}, "SLOW_QUEUE_URL")
    stack.until(lambda: stack.state()["queues"]["fixture-local-slow"]["in_flight"] == 1)
    assert stack.tick(later(stack, hours=3))["settled"]
    assert dead(stack) == before + 1


def test_a_tick_fires_the_rule_as_at_its_time_and_waits_for_the_work(stack: Stack) -> None:
    before = count(stack, "EVENT")
    at = later(stack, days=10)
    assert stack.tick(at) == {"at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "fired": True, "settled": True}
    assert count(stack, "EVENT") > before
    assert jobs(stack) == IDLE


def test_time_never_goes_back(stack: Stack) -> None:
    at = later(stack, days=1)
    stack.tick(at)
    assert stack.tick(datetime.now(UTC))["settled"]
    assert stack.now() >= at


def test_items_are_expired_two_days_after_their_ttl(stack: Stack) -> None:
    at = later(stack, hours=1)
    send(stack, {"type": "STATE", "id": "1", "also": {"expires_at": int(at.timestamp())}})
    stack.until(lambda: count(stack, "STATE") == 1)
    stack.tick(at + timedelta(hours=1))
    assert count(stack, "STATE") == 1
    stack.tick(at + timedelta(days=3))
    assert count(stack, "STATE") == 0


@pytest.mark.parametrize(
    "body", ['{"at": "soon"}', '{"at": 5}', '{"at": "2030-01-01"}', "[]", "{", '{"at": "9999-01-01T00:00:00Z"}']
)
def test_a_tick_at_no_time_is_refused(stack: Stack, body: str) -> None:
    assert stack.anyone().post("/_local/tick", data=body).status_code == 422


def test_the_state_lists_every_type_and_counts_grants_secrets_only(stack: Stack) -> None:
    state = stack.state()
    kinds = "ACCOUNT GRANT PERSON CONNECTION STATE RECEIPT DAY POST RUN EVENT BUDGET INSTANCE"
    assert set(state) == {"queues", "dead_letters", "items", "secrets"}
    assert set(state["items"]["by_type"]) == set(kinds.split())
    assert state["items"]["total"] == sum(state["items"]["by_type"].values())
    assert state["secrets"] == 0
