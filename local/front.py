"""The one address of the stack: its own pages, the sandbox, and the HTTP API for everything else."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from local.gateway import Gateway
from local.reporting import say
from local.strangers import changes_something

HOST = "127.0.0.1"
OWN_PATHS = ("/_local", "/_sandbox")
# A long part of a path that is none of our ids may be a deletion's code, or what somebody pasted into the wrong place.
_SECRET = re.compile(r"(?<=/)(?!acc_|con_|[0-9A-Z]{26}(?:/|$))[^/]{25,}")


class QuietHandler(WSGIRequestHandler):
    """The front writes the request's line itself."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


class Front:
    """WSGI. Only `127.0.0.1:<port>` is answered, so that no foreign page reaches it by a name of its own. By ours it
    could still post: then the stack's own paths, which ask nobody who they are, are closed to it."""

    def __init__(self, own: Flask, gateway: Gateway, port: int) -> None:
        self._own = own
        self._gateway = gateway
        self._port = port

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers one request and writes its line."""
        began = time.monotonic()

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            path = _SECRET.sub("…", quote(environ["PATH_INFO"].encode("latin-1")))
            request = f"{environ['REQUEST_METHOD']} {path}"
            say(f"{request} {status[:3]} {(time.monotonic() - began) * 1000:.0f} ms")
            return start_response(status, headers, *rest)

        return self._app(environ)(environ, started)

    def _app(self, environ: dict[str, Any]) -> Callable[..., Iterable[bytes]]:
        request = Request(environ)
        host = environ.get("HTTP_HOST", "")
        if host == f"localhost:{self._port}":
            query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
            target = f"http://{HOST}:{self._port}{quote(request.path)}{query}"
            return Response(status=307, headers={"Location": target})
        if host != f"{HOST}:{self._port}":
            return Response(f"Only http://{HOST}:{self._port} is served here.\n", status=421)
        if environ["PATH_INFO"].split("/")[1] in [path[1:] for path in OWN_PATHS]:
            if changes_something(environ, f"http://{host}"):
                return Response("Not for pages of other origins.\n", status=403)
            return self._own
        return self._gateway.answer(request)


def bind(port: int) -> socket.socket:
    """A socket on the loopback interface (port 0: any free one). Raises OSError where the port is taken."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((HOST, port))
    return bound


def serve(front: Front, bound: socket.socket) -> BaseWSGIServer:
    """Serves `front` on the socket in the background."""
    port = bound.getsockname()[1]
    bound.listen(128)
    server = make_server(HOST, port, front, threaded=True, request_handler=QuietHandler, fd=bound.fileno())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
