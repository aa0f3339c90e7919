"""The fault runs are worth nothing if their watch sees nothing: an engine spoiled on purpose is found out."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from socials import platforms, refreshing, settling, syncing, verdicts, working
from socials.budgeting import BudgetBook
from socials.errors import ReconnectNeeded
from socials.models.readings import Metrics
from tests.faults.checking import EARLY_CALL, FALSE_ERROR, LEFTOVER, LOST_UPDATE, OVERWRITTEN, TWO_RUNS
from tests.faults.going import Tally, life
from tests.faults.kinds import NOT_HERE, pairs, port_calls
from tests.faults.world import FaultWorld
from tests.support import naming

Spoil = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(autouse=True)
def own_platforms(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(platforms, "registered", dict(platforms.registered))
    yield
    naming.end()


def loses_the_new_pair(patch: pytest.MonkeyPatch) -> None:
    def store(self: Any, platform: Any, grant_id: str, tokens: Any, after: int) -> Any:
        return self._read(grant_id)

    patch.setattr(refreshing.Refreshing, "_store", store)


def never_looks_at_the_lease(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(working.Work, "cover", lambda self, seconds: None)


def never_reads_the_budget(patch: pytest.MonkeyPatch) -> None:
    def check(self: BudgetBook, platform: str) -> None:
        self._budgets.get(platform)

    patch.setattr(BudgetBook, "check", check)


def takes_an_outage_for_proof(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(syncing, "waiting", lambda work, error: verdicts.broken(work, ReconnectNeeded("away")))


def lets_blanks_overwrite(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Metrics, "over", lambda self, older: self)


def keeps_the_secret(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settling.Settling, "drop", lambda self, platform, grant_id: None)


SPOILED: list[tuple[Spoil, str, list[tuple[str, str, int]]]] = [
    (loses_the_new_pair, LOST_UPDATE, []),
    (never_looks_at_the_lease, TWO_RUNS, [("late after", "network.profile", 0), ("late after", "network.insights", 0)]),
    (never_reads_the_budget, EARLY_CALL, [("429 for the app", "network.profile", 0)]),
    (takes_an_outage_for_proof, FALSE_ERROR, [("500", "network.profile", 0)]),
    (lets_blanks_overwrite, OVERWRITTEN, [("blanks", "network.posts", 21)]),
    (keeps_the_secret, LEFTOVER, []),
]


@pytest.mark.parametrize(("spoil", "breach", "faults"), SPOILED, ids=lambda v: getattr(v, "__name__", ""))
def test_a_spoiled_engine_is_found_out(
    monkeypatch: pytest.MonkeyPatch, spoil: Spoil, breach: str, faults: list[tuple[str, str, int]]
) -> None:
    spoil(monkeypatch)
    world = FaultWorld()
    for fault in faults:
        world.plan.arm(*fault)
    for _ in life(world):
        world.watch.look()
    world.calm(55)
    world.watch.settle()

    assert world.watch.kinds[breach]


def test_no_call_that_a_life_comes_to_is_left_out_of_the_pairs() -> None:
    world = FaultWorld()
    for _ in life(world):
        pass
    world.calm(55)

    assert world.seen & NOT_HERE == set()
    assert {call for call, _ in pairs() if not call.startswith("network.")} == set(port_calls()) - NOT_HERE


def test_the_engine_as_it_is_gives_no_cause() -> None:
    world = FaultWorld()
    for _ in life(world):
        world.watch.look()
    world.calm(55)
    world.watch.settle()
    tally = Tally()
    tally.add(world, "a life")

    assert tally.first == []
    assert tally.fired.total() == 0
