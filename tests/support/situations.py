"""What the runbook tells of, brought about on a local stack: a broken account, a dead letter, an erase that is late."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import boto3

from local.aws import CREDENTIALS
from local.stack import CONTAINER_HOST
from local.template import REGION
from socials.aws.data_keys import DataKeys
from socials.aws.items.attributes import encode
from socials.aws.sealed_vault import SealedVault
from socials.aws.table.table import Table
from socials.aws.wakeups import body
from socials.models.wakeups import Wakeup
from socials.timing import QUEUE_VISIBILITY_SECONDS
from tests.support.builders import tokens
from tests.support.product import connect_pinterest, erased, synced
from tests.support.stack import Person, Stack

Item = dict[str, Any]
LATE = timedelta(hours=27)
NAMED = "broken-account"
PATIENCE = 60.0  # seconds


@dataclass
class Situations:
    """`values`: what stands for each name in capitals; each situation adds its own."""

    stack: Stack
    values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        environment = json.loads((self.stack.folder / "env.json").read_text(encoding="utf-8"))["RunSyncs"]
        here = {name: value.replace(CONTAINER_HOST, "127.0.0.1") for name, value in environment.items()}
        self.endpoint, self.prefix, self.table = here["AWS_ENDPOINT_URL"], here["SECRETS_PREFIX"], here["TABLE_NAME"]
        self.queue_url = here["MANUAL_QUEUE_URL"]
        self.sqs, self.dynamodb, self.secrets = map(self.client, ("sqs", "dynamodb", "secretsmanager"))
        self.values |= {"STAGE": here["STAGE"], "TABLE_NAME": self.table, "PORT": self.endpoint.rpartition(":")[2]}
        self.values |= {"QUEUE_URL": self.queue_url, "OLD": self.table}

    def client(self, service: str) -> Any:
        keys = {name.lower(): value for name, value in CREDENTIALS.items()}
        return boto3.client(service, region_name=REGION, endpoint_url=self.endpoint, **keys)

    def connected(self, user: str, who: str) -> tuple[Person, str]:
        """A person and the id of their Pinterest account, which has synced."""
        person = self.stack.person(user)
        return person, synced(self.stack, person, connect_pinterest(person, who)["account_id"])["account_id"]

    # The situations ----------------------------------------------------------------------------------------------

    def an_account_is_broken(self) -> None:
        """Its row cannot be read: a request for it is answered 500, its message fails five times. Then it is repaired,
        and its dead letter waits to be sent back."""
        person, account_id = self.connected(NAMED, "ada")
        row = self._row(account_id)
        self._change(row, connected_at="no time")
        answer = person.get(f"/accounts/{account_id}")
        assert answer.status_code == 500
        self._wake(row, account_id)
        self.stack.until(lambda: self._has_died(person, account_id), PATIENCE)
        self.dynamodb.put_item(TableName=self.table, Item=row)
        said = next(line for line in self.lines() if line.get("request_id") == answer.json()["request_id"])
        self.values |= {"ID": said["request_id"], "SUB": NAMED, "ACCOUNT": account_id, "HASH": said["user"]}

    def a_run_waits_for_its_platform(self) -> None:
        fault = {"platform": "pinterest", "person": "noor", "call": "account_analytics", "kind": "503", "times": None}
        assert self.stack.anyone().post("/_sandbox/faults", json=fault).status_code == 201
        person = self.stack.person("who-waits")
        account_id = connect_pinterest(person, "noor")["account_id"]
        self.stack.until(lambda: any(line.get("RunTrouble") == 1 for line in self.stack.lines("run_syncs")), PATIENCE)
        assert person.get(f"/accounts/{account_id}").json()["status_reason"]["action"] == "wait"

    def an_account_comes_back_by_a_restore(self, restore: Any) -> None:
        """`restore` copies the table while the account is there; it is gone from the old one, and was put back there
        too, with its secret."""
        person, account_id = self.connected("who-left", "zora")
        grant = self._row(account_id)["grant_id"]["S"]
        secret = self.secrets.get_secret_value(SecretId=f"{self.prefix}grants/{grant}")["SecretString"]
        before = [item for item in self._items() if "who-left" in item["pk"]["S"]]
        restore()
        erased(self.stack, person, person.delete(f"/accounts/{account_id}").json()["receipt_id"])
        for item in before:
            self.dynamodb.put_item(TableName=self.table, Item=item)
        self.secrets.create_secret(Name=f"{self.prefix}grants/{grant}", SecretString=secret)

    def an_erase_is_late_and_everything_overdue(self) -> None:
        """The worker that had the account died, and its lease lasts longer than ever it would."""
        person, account_id = self.connected("who-leaves", "bruno")
        self._change(self._row(account_id), lease_owner="worker", lease_until=self.stack.now() + LATE)
        receipt_id = person.delete(f"/accounts/{account_id}").json()["receipt_id"]
        self.stack.until(lambda: "erase goes on later" in self.stack.log("erase_account"), PATIENCE)
        self.stack.tick(self.stack.now() + LATE)
        erased(self.stack, person, receipt_id)

    def tokens_are_sealed(self) -> None:
        """Two grants, under a key that is the newest yet."""
        keys = DataKeys(self.secrets, self.prefix)
        keys.ensure()
        vault = SealedVault(Table(self.dynamodb, self.table), keys)
        for grant_id in ("grant_1", "grant_2"):
            vault.create("who-seals", grant_id, tokens())
        self.values["KEY_ID"] = keys.newest()[0]

    @contextmanager
    def a_message_is_postponed(self) -> Iterator[None]:
        """As long as this lasts, a worker has the account that was broken, and whoever presses Sync waits for it."""
        self.stack.until(self._queues_are_empty, PATIENCE)
        row = self._row(self.values["ACCOUNT"])
        now, some = self.stack.now(), timedelta(minutes=10)
        synced_at = {"last_synced_at": now - some, "last_run_finished_at": now - some}
        self._change(row, lease_owner="worker", lease_until=now + some, **synced_at)
        pressed = self.stack.person(NAMED).post(f"/accounts/{self.values['ACCOUNT']}/sync")
        assert pressed.status_code == 202, pressed.text
        try:
            self.stack.until(lambda: "message postponed" in self.stack.log("run_syncs"), PATIENCE)
            yield
        finally:  # a message that waits would keep every tick waiting
            self.sqs.purge_queue(QueueUrl=self.queue_url)
            self.dynamodb.put_item(TableName=self.table, Item=row)

    # What they are made of -----------------------------------------------------------------------------------------

    def lines(self) -> list[Item]:
        """Every line of every function."""
        return [line for function in self.stack.functions() for line in self.stack.lines(function)]

    def dead_letters(self) -> int:
        """How many wait, of all queues."""
        return sum(self.stack.state()["dead_letters"].values())

    def the_repaired_account_syncs(self) -> bool:
        """It had synced when it was connected; its dead letter has it synced anew."""
        own = {"account_id": self.values["ACCOUNT"], "message": "run ended", "trigger": "daily"}
        self.stack.until(lambda: any(own.items() <= line.items() for line in self.lines()), PATIENCE)
        return True

    def _queues_are_empty(self) -> bool:
        return not any(sum(counts.values()) for counts in self.stack.state()["queues"].values())

    def _items(self) -> list[Item]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def _row(self, account_id: str) -> Item:
        return next(item for item in self._items() if item["sk"]["S"] == f"ACCOUNT#{account_id}")

    def _change(self, row: Item, **fields: Any) -> None:
        changed = row | {name: encode(value) for name, value in fields.items()}
        self.dynamodb.put_item(TableName=self.table, Item=changed)

    def _wake(self, row: Item, account_id: str) -> None:
        """As the dispatcher does."""
        user = row["pk"]["S"].removeprefix("USER#")
        wakeup = Wakeup(user, "account", account_id, row["life"]["S"])
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=body(wakeup))

    def _has_died(self, person: Person, account_id: str) -> bool:
        """Lets the queue's time pass, and its worker look: it does after every request."""
        self._passed = getattr(self, "_passed", 0) + QUEUE_VISIBILITY_SECONDS + 1
        shift = urllib.request.Request(f"{self.endpoint}/_shift/{self._passed}", method="POST")
        urllib.request.urlopen(shift, timeout=5).close()
        person.get(f"/accounts/{account_id}")
        return self.dead_letters() == 1
