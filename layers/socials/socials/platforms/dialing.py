"""Connections that go only where the guard lets them, and are kept for the next call.

A line is a handle of libcurl's for one origin. The host's name is resolved once, by us; its addresses are judged, and
the line uses those very ones, also where it has to connect anew. TLS still checks the certificate against the name.

A handle outlives its line: a new one takes longer to connect, five times as long where it has to read a file of
authorities.
"""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address

import pycurl

from socials.platforms.guard import Origin, check_addresses
from socials.values import Discreet, replace

# (host, port, seconds) -> addresses as text. Raises Unresolved.
Resolve = Callable[[str, int, float], Sequence[str]]

# A kept connection is not used again after this long: a frozen container misses that the other side hung up.
IDLE_SECONDS = 15
_MOST_ADDRESSES = 4
_MOST_IDLE = 40
_MOST_SPARE = 20


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


class Line(Discreet, frozen=True):
    """`guarded`: it goes to addresses of the public internet only. `pinned`: those addresses, as libcurl wants them.
    `is_new`: it has to connect first, whatever connection its handle had in another line."""

    shown = ("origin", "guarded", "pinned", "is_new")
    origin: Origin
    guarded: bool
    pinned: list[str]
    curl: pycurl.Curl
    is_new: bool = True


class Lines:
    """The lines of one process. Safe for threads: a line is one caller's until it is given back."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._idle: list[tuple[float, Line]] = []
        self._spare: list[pycurl.Curl] = []
        self._lock = threading.Lock()

    def take(self, origin: Origin, *, guarded: bool, new: bool, seconds: float) -> Line:
        """A kept line that nobody uses, if it need not be a new one. Raises HostRefused, Unresolved."""
        kept = None if new else self._kept(origin, guarded)
        return kept or Line(origin, guarded, self._pinned(origin, guarded, seconds), self._handle())

    def give_back(self, line: Line) -> None:
        """After an exchange that went well: any other leaves the line in a state that nobody knows."""
        kept = replace(line, is_new=False) if line.is_new else line
        with self._lock:
            self._idle.append((time.time(), kept))
            over = self._idle[:-_MOST_IDLE]
            del self._idle[:-_MOST_IDLE]
            self._give_up(over)

    def _kept(self, origin: Origin, guarded: bool) -> Line | None:
        now = time.time()
        with self._lock:
            stale = [each for each in self._idle if not 0 <= now - each[0] < IDLE_SECONDS]
            self._idle = [each for each in self._idle if each not in stale]
            self._give_up(stale)
            fitting = [each for each in self._idle if each[1].origin == origin and each[1].guarded == guarded]
            if fitting:
                self._idle.remove(fitting[-1])
        return fitting[-1][1] if fitting else None

    def _give_up(self, lines: Sequence[tuple[float, Line]]) -> None:
        """Under the lock. The newest handles are kept, for other lines, with nothing in them of what they sent."""
        for _, line in lines:
            line.curl.reset()
            self._spare.append(line.curl)
        for curl in self._spare[:-_MOST_SPARE]:
            curl.close()
        del self._spare[:-_MOST_SPARE]

    def _handle(self) -> pycurl.Curl:
        with self._lock:
            return self._spare.pop() if self._spare else pycurl.Curl()

    def _pinned(self, origin: Origin, guarded: bool, seconds: float) -> list[str]:
        if _is_address(origin.host):
            addresses: Sequence[str] = (origin.host,)
        else:
            addresses = self._resolve(origin.host, origin.port, seconds)
        if guarded:
            check_addresses(addresses)
        wanted = ",".join(f"[{each}]" if ":" in each else each for each in list(addresses)[:_MOST_ADDRESSES])
        return [f"{origin.host}:{origin.port}:{wanted}"]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
