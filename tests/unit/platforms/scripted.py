"""A client that answers from payload files, and judges answers as the door does."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from socials.platforms.base import Answer, Platform, Request
from socials.platforms.explaining import verdict

PAYLOADS = Path(__file__).parents[2] / "payloads"
NOW = datetime(2026, 11, 22, 20, 45, tzinfo=UTC)


@cache
def stored(platform: str, name: str) -> dict[str, Any]:
    return json.loads((PAYLOADS / platform / f"{name}.json").read_text("utf-8"))


def payload(platform: str, name: str, **changes: Any) -> Answer:
    """The answer in a payload file; `changes` replace keys of its body."""
    file = stored(platform, name)
    body = file["body"] if not changes else {**file["body"], **changes}
    return Answer(status=file["status"], headers=file["headers"], json=body, received_at=NOW)


def answer(status: int, body: Any = None, is_json: bool = True, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, json=body, is_json=is_json, received_at=NOW)


class Scripted:
    """`replies`: by call, one after the other; the last one stays. `requests`: all that were made."""

    def __init__(self, platform: Platform, **replies: Answer | Exception | list[Answer | Exception]) -> None:
        self._platform = platform
        self._replies = {call: reply if isinstance(reply, list) else [reply] for call, reply in replies.items()}
        self.requests: list[Request] = []

    @property
    def now(self) -> datetime:
        return NOW

    @property
    def calls(self) -> list[str]:
        return [request.call for request in self.requests]

    def call(self, request: Request) -> Answer:
        self.requests.append(request)
        replies = self._replies[request.call]
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        if (error := verdict(self._platform, request.call, reply)) is not None:
            raise error
        return reply
