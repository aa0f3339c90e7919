"""A rule's function is called again when it fails, as Lambda does with what is called asynchronously."""

import threading
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from local import schedule
from local.declared import Schedule
from local.functions import InvocationError
from local.schedule import Rules

AT = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)


class Function:
    """Fails so many times, then does its work."""

    spec = SimpleNamespace(label="dispatch_syncs")

    def __init__(self, failures: int) -> None:
        self.left, self.events = failures, list[dict[str, Any]]()
        self.done = threading.Event()

    def invoke(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        if self.left:
            self.left -= 1
            raise InvocationError("Unhandled", "SQS away")
        self.done.set()


@pytest.mark.parametrize(("failures", "calls"), [(0, 1), (1, 2), (2, 3), (9, 3)])
def test_a_tick_that_fails_is_called_twice_more_with_the_same_event(
    monkeypatch: pytest.MonkeyPatch, failures: int, calls: int
) -> None:
    monkeypatch.setattr(schedule, "CALLED_AGAIN_AFTER", (0.01, 0.02))
    function: Any = Function(failures)
    clock: Any = SimpleNamespace(now=lambda: AT)
    rules = Rules([Schedule("arn", "DispatchSyncs", 60)], {"DispatchSyncs": function}, clock, lambda: None)
    assert rules.fire_all(AT, {"sweep": True}) is (failures == 0)
    function.done.wait(0.5)
    assert len(function.events) == calls
    assert all(event == function.events[0] for event in function.events)
