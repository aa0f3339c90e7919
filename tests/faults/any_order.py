"""Anything a person, the clock, the queues, AWS or a platform may do, in any order, against a small model.

The model: which identities should be there (`world.model`), what the platform knows of its tokens (`world.server`),
the numbers once seen. After each step the watch compares.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from socials import platforms
from tests.faults.going import PEOPLE, Engine, OnFakes
from tests.faults.kinds import ANSWER_KINDS, CALLS, ENGINE_KINDS, MEANWHILE_KINDS, MESSAGE_KINDS, PORT_KINDS
from tests.faults.queues import on_the_wall_clock
from tests.faults.world import FaultWorld
from tests.support import naming

INDEX = st.integers(0, 7)


@contextmanager
def own_platforms() -> Iterator[None]:
    """Puts back what worlds change for all: platforms, names, moto's time."""
    kept = dict(platforms.registered)
    yield
    naming.end()
    on_the_wall_clock()
    platforms.registered.clear()
    platforms.registered.update(kept)


class AnyOrder(RuleBasedStateMachine):
    engine: Engine = OnFakes

    def __init__(self) -> None:
        super().__init__()
        self.world = FaultWorld(0, type(self).engine())

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

    @rule(who=st.sampled_from(PEOPLE), deletes=st.booleans())
    def removes_us_on_the_platform(self, who: tuple[str, str, str], deletes: bool) -> None:
        slug, person, _ = who
        leave = self.world.ask_for_deletion if deletes else self.world.remove_on_platform
        leave(slug, person)

    # What time and the queues do ------------------------------------------------------------------------------

    @rule()
    def a_message_is_delivered(self) -> None:
        self.world.deliver()

    @precondition(lambda self: len(self.world.queues))
    @rule(index=st.integers(0, 30))
    def a_message_is_doubled(self, index: int) -> None:
        self.world.queues.double(index)

    @precondition(lambda self: len(self.world.queues))
    @rule(index=st.integers(0, 30))
    def a_message_is_lost(self, index: int) -> None:
        self.world.queues.lose(index)

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

    @rule(kind=st.sampled_from([*PORT_KINDS, *MEANWHILE_KINDS, *MESSAGE_KINDS, *ENGINE_KINDS]), skip=st.integers(0, 20))
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
