"""A recorder between the local stack and its AWS, and one in the place of the X-Ray daemon: all that was sent."""

import json
import socket
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.permissions import Call, heard

# Where a secret rests by design: the one field of the one service that is not looked at.
_AT_REST = {"SecretString"}


class AwsRecorder:
    """Passes every request on to the port of the AWS behind it. `text`: all that went through but secrets at rest.
    `calls`: what each function of the local stack asked, by its folder's name."""

    def __init__(self, port_behind: int) -> None:
        self._lines: list[str] = []
        self.calls: dict[str, list[Call]] = {}
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                behind = HTTPConnection("127.0.0.1", port_behind, timeout=30)
                try:
                    behind.request(self.command, self.path, body, dict(self.headers.items()))
                    answer = behind.getresponse()
                    reply = answer.read()
                finally:
                    behind.close()
                recorder._keep(self.path, body, reply)
                asker, target = (self.headers.get(name) for name in ("X-Amz-Security-Token", "X-Amz-Target"))
                if asker and target:
                    recorder.calls.setdefault(asker, []).append(heard(target, body))
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            do_GET = do_POST

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _keep(self, path: str, *bodies: bytes) -> None:
        self._lines.append(path)
        for body in bodies:
            try:
                self._lines.append(json.dumps(_without_rest(json.loads(body)), ensure_ascii=False))
            except ValueError:
                self._lines.append(body.decode(errors="replace"))


def _without_rest(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "…" if name in _AT_REST else _without_rest(inner) for name, inner in value.items()}
    return [_without_rest(inner) for inner in value] if isinstance(value, list) else value


class TraceRecorder:
    """Takes what is sent to the X-Ray daemon's port."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._segments: list[str] = []
        threading.Thread(target=self._receive, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def text(self) -> str:
        return "\n".join(self._segments)

    def stop(self) -> None:
        self._socket.close()

    def _receive(self) -> None:
        while True:
            try:
                self._segments.append(self._socket.recv(65_536).decode())
            except OSError:
                return
