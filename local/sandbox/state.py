"""What all platforms of the sandbox share: the clock, one lock, and the books of faults, calls and limits."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import RLock

from local.sandbox import world
from local.sandbox.calls import Calls
from local.sandbox.faults import Faults
from local.sandbox.limits import Limits
from local.sandbox.people import Person


@dataclass(slots=True)
class Sandbox:
    """`now` is the stack's clock, timezone-aware, may jump forward; `pause` waits so many seconds of real time."""

    now: Callable[[], datetime]
    pause: Callable[[float], None]
    lock: RLock = field(default_factory=RLock)
    faults: Faults = field(default_factory=Faults)
    calls: Calls = field(default_factory=Calls)
    limits: Limits = field(init=False)
    opened: date = field(init=False)

    def __post_init__(self) -> None:
        self.limits = Limits(self.now)
        self.opened = world.day_of(self.now())

    @property
    def today(self) -> date:
        return world.day_of(self.now())

    def posts(self, person: Person, platform: str) -> list[world.Post]:
        """All the person's posts by now, newest first."""
        return world.posts(person, platform, self.opened, self.now())
