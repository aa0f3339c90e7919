"""Who asked AWS for what: moto's server with a list of every call, each as the IAM actions and the ARNs it needs."""

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from local.moto_server import OneAtATime
from local.resolving import ACCOUNT
from local.template import REGION

_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_SECRET_SUFFIX = "-a1B2c3"


@dataclass(frozen=True, slots=True)
class Permission:
    """What a policy must allow for one call."""

    action: str
    arn: str


@dataclass(frozen=True, slots=True)
class Call:
    """One request to AWS, as the SDK sent it."""

    service: str
    operation: str
    request: dict[str, Any]


@dataclass(slots=True)
class Recorder:
    """WSGI: passes every request on to moto, and keeps what it asked until `take`."""

    _calls: list[Call] = field(default_factory=list)
    _moto: OneAtATime = field(default_factory=OneAtATime)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(data)
        service, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
        if operation:
            self._calls.append(Call(service, operation, json.loads(data or b"{}")))
        return self._moto(environ, start_response)

    def take(self) -> list[Call]:
        """What was asked since the last time."""
        taken, self._calls = self._calls, []
        return taken


def permissions(call: Call) -> Iterator[Permission]:
    """The actions and ARNs that AWS checks for a call. Raises KeyError for a service that nobody should call."""
    needs = {"DynamoDB_20120810": _dynamodb, "AmazonSQS": _sqs, "secretsmanager": _secrets}
    yield from needs[call.service](call.operation, call.request)


def _dynamodb(operation: str, request: dict[str, Any]) -> Iterator[Permission]:
    if operation == "TransactWriteItems":
        for item in request["TransactItems"]:
            for kind, write in item.items():
                yield Permission(f"dynamodb:{_WRITES[kind]}", _table(write["TableName"]))
    elif "RequestItems" in request:
        for name in request["RequestItems"]:
            yield Permission(f"dynamodb:{operation}", _table(name))
    else:
        index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
        yield Permission(f"dynamodb:{operation}", _table(request["TableName"]) + index)


def _table(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


def _sqs(operation: str, request: dict[str, Any]) -> Iterator[Permission]:
    name = request["QueueUrl"].rsplit("/", 1)[-1]
    yield Permission(f"sqs:{re.sub('Batch$', '', operation)}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")


def _secrets(operation: str, request: dict[str, Any]) -> Iterator[Permission]:
    name = request.get("SecretId") or request["Name"]
    yield Permission(
        f"secretsmanager:{operation}", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}{_SECRET_SUFFIX}"
    )
