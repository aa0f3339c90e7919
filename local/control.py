"""The stack's own addresses under /_local, beside the sign-in: index, state, tick."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, request

from local.clock import Clock, iso
from local.schedule import Rules
from local.state import State

SETTLE_SECONDS = 60.0
LOOK_SECONDS = 0.1
FARTHEST = timedelta(days=3660)
_INDEX = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Local stack</title><style>body{font:16px/1.6 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}</style>
<h1>PostLoudly on this machine</h1><ul><li><a href="/">The Accounts page</a>
<li><a href="/_sandbox/">The sandbox of the platforms</a>
<li><a href="/_local/state">State</a>: queues, dead letters, items, secrets
<li><a href="/_local/token?user=alice">An access token for alice</a>
<li><a href="/_local/.well-known/openid-configuration">Sign-in discovery</a>, <a href="/_local/logout">sign out</a>
</ul>
<p><code>POST /_local/tick {"at": "2030-01-01T00:00:00Z"}</code> moves the stack's time forward and lets everything due
happen.</p>
"""


def create_blueprint(clock: Clock, rules: Rules, state: State, moved: Any) -> Blueprint:
    """The addresses, to be registered under /_local. `moved` is called when the stack's time has moved."""
    blueprint = Blueprint("control", __name__)

    @blueprint.get("/")
    def index() -> str:
        return _INDEX

    @blueprint.get("/state")
    def read_state() -> Any:
        return state.read()

    @blueprint.get("/clock")
    def read_clock() -> Any:
        return {"now": iso(clock.now()), "shift": clock.shift}

    @blueprint.post("/tick")
    def tick() -> Any:
        try:
            at = _asked_time(clock.now())
        except ValueError as error:
            return {"message": f"at: {error}"}, 422
        if clock.move_to(at):
            moved()
        fired = rules.fire_all(at, {"sweep": True})
        return {"at": iso(at), "fired": fired, "settled": _settle(state)}

    return blueprint


def _asked_time(now: datetime) -> datetime:
    if not request.get_data():
        return now
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise ValueError("the body is not a JSON object")
    if body.get("at") is None:
        return now
    if not isinstance(body["at"], str):
        raise ValueError("not a string")
    at = datetime.fromisoformat(body["at"])
    if at.tzinfo is None:
        raise ValueError("no time zone; write 2030-01-01T00:00:00Z")
    if abs(at - now) > FARTHEST:
        raise ValueError("more than ten years from now")
    return at.astimezone(UTC)


def _settle(state: State) -> bool:
    """Waits until two looks in a row find no message: between two queues, one look can miss what moves."""
    deadline = time.monotonic() + SETTLE_SECONDS
    calm = 0
    while calm < 2 and time.monotonic() < deadline:
        calm = calm + 1 if state.settled() else 0
        time.sleep(LOOK_SECONDS if calm < 2 else 0)
    return calm >= 2
