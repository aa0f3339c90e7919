"""A platform and AWS on one loopback port, for benchmarks: the platform takes 20 ms a call, AWS as long as it is told.

One asyncio process that answers some thousand requests a second, so that it is never the limit. The platform's
numbers follow from the account's number. The AWS side keeps items and secrets in memory and does what an update asks;
it checks no condition, because nobody else is there.

    python -m tests.benchmarks.sync.server PORT POSTS_AN_ACCOUNT AWS_MILLISECONDS
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

PLATFORM_SECONDS = 0.020
DAYS = 7
_FIRST_OF_ALL = -20

Json = dict[str, Any]
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_TARGET = re.compile(rb"x-amz-target: *\S*?\.(\w+)", re.IGNORECASE)
_TERM = re.compile(r"((?:#\w+\.?)+) = (?:if_not_exists\(((?:#\w+)+), (:\w+)\)(?: \+ (:\w+))?|(:\w+))")


class Platform:
    """What one account has there: a profile, a week of days, some posts with numbers of their own."""

    def __init__(self, posts: int) -> None:
        self._posts = posts
        self.calls = 0

    def answer(self, path: str, query: dict[str, list[str]]) -> Json:
        self.calls += 1
        number = int(query["account"][0])
        match path:
            case "/profile":
                return {"id": str(number), "username": f"user{number}", "name": f"User {number}", "followers": number}
            case "/insights":
                days = range(1, DAYS + 1)
                return {"days": [{"date": f"2026-11-{day:02}", "impressions": day * 10, "reach": day} for day in days]}
            case "/posts":
                return {"posts": [self._post(number, n) for n in range(self._posts)]}
            case "/numbers":
                return {"impressions": number, "reach": number, "saves": 3, "shares": 1}
        raise KeyError(path)

    def _post(self, account: int, n: int) -> Json:
        return {
            "id": f"{account}_{n}",
            "created_at": f"2026-10-{n % 28 + 1:02}T10:00:00Z",
            "title": f"The {n}th thing that account {account} said to everybody who would listen",
            "url": f"https://bench.example/{account}/{n}",
            "type": "image",
            "likes": n,
            "comments": n // 2,
        }


class Aws:
    """DynamoDB and Secrets Manager as far as a sync asks for them. Items stay in DynamoDB's own JSON."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Json]] = {}
        self.secrets: dict[str, str] = {}
        self.calls = 0

    def answer(self, operation: str, asked: Json) -> Json:
        self.calls += 1
        do: Callable[[Json], Json] = getattr(self, f"_{operation}")
        return do(asked)

    def _PutItem(self, asked: Json) -> Json:
        pk, sk = _key(asked["Item"])
        self.items.setdefault(pk, {})[sk] = asked["Item"]
        return {}

    def _BatchWriteItem(self, asked: Json) -> Json:
        for writes in asked["RequestItems"].values():
            for write in writes:
                self._PutItem(write["PutRequest"])
        return {"UnprocessedItems": {}}

    def _GetItem(self, asked: Json) -> Json:
        pk, sk = _key(asked["Key"])
        item = self.items.get(pk, {}).get(sk)
        return {"Item": item} if item else {}

    def _Query(self, asked: Json) -> Json:
        """A span of sort keys, backwards."""
        pk, first, last = (asked["ExpressionAttributeValues"][f":{name}"]["S"] for name in ("pk", "first", "last"))
        within = self.items.get(pk, {})
        found = sorted((sk for sk in within if first <= sk <= last), reverse=True)[: asked["Limit"]]
        return {"Items": [within[sk] for sk in found], "Count": len(found), "ScannedCount": len(found)}

    def _UpdateItem(self, asked: Json) -> Json:
        pk, sk = _key(asked["Key"])
        item = self.items.setdefault(pk, {}).setdefault(sk, dict(asked["Key"]))
        _update(item, asked)
        return {"Attributes": item} if asked.get("ReturnValues") == "ALL_NEW" else {}

    def _TransactWriteItems(self, asked: Json) -> Json:
        for action in asked["TransactItems"]:
            for verb, change in action.items():
                self._PutItem(change) if verb == "Put" else self._UpdateItem(change)
        return {}

    def _CreateSecret(self, asked: Json) -> Json:
        self.secrets[asked["Name"]] = asked["SecretString"]
        return {"Name": asked["Name"]}

    def _GetSecretValue(self, asked: Json) -> Json:
        return {"Name": asked["SecretId"], "SecretString": self.secrets[asked["SecretId"]], "CreatedDate": 1}


def _key(item: Json) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _update(item: Json, asked: Json) -> None:
    """`SET` of values, of `if_not_exists` with or without a sum, `ADD` to sets, and `REMOVE`: all that a sync's writes
    use."""
    names, values = asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {})
    setting, adding, removing = _parsed(asked["UpdateExpression"])
    for path, instead, value, more, plain in setting:
        if plain:
            _set(item, path, names, values[plain])
            continue
        old = item.get(names[instead], values[value])
        new = {"N": str(int(old["N"]) + int(values[more]["N"]))} if more else old
        _set(item, path, names, new)
    for name, value in adding:
        stored = item.get(names[name], {"SS": []})
        item[names[name]] = {"SS": sorted({*stored["SS"], *values[value]["SS"]})}
    for name in removing:
        item.pop(names[name], None)


def _set(item: Json, path: str, names: dict[str, str], value: Json) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        item = item[names[parent]]["M"]
    item[names[last]] = value


@cache
def _parsed(expression: str) -> tuple[list[tuple[str, ...]], list[tuple[str, str]], list[str]]:
    setting, _, removing = expression.partition("REMOVE")
    setting, _, adding = setting.partition("ADD")
    return _TERM.findall(setting), re.findall(r"(#\w+) (:\w+)", adding), re.findall(r"#\w+", removing)


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, one request at a time."""

    def __init__(self, platform: Platform, aws: Aws, aws_seconds: float) -> None:
        self._platform, self._aws, self._aws_seconds = platform, aws, aws_seconds
        self._transport: Any = None
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            found = _LENGTH.search(head)
            size = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < size:
                return
            body, self._buffer = self._buffer[end + 4 : size], self._buffer[size:]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        target = _TARGET.search(head)
        if target:
            answer, seconds = self._aws.answer(target[1].decode(), orjson.loads(body)), self._aws_seconds
        else:
            path = urlsplit(head.split(b" ", 2)[1].decode())
            answer, seconds = self._told(path.path, parse_qs(path.query))
        text = orjson.dumps(answer)
        reply = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(text) + text
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._transport.write, reply)
        else:
            self._transport.write(reply)

    def _told(self, path: str, query: dict[str, list[str]]) -> tuple[Json, float]:
        if path == "/counts":
            stored = sum(sk.startswith("POST#") for within in self._aws.items.values() for sk in within)
            return {"platform": self._platform.calls, "aws": self._aws.calls, "posts": stored}, 0
        return self._platform.answer(path, query), PLATFORM_SECONDS


async def serve(port: int, posts: int, aws_milliseconds: float) -> None:
    platform, aws = Platform(posts), Aws()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(platform, aws, aws_milliseconds / 1000), "127.0.0.1", port)
    await server.serve_forever()


def go_first() -> None:
    """What this stands in for runs on other machines: it answers when it is time, however busy the contestants keep
    this one. Who may not ask for that gets later answers, and lower rates of whatever runs in several processes."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _FIRST_OF_ALL)


if __name__ == "__main__":
    go_first()
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
