"""Connections that keep a total deadline and go only where the guard lets them.

urllib3's own timeouts are per socket operation: a server that drips a byte now and then would hold a worker for hours.
Here every read gets what is left of the call. Host names are resolved once, judged, and those very addresses are used;
TLS still checks the certificate against the name.
"""

import io
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http.client import HTTPResponse
from typing import Any

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager  # noqa: TID251  half of the one door
from urllib3.connection import HTTPConnection, HTTPSConnection  # noqa: TID251

from socials.platforms.guard import check_addresses

# (host, port, seconds) -> addresses as text. Raises Unresolved.
Resolve = Callable[[str, int, float], Sequence[str]]

# A kept connection is not used again after this long: a frozen container misses that the other side hung up.
IDLE_SECONDS = 15
_MOST_ADDRESSES = 4
_HOSTS = _AT_ONCE = 20


class Unresolved(Exception):
    """The host has no address, or nobody told it in time."""


def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
    """The system's resolver, in a thread of its own because it knows no deadline."""
    found: list[str] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))

    thread = threading.Thread(target=ask, daemon=True, name="resolve")
    thread.start()
    thread.join(seconds)
    if not found:
        raise Unresolved
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Dialer:
    """`guarded`: only addresses of the public internet. `monotonic` in seconds."""

    resolve: Resolve
    guarded: bool
    monotonic: Callable[[], float] = time.monotonic

    def dial(self, host: str, port: int, seconds: float) -> socket.socket:
        """A connected socket whose timeout is what is left of `seconds`. Raises HostRefused, Unresolved, OSError."""
        ends_at = self.monotonic() + seconds
        addresses = self.resolve(host, port, seconds)
        if self.guarded:
            check_addresses(addresses)
        left = list(addresses)[:_MOST_ADDRESSES]
        while True:
            share = self.left(ends_at) / len(left)
            try:
                connected = socket.create_connection((left.pop(0), port), timeout=share)
            except OSError:
                if not left:
                    raise
                continue
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connected.settimeout(self.left(ends_at))
            return connected

    def left(self, ends_at: float) -> float:
        """Seconds until then. Raises TimeoutError when there are none."""
        seconds = ends_at - self.monotonic()
        if seconds <= 0:
            raise TimeoutError("the call's time is over")
        return seconds


class _TimedReader(io.RawIOBase):
    """A socket's stream whose every read gets only what is left of the call."""

    def __init__(self, stream: io.RawIOBase, sock: socket.socket, left: Callable[[], float]) -> None:
        self._stream, self._sock, self._left = stream, sock, left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._left())
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, left: Callable[[], float], **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock, left))


class _Dialed:
    """What both kinds of connection do differently from urllib3's."""

    dialer: Dialer
    _idle_since: float | None = None

    def _new_conn(self: Any) -> socket.socket:
        return self.dialer.dial(self.host, self.port, self.timeout)  # type: ignore[no-any-return]

    def getresponse(self: Any) -> Any:
        ends_at = self.dialer.monotonic() + self.timeout
        self.response_class = partial(_TimedResponse, left=partial(self.dialer.left, ends_at))
        self._idle_since = time.time()
        return super().getresponse()  # type: ignore[misc]

    @property
    def is_connected(self: Any) -> bool:
        rested = self._idle_since is None or 0 <= time.time() - self._idle_since < IDLE_SECONDS
        return bool(rested and super().is_connected)  # type: ignore[misc]


def pools(dialer: Dialer, ca_bundle: str | None) -> PoolManager:
    """Kept connections to each host, made by a Dialer; as many at a time as an invocation works on accounts.

    No session: it would keep cookies, read .netrc and follow redirects. `ca_bundle`: a file of authorities.
    """
    made = PoolManager(
        num_pools=_HOSTS, maxsize=_AT_ONCE, cert_reqs="CERT_REQUIRED", ca_certs=ca_bundle or certifi.where()
    )
    made.pool_classes_by_scheme = {
        "http": _pool(HTTPConnectionPool, _connection(HTTPConnection, dialer)),
        "https": _pool(HTTPSConnectionPool, _connection(HTTPSConnection, dialer)),
    }
    return made


def _connection(kind: type, dialer: Dialer) -> type:
    return type(f"Dialed{kind.__name__}", (_Dialed, kind), {"dialer": dialer})


def _pool(kind: type, connection: type) -> type:
    return type(f"Dialed{kind.__name__}", (kind,), {"ConnectionCls": connection})
