"""What each invocation tells: one JSON line a fact, with the ids that lead from one line to the next.

A *unit* is one request, one message or one tick; every line told in it carries its fields. The correlation id is the
id of the work itself (run, receipt or connection): it is in the row, so it outlives a lost, doubled or late message.

A line with metrics is the metric (embedded metric format), so that the two cannot disagree, and it is written whatever
the log level. Lines hold ids, words of ours and numbers: never a token, code, password, address or name.
"""

import hashlib
import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, TypeVar

from socials.clock import set_clock

T = TypeVar("T")

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

_LEVELS: Mapping[str, int] = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}

# They write whole requests and answers at DEBUG, urllib3 whole addresses in some warnings too, whatever sets the root's
# level: LOG_LEVEL is for our own lines.
for _name, _level in (("boto3", logging.WARNING), ("botocore", logging.WARNING), ("urllib3", logging.CRITICAL)):
    logging.getLogger(_name).setLevel(_level)

_OWN_NAME = re.compile(r"-([A-Z][A-Za-z]+)(?:-[A-Za-z0-9]{12,})?$")

_trace: Callable[[str, int, int | None, Mapping[str, Any]], None] | None = None
if os.environ.get("TRACING") == "Active":
    from socials.tracing import trace as _trace


def _least_told() -> int:
    return _LEVELS.get(os.environ.get("LOG_LEVEL", ""), _LEVELS["INFO"])


@dataclass(slots=True)
class Unit:
    """One request, message or tick. `calls`: platform and class of answer → how many; `counts`: of anything else;
    `least_told`: the level below which no line is written, asked for once an invocation."""

    fields: dict[str, Any]
    calls: dict[tuple[str, str], int] = field(default_factory=dict)
    counts: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    least_told: int = field(default_factory=_least_told)

    def count(self, name: str, more: float = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + more

    def peak(self, name: str, value: float) -> None:
        self.counts[name] = max(self.counts.get(name, 0), value)

    @property
    def milliseconds(self) -> int:
        return round((time.monotonic() - self.began) * 1000)

    def take_calls(self, platform: str | None) -> dict[str, float]:
        """The calls to that platform that no line has told of yet."""
        taken = {key: self.calls.pop(key) for key in list(self.calls) if key[0] == platform}
        return {kind: number for (_, kind), number in taken.items()}


_unit: ContextVar[Unit | None] = ContextVar("unit", default=None)


@contextmanager
def unit(**fields: Any) -> Iterator[Unit]:
    """A unit inside the one under way, if any: it adds its fields to that one's."""
    outer = _unit.get()
    here = Unit({**outer.fields, **fields}, least_told=outer.least_told) if outer else Unit(fields)
    token = _unit.set(here)
    try:
        yield here
    finally:
        for platform in sorted({platform for platform, _ in here.calls}):
            measure("platform calls", here.take_calls(platform), platform=platform)
        _unit.reset(token)


def invoke(context: Any, work: Callable[[Unit], T], **fields: Any) -> T:
    """What `work` returns, as the unit of a whole invocation. What it raises is told here; the runtime, which prints
    whatever an exception says, gets one that says nothing and drags nothing along."""
    set_clock()
    with unit(invocation=context.aws_request_id, **fields) as here:
        try:
            return work(here)
        except Exception as error:  # noqa: BLE001 - told here, raised bare below
            failed("invocation failed", error)
        raise InvocationFailed


class InvocationFailed(Exception):
    """The function's log says why."""


def current() -> Unit:
    """The unit under way; outside of any a new one that nobody keeps."""
    return _unit.get() or Unit({})


def mark(**fields: Any) -> None:
    """What this unit turned out to be about: ids and words for every line from now on."""
    current().fields.update(fields)


def about(correlation_id: str, **ids: str) -> None:
    """Which work this unit asked for or does."""
    mark(correlation_id=correlation_id, **ids)


def line(message: str, level: Level = "INFO", **fields: Any) -> None:
    """One line, where LOG_LEVEL lets it."""
    if _is_told(level):
        _write(message, level, fields)


def _is_told(level: Level) -> bool:
    return _LEVELS[level] >= current().least_told


def measure(message: str, values: Mapping[str, float], **fields: Any) -> None:
    """One line with these metrics, and the unit's calls to the platform that it is about."""
    from socials.measures import embedded  # a list measures nothing

    here = current()
    platform = fields.get("platform", here.fields.get("platform"))
    metrics = {**values, **here.take_calls(platform)}
    _write(message, "INFO", {"platform": platform, **fields, **metrics} | embedded(metrics, int(time.time() * 1000)))


def failed(message: str, error: BaseException, **fields: Any) -> None:
    """One line at ERROR about an exception that nobody foresaw."""
    from socials.mishaps import told

    _write(message, "ERROR", {**fields, "error": told(error)})


def called(
    platform: str,
    call: str,
    *,
    status: int | None,
    outcome: str,
    milliseconds: int,
    request_id: Callable[[], str | None],
) -> None:
    """A call to a platform has ended. Counted; a line of its own at DEBUG only, for which `request_id` is asked."""
    from socials.measures import class_of

    here, kind = current(), class_of(status)
    here.calls[platform, kind] = here.calls.get((platform, kind), 0) + 1
    if _is_told("DEBUG"):
        facts = {"platform": platform, "call": call, "status": status, "outcome": outcome}
        _write("platform call", "DEBUG", {**facts, "ms": milliseconds, "platform_request_id": request_id()})
    if _trace is not None:
        _trace(f"{platform} {call}", milliseconds, status, here.fields)


def pseudonym(user: str) -> str:
    """A user in a log line: an issuer may put an e-mail address into `sub`."""
    return hashlib.sha256(user.encode()).hexdigest()[:16]


def _write(message: str, level: Level, fields: Mapping[str, Any]) -> None:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    shown = {"at": now, "level": level, "message": message}
    function = _function(os.environ.get("AWS_LAMBDA_FUNCTION_NAME", ""))
    shown |= {"function": function, "stage": os.environ.get("STAGE", "")}
    shown |= {name: value for name, value in {**current().fields, **fields}.items() if value is not None}
    sys.stdout.write(_as_json(shown) + "\n")
    sys.stdout.flush()


@cache
def _function(name: str) -> str:
    """As the template calls it. Its physical name is `<stack>-<that>-<random>`, on the local stack without the end."""
    named = _OWN_NAME.search(name)
    return named[1] if named else name


def kind_only(value: object) -> str:
    """Of what is no JSON the class: nothing says what its text holds."""
    return f"<{type(value).__name__}>"


_COMPACT = (",", ":")  # a log is paid for by the byte
in_json: Callable[[Mapping[str, Any]], str]
in_json = json.JSONEncoder(ensure_ascii=False, default=kind_only, separators=_COMPACT).encode
_as_json: Callable[[Mapping[str, Any]], str] = in_json


def write_by(as_json: Callable[[Mapping[str, Any]], str]) -> None:
    """Lines are put into JSON by this one from now on: for functions that have loaded a quicker one anyway."""
    global _as_json  # noqa: PLW0603 - there is one output
    _as_json = as_json
