"""One exchange over HTTP, by libcurl: one deadline for all of it, an answer of one size.

No redirect is followed, no cookie or proxy taken from anywhere, nothing repeated. libcurl sends a request again where
a kept connection turns out to be closed: so only one that asks for something goes over a kept one (`repeatable`).
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pycurl

from socials.authorities import Authorities
from socials.platforms.dialing import Line
from socials.values import Discreet

# What we read. libcurl itself ends an exchange whose head is longer than 300 KB.
_MOST_HEAD_BYTES = 65_536
_MOST_HEAD_LINES = 120
# Headers whose lines are one list (RFC 9110, 5.3). Of any other the last line counts: no time or JSON survives joining.
_LISTS = frozenset({"link"})
# What would end a header's line, or is no text in it.
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TLS: Final = frozenset(
    {
        pycurl.E_SSL_CONNECT_ERROR,
        pycurl.E_PEER_FAILED_VERIFICATION,
        pycurl.E_SSL_CERTPROBLEM,
        pycurl.E_SSL_CIPHER,
        pycurl.E_SSL_CACERT_BADFILE,
        pycurl.E_SSL_ISSUER_ERROR,
    }
)


class Unanswered(Exception):
    """An exchange that brought no answer; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Sent(Discreet, frozen=True):
    """What goes out: the address with its query, headers, the body's bytes."""

    shown = ("method",)
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(slots=True)
class Received:
    """What came back: status, headers in lower case, the body as it was sent."""

    most_bytes: int
    head: list[bytes] = field(default_factory=list, repr=False)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    too_large: bool = False
    _parts: list[bytes] = field(default_factory=list, repr=False)
    _size: int = 0

    def read_head(self) -> None:
        """Of the lines that came, once all are there: to look at each as it comes would be a turn at the interpreter a
        line. Raises Unanswered."""
        if len(self.head) > _MOST_HEAD_LINES or sum(map(len, self.head)) > _MOST_HEAD_BYTES:
            raise Unanswered("connection_failed")
        for line in self.head:
            name, colon, value = line.decode("latin-1").partition(":")
            if line.startswith(b"HTTP/"):  # of several heads the last one counts: those before were provisional
                self.headers = {}
            elif colon:
                self._take_header(name.lower(), value.strip())

    def _take_header(self, name: str, value: str) -> None:
        before = self.headers.get(name) if name in _LISTS else None
        self.headers[name] = f"{before}, {value}" if before else value

    def take_body(self, part: bytes) -> int | None:
        """Some bytes of the body. 0 instead of None ends the exchange."""
        self._size += len(part)
        self.too_large = self._size > self.most_bytes
        self._parts.append(part)
        return 0 if self.too_large else None

    def decoded(self) -> bytes:
        """The body unpacked; what comes out of it is bounded too. Raises Unanswered."""
        body, encoding = b"".join(self._parts), self.headers.get("content-encoding", "identity").lower()
        if encoding == "gzip":
            body = self._unzipped(body)
        elif encoding not in ("identity", ""):
            raise Unanswered("unreadable_answer")
        if len(body) > self.most_bytes:
            raise Unanswered("body_too_large")
        return body

    def _unzipped(self, body: bytes) -> bytes:
        unzipped: bytes | None
        try:
            unzipped = zlib.decompressobj(31).decompress(body, self.most_bytes + 1)
        except zlib.error:
            unzipped = None
        if unzipped is None:  # outside of the handler: its error would hang on ours as its context
            raise Unanswered("unreadable_answer")
        return unzipped


def is_repeatable(method: str) -> bool:
    """Whether a second request would do nothing that the first one has not done."""
    return method in ("GET", "HEAD")


def exchange(line: Line, sent: Sent, *, seconds: float, most_bytes: int, authorities: Authorities) -> Received:
    """Send and receive, in `seconds` at most, whatever the status.

    Raises Unanswered, and ValueError for what no header or address may hold.
    """
    received = Received(most_bytes)
    _prepare(line, sent, seconds, authorities)
    line.curl.setopt(pycurl.HEADERFUNCTION, received.head.append)
    line.curl.setopt(pycurl.WRITEFUNCTION, received.take_body)
    code = ""
    try:
        line.curl.perform()
    except pycurl.error as error:
        code = "body_too_large" if received.too_large else _code_of(error)
    if code:  # outside of the handler: its error tells the host, and must not hang on ours as its context
        raise Unanswered(code)
    received.status = line.curl.getinfo(pycurl.RESPONSE_CODE)
    received.read_head()
    return received


def _prepare(line: Line, sent: Sent, seconds: float, authorities: Authorities) -> None:
    curl = line.curl
    curl.reset()
    curl.setopt(pycurl.URL, sent.url)
    curl.setopt(pycurl.HTTPHEADER, _header_lines(sent))
    curl.setopt(pycurl.TIMEOUT_MS, max(1, int(seconds * 1000)))
    curl.setopt(pycurl.RESOLVE, line.pinned)
    curl.setopt(pycurl.FRESH_CONNECT, line.is_new)
    curl.setopt(pycurl.MAXCONNECTS, 1)  # which ends the one before
    authorities.bind(curl)
    curl.setopt(pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2)
    curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
    curl.setopt(pycurl.PROXY, "")
    curl.setopt(pycurl.NOSIGNAL, 1)  # its timeouts by signal are not for threads
    if sent.method != "GET":
        curl.setopt(pycurl.CUSTOMREQUEST, sent.method)
    if sent.body is not None or sent.method == "POST":
        curl.setopt(pycurl.POSTFIELDS, sent.body or b"")


def _header_lines(sent: Sent) -> list[bytes]:
    """libcurl's own headers that nobody asked for are taken out. Raises ValueError."""
    lines = [f"{name}: {value}" if value else f"{name};" for name, value in sent.headers.items()]
    if _UNSENDABLE.search("".join(lines)):
        raise ValueError("a header holds what no header may hold")
    unasked = ("Expect:",) if "Content-Type" in sent.headers else ("Expect:", "Content-Type:")
    return [line.encode("latin-1") for line in (*lines, *unasked)]


def _code_of(error: pycurl.error) -> str:
    number = error.args[0]
    if number in _TLS:
        return "tls_failed"
    return "timeout" if number == pycurl.E_OPERATION_TIMEDOUT else "connection_failed"
