"""Fires the template's rules: by the wall clock, and as at any time when asked to (`POST /_local/tick`)."""

import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from local.clock import Clock, iso
from local.declared import Schedule
from local.functions import Function, InvocationError
from local.reporting import say
from local.resolving import ACCOUNT
from local.template import REGION

# A rule calls its function asynchronously, and Lambda calls again one that failed: a minute later, then two.
CALLED_AGAIN_AFTER = (60.0, 120.0)


class Rules:
    """The rules of the template. `after` is called when a target has ended: it may have sent messages."""

    def __init__(
        self, schedules: Sequence[Schedule], functions: Mapping[str, Function], clock: Clock, after: Callable[[], None]
    ) -> None:
        self._schedules = schedules
        self._functions = functions
        self._clock = clock
        self._after = after
        self._stopped = threading.Event()

    def start(self) -> None:
        """Fires each rule at every full period from now on."""
        for schedule in self._schedules:
            threading.Thread(target=self._run, args=(schedule,), daemon=True).start()

    def stop(self) -> None:
        """Fires no more."""
        self._stopped.set()

    def fire_all(self, at: datetime, detail: Mapping[str, Any]) -> bool:
        """Fires every rule as at `at`, one after the other; whether every target did its work."""
        outcomes = [self._fire(schedule, at, detail) for schedule in self._schedules]
        return all(outcomes)

    def _run(self, schedule: Schedule) -> None:
        while not self._stopped.wait(schedule.period - time.time() % schedule.period):
            self._fire(schedule, self._clock.now(), {})

    def _fire(self, schedule: Schedule, at: datetime, detail: Mapping[str, Any]) -> bool:
        event = scheduled_event(schedule.arn, at, detail)
        done = self._called(schedule, event)
        if not done:
            threading.Thread(target=self._call_again, args=(schedule, event), daemon=True).start()
        return done

    def _call_again(self, schedule: Schedule, event: Mapping[str, Any]) -> None:
        for seconds in CALLED_AGAIN_AFTER:
            if self._stopped.wait(seconds) or self._called(schedule, event):
                return

    def _called(self, schedule: Schedule, event: Mapping[str, Any]) -> bool:
        function = self._functions[schedule.function]
        try:
            function.invoke(event)
        except InvocationError as error:
            if not self._stopped.is_set():
                say(f"{function.spec.label}: {error}")
            return False
        finally:
            self._after()
        return True


def scheduled_event(arn: str, at: datetime, detail: Mapping[str, Any]) -> dict[str, Any]:
    """EventBridge's event of a rule with a schedule."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": iso(at.astimezone(UTC)),
        "region": REGION,
        "resources": [arn],
        "detail": dict(detail),
    }
