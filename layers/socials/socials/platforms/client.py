"""The one door to the network.

A call has one deadline for everything, an answer one size; no redirect is followed, no cookie kept, nothing repeated.
Neither an address nor a header nor a body is ever logged: codes and tokens travel in all of them.
"""

from __future__ import annotations

import base64
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode

from socials.authorities import authorities
from socials.clock import Clock
from socials.errors import PlatformError, Refused, RetryLater
from socials.platforms.base import Answer, Client, Platform, Query, Request
from socials.platforms.dialing import Lines, Resolve, Unresolved, resolve
from socials.platforms.exchange import Received, Sent, Unanswered, exchange, is_repeatable
from socials.platforms.explaining import request_id_of, verdict
from socials.platforms.guard import HostRefused, Origin, check_spelling, origin_of, split_origin
from socials.telemetry import called
from socials.timing import PLATFORM_CALL_SECONDS

if TYPE_CHECKING:
    from socials.ports import Lease

USER_AGENT = "PostLoudly-Accounts/1.0"
MOST_BYTES = 5_000_000
# No platform's largest page comes near. A value of four bytes takes 140 in memory: three answers of as many bytes as
# may be, full of such, would end a worker with all that it has at hand.
_MOST_VALUES = 100_000
_FEW_VALUES_BYTES = 2 * _MOST_VALUES

_MESSAGES = {
    "timeout": "The platform did not answer in time.",
    "connection_failed": "The platform could not be reached.",
    "dns_failed": "The platform's host could not be found.",
    "tls_failed": "No secure connection to the platform could be made.",
    "body_too_large": "The platform's answer was too large.",
    "unreadable_answer": "The platform's answer could not be read.",
}


class Door:
    """Makes clients, and keeps their connections for the next ones.

    `origins`: an origin → where it really is (`PLATFORM_ORIGINS`); such a host is trusted as mapped.
    `seconds`: for a whole call. `ca_bundle`: a file of authorities instead of the usual ones. `contact`: an address of
    ours that every call names, since servers turn away whom nobody can ask.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        origins: Mapping[str, str] | None = None,
        allow_private_hosts: bool = False,
        seconds: float = PLATFORM_CALL_SECONDS,
        most_bytes: int = MOST_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
        resolve: Resolve = resolve,
        ca_bundle: str | None = None,
        contact: str = "",
    ) -> None:
        self.clock = clock
        self.seconds = seconds
        self.monotonic = monotonic
        self._most_bytes = most_bytes
        self._private = allow_private_hosts
        self._origins = {origin_of(origin): split_origin(to.rstrip("/")) for origin, to in (origins or {}).items()}
        self._authorities = authorities(ca_bundle)
        self._lines = Lines(resolve)
        self._user_agent = f"{USER_AGENT} (+{contact})" if contact else USER_AGENT

    def open(self, platform: Platform, lease: Lease | None) -> Client:
        """`lease` None: a connect, or an erase that holds its receipt. Otherwise every call is covered by it."""
        return _Client(self, platform, lease)

    def public_url(self, url: str) -> str:
        """An address for a browser, at the origin that stands for its own."""
        origin, rest = split_origin(url)
        to = self._origins.get(origin)
        return url if to is None else f"{to[0]}{to[1]}{rest}"

    def send(self, request: Request) -> Answer:
        """One exchange, whatever its status. Raises Unanswered, HostRefused."""
        origin, rest, guarded = self._destination(request)
        try:
            received = self._exchange(request, origin, rest, guarded=guarded)
        except Unresolved:
            code = "dns_failed"
        except ValueError:  # what no header or address may hold
            code = "connection_failed"
        else:
            return _answer(request, received, self.clock())
        # Outside of the handlers: those errors hold what was sent, and must not hang on ours as their context.
        raise Unanswered(code)

    def _destination(self, request: Request) -> tuple[Origin, str, bool]:
        """Where the request really goes, and whether the addresses of its host have to be judged."""
        origin, rest = split_origin(request.url)
        to = self._origins.get(origin)
        if to is not None:
            return to[0], to[1] + rest, False
        if request.guarded:
            check_spelling(request.url, private=self._private)
        return origin, rest, request.guarded and not self._private

    def _exchange(self, request: Request, origin: Origin, rest: str, *, guarded: bool) -> Received:
        """A line that anything went wrong on is not used again."""
        seconds = self.seconds if request.seconds is None else min(self.seconds, request.seconds)
        ends_at = self.monotonic() + seconds
        sent = _written(request, f"{origin}{rest}", self._user_agent)
        new = not is_repeatable(request.method)
        line = self._lines.take(origin, guarded=guarded, new=new, seconds=seconds)
        left = ends_at - self.monotonic()
        if left <= 0:
            raise Unanswered("timeout")
        received = exchange(line, sent, seconds=left, most_bytes=self._most_bytes, authorities=self._authorities)
        self._lines.give_back(line)
        return received


@dataclass(frozen=True, slots=True)
class _Client:
    """The door, bound to one platform and one lease."""

    _door: Door
    _platform: Platform
    _lease: Lease | None

    @property
    def now(self) -> datetime:
        return self._door.clock()

    def call(self, request: Request) -> Answer:
        """As the protocol says. Raises Refused `host_refused` where the guard refuses a host."""
        if self._lease is not None:
            self._lease.cover(math.ceil(self._door.seconds) + 1)
        started = self._door.monotonic()
        answer: Answer | None = None
        error: PlatformError | None
        try:
            answer = self._door.send(request)
            error = verdict(self._platform, request.call, answer) or _unreadable(answer)
        except Unanswered as failed:
            error = RetryLater(_MESSAGES[failed.code], code=failed.code)
        except HostRefused as refused:
            error = Refused(str(refused), code="host_refused")
        self._tell(request, answer, error, self._door.monotonic() - started)
        if error is not None:
            error.platform = self._platform.slug
            try:
                raise error
            finally:  # no circle with this frame, which holds the answer and would wait for the collector
                del error
        assert answer is not None
        return answer

    def _tell(self, request: Request, answer: Answer | None, error: PlatformError | None, seconds: float) -> None:

        def request_id() -> str | None:
            """By what a platform knows the answer is in its body too, with some: then the error has it."""
            return (error.request_id if error else None) or (request_id_of(answer) if answer else None)

        called(
            self._platform.slug,
            request.call,
            status=answer.status if answer else None,
            outcome=error.code if error else "ok",
            milliseconds=round(seconds * 1000),
            request_id=request_id,
        )


def _unreadable(answer: Answer) -> RetryLater | None:
    if not answer.is_json:
        return RetryLater(_MESSAGES["unreadable_answer"], code="unreadable_answer", http_status=answer.status)
    return None


def _written(request: Request, url: str, user_agent: str) -> Sent:
    """The request as it is sent there."""
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": user_agent, **request.headers}
    if request.bearer is not None:
        headers["Authorization"] = f"Bearer {request.bearer}"
    elif request.basic is not None:
        headers["Authorization"] = f"Basic {base64.b64encode(':'.join(request.basic).encode()).decode()}"
    body = None
    if request.form is not None:
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        body = urlencode(request.form).encode()
    elif request.json is not None:
        headers = {"Content-Type": "application/json", **headers}
        body = json.dumps(request.json, allow_nan=False).encode()
    if request.query:
        url = f"{url}{'&' if '?' in url else '?'}{_queried(request.query)}"
    return Sent(request.method, url, headers, body)


def _queried(query: Query) -> str:
    """As `urlencode` writes it, which looks at each letter of what is nearly always letters and digits."""
    return "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in query])


def _quoted(text: str) -> str:
    return text if text.isalnum() and text.isascii() else quote_plus(text)


def _answer(request: Request, received: Received, now: datetime) -> Answer:
    body = received.decoded()
    wanted = request.expects_json or received.status >= 400
    parsed, is_json = _parsed(body) if wanted and body.strip() else (None, True)
    return Answer(status=received.status, headers=received.headers, json=parsed, is_json=is_json, received_at=now)


def _parsed(body: bytes) -> tuple[Any, bool]:
    """The JSON in a body. Depth, digits, numbers that are none and too many values count as no JSON."""
    if len(body) > _FEW_VALUES_BYTES and sum(map(body.count, (b"{", b"[", b","))) > _MOST_VALUES:
        return None, False
    try:
        return _JSON.decode(body.decode(json.detect_encoding(body), "surrogatepass")), True
    except (ValueError, RecursionError):
        return None, False


def _no_number(word: str) -> None:
    raise ValueError(word)


# Made once: the module's own `loads` makes one anew for each text that is read in another way than usual.
_JSON = json.JSONDecoder(parse_constant=_no_number)
