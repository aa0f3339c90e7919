"""Bad days on request: which there are, which are waiting, and which of them a call meets."""

import itertools
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

# What can go wrong on the way, whatever the platform; each platform adds the refusals of its own (see `doorway.py`).
WIRE_KINDS = {
    "timeout": "no answer for `seconds` (30), then the connection breaks; nothing was done",
    "reset": "the connection breaks at once; nothing was done",
    "lost": "the call is carried out, then the connection breaks before the answer",
    "slow": "the right answer after `seconds` (3)",
    "not_json": "200 with an HTML page",
    "truncated": "the right answer, broken off in the middle",
    "blank": "200 without a body",
    "empty": "200 with {}",
    "no_items": "the right answer with every list empty and no next page",
    "nulls": "the right answer with every number null",
    "quoting": "400 whose error repeats all that was sent: address, headers, body; nothing was done",
    "redirect": "302 to an address inside the cloud",
    "huge": "200 with 64 MB of JSON",
}
_SECONDS = {"timeout": 30.0, "slow": 3.0}


@dataclass(frozen=True, slots=True)
class Fault:
    """`times` left (None: until cleared); `person` and `call` None: any. `retry_after` and `seconds` in seconds."""

    id: int
    platform: str
    kind: str
    person: str | None = None
    call: str | None = None
    times: int | None = 1
    retry_after: int | None = None
    seconds: float = 0.0
    scope: str | None = None

    def meets(self, platform: str, person: str | None, call: str) -> bool:
        return self.platform == platform and self.person in (None, person) and self.call in (None, call)


@dataclass(frozen=True, slots=True)
class Ground:
    """What one platform's faults may name. `kinds` and what they mean, the calls, the scopes."""

    kinds: Mapping[str, str]
    calls: Collection[str]
    scopes: Collection[str]


class Malformed(ValueError):
    """A fault that cannot be: `field` is the one to blame."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field, self.detail = field, detail


class Faults:
    """The bad days that were asked for, in the order in which they are met. The caller holds the sandbox's lock."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, asked: Mapping[str, Any], grounds: Mapping[str, Ground], known: Callable[[str], bool]) -> Fault:
        """Raises `Malformed`. `known(person)` tells whether there is such a person."""
        fault = _read(asked, grounds, known, next(self._ids))
        self._waiting.append(fault)
        return fault

    def take(self, platform: str, person: str | None, call: str) -> Fault | None:
        """The first that meets this call, counted down."""
        for place, fault in enumerate(self._waiting):
            if fault.meets(platform, person, call):
                if fault.times == 1:
                    del self._waiting[place]
                elif fault.times is not None:
                    self._waiting[place] = replace(fault, times=fault.times - 1)
                return fault
        return None

    def clear(self) -> None:
        self._waiting.clear()

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._waiting]


def _read(
    asked: Mapping[str, Any], grounds: Mapping[str, Ground], somebody: Callable[[str], bool], number: int
) -> Fault:
    known = {"platform", "kind", "person", "call", "times", "retry_after", "seconds", "scope"}
    for field in asked:
        _demand(field in known, field, f"is not known; known are {', '.join(sorted(known))}")
    platform, kind = asked.get("platform"), asked.get("kind")
    _demand(isinstance(platform, str) and platform in grounds, "platform", f"one of {', '.join(sorted(grounds))}")
    ground = grounds[str(platform)]
    _demand(isinstance(kind, str) and kind in ground.kinds, "kind", f"one of {', '.join(sorted(ground.kinds))}")
    person, call, scope = asked.get("person"), asked.get("call"), asked.get("scope")
    _demand(person is None or (isinstance(person, str) and somebody(person)), "person", "is nobody in the sandbox")
    _demand(call is None or call in ground.calls, "call", f"one of {', '.join(sorted(ground.calls))}")
    _demand(scope is None or scope in ground.scopes, "scope", f"one of {', '.join(sorted(ground.scopes))}")
    times, retry_after, seconds = asked.get("times", 1), asked.get("retry_after"), asked.get("seconds")
    _demand(times is None or _whole(times, 1), "times", "a whole number from 1, or null for always")
    _demand(retry_after is None or _whole(retry_after, 0), "retry_after", "seconds, a whole number from 0, or null")
    _demand(
        seconds is None or (type(seconds) in (int, float) and 0 <= seconds <= 600), "seconds", "a number from 0 to 600"
    )
    waiting = _SECONDS.get(str(kind), 0.0) if seconds is None else float(seconds)
    return Fault(number, str(platform), str(kind), person, call, times, retry_after, waiting, scope)


def _demand(fine: bool, field: str, detail: str) -> None:
    if not fine:
        raise Malformed(field, detail)


def _whole(value: object, least: int) -> bool:
    return type(value) is int and value >= least
