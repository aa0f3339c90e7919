"""The one door to the platforms, with their weather in place of the network behind it."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from socials.platforms.base import Answer, Client, Platform, Request
from socials.platforms.client import Door, _Client, _parsed
from socials.platforms.exchange import Unanswered
from socials.ports import Lease
from tests.faults.kinds import LIES, SPOILED_KINDS

if TYPE_CHECKING:
    from tests.faults.world import FaultWorld, Process

NAMED_WAIT = 700
_CODES = {"timeout": "timeout", "reset": "connection_failed", "DNS": "dns_failed", "TLS": "tls_failed"}


class WeatheredDoor(Door):
    """The one door, with the platform's weather in place of the network behind it."""

    def __init__(self, world: "FaultWorld") -> None:
        super().__init__(world.clock)
        self.world = world
        self.leases: list[Lease | None] = []

    def open(self, platform: Platform, lease: Lease | None) -> Client:
        return _Bound(self, _Client(self, platform, lease), platform, lease)

    def send(self, request: Request) -> Answer:
        world = self.world
        call = f"network.{request.call}"
        world.run("before", call)
        world.watch.calling(request, self.leases[-1])
        kind = world.plan.take("answer", call) or world.bad_weather(request.call)
        answer = self._weathered(request, kind)
        world.run("after", call)
        return answer

    def _weathered(self, request: Request, kind: str | None) -> Answer:
        process = self.world.process
        assert process is not None
        if kind == "expired" and process.refused_access:
            kind = "500"
        if kind is None or kind in SPOILED_KINDS:
            status, body = self.world.server.answer(request)
            # A lie right after the truth would be the second no to one process, which it has to take as proof.
            process.refused_access = process.refused_access or status == 401
            if request.call == "refresh" and status == 200:
                process.in_hand = self.world.server.chain_of((request.form or {})["refresh_token"])
            return self._answer(status, {}, self._spoiled(request, kind, status, body))
        process.refused_access = process.refused_access or kind == "expired"
        return self._refusal(request, kind)

    def _spoiled(self, request: Request, kind: str | None, status: int, body: Any) -> bytes:
        process = self.world.process
        text = json.dumps(body).encode()
        if kind == "slow":
            self.world.clock.forward(seconds=9)
        if kind in (None, "slow") or status != 200:
            return text
        if kind == "blanks":
            return json.dumps(_blanked(body)).encode()
        if kind in ("timeout after", "reset after", "huge"):
            self._hide(request, process)
            code = "body_too_large" if kind == "huge" else _CODES[kind.partition(" ")[0]]
            raise Unanswered(code)
        self._hide(request, process)
        spoiled = {
            "truncated": text[: len(text) // 2],
            "not JSON": b"<html>One moment</html>",
            "wrong type": b"[]",
            "no body": b"",
            "empty": json.dumps({key: [] for key in body}).encode(),
            "nulls": json.dumps(dict.fromkeys(body)).encode(),
        }
        return spoiled[kind]

    def _hide(self, request: Request, process: "Process | None") -> None:
        """The answer will not reach us: tokens in it are gone for good."""
        if request.call == "refresh" and process is not None and process.in_hand is not None:
            process.in_hand.lost = True

    def _refusal(self, request: Request, kind: str) -> Answer:
        code = next((_CODES[word] for word in _CODES if kind.startswith(word)), None)
        if code is not None:
            raise Unanswered(code)
        now = self.world.clock()
        until = now + timedelta(seconds=NAMED_WAIT)
        if kind in LIES:
            self._lie(request, kind)
        seconds = {"retry-after": str(NAMED_WAIT)}
        refused = {
            "429 with seconds": (429, seconds, b"{}"),
            "429 with a date": (429, {"retry-after": format_datetime(until, usegmt=True)}, b"{}"),
            "429 without a time": (429, {}, b"{}"),
            "429 for the app": (429, seconds, b'{"error": "app"}'),
            "500": (500, {}, b"oops"),
            "503 with seconds": (503, seconds, b""),
            "503 with a page": (503, {}, b"<html>Back soon</html>"),
            "redirect": (302, {"location": "https://elsewhere.example/"}, b""),
            "expired": (401, {}, b'{"error": "invalid_token"}'),
            "revoked": (401, {}, b'{"error": "token_revoked"}'),
            "scope missing": (403, {}, b'{"error": "missing_scope"}'),
        }
        status, headers, body = refused[kind]
        if kind == "revoked" and request.call == "refresh":
            status, body = 400, b'{"error": "invalid_grant"}'
        if "retry-after" in headers:
            self.world.watch.told(self.leases[-1], until)
        return self._answer(status, headers, body)

    def _lie(self, request: Request, kind: str) -> None:
        value = request.bearer or dict(request.form or {}).get("refresh_token")
        chain = self.world.server.chain_of(value)
        if chain is not None and (kind == "revoked" or request.call == "profile"):
            chain.lied = True

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> Answer:
        parsed, is_json = _parsed(body) if body else (None, True)
        return Answer(status=status, headers=headers, json=parsed, is_json=is_json, received_at=self.world.clock())


@dataclass
class _Bound:
    """A client that tells the door on whose behalf it calls."""

    door: WeatheredDoor
    client: _Client
    platform: Platform
    lease: Lease | None

    @property
    def now(self) -> datetime:
        return self.client.now

    def call(self, request: Request) -> Answer:
        self.door.leases.append(self.lease)
        try:
            return self.client.call(request)
        finally:
            self.door.leases.pop()


def _blanked(body: Any) -> Any:
    """The same without its numbers."""
    if isinstance(body, dict):
        return {key: _blanked(value) for key, value in body.items()}
    if isinstance(body, list):
        return [_blanked(value) for value in body]
    return None if type(body) is int else body
