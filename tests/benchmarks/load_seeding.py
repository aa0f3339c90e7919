"""Thousands of connected accounts: one user's are connected for real, every other user gets a copy of their rows.

A copy is the row as the product wrote it, under another user's key with ids of its own, and a secret of its own; the
person on the platform is the same one. All are due.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3
import requests

from local.aws import CREDENTIALS
from local.sandbox import people
from local.sandbox.bluesky_feed import handle
from local.sandbox.bluesky_sessions import app_password
from local.template import REGION
from socials import ids
from tests.support.product import connect_bluesky, synced
from tests.support.stack import Person, Stack

PEOPLE_EACH = 50
PLATFORM = "bluesky"
AT_ONCE = 2
OVERDUE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Aws:
    """What the stack's functions speak to."""

    dynamodb: Any
    secrets: Any
    sqs: Any
    table: str
    prefix: str

    def rows(self, user: str, kind: str, *fields: str) -> Iterator[dict[str, Any]]:
        """Every row of a user whose sort key begins so, whole or with those of its fields.

        By the users' keys and never by a scan: posts grow to many times the accounts, and whoever looks on would keep
        the store busier than what is looked at.
        """
        names = {f"#{number}": name for number, name in enumerate(fields)}
        only = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names} if names else {}
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :kind)",
            ExpressionAttributeValues={":pk": {"S": f"USER#{user}"}, ":kind": {"S": kind}},
            **only,
        )
        for page in pages:
            yield from page["Items"]

    def messages(self, *, dead: bool = False) -> int:
        """How many wait or are at work in all queues, or in their dead letters. Asked of the queues alone: the stack's
        own state counts every item of the table."""
        names = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
        urls = [url for url in self.sqs.list_queues()["QueueUrls"] if ("DeadLetters" in url) is dead]
        told = [self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for url in urls]
        return sum(int(each[name]) for each in told for name in names)


def aws_of(stack: Stack, dynamodb: str) -> Aws:
    environment = json.loads((stack.folder / "env.json").read_text(encoding="utf-8"))["RunSyncs"]
    endpoint = environment["AWS_ENDPOINT_URL"].replace("host.docker.internal", "127.0.0.1")
    keys = {name.lower(): value for name, value in CREDENTIALS.items()}
    return Aws(
        dynamodb=boto3.client("dynamodb", endpoint_url=dynamodb, region_name=REGION, **keys),
        secrets=boto3.client("secretsmanager", endpoint_url=endpoint, region_name=REGION, **keys),
        sqs=boto3.client("sqs", endpoint_url=endpoint, region_name=REGION, **keys),
        table=environment["TABLE_NAME"],
        prefix=environment["SECRETS_PREFIX"],
    )


def user_named(number: int) -> str:
    return f"load-user-{number:05}"


def seed(stack: Stack, aws: Aws, accounts: int) -> tuple[list[str], int]:
    """So many accounts, rounded up to whole users. Returns the users, and how many accounts there are."""
    requests.post(f"{stack.base}/_sandbox/limits", json={"enforced": False}, timeout=30).raise_for_status()
    first = stack.person(user_named(0))
    connected = [_connected(first, number) for number in range(1, min(PEOPLE_EACH, accounts) + 1)]
    for account_id in connected:
        synced(stack, first, account_id)
    models = list(_models(aws))
    users = [user_named(number) for number in range(-(-accounts // len(models)))]
    due = stack.now() - OVERDUE
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda user: _copy(aws, models, user, due), users[1:]))
    for account, _, _ in models:
        _put(aws, [_due(account, due)])
    return users, len(users) * len(models)


def _connected(person: Person, number: int) -> str:
    who = people.find(f"crowd-{number}")
    assert who is not None
    return str(connect_bluesky(person, handle(who), app_password(who))["account_id"])


Model = tuple[dict[str, Any], dict[str, Any], str]


def _models(aws: Aws) -> Iterator[Model]:
    """The account's row, its grant's row, the text of its secret."""
    first = user_named(0)
    grants = {row["sk"]["S"].removeprefix("GRANT#"): row for row in aws.rows(first, "GRANT#")}
    for row in aws.rows(first, "ACCOUNT#"):
        grant_id = row["grant_id"]["S"]
        name = f"{aws.prefix}grants/{grant_id}"
        yield row, grants[grant_id], aws.secrets.get_secret_value(SecretId=name)["SecretString"]


def _copy(aws: Aws, models: list[Model], user: str, due: datetime) -> None:
    rows = []
    for account, grant, secret in models:
        grant_id = ids.random_id("grant")
        did = account["platform_account_id"]["S"]
        names = {
            account["pk"]["S"]: f"USER#{user}",
            account["sk"]["S"].removeprefix("ACCOUNT#"): ids.account_id(user, PLATFORM, did),
            account["grant_id"]["S"]: grant_id,
            account["life"]["S"]: ids.random_id("l"),
        }
        aws.secrets.create_secret(Name=f"{aws.prefix}grants/{grant_id}", SecretString=secret)
        rows += [_due(_renamed(account, names), due), _renamed(grant, names)]
    for start in range(0, len(rows), 25):
        _put(aws, rows[start : start + 25])


def _renamed(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    text = json.dumps(row)
    for old, new in names.items():
        text = text.replace(old, new)
    renamed: dict[str, Any] = json.loads(text)
    return renamed


def _due(account: dict[str, Any], due: datetime) -> dict[str, Any]:
    shard = ids.shard(account["sk"]["S"].removeprefix("ACCOUNT#"))
    return account | {"wake_at": {"N": str(int(due.timestamp()))}, "shard": {"N": str(shard)}}


def _put(aws: Aws, rows: list[dict[str, Any]]) -> None:
    left = {aws.table: [{"PutRequest": {"Item": row}} for row in rows]}
    while left:
        left = aws.dynamodb.batch_write_item(RequestItems=left)["UnprocessedItems"]
