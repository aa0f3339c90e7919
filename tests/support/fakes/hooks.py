"""Stopping and failing port calls at will, so that a test can force the timing it is about."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from typing import Any, TypeVar, cast

Port = TypeVar("Port")
Action = Callable[[], object]


class Killed(BaseException):
    """The process died here: no `except Exception` of the product may see it."""


@dataclass
class _Planned:
    action: Action
    skip: int
    times: int | None


class Hooks:
    """What happens at port calls, named `port.method` (`accounts.save`).

    An action runs outside of every lock and may itself call ports. One planned `before` that raises keeps the call from
    happening; one planned `after` that raises lets it happen and hides its answer. `calls`: all calls so far, in order.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._plans: dict[tuple[str, str], list[_Planned]] = {}
        self._lock = RLock()

    def before(self, call: str, action: Action, *, skip: int = 0, times: int | None = 1) -> None:
        """Run `action` before the next `times` calls (None: all), leaving out the first `skip`."""
        self._plan("before", call, action, skip, times)

    def after(self, call: str, action: Action, *, skip: int = 0, times: int | None = 1) -> None:
        self._plan("after", call, action, skip, times)

    def fail(self, call: str, error: BaseException, *, skip: int = 0, times: int | None = 1) -> None:
        """Raise `error` instead of making the call."""
        self._plan("before", call, _raising(error), skip, times)

    def kill_before(self, call: str, *, skip: int = 0) -> None:
        self._plan("before", call, _raising(Killed(call)), skip, 1)

    def kill_after(self, call: str, *, skip: int = 0) -> None:
        self._plan("after", call, _raising(Killed(call)), skip, 1)

    def count(self, call: str) -> int:
        """How often a call was made so far."""
        return self.calls.count(call)

    def forget(self) -> None:
        """Drop all plans and the record of calls."""
        with self._lock:
            self.calls.clear()
            self._plans.clear()

    def run(self, moment: str, call: str) -> None:
        with self._lock:
            if moment == "before":
                self.calls.append(call)
            due = self._take_due(moment, call)
        for action in due:
            action()

    def _plan(self, moment: str, call: str, action: Action, skip: int, times: int | None) -> None:
        with self._lock:
            self._plans.setdefault((moment, call), []).append(_Planned(action, skip, times))

    def _take_due(self, moment: str, call: str) -> list[Action]:
        due: list[Action] = []
        for planned in self._plans.get((moment, call), []):
            if planned.skip > 0:
                planned.skip -= 1
            elif planned.times is None:
                due.append(planned.action)
            elif planned.times > 0:
                planned.times -= 1
                due.append(planned.action)
        return due


def hooked(name: str, port: Port, hooks: Hooks) -> Port:
    """The same port, every method call of which passes the hooks. Works for fakes and for real adapters."""
    return cast("Port", _Hooked(name, port, hooks))


class _Hooked:
    def __init__(self, name: str, port: Any, hooks: Hooks) -> None:
        self._name, self._port, self._hooks = name, port, hooks

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._port, method)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._hooks.run("before", f"{self._name}.{method}")
            answer = found(*args, **kwargs)
            self._hooks.run("after", f"{self._name}.{method}")
            return answer

        return call


def _raising(error: BaseException) -> Action:
    def action() -> None:
        raise error

    return action
