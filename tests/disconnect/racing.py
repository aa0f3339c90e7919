"""Several pieces of work on one world, stopped at every port call and let go on one at a time, in any order.

Each piece runs in a thread of its own, but only one thread ever runs: whoever holds the baton.
"""

from collections.abc import Callable
from datetime import datetime
from threading import Semaphore, Thread, get_ident

from socials.clock import Clock
from socials.errors import RetryLater, SocialsError
from socials.timing import PLATFORM_CALL_SECONDS
from tests.support.fakes import Hooks, Killed

Look = Callable[[str, str], None]


class Task:
    """One piece of work. `at`: the moment where it stands (`before vault.read`); `moments`: all that it passed."""

    def __init__(self, name: str, action: Callable[[], object]) -> None:
        self.name, self._action = name, action
        self.at, self.done, self.killed = "", False, False
        self.moments: list[str] = []
        self.calls: list[str] = []
        self.fault: BaseException | None = None
        self._go, self._back = Semaphore(0), Semaphore(0)
        self._thread = Thread(target=self._run, daemon=True)
        self.ident = 0
        self._started = False

    def step(self) -> bool:
        """Let it go on to its next moment. False when it has ended."""
        if self.done:
            return False
        if self._started:
            self._go.release()
        else:
            self._started = True
            self._thread.start()
        self._back.acquire()
        return not self.done

    def run_to(self, moment: int) -> bool:
        """To the moment of that number, from 0. False if it ended before."""
        while len(self.moments) <= moment:
            if not self.step():
                return False
        return True

    def finish(self) -> None:
        while self.step():
            pass

    def kill(self) -> None:
        """It dies where it stands and makes no further call."""
        self.killed = True
        self.finish()

    def pause(self, moment: str, clock: Clock) -> None:
        self.at = moment
        self.moments.append(moment)
        stopped_at = clock()
        self._back.release()
        self._go.acquire()
        if self.killed:
            raise Killed(moment)
        if moment.startswith("before network.") and _too_late(clock(), stopped_at):
            raise RetryLater("The door's deadline for the whole call is over.")

    def _run(self) -> None:
        self.ident = get_ident()
        try:
            self._action()
        except (SocialsError, Killed):
            pass
        except BaseException as fault:
            self.fault = fault
        self.done = True
        self._back.release()


def _too_late(now: datetime, began: datetime) -> bool:
    return (now - began).total_seconds() > PLATFORM_CALL_SECONDS


class Baton(Hooks):
    """Hooks that stop a task at each moment; what runs outside of every task goes on undisturbed."""

    def __init__(self, clock: Clock, look: Look) -> None:
        super().__init__()
        self._clock, self._look = clock, look
        self.tasks: list[Task] = []

    def add(self, name: str, action: Callable[[], object]) -> Task:
        task = Task(name, action)
        self.tasks.append(task)
        return task

    def run(self, moment: str, call: str) -> None:
        me = get_ident()
        task = next((each for each in self.tasks if each.ident == me and not each.done), None)
        if task is not None and task.killed:
            raise Killed(call)
        self._look(moment, call)
        if task is None:
            return
        task.pause(f"{moment} {call}", self._clock)
        if moment == "before" and call.startswith("network."):
            self._look("calling", f"{task.name}: {call}")
