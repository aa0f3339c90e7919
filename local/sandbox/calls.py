"""The record of calls received: what the product really did. Paths only - a query or body may carry a code or token."""

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Call:
    """`status` None: the connection was broken instead of answered. `fault`: the bad day it met, if any."""

    time: str
    platform: str
    call: str
    method: str
    path: str
    person: str | None
    status: int | None
    fault: str | None


class Calls:
    """The newest calls, oldest first. The caller holds the sandbox's lock."""

    def __init__(self) -> None:
        self._received: deque[Call] = deque(maxlen=_KEPT)

    def add(self, call: Call) -> None:
        self._received.append(call)

    def clear(self) -> None:
        self._received.clear()

    def listed(self, **wanted: str | None) -> list[dict[str, Any]]:
        rows = (asdict(call) for call in self._received)
        return [row for row in rows if all(value is None or row[name] == value for name, value in wanted.items())]
