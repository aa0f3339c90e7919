"""The door against a real server on loopback, with a short deadline."""

import gzip
import json
import logging
import socket
import ssl
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pycurl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from socials.errors import AccessRefused, Fenced, NotOffered, PlatformError, Refused, RetryLater
from socials.platforms.base import Answer, Request
from socials.platforms.bluesky import BLUESKY
from socials.platforms.client import MOST_BYTES, Door, _queried
from socials.platforms.dialing import Lines, Unresolved
from socials.platforms.guard import HostRefused, origin_of
from socials.platforms.tiktok import TIKTOK
from tests.support.certifying import self_signed
from tests.support.changing import replace
from tests.support.circles import circles
from tests.support.serving import Script, Server, http, says

NOW = datetime(2026, 11, 22, 20, 45, tzinfo=UTC)
SECONDS = 0.4
SECRET = "s3cr3t-t0k3n"
PLATFORM = replace(BLUESKY, explain=lambda call, answer: None)
Serve = Callable[..., Server]
REAL_CURL = pycurl.Curl


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[Server] = []

    def start(script: Script, context: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(script, context))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def door(**options: Any) -> Door:
    return Door(lambda: NOW, **{"seconds": SECONDS, **options})


def ask(url: str, **more: Any) -> Request:
    return Request(**{"call": "profile", "method": "GET", "url": url, **more})


def call(server: Server, platform: Any = PLATFORM, *, through: Door | None = None, **more: Any) -> Answer:
    return (through or door()).open(platform, None).call(ask(f"{server.url}/x", **more))


def failing(server: Server, **more: Any) -> PlatformError:
    """The error that a call ends with, in time."""
    started = time.monotonic()
    with pytest.raises(PlatformError) as caught:
        call(server, **more)
    assert time.monotonic() - started < 5
    assert caught.value.platform == "bluesky"
    return caught.value


# What comes through


def test_an_answer_comes_with_lower_case_headers_json_and_our_time(serve: Serve) -> None:
    got = call(serve(says(http(b'{"a": [1]}', "200 OK", "X-Request-ID: abc"))))
    assert (got.status, got.json, got.is_json, got.received_at) == (200, {"a": [1]}, True, NOW)
    assert got.headers["x-request-id"] == "abc"


def test_lines_that_make_a_list_are_joined_and_of_any_other_the_last_one_counts(serve: Serve) -> None:
    links = [f"Link: <https://a.example/{n}>; rel=preload" for n in range(3)]
    got = call(serve(says(http(b"{}", "200 OK", links[0], "Retry-After: 5", *links[1:], "Retry-After: 7"))))
    assert got.headers["link"] == ", ".join(link.removeprefix("Link: ") for link in links)
    assert got.headers["retry-after"] == "7"


def test_a_request_carries_what_it_was_given(serve: Serve) -> None:
    server = serve(says(http()))
    call(server, method="POST", form={"code": "a b&c"}, basic=("client", "sécret"), query=[("q", "1,2"), ("q", "3")])
    call(server, method="POST", json={"x": 1}, bearer="token", headers={"X-Own": "yes"})
    call(server, method="POST", bearer="token")
    form, body, empty = server.requests
    assert b"POST /x?q=1%2C2&q=3 HTTP/1.1" in form and form.endswith(b"\r\n\r\ncode=a+b%26c")
    assert b"Authorization: Basic Y2xpZW50OnPDqWNyZXQ=" in form and b"User-Agent: PostLoudly-Accounts/1.0\r\n" in form
    assert b"Authorization: Bearer token" in body and b"X-Own: yes" in body and body.endswith(b'{"x": 1}')
    assert b"Content-Type: application/x-www-form-urlencoded\r\n" in form
    assert b"Content-Type: application/json\r\n" in body
    assert b"Content-Length: 0" in empty and b"Content-Type" not in empty
    for sent in server.requests:
        assert b"Accept: application/json\r\n" in sent and b"Accept-Encoding: gzip\r\n" in sent


@given(st.lists(st.tuples(*[st.text(st.characters(exclude_categories=["Cs"]))] * 2)))
@example([("of", "acc_1"), ("", "~-._"), ("é ", "a b&c=1,2"), ("n", "\u0663")])
def test_a_query_is_written_as_the_standard_library_writes_it(query: list[tuple[str, str]]) -> None:
    assert _queried(query) == urlencode(query)


def test_a_query_joins_the_one_that_an_address_brings(serve: Serve) -> None:
    server = serve(says(http()))
    door().open(PLATFORM, None).call(ask(f"{server.url}/x?page=2", query=[("q", "1")]))
    assert server.requests[0].startswith(b"GET /x?page=2&q=1 HTTP/1.1\r\n")


def test_what_no_json_can_hold_is_not_sent(serve: Serve) -> None:
    server = serve(says(http()))
    assert failing(server, method="POST", json={"x": float("nan")}).code == "connection_failed"
    assert server.requests == []


def test_every_call_says_whom_to_ask_about_it(serve: Serve) -> None:
    server = serve(says(http()))
    call(server, through=door(contact="https://accounts.example"))
    assert b"User-Agent: PostLoudly-Accounts/1.0 (+https://accounts.example)\r\n" in server.requests[0]


def test_connections_are_used_again(serve: Serve) -> None:
    server, one = serve(says(http())), door()
    for _ in range(3):
        call(server, through=one)
    assert server.connections == 1 and len(server.requests) == 3


def test_a_cookie_never_travels_to_the_next_account(serve: Serve) -> None:
    server, one = serve(says(http(b"{}", "200 OK", "Set-Cookie: who=alice; Path=/"))), door()
    call(server, through=one)
    call(server, through=one)
    assert b"Cookie" not in server.requests[1]


def test_nothing_is_taken_from_netrc_or_proxy_settings(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(says(http()))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    call(server)
    assert b"Authorization" not in server.requests[0]


def test_a_zipped_answer_is_read(serve: Serve) -> None:
    body = gzip.compress(json.dumps({"a": "b" * 100_000}).encode())
    assert len(call(serve(says(http(body, "200 OK", "Content-Encoding: gzip")))).json["a"]) == 100_000


def test_an_empty_answer_is_no_json_and_no_error(serve: Serve) -> None:
    got = call(serve(says(http(b""))))
    assert (got.json, got.is_json) == (None, True)


def test_a_body_that_nobody_expects_is_not_read_as_json(serve: Serve) -> None:
    assert call(serve(says(http(b"OK"))), expects_json=False).is_json


def test_the_platforms_own_table_comes_first(serve: Serve) -> None:
    platform = replace(PLATFORM, explain=lambda call, got: NotOffered(code=f"{call}-{got.json['why']}"))
    assert failing(serve(says(http(b'{"why": "tier"}', "403 Forbidden"))), platform=platform).code == "profile-tier"


def test_an_error_in_a_good_status_is_found_by_the_platforms_table(serve: Serve) -> None:
    platform = replace(PLATFORM, explain=lambda call, got: NotOffered() if got.json.get("error") else None)
    assert isinstance(failing(serve(says(http(b'{"error": 1}'))), platform=platform), NotOffered)


def test_an_error_page_that_is_no_json_reaches_the_table(serve: Serve) -> None:
    seen: list[Answer] = []
    platform = replace(PLATFORM, explain=lambda call, got: seen.append(got))
    error = failing(serve(says(http(b"<html>", "503 Busy", "Retry-After: 60"))), platform=platform)
    assert isinstance(error, RetryLater) and error.until == NOW + timedelta(seconds=61)
    assert (seen[0].is_json, seen[0].json) == (False, None)


# What goes wrong


def slow(*parts: bytes, pause: float = 0.05) -> Script:
    def script(connection: socket.socket, request: bytes) -> None:
        for part in parts:
            for byte in part:
                connection.sendall(bytes([byte]))
                time.sleep(pause)

    return script


def silent(connection: socket.socket, request: bytes) -> None:
    time.sleep(3)


@pytest.mark.parametrize(
    "script",
    [
        silent,
        slow(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
        slow(b"HTTP/1.1 100 Continue\r\n\r\n" * 20, pause=0.005),
        lambda connection, request: (connection.sendall(http(b"", length=500)), slow(b"[" * 100)(connection, request)),
        lambda connection, request: (connection.sendall(http(b"", length=500)), time.sleep(3)),
    ],
    ids=["silence", "a drip of headers", "endless provisional answers", "a drip of a body", "a body that stops"],
)
def test_a_call_ends_at_its_deadline_however_the_server_dawdles(serve: Serve, script: Script) -> None:
    started = time.monotonic()
    error = failing(serve(script))
    assert isinstance(error, RetryLater) and error.code == "timeout"
    assert time.monotonic() - started < SECONDS + 1


def test_a_call_may_be_given_less_time_than_the_door_has(serve: Serve) -> None:
    def late(connection: socket.socket, request: bytes) -> None:
        time.sleep(SECONDS)
        connection.sendall(http())

    server, patient = serve(late), door(seconds=60)
    error = failing(server, through=patient, seconds=SECONDS / 4)
    assert isinstance(error, RetryLater) and error.code == "timeout"
    assert call(server, through=patient).status == 200
    hurried = door(seconds=SECONDS / 4)
    assert failing(server, through=hurried, seconds=60).code == "timeout"


def test_a_slow_answer_leaves_the_next_call_its_whole_time(serve: Serve) -> None:
    def script(connection: socket.socket, request: bytes) -> None:
        time.sleep(SECONDS * 0.6)
        connection.sendall(http())

    server, one = serve(script), door()
    for _ in range(3):
        call(server, through=one)
    assert server.connections == 1


def reset(connection: socket.socket, request: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def closed_after(data: bytes) -> Script:
    def script(connection: socket.socket, request: bytes) -> None:
        connection.sendall(data)
        connection.close()

    return script


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (reset, "connection_failed"),
        (closed_after(b""), "connection_failed"),
        (closed_after(b"HTTP/1."), "connection_failed"),
        (closed_after(http(b'{"a": 1', length=500)), "connection_failed"),
        (closed_after(b"\x00\x01\x02\x03 nonsense\r\n\r\n"), "connection_failed"),
        (closed_after(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n"), "connection_failed"),
        (closed_after(b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 200 + b"\r\n"), "connection_failed"),
        (closed_after(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "connection_failed"),
        (says(http(b"<html>")), "unreadable_answer"),
        (says(http(b'{"a": ')), "unreadable_answer"),
        (says(http(b"[" * 200_000)), "unreadable_answer"),
        (says(http(b'{"a": NaN}')), "unreadable_answer"),
        (says(http(b'{"a": ' + b"9" * 10_000 + b"}")), "unreadable_answer"),
        (says(http(b"\xff\xfe\xfa")), "unreadable_answer"),
        (says(http(b"[" + b"{}," * 100_000 + b"{}]")), "unreadable_answer"),
        (says(http(b"{}", "200 OK", "Content-Encoding: gzip")), "unreadable_answer"),
        (says(http(b"{}", "200 OK", "Content-Encoding: br")), "unreadable_answer"),
        (says(http(b"x" * 2_000)), "body_too_large"),
        (says(http(gzip.compress(b" " * 10_000_000), "200 OK", "Content-Encoding: gzip")), "body_too_large"),
        (says(http(b"x" * 2_000, "500 Oops")), "body_too_large"),
    ],
)
def test_a_broken_answer_is_waited_out(serve: Serve, script: Script, code: str) -> None:
    limit = 500_000 if code == "unreadable_answer" else 1_000
    error = failing(serve(script), through=door(most_bytes=limit))
    assert isinstance(error, RetryLater) and error.code == code and error.until is None


@pytest.mark.parametrize("filler", [b'{"":{}},', b'{"":0},', b"[],", b'"ab",', b"1.5,"])
def test_no_answer_takes_a_multiple_of_its_size_in_memory(serve: Serve, filler: bytes) -> None:
    """A worker with 256 MB works on ten accounts at a time, and each may have named a server that wants its end."""
    body = b"[" + filler * ((MOST_BYTES - 3) // len(filler)) + b"1]"
    server = serve(says(http(body)))
    tracemalloc.start()
    try:
        error = failing(server, through=door(seconds=4))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error.code == "unreadable_answer"
    assert peak < 5 * MOST_BYTES


def test_a_large_answer_of_few_values_is_read(serve: Serve) -> None:
    texts = ["Well, there is a comma in each line of it.\n" * 3_000] * 20
    assert call(serve(says(http(json.dumps(texts).encode()))), through=door(seconds=4)).json == texts


def test_the_body_without_length_is_bounded_too(serve: Serve) -> None:
    def script(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    assert failing(serve(script), through=door(most_bytes=1_000_000)).code == "body_too_large"


def test_a_head_without_end_is_ended(serve: Serve) -> None:
    def script(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-Y: z\r\n" * 1_000)

    assert failing(serve(script)).code == "connection_failed"


def test_a_mark_of_byte_order_before_the_json_is_none_of_it(serve: Serve) -> None:
    assert call(serve(says(http(b'\xef\xbb\xbf{"a": 1}')))).json == {"a": 1}


def test_after_a_broken_answer_the_connection_is_not_used_again(serve: Serve) -> None:
    server, one = serve(says(http(b"x" * 500_000), http(b"{}"))), door(most_bytes=1_000)
    failing(server, through=one)
    assert call(server, through=one).json == {} and server.connections == 2


def test_nothing_is_repeated(serve: Serve) -> None:
    server = serve(closed_after(b""))
    failing(server)
    assert len(server.requests) == 1


def hung_up_after(answers: int) -> Script:
    """Closes a kept connection when the next request comes, as a server does that has tired of it just then."""
    left = [answers]

    def script(connection: socket.socket, request: bytes) -> None:
        if left[0] > 0:
            left[0] -= 1
            connection.sendall(http())
        else:
            left[0] = answers
            connection.close()

    return script


def test_what_renews_or_changes_something_never_goes_over_a_kept_connection(serve: Serve) -> None:
    """libcurl repeats what a kept connection left unanswered: a second renewal would lose the first one's tokens."""
    server, one = serve(hung_up_after(1)), door()
    call(server, through=one)
    failing(server, through=one, method="POST", form={"grant_type": "refresh_token"})
    assert [request.split()[0] for request in server.requests] == [b"GET", b"POST"]


def test_nor_does_it_go_over_the_connection_that_a_spare_handle_still_has(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The handle comes from a line to the very same server, whose connection is open still."""
    monkeypatch.setattr("socials.platforms.dialing._MOST_IDLE", 1)
    server, other, one = serve(hung_up_after(1)), serve(says(http())), door()
    call(server, through=one)
    call(other, through=one)
    assert len(one._lines._spare) == 1
    failing(server, through=one, method="POST", form={"grant_type": "refresh_token"})
    assert [request.split()[0] for request in server.requests] == [b"GET", b"POST"]
    assert server.connections == 2


def test_what_only_asks_is_asked_again_where_a_kept_connection_was_closed(serve: Serve) -> None:
    server, one = serve(hung_up_after(1)), door()
    assert [call(server, through=one).json for _ in range(3)] == [{}, {}, {}]
    assert server.connections > 1


def test_no_more_connections_are_kept_than_are_of_use(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socials.platforms.dialing._MOST_IDLE", 2)
    servers, one = [serve(says(http())) for _ in range(3)], door()
    for server in (*servers, *servers):
        call(server, through=one)
    assert [server.connections for server in servers] == [2, 2, 2]


def test_a_connection_that_has_rested_long_is_not_used_again(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server, one = serve(says(http())), door()
    call(server, through=one)
    monkeypatch.setattr("socials.platforms.dialing.IDLE_SECONDS", 0)
    call(server, through=one)
    assert server.connections == 2


def test_a_handle_outlives_its_line_and_goes_where_the_next_one_leads(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has read of whom TLS trusts is kept; where it went is not."""
    made: list[pycurl.Curl] = []
    monkeypatch.setattr("socials.platforms.dialing.pycurl.Curl", lambda: made.append(REAL_CURL()) or made[-1])
    monkeypatch.setattr("socials.platforms.dialing.IDLE_SECONDS", 0)
    servers, one = [serve(says(http(name))) for name in (b'"a"', b'"b"')], door()
    assert [call(server, through=one).json for server in (*servers, *servers)] == ["a", "b", "a", "b"]
    assert ([server.connections for server in servers], len(made)) == ([2, 2], 1)


def test_no_more_handles_are_kept_than_are_of_use(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socials.platforms.dialing._MOST_IDLE", 1)
    monkeypatch.setattr("socials.platforms.dialing._MOST_SPARE", 1)
    lines = Lines(lambda *_: ("127.0.0.1",))
    taken = [lines.take(origin_of(f"http://{name}:1"), guarded=False, new=True, seconds=1) for name in "abc"]
    for line in taken:
        lines.give_back(line)
    again = [lines.take(origin_of("http://d:1"), guarded=False, new=True, seconds=1) for _ in range(2)]
    assert again[0].curl is taken[1].curl
    assert again[1].curl not in [line.curl for line in taken]
    assert all(line.is_new for line in again)


def test_a_server_that_is_not_there_is_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(RetryLater) as caught:
        door().open(PLATFORM, None).call(ask(f"http://127.0.0.1:{port}/"))
    assert caught.value.code == "connection_failed"


def test_a_host_that_does_not_resolve_is_waited_for() -> None:
    def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
        raise Unresolved

    with pytest.raises(RetryLater) as caught:
        door(resolve=resolve).open(PLATFORM, None).call(ask("https://api.example.org/"))
    assert caught.value.code == "dns_failed"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Again", "308 Moved"])
def test_a_redirect_is_not_followed(serve: Serve, status: str) -> None:
    other = serve(says(http()))
    server = serve(says(http(b"<html>" * 50_000, status, f"Location: {other.url}/")))
    error = failing(server, bearer=SECRET, through=door(seconds=2))
    assert type(error) is Refused and error.code == "unexpected_redirect" and not other.requests


def test_a_header_that_cannot_be_sent_is_not_sent(serve: Serve) -> None:
    server = serve(says(http()))
    assert isinstance(failing(server, bearer="a\r\nX-Evil: 1"), PlatformError) and not server.requests


# The lease


class Lease:
    def __init__(self, error: Exception | None = None) -> None:
        self.covered: list[int] = []
        self._error = error

    def cover(self, seconds: int) -> None:
        self.covered.append(seconds)
        if self._error:
            raise self._error


def test_every_call_is_covered_by_the_lease(serve: Serve) -> None:
    server, lease = serve(says(http())), Lease()
    client = door(seconds=10).open(PLATFORM, lease)
    client.call(ask(server.url))
    client.call(ask(server.url))
    assert lease.covered == [11, 11]


def test_a_call_that_could_outlive_the_lease_is_not_made(serve: Serve) -> None:
    server = serve(says(http()))
    with pytest.raises(Fenced):
        door().open(PLATFORM, Lease(Fenced())).call(ask(server.url))
    assert not server.requests and not server.connections


# Origins


def test_an_origin_is_called_where_it_is_mapped_to(serve: Serve) -> None:
    server = serve(says(http()))
    origins = {"https://API.example.org:443": f"{server.url}/_sandbox/x/", "http://[::1]:81": server.url}
    client = door(origins=origins).open(PLATFORM, None)
    client.call(ask("https://api.example.org/v5/pins", query=[("a", "b")]))
    client.call(ask("http://[::1]:81/y"))
    assert [request.split(b" HTTP")[0] for request in server.requests] == [b"GET /_sandbox/x/v5/pins?a=b", b"GET /y"]


def test_a_mapped_origin_is_trusted_as_mapped(serve: Serve) -> None:
    server = serve(says(http()))
    client = door(origins={"https://pds.example.org": server.url}).open(PLATFORM, None)
    assert client.call(ask("https://pds.example.org/x", guarded=True)).status == 200


def test_addresses_for_the_browser_are_mapped_too() -> None:
    one = door(origins={"https://www.example.org": "http://127.0.0.1:3000/_sandbox/0"})
    assert one.public_url("https://www.example.org/oauth/?a=b") == "http://127.0.0.1:3000/_sandbox/0/oauth/?a=b"
    for other in ("https://example.org/oauth/", "http://www.example.org/", "https://www.example.org.evil.test/"):
        assert one.public_url(other) == other


# The guard


def guarded_call(addresses: Sequence[str], url: str = "https://pds.example.org/x", **options: Any) -> PlatformError:
    asked: list[str] = []

    def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
        asked.append(host)
        return addresses

    with pytest.raises(PlatformError) as caught:
        door(resolve=resolve, **options).open(PLATFORM, None).call(ask(url, guarded=True))
    assert len(asked) <= 1
    return caught.value


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["169.254.169.254"], ["::ffff:127.0.0.1"], ["fd00::1"]]
)
def test_a_guarded_host_with_any_private_address_is_refused(addresses: list[str]) -> None:
    error = guarded_call(addresses)
    assert type(error) is Refused and error.code == "host_refused"


@pytest.mark.parametrize("url", ["http://pds.example.org/", "https://127.0.0.1/", "https://pds.example.org:8443/"])
def test_a_guarded_spelling_is_refused_before_anything_is_resolved(url: str) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
        asked.append(host)
        return []

    with pytest.raises(Refused) as caught:
        door(resolve=resolve).open(PLATFORM, None).call(ask(url, guarded=True))
    assert (caught.value.code, asked) == ("host_refused", [])


def test_private_hosts_are_called_where_they_are_allowed(serve: Serve) -> None:
    server = serve(says(http()))
    client = door(allow_private_hosts=True).open(PLATFORM, None)
    assert client.call(ask(f"{server.url}/x", guarded=True)).status == 200


def test_an_address_is_resolved_once_a_connection_and_that_one_is_used(serve: Serve) -> None:
    server = serve(says(http()))
    asked: list[str] = []

    def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    client = door(resolve=resolve).open(PLATFORM, None)
    for _ in range(2):
        client.call(ask(f"http://some-name.example.org:{server.port}/"))
    assert asked == ["some-name.example.org"]
    assert f"Host: some-name.example.org:{server.port}".encode() in server.requests[0]


def test_a_connection_made_anew_goes_to_the_address_that_was_judged(serve: Serve) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    server = serve(hung_up_after(1))
    client = door(resolve=resolve).open(PLATFORM, None)
    for _ in range(3):
        client.call(ask(f"http://some-name.example.org:{server.port}/"))
    assert server.connections > 1 and asked == ["some-name.example.org"]


def test_a_connection_to_where_nothing_was_judged_is_not_used_for_a_guarded_call(serve: Serve) -> None:
    server = serve(says(http()))
    one = door(resolve=lambda *_: ["127.0.0.1"])
    one.send(ask(f"http://pds.example.org:{server.port}/x"))
    with pytest.raises(HostRefused):
        one._exchange(ask("http://x"), origin_of(f"http://pds.example.org:{server.port}"), "/x", guarded=True)
    assert len(server.requests) == 1


def test_an_address_of_the_new_kind_is_called() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        threading.Thread(target=_answer_once, args=(listener,), daemon=True).start()
        client = door(resolve=lambda *_: ["::1"]).open(PLATFORM, None)
        assert client.call(ask(f"http://name.example.org:{port}/")).status == 200


def _answer_once(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(http())


def test_the_next_address_is_tried_where_one_does_not_answer(serve: Serve) -> None:
    server = serve(says(http()))
    client = door(resolve=lambda *_: ["127.0.0.2", "127.0.0.1"], seconds=2).open(PLATFORM, None)
    assert client.call(ask(f"http://name.example.org:{server.port}/")).status == 200


# TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    return self_signed("api.example.org", tmp_path_factory.mktemp("tls"))


def over_tls(server: Server, host: str, **options: Any) -> Answer:
    client = door(**{"resolve": lambda *_: ["127.0.0.1"], "seconds": 3, **options}).open(PLATFORM, None)
    return client.call(ask(f"https://{host}:{server.port}/"))


def test_the_certificate_is_checked_against_the_name_though_we_dial_an_address(serve: Serve, authority: Any) -> None:
    context, bundle = authority
    names: list[str | None] = []
    context.sni_callback = lambda sock, name, _: names.append(name)
    server = serve(says(http()), context)
    assert over_tls(server, "api.example.org", ca_bundle=bundle).status == 200
    assert names == ["api.example.org"]


def test_another_name_or_an_unknown_authority_is_refused(serve: Serve, authority: Any) -> None:
    context, bundle = authority
    server = serve(says(http()), context)
    for host, options in (("www.example.org", {"ca_bundle": bundle}), ("api.example.org", {})):
        with pytest.raises(RetryLater) as caught:
            over_tls(server, host, **options)
        assert caught.value.code == "tls_failed"
    assert not server.requests


def test_a_server_that_speaks_no_tls_is_waited_for(serve: Serve) -> None:
    with pytest.raises(RetryLater):
        over_tls(serve(closed_after(b"HTTP/1.1 400 Bad\r\n\r\n")), "api.example.org", seconds=SECONDS)


def test_a_handshake_that_hangs_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        client = door(resolve=lambda *_: ["127.0.0.1"]).open(PLATFORM, None)
        with pytest.raises(RetryLater) as caught:
            client.call(ask(f"https://api.example.org:{port}/"))
    assert caught.value.code == "timeout"


# Silence


def test_no_address_header_or_body_is_ever_logged(
    serve: Serve, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    request: dict[str, Any] = {"query": [("access_token", SECRET)], "bearer": SECRET, "headers": {"X-Key": SECRET}}
    body = json.dumps({"access_token": SECRET}).encode()
    call(serve(says(http(body, "200 OK", "X-Request-Id: r1", f"X-Other: {SECRET}"))), **request)
    failing(serve(says(http(body, "400 Bad"))), method="POST", form={"code": SECRET}, **request)
    failing(serve(closed_after(b"")), **request)
    failing(serve(silent), **request)
    # moto, where another test of this process keeps it alive, logs each request that it lets pass.
    written = "\n".join(str(record.__dict__) for record in caplog.records if record.name != "responses")
    told = capfd.readouterr().out
    assert SECRET not in written + told and "127.0.0.1" not in written + told
    ours = [json.loads(line) for line in told.splitlines()]
    assert [(one["call"], one["outcome"]) for one in ours] == [
        ("profile", "ok"),
        ("profile", "platform_refused"),
        ("profile", "connection_failed"),
        ("profile", "timeout"),
    ]
    assert ours[0]["platform_request_id"] == "r1" and ours[0]["status"] == 200


def test_what_a_platforms_support_asks_for_is_told_also_where_only_the_body_has_it(
    serve: Serve, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    body = json.dumps({"error": {"code": "access_token_invalid", "message": "", "log_id": "20261122073"}}).encode()
    with pytest.raises(AccessRefused):
        door().open(TIKTOK, None).call(ask(serve(says(http(body, "401 Unauthorized"))).url))
    assert json.loads(capfd.readouterr().out)["platform_request_id"] == "20261122073"


def test_an_error_drags_no_address_along(serve: Serve) -> None:
    """Error trackers walk the chain of causes and contexts, even suppressed ones."""
    error: BaseException | None = failing(serve(closed_after(b"")), query=[("access_token", SECRET)])
    while error is not None:
        assert SECRET not in repr(error) + str(error) + repr(error.args)
        error = error.__cause__ or error.__context__


def test_calls_at_the_same_time_do_not_disturb_each_other(serve: Serve) -> None:
    def script(connection: socket.socket, request: bytes) -> None:
        time.sleep(0.05)
        connection.sendall(http(json.dumps({"path": request.split()[1].decode()}).encode()))

    server, one, got = serve(script), door(seconds=5), {}

    def one_call(n: int) -> None:
        got[n] = one.open(PLATFORM, None).call(ask(f"{server.url}/{n}")).json["path"]

    threads = [threading.Thread(target=one_call, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {n: f"/{n}" for n in range(8)}


@pytest.mark.parametrize("status", ["500 No", "404 No", "401 No", "429 No", "200 OK"])
def test_a_refusal_leaves_nothing_for_the_collector(serve: Serve, status: str) -> None:
    """Its frame holds the answer, megabytes perhaps, and the token."""
    server = serve(says(http(b"no JSON" if status == "200 OK" else b'{"error": "No"}', status)))
    calls = list[str]()

    def meet() -> None:
        try:
            call(server, bearer=SECRET)
        except PlatformError as error:
            calls.append(error.code)

    assert circles(meet) == []
    assert calls
