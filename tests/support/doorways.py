"""A function's own handler on the use cases of a `World`: the same doorway, without AWS behind it."""

import base64
import importlib.util
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from socials import wiring
from tests.support.world import World

Json = dict[str, Any]
_FUNCTIONS = Path(__file__).parents[2] / "functions"
_MAKERS = ("listing", "requesting", "disconnecting", "connecting", "dispatching", "syncing", "erasing", "sweeping")
_MAKERS += ("worker", "browsing", "previewing", "exporting", "parting", "receipting")


def _made(world: World, maker: str, *_how: object, **_named: object) -> Any:
    """In the place of one of `wiring`'s makers."""
    return getattr(world, maker)


class Doorway:
    """One function. `ask` sends what the gateway would send, with a verified token of that user."""

    def __init__(self, name: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        for maker in _MAKERS:
            monkeypatch.setattr(wiring, maker, partial(_made, world, maker))
        monkeypatch.setattr(wiring, "budget_book", world.budgets)
        spec = importlib.util.spec_from_file_location(f"doorway_{name}", _FUNCTIONS / name / "app.py")
        assert spec is not None
        assert spec.loader is not None
        self.app = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.app)
        if hasattr(self.app, "now"):
            monkeypatch.setattr(self.app, "now", world.clock)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: dict[str, str] | None = None,
        user: str | None = "user-anna",
        raw: str | None = None,
        cookies: list[str] | None = None,
        encoded: bool = False,
        headers: dict[str, str] | None = None,
    ) -> "Reply":
        text = raw if raw is not None else None if body is None else json.dumps(body)
        event = http_event(method, path, query or {}, user)
        if text is not None:
            event["body"] = base64.b64encode(text.encode()).decode() if encoded else text
            event["isBase64Encoded"] = encoded
        event["headers"] |= headers or {}
        if cookies:
            event["cookies"] = cookies
        return Reply(self.app.handler(event, Context()))


class Reply:
    def __init__(self, answer: Json) -> None:
        self.answer = answer
        self.status: int = answer["statusCode"]
        self.headers: Json = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
        self.cookies: list[str] = answer.get("cookies") or []

    @property
    def json(self) -> Any:
        return json.loads(self.answer["body"])


class Context:
    """What a function learns of its invocation."""

    function_name, memory_limit_in_mb, aws_request_id = "function", 512, "request-1"
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:function"

    def __init__(self, milliseconds: int = 100_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


def http_event(method: str, path: str, query: dict[str, str], user: str | None) -> Json:
    """The HTTP API's payload format 2.0."""
    context: Json = {
        "accountId": "123456789012",
        "apiId": "api",
        "domainName": "api.example",
        "domainPrefix": "api",
        "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"},
        "requestId": "request-1",
        "routeKey": "$default",
        "stage": "$default",
        "time": "22/Nov/2026:20:45:00 +0000",
        "timeEpoch": 1_795_380_300_000,
    }
    if user is not None:
        context["authorizer"] = {"jwt": {"claims": {"sub": user}, "scopes": ["postloudly/accounts"]}}
    event: Json = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = query
    return event
