"""Every function of the template on a composition of its own, as in a process of its own, against moto and the sandbox.

What each asks of AWS is recorded at botocore, before the request leaves the SDK.
"""

import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from botocore.config import Config

import socials
from local import declared
from local.aws import CREDENTIALS
from local.declared import FunctionSpec
from local.moto_server import OneAtATime
from local.template import REGION
from socials import clock
from socials.aws.clients import Clients
from socials.ports import Vault
from tests.support.doorways import Context, Reply, http_event
from tests.support.host import ROOT, Host
from tests.support.permissions import Call

SERVICES = ("dynamodb", "sqs", "secretsmanager")
QUEUES = {"manual": "ManualQueue", "daily": "DailyQueue", "erase": "EraseQueue"}
Json = dict[str, Any]
# On a busy machine moto may take its time: that is no scene of ours.
_PATIENT = Config(retries={"total_max_attempts": 1}, connect_timeout=60, read_timeout=60)


class Cloud:
    """`calls`: what each function asked of AWS so far, by its folder's name. `storing`: the service and operation by
    which tokens are kept. `vault`: nobody's, for looking."""

    def __init__(self, token_store: str, tracing: str) -> None:
        self.host = Host(OneAtATime(), TokenStore=token_store, Tracing=tracing)
        self.storing = {
            "secrets-manager": ("secretsmanager", "PutSecretValue"),
            "sealed": ("dynamodb", "PutItem"),
        }[token_store]
        self.resolver = self.host.resolver
        self.calls: dict[str, list[Call]] = {}
        self.shift = timedelta()
        self.clients: dict[tuple[str, str], Any] = {}
        self._sqs = self.host.client("sqs")
        variables = self.host.variables()
        specs = declared.functions(self.resolver)
        self.ids = {spec.label: spec.logical_id for spec in specs}
        self._apps = {spec.label: self._load(spec, variables[spec.logical_id]) for spec in specs}
        self.vault = self._looking_in(variables[self.ids["erase_account"]])

    def close(self) -> None:
        os.environ.pop("CLOCK_SHIFT", None)
        clock.set_clock()
        self.host.close()

    def later(self, **of: float) -> None:
        """Moves the time of functions and sandbox."""
        self.shift += timedelta(**of)
        os.environ["CLOCK_SHIFT"] = str(int(self.shift.total_seconds()))
        clock.set_clock()

    @property
    def now(self) -> datetime:
        return clock.now()

    def ask(self, function: str, method: str, path: str, body: object = None, **more: Any) -> Reply:
        """What the gateway would send: `user` (None: nobody), `query`, `cookies`, `raw`, `headers`."""
        event = http_event(method, path, more.get("query", {}), more.get("user"))
        text = more.get("raw") or (json.dumps(body) if body is not None else None)
        event |= {"body": text} if text is not None else {}
        event |= {"cookies": more["cookies"]} if "cookies" in more else {}
        event["headers"] |= more.get("headers", {})
        return Reply(self.invoke(function, event))

    def invoke(self, function: str, event: Json, *, hurried: bool = False) -> Any:
        """`hurried`: no time is left after the function's first look at it."""
        return self._apps[function].handler(event, Hurried() if hurried else Context())

    def deliver(self, queue: str, *, hurried: bool = False) -> list[Json]:
        """Gives what waits in a queue to its worker, all of it once. The wake-ups that came back."""
        function = "erase_account" if queue == "erase" else "run_syncs"
        url = self.resolver.references[QUEUES[queue]]
        arn = self.resolver.resolve({"Fn::GetAtt": [QUEUES[queue], "Arn"]})
        back: list[Json] = []
        while taken := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            records = [_record(message, arn) for message in taken]
            answer = self.invoke(function, {"Records": records}, hurried=hurried)
            failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
            back += [json.loads(each["body"]) for each in records if each["messageId"] in failed]
            for message in taken:
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            if hurried:
                break
        return back

    def send(self, queue: str, wakeup: Json) -> None:
        """A wake-up that comes (back) to its queue."""
        self._sqs.send_message(QueueUrl=self.resolver.references[QUEUES[queue]], MessageBody=json.dumps(wakeup))

    def forget(self, queue: str) -> None:
        """Other scenes' accounts that a sweep has woken."""
        url = self.resolver.references[QUEUES[queue]]
        while taken := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in taken:
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def row(self, pk: str, sk: str) -> Json:
        """An item of the table, as DynamoDB has it."""
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        item: Json = self.host.client("dynamodb").get_item(TableName=self.resolver.name("Table"), Key=key)["Item"]
        return item

    def tick(self, *, sweep: bool = False) -> int:
        """The dispatcher's minute; what it wakes waits in its queues. How many it woke."""
        woken = self.invoke("dispatch_syncs", {"time": clock.iso(self.now), "detail": {"sweep": sweep}})
        return int(woken["woken"])

    def _load(self, spec: FunctionSpec, environment: Mapping[str, str]) -> ModuleType:
        self.calls[spec.label] = []
        with pytest.MonkeyPatch.context() as patch:
            wiring = _composition(environment, patch)
            app = _module(f"cloud_{spec.label}", ROOT / spec.folder / "app.py", patch)
            for service in SERVICES:
                self._listen(spec.label, service, getattr(wiring._clients, service))
            return app

    def _looking_in(self, environment: Mapping[str, str]) -> Vault:
        with pytest.MonkeyPatch.context() as patch:
            wiring = _composition(environment, patch)
            for service in SERVICES:
                getattr(wiring._clients, service)
            vault: Vault = wiring._vault()
            return vault

    def _listen(self, label: str, service: str, client: Any) -> None:
        def record(params: Json, model: Any, **_: Any) -> None:
            self.calls[label].append(Call(service, model.name, params))

        client.meta.events.register(f"provide-client-params.{service}", record)
        self.clients[label, service] = client


class Hurried(Context):
    """Time enough to begin, none to go on."""

    def __init__(self) -> None:
        super().__init__()
        self._left = iter([100_000])

    def get_remaining_time_in_millis(self) -> int:
        return next(self._left, 0)


def _composition(environment: Mapping[str, str], patch: pytest.MonkeyPatch) -> ModuleType:
    """`socials.wiring` as a new process of that environment would have it."""
    for name, value in {**environment, **CREDENTIALS, "AWS_DEFAULT_REGION": REGION}.items():
        patch.setenv(name, value)
    wiring = _module("socials.wiring", ROOT / "layers/socials/socials/wiring.py", patch)
    patch.setattr(socials, "wiring", wiring, raising=False)
    wiring.__dict__["_clients"] = Clients(config=_PATIENT)
    return wiring


def _module(name: str, path: Path, patch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    patch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


def _record(message: Json, arn: str) -> Json:
    own = {"messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": message["Body"]}
    return {**own, "eventSource": "aws:sqs", "eventSourceARN": arn}
