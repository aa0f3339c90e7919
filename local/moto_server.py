"""The moto server's process: one request at a time, and a clock that the stack can move.

moto's own server handles requests in parallel over plain lists and dicts: a message sent while another is deleted can
get lost, and two conditional writes can both hold. One lock gives what the real services promise.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

import moto.sqs.models as sqs
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local import quick_moto
from local.strangers import is_a_page

SHIFT_PATH = "/_shift/"


class QuietHandler(MotoRequestHandler):
    """A request to moto is no line of the console."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


class OneAtATime:
    """WSGI: moto behind a lock. `POST /_shift/<seconds>` moves the time that messages become visible by.

    No page is answered: moto asks for no credentials, and with `REAL` it keeps tokens that are good elsewhere.
    """

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.Lock()
        self._shift = 0.0
        for name, scale in (("unix_time", 1), ("unix_time_millis", 1000)):
            setattr(sqs, name, self._shifted(getattr(sqs, name), scale))

    def _shifted(self, real: Callable[..., float], scale: int) -> Callable[..., float]:
        return lambda at=None: real(at) + self._shift * scale

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """One answer, complete before the next request begins."""
        if is_a_page(environ):
            start_response("403 Forbidden", [])
            return []
        with self._lock:
            path = environ["PATH_INFO"]
            if path.startswith(SHIFT_PATH):
                self._shift = float(path.removeprefix(SHIFT_PATH))
                start_response("204 No Content", [])
                return []
            return list(self._moto(environ, start_response))


def end_with_the_stack() -> None:
    """Ends this process when the stack does, however that ends: its end of our standard input closes."""
    sys.stdin.buffer.read()
    os._exit(0)


def main(host: str, port: int) -> None:
    """Serves until the stack ends; prints the port when it listens (0: any free one)."""
    quick_moto.install()
    server = make_server(host, port, OneAtATime(), threaded=True, request_handler=QuietHandler)
    threading.Thread(target=end_with_the_stack, daemon=True).start()
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
