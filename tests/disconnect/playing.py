"""The games: everything stopped at each of its calls, and then in any order. What was left over is written down."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from socials.errors import SocialsError
from socials.models.accounts import Account
from tests.disconnect.racing import Task
from tests.disconnect.scenes import (
    MEETINGS,
    RENEWAL,
    Meeting,
    Ports,
    Scene,
    WayOut,
    a_scene,
    connect,
    erase,
    what_is_wrong,
)
from tests.support.builders import life_of

# More than one scene gives away; which names there are decides who is woken first.
_NAMES_A_SCENE = 10_000


@dataclass
class Table:
    """What the games are played on. `ports` None: the fakes. `left`: what went wrong, for a person to read.

    `sparingly`: a call that an operation makes again and again is stopped at its first and its last time only.
    """

    name: str = "fakes"
    ports: Ports = None
    posts: int = 110
    sparingly: bool = False
    left: list[str] = field(default_factory=list)

    @contextmanager
    def scene(self, meeting: Meeting | None = None, **how: int | bool) -> Iterator[Scene]:
        with pytest.MonkeyPatch.context() as monkeypatch:
            scene = a_scene(monkeypatch, self.ports, **{"posts": self.posts, **how})  # type: ignore[arg-type]
            if meeting is not None:
                meeting.before(scene)
            yield scene


def stopped_everywhere(table: Table, meeting: Meeting) -> tuple[Counter[str], set[str]]:
    """The operation stopped at each moment, the disconnect run to its end, the operation let go on. Returns the moments
    where it was stopped, and all that it has."""
    covered: Counter[str] = Counter()
    with table.scene(meeting, siblings=meeting.siblings) as scene:
        task = _task(scene, meeting)
        task.finish()
        report(table, scene, f"{meeting.name}, undisturbed")
        moments = task.moments
    for number in worth_a_stop(moments, table.sparingly):
        with table.scene(meeting, siblings=meeting.siblings) as scene:
            task = _task(scene, meeting)
            assert task.run_to(number), "the same work made fewer calls"
            covered[task.at] += 1
            scene.to_the_end()
            task.finish()
            report(table, scene, f"{meeting.name}, stopped at moment {number} ({task.moments[number]})")
    return covered, set(moments)


def frozen_into_a_new_life(table: Table, meeting: Meeting) -> int:
    """The operation stopped at each moment, the disconnect run to its end and the same identity connected again: what
    goes on then may neither read nor change anything of the new life."""
    with table.scene(meeting) as scene:
        task = _task(scene, meeting)
        task.finish()
        moments = task.moments
    stops = worth_a_stop(moments, table.sparingly)
    for number in stops:
        with table.scene(meeting) as scene:
            task = _task(scene, meeting)
            assert task.run_to(number), "the same work made fewer calls"
            scene.to_the_end()
            connect(scene)
            again = _row(scene)
            held = scene.world.holds_of(life_of(again)) if again else 0
            task.finish()
            where = f"{meeting.name}, frozen at moment {number} ({task.moments[number]}) into a new life"
            if again is None or _row(scene) != again or scene.world.holds_of(life_of(again)) != held:
                table.left.append(f"{table.name}: {where}: the new life was touched")
            report(table, scene, where)
    return len(stops)


def run_within_the_erase(table: Table, meeting: Meeting) -> int:
    """The other way round: the disconnect and its erase stopped at each moment, the operation run to its end."""
    for number in range(1_000):
        with table.scene(meeting, siblings=meeting.siblings) as scene:
            task = scene.baton.add("erase", lambda scene=scene: erase(scene))
            if not task.run_to(number):
                return number
            with suppress(SocialsError):
                meeting.operation(scene)
            task.finish()
            report(table, scene, f"{meeting.name} while the erase stood at moment {number} ({task.moments[number]})")
    raise AssertionError("it never ended")


def renewed_within_the_end(table: Table, way_out: WayOut) -> int:
    """A sync frozen with a new pair in hand, beyond its run's lease; the end of its grant stopped at each moment; the
    sync let go on: the pair that it stores then may not live on with nobody to hold it."""
    for number in range(1_000):
        with table.scene(RENEWAL) as scene:
            sync = _task(scene, RENEWAL)
            while sync.at != "before vault.store":
                assert sync.step(), "nothing was renewed"
            end = scene.baton.add("end", way_out(scene))
            if not end.run_to(number):
                return number
            sync.finish()
            end.finish()
            for _ in range(3):
                scene.world.clock.forward(minutes=3)
                scene.world.wake_overdue()
            where = f"{way_out.__name__} stood at moment {number} ({end.moments[number]})"
            report(table, scene, f"a pair in hand while {where}")
    raise AssertionError("it never ended")


def killed_everywhere(table: Table, siblings: int) -> int:
    """The erase killed at each of its moments; another worker finds it by the agenda."""
    for number in range(1_000):
        with table.scene(siblings=siblings) as scene:
            task = scene.baton.add("erase", lambda scene=scene: erase(scene))
            if not task.run_to(number):
                return number
            task.kill()
            report(table, scene, f"erase with {siblings} siblings, killed at moment {number} ({task.at})")
    raise AssertionError("it never ended")


def in_any_order(table: Table, seed: int) -> int:
    """Two to four pieces of work and a disconnect, a few moments of one and then of another; leases run out, workers
    die. Returns how many moments there were."""
    choice = random.Random(seed)
    how: dict[str, int | bool] = {"person": choice.random() < 0.4, "siblings": choice.randrange(2)}
    with table.scene(posts=5, names=seed * _NAMES_A_SCENE + 1, **how) as scene:
        meetings = choice.choices(MEETINGS, k=choice.randrange(2, 5))
        if choice.random() < 0.3:
            scene.world.clock.forward(hours=1)
        tasks = [_task(scene, meeting) for meeting in meetings]
        tasks += [scene.baton.add("erase", lambda: erase(scene)) for _ in range(choice.randrange(1, 3))]
        going: list[Task] = list(tasks)
        while going:
            task = choice.choice(going)
            for _ in range(choice.randrange(1, 12)):
                if not task.step():
                    break
            if choice.random() < 0.02:
                task.kill()
            if choice.random() < 0.08:
                scene.world.clock.forward(seconds=choice.randrange(1, 150))
            going = [each for each in going if not each.done]
        names = ", ".join(task.name for task in tasks)
        report(table, scene, f"seed {seed}: {names}", everything_goes=True)
        return sum(len(task.moments) for task in tasks)


def report(table: Table, scene: Scene, what: str, *, everything_goes: bool = False) -> None:
    scene.settle()
    wrong = what_is_wrong(scene)
    if everything_goes and not wrong:
        for receipt in scene.world.disconnecting.disconnect_all("user-anna"):
            scene.erase_until_done(receipt)
        scene.settle()
        wrong = what_is_wrong(scene) + [f"left: {name}" for name, rest in scene.world.everything().items() if rest]
    table.left += [f"{table.name}: {what}: {each}" for each in wrong]


def _row(scene: Scene) -> Account | None:
    return scene.world.rows.accounts.get((scene.account.user, scene.account.account_id))


def _task(scene: Scene, meeting: Meeting) -> Task:
    return scene.baton.add(meeting.name, lambda: meeting.operation(scene))


def worth_a_stop(moments: list[str], sparingly: bool) -> list[int]:
    if not sparingly:
        return list(range(len(moments)))
    first = {moment: number for number, moment in reversed(list(enumerate(moments)))}
    last = {moment: number for number, moment in enumerate(moments)}
    return sorted({*first.values(), *last.values()})
