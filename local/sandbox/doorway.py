"""The doorway of every sandbox platform: each call passes here, meets the bad day that waits, and is recorded."""

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from functools import wraps
from typing import Any, Protocol

from flask import Response, g, request
from flask.typing import ResponseReturnValue

from local.sandbox.calls import Call
from local.sandbox.faults import Fault
from local.sandbox.quoting import quoted
from local.sandbox.state import Sandbox

View = Callable[..., Any]


class Refusal(Exception):
    """A platform's own way to say no."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, dict(headers or {})

    def response(self) -> Response:
        return Response(json.dumps(self.body), self.status, self.headers, content_type="application/json")


class Manners(Protocol):
    """What differs between platforms at the doorway."""

    slug: str
    issuing: frozenset[str]

    def person(self) -> str | None:
        """Whose call the request is, as far as it can be seen before it is judged."""

    def admit(self, call: str, person: str | None) -> Mapping[str, str]:
        """Counts the call: the headers every answer carries. Raises `Refusal` where a limit is exceeded."""

    def refusal(self, fault: Fault) -> Refusal:
        """The platform's words for a bad day that is no trouble of the wire."""

    def tidy(self, answer: Response) -> Response:
        """The last touch on every answer."""


class Doorway:
    def __init__(self, sandbox: Sandbox, manners: Manners) -> None:
        self._sandbox, self._manners = sandbox, manners

    def call(self, name: str) -> Callable[[View], View]:
        """Makes a view one of the platform's calls, by the name that faults and the record use."""

        def wrap(view: View) -> View:
            @wraps(view)
            def entered(**arguments: Any) -> Response:
                return self._answer(name, view, arguments)

            return entered

        return wrap

    def _answer(self, name: str, view: View, arguments: Mapping[str, Any]) -> Response:
        with self._sandbox.lock:
            person = self._manners.person()
            fault = self._sandbox.faults.take(self._manners.slug, person, name)
        try:
            answer = self._meet(fault, name, person, lambda: self._locked(view, arguments))
        except ConnectionError:
            self._record(name, person, None, fault)
            _hang_up()
            return Response(status=499)
        self._record(name, person, answer.status_code, fault)
        return answer

    def _meet(self, fault: Fault | None, name: str, person: str | None, carry_out: Callable[[], Response]) -> Response:
        g.dropped_scope = None
        if fault is not None and fault.kind in ("timeout", "reset"):
            self._sandbox.pause(fault.seconds)
            raise ConnectionAbortedError
        try:
            with self._sandbox.lock:
                headers = self._manners.admit(name, person)
        except Refusal as refusal:
            return self._manners.tidy(refusal.response())
        answer = self._worded(fault, name, carry_out)
        for header, value in headers.items():
            answer.headers.setdefault(header, value)
        return self._manners.tidy(answer)

    def _worded(self, fault: Fault | None, name: str, carry_out: Callable[[], Response]) -> Response:
        if fault is None:
            return carry_out()
        if fault.kind == "scope_missing" and name in self._manners.issuing:
            g.dropped_scope = fault.scope or ""
            return carry_out()
        if fault.kind == "slow":
            self._sandbox.pause(fault.seconds)
            return carry_out()
        if fault.kind == "lost":
            carry_out()
            raise ConnectionAbortedError
        if spoil := _SPOILED.get(fault.kind):
            return spoil(carry_out)
        return self._manners.refusal(fault).response()

    def _locked(self, view: View, arguments: Mapping[str, Any]) -> Response:
        with self._sandbox.lock:
            try:
                return _response(view(**arguments))
            except Refusal as refusal:
                return refusal.response()

    def _record(self, name: str, person: str | None, status: int | None, fault: Fault | None) -> None:
        at = self._sandbox.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        # A call that logs in or redeems a code shows its person only once it has been carried out.
        person = g.get("person") or person
        kind = fault.kind if fault else None
        call = Call(at, self._manners.slug, name, request.method, request.path, person, status, kind)
        with self._sandbox.lock:
            self._sandbox.calls.add(call)


def _response(value: ResponseReturnValue | Mapping[str, Any]) -> Response:
    if isinstance(value, Response):
        return value
    if isinstance(value, Mapping):
        return Response(json.dumps(value, ensure_ascii=False), content_type="application/json")
    raise TypeError(f"a view answered {type(value).__name__}")


def _hang_up() -> None:
    """Breaks the connection at once. Where there is none, as under a test client, the error itself must do."""
    connection = request.environ.get("werkzeug.socket")
    if not isinstance(connection, socket.socket):
        raise ConnectionResetError("the sandbox broke the connection")
    # Only shut, not closed: the server still holds it, and finds it broken when it comes to answer.
    connection.shutdown(socket.SHUT_RDWR)


def _reshaped(change: Callable[[Any], Any]) -> Callable[[Callable[[], Response]], Response]:
    def spoil(carry_out: Callable[[], Response]) -> Response:
        answer = carry_out()
        if answer.status_code == 200 and answer.is_json:
            answer.set_data(json.dumps(change(json.loads(answer.get_data())), ensure_ascii=False))
        return answer

    return spoil


def _without_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        # Google writes its counts as text.
        return {name: None if name.endswith("Count") else _without_numbers(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_numbers(inner) for inner in value]
    return None if type(value) in (int, float) else value


_NEXT = ("cursor", "bookmark", "nextPageToken", "next_token")


def _without_items(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: _without_items(inner) for name, inner in value.items() if name not in _NEXT}
        return kept | ({"has_more": False} if "has_more" in kept else {})
    return [] if isinstance(value, list) else value


def _with_no_items(carry_out: Callable[[], Response]) -> Response:
    answer = _reshaped(_without_items)(carry_out)
    answer.headers.pop("Link", None)
    return answer


def _broken_off(carry_out: Callable[[], Response]) -> Response:
    answer = carry_out()
    whole = answer.get_data()
    answer.set_data(whole[: len(whole) // 2])
    # The length that was promised stays: the reader must notice that half of it never came.
    answer.headers["Content-Length"] = str(len(whole))
    return answer


def _endless() -> Iterator[bytes]:
    yield b'{"items": ['
    for _ in range(1024):
        yield b"0," * 32768
    yield b"0]}"


_SPOILED: Mapping[str, Callable[[Callable[[], Response]], Response]] = {
    "not_json": lambda _: Response("<!doctype html><title>Be right back</title>", content_type="text/html"),
    "truncated": _broken_off,
    "blank": lambda _: Response(b"", content_type="application/json"),
    "empty": lambda _: Response("{}", content_type="application/json"),
    "no_items": _with_no_items,
    "nulls": _reshaped(_without_numbers),
    "quoting": lambda _: quoted(),
    "redirect": lambda _: Response(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"}),
    "huge": lambda _: Response(_endless(), content_type="application/json"),
}
