"""AWS and a platform as a cold function meets them: one small server on this machine, the same answers each time.

A function under measurement is a process of its own; what this server spends is not counted.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from socials.aws.items.accounts import account_to_item
from socials.aws.items.attributes import encoded
from socials.aws.items.receipts import receipt_to_item
from socials.models.receipts import Counts, Revocation
from socials.models.runs import Run, RunState, Trigger
from tests.benchmarks import typical
from tests.support.builders import a_receipt, a_run, tokens

PAYLOADS = Path(__file__).parents[1] / "payloads" / "pinterest"
PLATFORM_PATHS = {
    "/v5/user_account": "profile",
    "/v5/user_account/analytics": "insights",
    "/v5/user_account/analytics/top_pins": "saves",
    "/v5/pins": "posts",
}
USER = "5f0c1b7e-7d5e-4d0a-9d53-6f1a3a2b9c10"
LISTED = 25
Answer = dict[str, Any]


class ColdAws:
    """Serves on loopback until `close`. `asked`: the operations and platform calls since it began."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(_Handler):
            heard = asked

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()

    def environment(self) -> dict[str, str]:
        """A function's environment as in the template, with this server behind it. No metadata service is asked."""
        queue = f"{self.address}/123456789012"
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_SESSION_TOKEN": "token",
            "AWS_LAMBDA_FUNCTION_NAME": "function",
            "TABLE_NAME": "table",
            "DAILY_QUEUE_URL": f"{queue}/daily",
            "MANUAL_QUEUE_URL": f"{queue}/manual",
            "ERASE_QUEUE_URL": f"{queue}/erase",
            "SECRETS_PREFIX": "postloudly/test/",
            "STAGE": "test",
            "LOG_LEVEL": "INFO",
            "JWT_ISSUER": "https://id.example.com",
            "JWT_CLIENT_ID": "client",
            "JWT_SCOPES": "openid postloudly/accounts",
            "PUBLIC_ORIGIN": "https://app.example",
            "PLATFORM_ORIGINS": json.dumps({"https://api.pinterest.com": self.address}),
            "ALLOW_PRIVATE_HOSTS": "1",
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    heard: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        self.heard.append(operation)
        if operation == "GetSecretValue" and "DeleteSecret" in self.heard:
            self._answer({"__type": "ResourceNotFoundException", "message": "gone"}, "application/x-amz-json-1.1", 400)
        else:
            self._answer(_ANSWERS[operation](json.loads(body)), "application/x-amz-json-1.0")

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.heard.append(path)
        payload = json.loads((PAYLOADS / f"{PLATFORM_PATHS[path]}.json").read_text(encoding="utf-8"))
        self._answer(payload["body"], "application/json")

    def _answer(self, value: Any, media_type: str, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@cache
def _account(number: int = 0, *, running: bool = False) -> Answer:
    """The typical account, on the platform whose payloads the server has."""
    profile = json.loads((PAYLOADS / "profile.json").read_text(encoding="utf-8"))["body"]
    now = datetime.now(UTC).replace(microsecond=0)
    row = typical.account(
        number,
        user=USER,
        platform="pinterest",
        platform_account_id=profile["id"] if not number else f"{number}",
        scopes=("user_accounts:read", "pins:read", "boards:read"),
        wake_at=now + timedelta(hours=5),
        run=_run(now) if running else None,
        lease_owner="worker" if running else None,
        lease_until=now + timedelta(days=1) if running else None,
    )
    return encoded(account_to_item(row))


def _run(now: datetime) -> Run:
    return a_run(typical.account(), state=RunState.RUNNING, trigger=Trigger.DAILY, queued_at=now, started_at=now)


def _queried(request: Mapping[str, Any]) -> Answer:
    if request.get("IndexName"):
        first = next(iter(request["ExpressionAttributeValues"].values()))
        due = [_due(n) for n in range(LISTED)] if first in ({"N": "0"}, {"N": "1"}) else []
        return {"Items": due, "Count": len(due), "ScannedCount": len(due)}
    of_accounts = "ACCOUNT#" in str(request["ExpressionAttributeValues"])
    items = [] if not of_accounts else [_account(n) for n in range(LISTED)]
    return {"Items": items, "Count": len(items), "ScannedCount": len(items)}


def _due(number: int) -> Answer:
    row = _account(number)
    return {name: row[name] for name in ("pk", "sk", "shard", "wake_at", "life")}


def _updated(request: Mapping[str, Any]) -> Answer:
    if request["Key"]["sk"]["S"].startswith("RECEIPT#"):
        return {"Attributes": _receipt()}
    claimed = "lease_owner" in request.get("ExpressionAttributeNames", {}).values()
    return {"Attributes": _account(running=claimed)} if request.get("ReturnValues") == "ALL_NEW" else {}


@cache
def _receipt() -> Answer:
    """Of an erase whose account was the last of its grant and whose platform offers no revoke."""
    counts = Counts(snapshots=0, posts=0, runs=0, events=0, secrets=1)
    now = datetime.now(UTC).replace(microsecond=0)
    return encoded(
        receipt_to_item(a_receipt(requested_at=now, user=USER, deleted=counts, revocation=Revocation.NOT_OFFERED))
    )


def _secret(_: Mapping[str, Any]) -> Answer:
    held = tokens(access_expires_at=None, refresh_expires_at=None)
    value = {"version": 1, "access": held.access, "refresh": held.refresh, "access_expires_at": None}
    value |= {"refresh_expires_at": None, "scopes": ["user_accounts:read", "pins:read", "boards:read"], "extra": {}}
    return {"Name": "secret", "SecretString": json.dumps(value), "VersionId": "1" * 32, "VersionStages": ["AWSCURRENT"]}


def _sent(request: Mapping[str, Any]) -> Answer:
    return {"Successful": [{"Id": each["Id"], "MessageId": "m"} for each in request["Entries"]], "Failed": []}


_ANSWERS = {
    "Query": _queried,
    "GetItem": lambda request: {} if "PLATFORM#" in str(request["Key"]) else {"Item": _account()},
    "UpdateItem": _updated,
    "TransactWriteItems": lambda _: {},
    "GetSecretValue": _secret,
    "DeleteItem": lambda _: {},
    "DeleteSecret": lambda _: {},
    "SendMessage": lambda _: {"MessageId": "m"},
    "SendMessageBatch": _sent,
}
