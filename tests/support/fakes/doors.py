"""A network that answers what a test has laid out."""

from collections.abc import Callable
from datetime import datetime
from threading import RLock

from socials.clock import Clock
from socials.platforms.base import Answer, Client, Json, Platform, Request
from socials.platforms.explaining import verdict
from socials.ports import Lease
from socials.timing import PLATFORM_CALL_SECONDS

Reply = Answer | Exception | Callable[[Request], Answer]


class FakeDoors:
    """`script(call, reply, …)`: what the next calls of that name get; the last reply stays. `requests`: all made."""

    def __init__(self, clock: Clock) -> None:
        self.requests: list[Request] = []
        self._clock = clock
        self._replies: dict[str, list[Reply]] = {}
        self._lock = RLock()

    def script(self, call: str, *replies: Reply) -> None:
        self._replies[call] = list(replies)

    def answer(self, json: Json = None, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
        return Answer(status=status, headers=headers or {}, json=json, received_at=self._clock())

    def open(self, platform: Platform, lease: Lease | None) -> Client:
        return _Client(self, platform, lease, self._clock)

    def public_url(self, url: str) -> str:
        return url

    def reply(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            replies = self._replies[request.call]
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply(request) if callable(reply) else reply


class _Client:
    def __init__(self, doors: FakeDoors, platform: Platform, lease: Lease | None, clock: Clock) -> None:
        self._doors, self._platform, self._lease, self._clock = doors, platform, lease, clock

    @property
    def now(self) -> datetime:
        return self._clock()

    def call(self, request: Request) -> Answer:
        if self._lease is not None:
            self._lease.cover(PLATFORM_CALL_SECONDS)
        answer = self._doors.reply(request)
        error = verdict(self._platform, request.call, answer)
        if error is not None:
            raise error
        return answer


class FakeLease:
    """A lease that always holds. `covered`: the seconds asked for."""

    def __init__(self) -> None:
        self.covered: list[int] = []

    def cover(self, seconds: int) -> None:
        self.covered.append(seconds)
