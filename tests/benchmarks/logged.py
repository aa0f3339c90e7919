"""What an ordinary sync and a request write into the logs, in bytes: the functions' own lines, as they write them at
INFO, and those of Lambda and of the gateway, whose form is written down here.

Ids, names and numbers have the lengths that they have in the cloud, so the figures are the same on every machine.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from socials.models.accounts import Account
from tests.support.builders import wakeup_of
from tests.support.doorways import Context, Doorway, http_event
from tests.support.telling import telling
from tests.support.world import World, record_of, some_posts

_UUID = "8f507cfc-0b1d-4697-b07a-ac58fc914c95"
_NAME = "postloudly-accounts-prod-RunSyncs-8jYt4LmQpZ0a"
_QUEUE = "arn:aws:sqs:eu-central-1:123456789012:" + _NAME.replace("RunSyncs", "DailyQueue")

# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html (plain text)
_OF_LAMBDA = (
    f"START RequestId: {_UUID} Version: 12\n"
    f"END RequestId: {_UUID}\n"
    f"REPORT RequestId: {_UUID}\tDuration: 2500.12 ms\tBilled Duration: 2501 ms\tMemory Size: 512 MB\t"
    "Max Memory Used: 128 MB\t\n"
)
# As `AccessLogSettings` of template.yaml has it.
_OF_THE_GATEWAY = (
    '{"request_id":"Jq3x1hYdFiAEJ8g=","at":"1795380300000","route":"GET /accounts/{account_id}","status":"200",'
    '"ms":"38","authorizer_error":"-","integration_error":"-"}\n'
)
# How long it took differs from machine to machine, and with it the number of its digits.
_TIME = re.compile(r'"ms": \d+')


@dataclass(frozen=True, slots=True)
class Logged:
    """Bytes. `sync`: of one run in a batch of ten; `renewal`: what a renewal of the access adds to it."""

    sync: int
    renewal: int
    request: int


def logged() -> Logged:
    """Written and counted now."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name, value in {"STAGE": "prod", "AWS_LAMBDA_FUNCTION_NAME": _NAME, "LOG_LEVEL": "INFO"}.items():
            monkeypatch.setenv(name, value)
        sync, renewed = (_sync(monkeypatch, renewal=renewal) for renewal in (False, True))
        return Logged(sync + len(_OF_LAMBDA) // 10, renewed - sync, _request(monkeypatch))


class _Here(Context):
    aws_request_id = _UUID


def _sync(monkeypatch: pytest.MonkeyPatch, *, renewal: bool) -> int:
    world, account = _world(monkeypatch)
    if renewal:
        world.clock.forward(hours=1)
    record = record_of(wakeup_of(account)) | {"messageId": _UUID, "eventSourceARN": _QUEUE}
    door = Doorway("run_syncs", world, monkeypatch)
    return _written(lambda: door.app.handler({"Records": [record]}, _Here()))


def _request(monkeypatch: pytest.MonkeyPatch) -> int:
    world, account = _world(monkeypatch)
    event = http_event("GET", f"/accounts/{account.account_id}", {}, account.user)
    event |= {"routeKey": "GET /accounts/{account_id}", "pathParameters": {"account_id": account.account_id}}
    event["requestContext"]["requestId"] = "Jq3x1hYdFiAEJ8g="
    door = Doorway("list_accounts", world, monkeypatch)
    return _written(lambda: door.app.handler(event, _Here())) + len(_OF_LAMBDA) + len(_OF_THE_GATEWAY)


def _world(monkeypatch: pytest.MonkeyPatch) -> tuple[World, Account]:
    """An account that is due, on a platform that answers well."""
    world = telling(World(monkeypatch))
    world.answer_well(posts=[some_posts(1, 20)])
    return world, world.settled_account(wake_at=world.clock() - timedelta(minutes=1))


def _written(work: Callable[[], Any]) -> int:
    said = io.StringIO()
    with redirect_stdout(said):
        work()
    text = _TIME.sub('"ms": 2500', said.getvalue())
    assert text and all(json.loads(line)["level"] == "INFO" for line in text.splitlines()), text
    return len(text.encode())
