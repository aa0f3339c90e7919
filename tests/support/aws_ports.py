"""The AWS adapters as a set of ports like `FakePorts`, on clients that moto or DynamoDB Local answers."""

import json
import uuid
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.session import get_session
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from samtranslator.yaml_helper import yaml_parse

from local.resolving import Resolver
from socials.authorities import authorities
from socials.aws.apps import SecretsApps
from socials.aws.by_libcurl import go_by_libcurl
from socials.aws.table.agenda import TableAgenda
from socials.aws.table.budgets import TableBudgets
from socials.aws.table.connections import TableConnections
from socials.aws.table.deletions import TableDeletions
from socials.aws.table.grants import TableGrants
from socials.aws.table.history import TableHistory
from socials.aws.table.persons import TablePersons
from socials.aws.table.receipts import TableReceipts
from socials.aws.table.remains import TableRemains
from socials.aws.table.table import Table
from socials.aws.table.worked_accounts import TableWorkedAccounts
from socials.aws.vault import SecretsVault
from socials.aws.wakeups import QueueWakeups
from socials.models.wakeups import Queue
from socials.platforms.base import App
from socials.ports import (
    Agenda,
    Apps,
    Budgets,
    Connections,
    Deletions,
    Grants,
    History,
    Persons,
    Receipts,
    Remains,
    Vault,
    Wakeups,
    WorkedAccounts,
)
from socials.timing import QUEUE_VISIBILITY_SECONDS
from tests.support.aws_rows import rows_of
from tests.support.fakes import Rows, StandingClock

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
SECRETS_PREFIX = "postloudly/test/"
QUEUES: tuple[Queue, ...] = ("manual", "daily", "erase")
REGION = "eu-west-1"
PORTS = ("accounts", "history", "grants", "connections", "receipts", "remains", "agenda", "budgets", "persons")
PORTS += ("deletions", "vault", "apps", "wakeups")
_READS = frozenset({"GetItem", "Query", "Scan"})
Meeting = Callable[[str, dict[str, Any]], dict[str, Any] | None]
Plan = Callable[[str, bytes], tuple[Any, dict[str, Any]] | None]
_TABLE_PROPERTIES = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


class AwsPorts:
    """`dynamodb`, `secretsmanager`, `sqs`: the clients. `calls`: every AWS call made since `forget`, by operation;
    `requests`: their parameters. `pauses`: the seconds that adapters wanted to sleep."""

    def __init__(self, dynamodb_endpoint: str | None = None) -> None:
        self._of_moto = dynamodb_endpoint is None
        self.clock = StandingClock()
        self.calls: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self._interferences: list[Interference | _Between] = []
        self.pauses: list[float] = []
        self._writes, self._seen = 0, (-1, Rows())
        self.table_name = ""
        self.dynamodb = self._client("dynamodb", endpoint_url=dynamodb_endpoint)
        self.secretsmanager = self._client("secretsmanager")
        self.sqs = self._client("sqs")
        self._make_queues()

    def fresh(self) -> "AwsPorts":
        """The same clients on a new table: what another test left is out of sight."""
        for interference in self._interferences:
            interference.end()
        self._interferences.clear()
        if self.table_name:
            # moto copies all tables for every transaction: one table at a time keeps that quick.
            self.dynamodb.delete_table(TableName=self.table_name)
        self.table_name = f"table-{uuid.uuid4().hex}"
        make_table(self.dynamodb, self.table_name)
        table = Table(self.dynamodb, self.table_name, self.pauses.append)
        self.clock = StandingClock()
        for queue in QUEUES:
            messages_of(self, queue).clear()
            dead_letters_of(self, queue).clear()
        prefix = f"{SECRETS_PREFIX}{self.table_name}/"
        self.prefix = prefix
        self.accounts: WorkedAccounts = TableWorkedAccounts(table)
        self.history: History = TableHistory(table, self.clock)
        self.grants: Grants = TableGrants(table)
        self.connections: Connections = TableConnections(table)
        self.receipts: Receipts = TableReceipts(table)
        self.remains: Remains = TableRemains(table)
        self.agenda: Agenda = TableAgenda(table)
        self.budgets: Budgets = TableBudgets(table)
        self.persons: Persons = TablePersons(table)
        self.deletions: Deletions = TableDeletions(table)
        self.vault: Vault = SecretsVault(self.secretsmanager, prefix)
        self.apps: Apps = SecretsApps(self.secretsmanager, prefix)
        self.wakeups: Wakeups = QueueWakeups(self.sqs, self.urls)
        self.forget()
        return self

    def forget(self) -> None:
        self.calls.clear()
        self.requests.clear()
        self.pauses.clear()

    def interfere(self, client: Any, operation: str) -> "Interference":
        """Plan what happens to the next calls of one operation, until these ports are made fresh."""
        interference = Interference(client, operation)
        self._interferences.append(interference)
        return interference

    def between(self, meet: "Meeting") -> None:
        """Until these ports are made fresh, `meet` is asked before each request to AWS; what it returns is the answer,
        a refusal where that has an `Error`. None lets the request through."""
        for client in (self.dynamodb, self.secretsmanager, self.sqs):
            self._interferences.append(_Between(client, meet))

    def register(self, slug: str, app: App) -> None:
        """Our registration with a platform, as whoever deploys writes it."""
        value = {"client_id": app.client_id, "client_secret": app.client_secret}
        self.secretsmanager.create_secret(Name=f"{self.prefix}platforms/{slug}", SecretString=json.dumps(value))

    def rows(self) -> Rows:
        """The whole table as the fakes would hold it; read again only after a write."""
        if self._seen[0] != self._writes:
            self._seen = self._writes, rows_of(self.items())
        return self._seen[1]

    def items(self) -> list[dict[str, Any]]:
        """Every item of the table, as DynamoDB has it. moto is slow to answer with many: there we look inside."""
        if self._of_moto:
            table = get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION].tables[self.table_name]
            return [item.to_json()["Attributes"] for item in table.all_items()]
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.table_name)
        return [item for page in pages for item in page["Items"]]

    def _make_queues(self) -> None:
        """The wake-ups' queues as the template has them: how long a message hides, how often it may be taken."""
        self.queue_prefix = f"{uuid.uuid4().hex}-"
        self.urls: dict[Queue, str] = {}
        for name in QUEUES:
            dead = {"deadLetterTargetArn": self._queue(f"{name}-dead")[1], "maxReceiveCount": 5}
            attributes = {"VisibilityTimeout": str(QUEUE_VISIBILITY_SECONDS), "RedrivePolicy": json.dumps(dead)}
            self.urls[name], _ = self._queue(name, attributes)

    def _queue(self, name: str, attributes: dict[str, str] | None = None) -> tuple[str, str]:
        """Its address and its ARN."""
        made = self.sqs.create_queue(QueueName=self.queue_prefix + name, Attributes=attributes or {})["QueueUrl"]
        asked = self.sqs.get_queue_attributes(QueueUrl=made, AttributeNames=["QueueArn"])
        return made, asked["Attributes"]["QueueArn"]

    def _client(self, service: str, endpoint_url: str | None = None) -> Any:
        config = Config(retries={"total_max_attempts": 1})
        client = get_session().create_client(
            service,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            endpoint_url=endpoint_url,
            config=config,
        )
        if endpoint_url is not None:  # on a real engine, over the transport that the worker has
            go_by_libcurl(client, lambda: Credentials("testing", "testing"), authorities())
        client.meta.events.register(f"provide-client-params.{service}", self._record)
        return client

    def _record(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self._writes += model.name not in _READS
        self.calls.append(model.name)
        self.requests.append(params)


def messages_of(aws: AwsPorts, queue: Queue) -> list[Any]:
    """moto's own messages of a queue, those in flight too."""
    return _messages(aws.urls[queue].rpartition("/")[2])


def dead_letters_of(aws: AwsPorts, queue: Queue) -> list[Any]:
    return _messages(f"{aws.queue_prefix}{queue}-dead")


def _messages(name: str) -> list[Any]:
    messages: list[Any] = get_backend("sqs")[DEFAULT_ACCOUNT_ID][REGION].queues[name]._messages
    return messages


def make_table(client: Any, name: str) -> None:
    """The template's own table."""
    client.create_table(TableName=name, **_table_properties())


def agenda_carries() -> list[str]:
    """What the index `agenda` holds beside its keys."""
    (index,) = _table_properties()["GlobalSecondaryIndexes"]
    carried: list[str] = index["Projection"]["NonKeyAttributes"]
    return carried


@cache
def _table_properties() -> dict[str, Any]:
    resolver = Resolver(yaml_parse(TEMPLATE.read_text(encoding="utf-8")))
    [properties] = resolver.resources("AWS::DynamoDB::Table").values()
    return {key: resolver.resolve(properties[key]) for key in _TABLE_PROPERTIES}


class Interference:
    """What AWS does to the next call of one operation: `act` before it, or refuse it with `error`."""

    def __init__(self, client: Any, operation: str) -> None:
        service = client.meta.service_model.service_name
        self._client = client
        self._plans: list[Plan] = []
        self.met = 0
        self._events, self._event = client.meta.events, f"before-call.{service}.{operation}"
        self._events.register(self._event, self._meet)

    def end(self) -> None:
        self._events.unregister(self._event, self._meet)

    def act(self, action: Callable[[], object]) -> "Interference":
        self._plans.append(lambda *_: (action(), None)[1])
        return self

    def twice(self) -> "Interference":
        """Its answer is lost, and whoever sent it sends it again: carried out twice, the second answer is the one."""
        self._plans.append(self._carry_out)
        return self

    def refuse(self, code: str, times: int = 1, **more: Any) -> "Interference":
        answer = {"Error": {"Code": code, "Message": "as AWS says it"}, "ResponseMetadata": {}, **more}
        self._plans += [lambda *_: (_Refused(), answer)] * times
        return self

    def cancel(self, *reasons: str, times: int = 1) -> "Interference":
        """Refuse a transaction for these reasons, one an action."""
        return self.refuse(
            "TransactionCanceledException", times, CancellationReasons=[{"Code": code} for code in reasons]
        )

    def answer(self, **answer: Any) -> "Interference":
        self._plans.append(lambda *_: (_Fine(), {"ResponseMetadata": {}, **answer}))
        return self

    def _meet(self, model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]] | None:
        if not self._plans:
            return None
        self.met += 1
        return self._plans.pop(0)(model.name, params["body"])

    def _carry_out(self, operation: str, body: bytes) -> None:
        """What else is planned is for the calls after it."""
        later, self._plans = self._plans, []
        try:
            carry_out(self._client, operation, body)
        finally:
            self._plans = later


def carry_out(client: Any, operation: str, body: bytes) -> None:
    """The very request that is about to be sent, for nobody to hear the answer."""
    asked = json.loads(body, object_hook=_with_bytes)
    with suppress(ClientError):
        getattr(client, xform_name(operation))(**asked)


def _with_bytes(read: dict[str, Any]) -> dict[str, Any]:
    return {"B": b64decode(read["B"])} if read.keys() == {"B"} else read


class _Between:
    def __init__(self, client: Any, meet: Meeting) -> None:
        self._events, self._meet = client.meta.events, meet
        self._events.register("before-call", self._before_call)

    def end(self) -> None:
        self._events.unregister("before-call", self._before_call)

    def _before_call(self, model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]] | None:
        answer = self._meet(model.name, json.loads(params["body"]))
        if answer is None:
            return None
        return (_Refused() if "Error" in answer else _Fine()), {"ResponseMetadata": {}, **answer}


class _Refused:
    status_code = 400


class _Fine:
    status_code = 200
