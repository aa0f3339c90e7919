"""`make test-disconnect`: all that can meet a disconnect, stopped at each of its calls, and then in any order."""

import os
import random
import sys
import time
from collections import Counter
from contextlib import suppress

import pytest

from socials.errors import SocialsError
from tests.disconnect.racing import Task
from tests.disconnect.scenes import MEETINGS, Meeting, Scene, a_scene, erase, what_is_wrong

POSTS = 110


def stopped_everywhere(meeting: Meeting, left: list[str]) -> tuple[Counter[str], set[str]]:
    """The operation stopped at each moment, the disconnect run to its end, the operation let go on."""
    covered: Counter[str] = Counter()
    for number in range(1_000):
        with pytest.MonkeyPatch.context() as monkeypatch:
            scene = a_scene(monkeypatch, siblings=meeting.siblings, posts=POSTS)
            meeting.before(scene)
            task = scene.baton.add(meeting.name, lambda scene=scene: meeting.operation(scene))
            was_there = task.run_to(number)
            if was_there:
                covered[task.at] += 1
                scene.to_the_end()
            task.finish()
            report(scene, f"{meeting.name}, stopped at moment {number} ({task.at})", left)
            if not was_there:
                return covered, set(task.moments)
    raise AssertionError("it never ended")


def run_within_the_erase(meeting: Meeting, left: list[str]) -> int:
    """The other way round: the disconnect and its erase stopped at each moment, the operation run to its end."""
    for number in range(1_000):
        with pytest.MonkeyPatch.context() as monkeypatch:
            scene = a_scene(monkeypatch, siblings=meeting.siblings, posts=POSTS)
            meeting.before(scene)
            task = scene.baton.add("erase", lambda scene=scene: erase(scene))
            if not task.run_to(number):
                return number
            with suppress(SocialsError):
                meeting.operation(scene)
            task.finish()
            report(scene, f"{meeting.name} while the erase stood at moment {number} ({task.at})", left)
    raise AssertionError("it never ended")


def killed_everywhere(siblings: int, left: list[str]) -> int:
    """The erase killed at each of its moments; another worker finds it by the agenda."""
    for number in range(1_000):
        with pytest.MonkeyPatch.context() as monkeypatch:
            scene = a_scene(monkeypatch, siblings=siblings, posts=POSTS)
            task = scene.baton.add("erase", lambda scene=scene: erase(scene))
            if not task.run_to(number):
                return number
            task.kill()
            report(scene, f"erase with {siblings} siblings, killed at moment {number} ({task.at})", left)
    raise AssertionError("it never ended")


def in_any_order(seed: int, left: list[str]) -> int:
    """Two to four pieces of work and a disconnect, a few moments of one and then of another; leases run out, workers
    die. Returns how many moments there were."""
    choice = random.Random(seed)
    with pytest.MonkeyPatch.context() as monkeypatch:
        scene = a_scene(monkeypatch, person=choice.random() < 0.4, siblings=choice.randrange(2), posts=5)
        meetings = choice.choices(MEETINGS, k=choice.randrange(2, 5))
        if choice.random() < 0.3:
            scene.world.clock.forward(hours=1)
        tasks = [scene.baton.add(each.name, lambda each=each: each.operation(scene)) for each in meetings]
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
        report(scene, f"seed {seed}: {names}", left, everything_goes=True)
        return sum(len(task.moments) for task in tasks)


def report(scene: Scene, what: str, left: list[str], *, everything_goes: bool = False) -> None:
    scene.settle()
    wrong = what_is_wrong(scene)
    if everything_goes and not wrong:
        for receipt in scene.world.disconnecting.disconnect_all("user-anna"):
            scene.erase_until_done(receipt)
        scene.settle()
        wrong = what_is_wrong(scene) + [f"left: {name}" for name, rest in scene.world.everything().items() if rest]
    left += [f"{what}: {each}" for each in wrong]


def main() -> int:
    runs, seed = int(os.environ.get("DISCONNECT_RUNS") or 2_000), int(os.environ.get("DISCONNECT_SEED") or 1)
    began, left = time.monotonic(), list[str]()
    pairs = covered_pairs = stops = 0
    for meeting in MEETINGS:
        covered, moments = stopped_everywhere(meeting, left)
        calls, there = {at.split()[1] for at in covered}, {at.split()[1] for at in moments}
        stops, pairs, covered_pairs = stops + covered.total(), pairs + len(there | calls), covered_pairs + len(calls)
        print(
            f"  {meeting.name:20}{len(calls):>4} of {len(there | calls):>3} calls, {covered.total():>4} stops",
            flush=True,
        )
    print(f"(operation x call) pairs covered: {covered_pairs} of {pairs}, by {stops} stops before and after a call")
    within = sum(run_within_the_erase(meeting, left) for meeting in MEETINGS)
    print(f"Each of them run to its end while the disconnect stood at one of its moments: {within}", flush=True)
    kills = killed_everywhere(0, left) + killed_everywhere(1, left)
    print(f"Erase killed at each of its moments, alone and with a sibling: {kills}", flush=True)
    moments = sum(in_any_order(seed + number, left) for number in range(runs))
    print(f"Random interleavings: {runs} ({moments} moments, DISCONNECT_SEED={seed})")
    print(f"Left anything: {len(left)}   ({time.monotonic() - began:.0f} s)")
    for each in left[:30]:
        print(f"  {each}")
    return 1 if left or covered_pairs < pairs else 0


if __name__ == "__main__":
    sys.exit(main())
