"""Anything a person, the clock, the queues, AWS or a platform may do, in any order, against a small model.

The model: which identities should be there (`world.model`), what the platform knows of its tokens (`world.server`),
the numbers once seen. After each step the watch compares. A shorter profile runs with all tests, a longer one with
`make test-faults`.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from socials import platforms
from tests.faults import naming
from tests.faults.going import PEOPLE
from tests.faults.kinds import ANSWER_KINDS, CALLS, MEANWHILE_KINDS, MESSAGE_KINDS, PORT_KINDS
from tests.faults.world import FaultWorld

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
INDEX = st.integers(0, 7)


@pytest.fixture(autouse=True)
def own_platforms() -> Iterator[None]:
    kept = dict(platforms._BY_SLUG)
    yield
    naming.end()
    platforms._BY_SLUG.clear()
    platforms._BY_SLUG.update(kept)


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = FaultWorld()

    # What people do -------------------------------------------------------------------------------------------

    @rule(who=st.sampled_from(PEOPLE), choose=st.booleans())
    def connects(self, who: tuple[str, str, str], choose: bool) -> None:
        slug, person, user = who
        offered = [f"{person}-1", f"{person}-2"] if person == "bob" else [f"{person}-1"]
        self.world.connect(user, slug, person, offered, choose=choose)

    @precondition(lambda self: self.world.living())
    @rule(index=INDEX)
    def presses_sync(self, index: int) -> None:
        self.world.press(self._one(index))

    @precondition(lambda self: self.world.living())
    @rule(index=INDEX)
    def reconnects(self, index: int) -> None:
        self.world.reconnect(self._one(index))

    @precondition(lambda self: self.world.living())
    @rule(index=INDEX)
    def disconnects(self, index: int) -> None:
        self.world.disconnect(self._one(index))

    @precondition(lambda self: self.world.living())
    @rule(index=INDEX)
    def revokes_on_the_platform(self, index: int) -> None:
        self.world.revoke_on_platform(self._one(index))

    # What time and the queues do ------------------------------------------------------------------------------

    @rule()
    def a_message_is_delivered(self) -> None:
        self.world.deliver()

    @precondition(lambda self: self.world.messages)
    @rule(index=st.integers(0, 30))
    def a_message_is_doubled(self, index: int) -> None:
        message = self.world.messages[index % len(self.world.messages)]
        self.world.enqueue(message.queue, message.wakeup)

    @precondition(lambda self: self.world.messages)
    @rule(index=st.integers(0, 30))
    def a_message_is_lost(self, index: int) -> None:
        self.world.messages.pop(index % len(self.world.messages))

    @rule()
    def all_messages_are_delivered(self) -> None:
        self.world.pump()

    @rule(minutes=st.sampled_from([1, 2, 5, 56, 61, 60 * 25]), sweep=st.booleans())
    def the_rule_fires(self, minutes: int, sweep: bool) -> None:
        self.world.tick(minutes=minutes, sweep=sweep)

    @rule()
    def dead_letters_are_redriven(self) -> None:
        self.world.redrive()

    # What goes wrong ------------------------------------------------------------------------------------------

    @rule(kind=st.sampled_from([*PORT_KINDS, *MEANWHILE_KINDS, *MESSAGE_KINDS]), skip=st.integers(0, 20))
    def aws_will_fail(self, kind: str, skip: int) -> None:
        if len(self.world.plan.waiting) < 4:
            self.world.plan.arm(kind, None, skip)

    @rule(kind=st.sampled_from(ANSWER_KINDS), call=st.sampled_from(CALLS), skip=st.integers(0, 3))
    def the_platform_will_fail(self, kind: str, call: str, skip: int) -> None:
        if len(self.world.plan.waiting) < 4:
            self.world.plan.arm(kind, f"network.{call}", skip)

    # What must hold -------------------------------------------------------------------------------------------

    @invariant()
    def everything_holds(self) -> None:
        self.world.watch.look()
        assert self.world.watch.breaches == []

    def teardown(self) -> None:
        self.world.calm(55)
        self.world.watch.settle()
        assert self.world.watch.breaches == []

    def _one(self, index: int) -> object:
        living = sorted(self.world.living(), key=lambda account: account.username + account.user + account.platform)
        return living[index % len(living)]


AnyOrder.TestCase.settings = settings(
    max_examples=200 if LONG else 25,
    stateful_step_count=60 if LONG else 40,
    deadline=None,
    derandomize=not LONG,
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
test_anything_may_happen_in_any_order = AnyOrder.TestCase
