"""Going through the faults: each pair once, then any in any order, then a storm over a thousand accounts."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from random import Random

from tests.faults.engines import OnAws, OnFakes
from tests.faults.kinds import Plan, pairs, some_fault
from tests.faults.world import SLUGS, FaultWorld

PEOPLE = [(slug, person, user) for slug in SLUGS for person in ("ann", "bob") for user in ("user-1", "user-2")]
STEPS_A_WORLD = 250
STORMY_ACCOUNTS = 1_000
STORMY_HOURS = 26
# Nothing of these tells a lie, and none takes away what only the platform's one answer held.
_STORM = ("429 with seconds", "429 without a time", "500", "503 with a page", "timeout before", "reset before", "DNS")
_STORM += ("TLS", "redirect", "429 with a date")
_STORM_SPOILS = ("truncated", "not JSON", "wrong type", "huge", "no body", "empty", "nulls", "blanks", "slow")

FAILING_KINDS = ("error before", "error after", "throttled", "conflict")
# Calls that come only with another fault.
COMPANIONS = {
    "accounts.release": [("meanwhile disconnected", "network.insights")],
    "receipts.allow": [("meanwhile disconnected", "network.insights")],
    "budgets.wait": [("429 for the app", "network.profile")],
    "wakeups.postpone": [("meanwhile doubled", "network.profile")] * 3,
}

Engine = Callable[[], OnFakes | OnAws]


@dataclass
class Tally:
    """What came to pass. `first`: the first breaches, for a person to read."""

    fired: Counter[tuple[str, str]] = field(default_factory=Counter)
    breaches: Counter[str] = field(default_factory=Counter)
    affected: int = 0
    first: list[str] = field(default_factory=list)
    untried: set[tuple[str, str]] = field(default_factory=set)

    def add(self, world: FaultWorld, where: str) -> None:
        self.fired.update(world.plan.fired)
        self.breaches.update(world.watch.kinds)
        self.affected += len(world.watch.affected)
        room = max(0, 20 - len(self.first))
        self.first += [f"{where}: {breach}" for breach in world.watch.breaches[:room]]


def life(world: FaultWorld) -> Iterator[None]:
    """Everything a user may do in two days, one step at a time; a step that failed is asked for again."""
    world.connect("user-1", "weather", "ann", ["ann-1"])
    world.pump()
    yield
    world.connect("user-1", "weather", "bob", ["bob-1", "bob-2"])
    world.pump()
    yield
    world.connect("user-2", "whole", "cid", ["cid-1"])
    world.connect("user-1", "whole", "cid", ["cid-1"])
    world.pump()
    yield
    for _ in range(2):
        world.tick(minutes=3)
        world.pump()
        yield
    for _ in range(2):
        world.clock.forward(minutes=58)
        for account in world.living():
            world.press(account)
        world.pump()
        world.tick(minutes=4, sweep=True)
        world.pump()
        yield
    world.connect("user-2", "weather", "dan", ["dan-1", "dan-2"], choose=False)
    world.tick(minutes=16, sweep=True)
    world.pump()
    yield
    for _ in range(9):
        world.tick(hours=3, sweep=True)
        world.pump()
        yield
    for account in world.living()[:2]:
        world.reconnect(account)
    world.pump()
    yield from _removed(world)
    world.tick(minutes=6, sweep=True)
    world.pump()
    yield
    for account in world.living():
        world.disconnect(account)
        world.disconnect(account)
        world.pump()
        world.disconnect(account)
        yield
    for account in world.living():
        world.disconnect(account)
    for _ in range(3):
        world.tick(minutes=6, sweep=True)
        world.pump()
    yield


def short_life(world: FaultWorld) -> Iterator[None]:
    """The same with as few calls as will do, for engines on which each takes its time."""
    world.connect("user-1", "weather", "bob", ["bob-1", "bob-2"])
    world.connect("user-1", "whole", "cid", ["cid-1"])
    world.pump()
    yield
    world.clock.forward(minutes=58)
    for account in world.living():
        world.press(account)
    world.tick(minutes=4, sweep=True)
    world.pump()
    yield
    world.connect("user-2", "whole", "cid", ["cid-1"], choose=False)
    world.connect("user-2", "weather", "dan", ["dan-1", "dan-2"], choose=False)
    world.tick(minutes=16, sweep=True)
    world.pump()
    yield
    for account in world.living()[:1]:
        world.reconnect(account)
    yield from _removed(world)
    leaving = world.living()
    for account in leaving:
        world.disconnect(account)
    for _ in range(3):
        world.pump()
        world.tick(minutes=6, sweep=True)
        yield
    for account in leaving[:2]:
        world.disconnect(account)


def _removed(world: FaultWorld) -> Iterator[None]:
    """The platform tells us that somebody left, and that somebody wants all deleted; one of them comes back."""
    world.remove_on_platform("weather", "bob")
    world.pump()
    yield
    for account in world.living()[:1]:
        world.reconnect(account)
    code = world.ask_for_deletion("whole", "cid")
    world.pump()
    world.ask_how_deletion_stands(code or "")
    yield


Life = Callable[[FaultWorld], Iterator[None]]
Pair = tuple[str, str]


def go_through_pairs(
    tally: Tally, engine: Engine = OnFakes, a_life: Life = life, at_once: int = 1, seconds: float = inf
) -> list[Pair]:
    """Each pair at its first chance, and again at a later one. `at_once`: as many pairs in one life; those that another
    kept from coming get a life of their own. Returns the pairs that never came to pass; what there was no time for is
    in `tally.untried`."""
    began, left = time.monotonic(), pairs()
    for most in dict.fromkeys((at_once, 1)):
        lives = -(-len(left) // most)
        tried, left = [left[number::lives] for number in range(lives)], []
        for some in tried:
            if time.monotonic() - began > seconds:
                tally.untried.update(some)
                continue
            fired = _live_through(tally, some, engine, a_life)
            left += [pair for pair in some if not fired[pair]]
    return left


def _live_through(tally: Tally, some: Sequence[Pair], engine: Engine, a_life: Life) -> Counter[Pair]:
    world = FaultWorld(len(tally.fired), engine())
    for call, kind in some:
        for companion in COMPANIONS.get(call, ()):
            world.plan.arm(*companion)
        world.plan.arm(kind, call, 0)
        world.plan.arm(kind, call, 3 if kind in FAILING_KINDS else 4)
    for _ in a_life(world):
        world.watch.look()
    world.calm(55)
    world.watch.settle()
    tally.add(world, ", ".join(f"{call} / {kind}" for call, kind in some))
    return world.plan.fired


def go_anywhere(tally: Tally, seed: int, engine: Engine = OnFakes, steps: int = STEPS_A_WORLD) -> None:
    """One world with any faults in any order."""
    random = Random(seed)
    world = FaultWorld(seed, engine())
    for _ in range(steps):
        if len(world.plan.waiting) < 3:
            world.plan.waiting.append(some_fault(random))
        step(world, random)
        world.watch.look()
    world.calm(55)
    world.watch.settle()
    tally.add(world, f"seed {seed}")


def step(world: FaultWorld, random: Random) -> None:
    """Anything that may happen next."""
    dice = random.random()
    if dice < 0.45:
        world.deliver()
    elif dice < 0.57:
        world.press()
    elif dice < 0.67:
        world.tick(minutes=1)
    elif dice < 0.77:
        world.tick(sweep=True, minutes=random.choice((4, 30, 61)))
    elif dice < 0.80:
        world.tick(sweep=True, hours=random.choice((3, 12, 25)))
    elif dice < 0.90:
        slug, person, user = random.choice(PEOPLE)
        identities = [f"{person}-1", f"{person}-2"] if person == "bob" else [f"{person}-1"]
        world.connect(user, slug, person, identities, choose=random.random() < 0.8)
    elif dice < 0.93:
        world.reconnect()
    elif dice < 0.97:
        world.disconnect()
    elif dice < 0.975:
        world.revoke_on_platform()
    elif dice < 0.985:
        slug, person, _ = random.choice(PEOPLE)
        leave = world.remove_on_platform if random.random() < 0.7 else world.ask_for_deletion
        leave(slug, person)
    else:
        world.redrive()


def go_through_a_storm(tally: Tally, seed: int, accounts: int = STORMY_ACCOUNTS) -> tuple[int, int]:
    """Two days of nothing but bad weather over many accounts. Returns connection errors in it, and syncs after it."""
    random = Random(seed)
    world = FaultWorld(seed)
    for number in range(accounts):
        world.connect(f"user-{number % 100}", "weather", f"p{number}", [f"p{number}-1"])

    def weather(call: str) -> str | None:
        if random.random() < 0.2:
            return None
        kind = random.choice(_STORM if call == "refresh" else _STORM + _STORM_SPOILS)
        world.plan.fired[f"network.{call}", kind] += 1
        return kind

    world.bad_weather = weather
    for _ in range(STORMY_HOURS):
        world.pump(5_000)
        world.tick(hours=1, sweep=True)
    errors = sum(1 for account in world.living() if account.broken is not None)
    world.watch.look()
    world.calm(30)
    world.watch.settle()
    synced = sum(1 for account in world.living() if account.last_synced_at is not None)
    tally.add(world, "storm")
    return errors, synced


__all__ = ["Plan", "Tally", "go_anywhere", "go_through_a_storm", "go_through_pairs", "life", "step"]
