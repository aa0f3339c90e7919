"""Bytes that leave for a platform: calls of the product's own door over TLS.

What AWS takes money for is counted on the wire, with the heads of its segments; what comes in is free.
"""

from __future__ import annotations

import socket
import tempfile
import threading
from contextlib import closing, suppress
from pathlib import Path

from socials.platforms.base import Request
from socials.platforms.client import Door
from tests.benchmarks import typical
from tests.benchmarks.sync.platform import bench_platform
from tests.support.builders import NOW
from tests.support.certifying import self_signed
from tests.support.serving import Server, http, says

# A segment each for the request, and for acknowledging the answer of one or two; IPv4 and TCP with its time stamp.
_SEGMENTS_A_CALL = 3
# Its own that carry nothing: to open it, to acknowledge the certificate, to close it.
_SEGMENTS_A_CONNECTION = 5
_HEAD_OF_A_SEGMENT = 20 + 32
_FIELDS = "id,caption,media_type,media_product_type,permalink,timestamp,like_count,comments_count,thumbnail_url"
_ORIGIN = "https://graph.platform.example"


def sent(calls: int) -> int:
    """By so many calls, one after the other over one connection, which is new."""
    with tempfile.TemporaryDirectory() as folder:
        context, authority = self_signed("localhost", Path(folder))
        server = Server(says(http(b'{"data": []}')), context)
        with closing(server), closing(_Counted(server.port)) as counted:
            door = Door(lambda: NOW, origins={_ORIGIN: f"https://localhost:{counted.port}"}, ca_bundle=authority)
            client = door.open(bench_platform(each_post=False), None)
            for call in range(calls):
                client.call(_request(call))
            assert server.connections == 1
            segments = calls * _SEGMENTS_A_CALL + _SEGMENTS_A_CONNECTION
            return counted.bytes + segments * _HEAD_OF_A_SEGMENT


def _request(call: int) -> Request:
    url = f"{_ORIGIN}/v24.0/17841400000000000/media"
    query = (("fields", _FIELDS), ("limit", "100"), ("after", f"cursor-{call:060}"))
    return Request(call="posts", method="GET", url=url, query=query, bearer=typical.tokens().access)


class _Counted:
    """A port that leads to another; `bytes`: how many went that way."""

    def __init__(self, to: int) -> None:
        self.bytes = 0
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
                threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, out: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self.bytes += len(data) if out else 0
                sink.sendall(data)
