"""The AWS adapters as a set of ports like `FakePorts`, on clients that moto or DynamoDB Local answers."""

import json
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.session import get_session
from samtranslator.yaml_helper import yaml_parse

from socials.aws.apps import SecretsApps
from socials.aws.table.accounts import TableAccounts
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
from socials.aws.vault import SecretsVault
from socials.aws.wakeups import QueueWakeups
from socials.platforms.base import App
from socials.ports import (
    Accounts,
    Agenda,
    Apps,
    Budgets,
    Connections,
    Deletions,
    Grants,
    History,
    Persons,
    Queue,
    Receipts,
    Remains,
    Vault,
    Wakeups,
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
_READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})
_TABLE_PROPERTIES = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


class AwsPorts:
    """`dynamodb`, `secretsmanager`, `sqs`: the clients. `calls`: every AWS call made since `forget`, by operation;
    `requests`: their parameters. `pauses`: the seconds that adapters wanted to sleep."""

    def __init__(self, dynamodb_endpoint: str | None = None) -> None:
        self.clock = StandingClock()
        self.calls: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self._interferences: list[Interference] = []
        self.pauses: list[float] = []
        self._writes, self._seen = 0, (-1, Rows())
        self.table_name = ""
        self.dynamodb = self._client("dynamodb", endpoint_url=dynamodb_endpoint)
        self.secretsmanager = self._client("secretsmanager")
        self.sqs = self._client("sqs")
        self.urls: dict[Queue, str] = {}

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
        self._make_queues()
        prefix = f"{SECRETS_PREFIX}{self.table_name}/"
        self.prefix = prefix
        self.accounts: Accounts = TableAccounts(table)
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
        """Every item of the table, as DynamoDB has it."""
        return [
            item
            for page in self.dynamodb.get_paginator("scan").paginate(TableName=self.table_name)
            for item in page["Items"]
        ]

    def _make_queues(self) -> None:
        """The template's queues of wake-ups; `receive_message` leaves a message invisible for as long as there."""
        for url in self.urls.values():
            self.sqs.delete_queue(QueueUrl=url)
        attributes = {"VisibilityTimeout": str(QUEUE_VISIBILITY_SECONDS)}
        self.urls = {
            name: self.sqs.create_queue(QueueName=f"{name}-{uuid.uuid4().hex}", Attributes=attributes)["QueueUrl"]
            for name in QUEUES
        }

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
        client.meta.events.register(f"provide-client-params.{service}", self._record)
        return client

    def _record(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self._writes += model.name not in _READS
        self.calls.append(model.name)
        self.requests.append(params)


def make_table(client: Any, name: str) -> None:
    """The template's own table."""
    client.create_table(TableName=name, **_table_properties())


@cache
def _table_properties() -> dict[str, Any]:
    document = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    properties = document["Resources"]["Table"]["Properties"]
    return {key: properties[key] for key in _TABLE_PROPERTIES}


class Interference:
    """What AWS does to the next call of one operation: `act` before it, or refuse it with `error`."""

    def __init__(self, client: Any, operation: str) -> None:
        service = client.meta.service_model.service_name
        self._plans: list[Callable[[], tuple[Any, dict[str, Any]] | None]] = []
        self.met = 0
        self._events, self._event = client.meta.events, f"before-call.{service}.{operation}"
        self._events.register(self._event, self._meet)

    def end(self) -> None:
        self._events.unregister(self._event, self._meet)

    def act(self, action: Callable[[], object]) -> "Interference":
        self._plans.append(lambda: (action(), None)[1])
        return self

    def refuse(self, code: str, times: int = 1, **more: Any) -> "Interference":
        answer = {"Error": {"Code": code, "Message": "as AWS says it"}, "ResponseMetadata": {}, **more}
        self._plans += [lambda: (_Refused(), answer)] * times
        return self

    def cancel(self, *reasons: str, times: int = 1) -> "Interference":
        """Refuse a transaction for these reasons, one an action."""
        return self.refuse(
            "TransactionCanceledException", times, CancellationReasons=[{"Code": code} for code in reasons]
        )

    def answer(self, **answer: Any) -> "Interference":
        self._plans.append(lambda: (_Fine(), {"ResponseMetadata": {}, **answer}))
        return self

    def _meet(self, **_: Any) -> tuple[Any, dict[str, Any]] | None:
        if not self._plans:
            return None
        self.met += 1
        return self._plans.pop(0)()


class _Refused:
    status_code = 400


class _Fine:
    status_code = 200
