"""One explicit map from a call to AWS to what a policy must allow for it, and what the services do by themselves.

Actions by operation: the Service Authorization Reference. Leading keys: "Using IAM policy conditions for fine-grained
access control" in DynamoDB's guide; each part of a transaction is authorized like the call of its own that it would be.
Whether each with its own key only, or with those of all parts that do the same, is not said: the latter asks for more.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.resolving import ACCOUNT
from local.template import REGION

_SECRET_SUFFIX = "-a1B2c3"
_TARGETS = {"DynamoDB_20120810": "dynamodb", "AmazonSQS": "sqs", "secretsmanager": "secretsmanager"}
_WRITES = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
_DYNAMODB = {
    "GetItem": "dynamodb:GetItem",
    "Query": "dynamodb:Query",
    "BatchWriteItem": "dynamodb:BatchWriteItem",
    "PutItem": "dynamodb:PutItem",
    "UpdateItem": "dynamodb:UpdateItem",
    "DeleteItem": "dynamodb:DeleteItem",
}
_SQS = {
    "SendMessage": "sqs:SendMessage",
    "SendMessageBatch": "sqs:SendMessage",
    "ChangeMessageVisibility": "sqs:ChangeMessageVisibility",
}
_SECRETS = {
    "CreateSecret": "secretsmanager:CreateSecret",
    "GetSecretValue": "secretsmanager:GetSecretValue",
    "PutSecretValue": "secretsmanager:PutSecretValue",
    "DeleteSecret": "secretsmanager:DeleteSecret",
}

# What the services do themselves ---------------------------------------------------------------------------------

# With the caller's permissions, at the key: DynamoDB opens the table's key (it makes data keys under grants of its own,
# from the table's making on), SQS and Secrets Manager open what they read and make a key for what they write.
_READS, _WRITES_TOO = ("kms:Decrypt",), ("kms:Decrypt", "kms:GenerateDataKey")
AT_THE_KEY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((*_WRITES.values(), *_DYNAMODB.values()), _READS),
    "sqs:SendMessage": _WRITES_TOO,
    "sqs:ReceiveMessage": _READS,
    "secretsmanager:GetSecretValue": _READS,
    "secretsmanager:CreateSecret": _WRITES_TOO,
    "secretsmanager:PutSecretValue": _WRITES_TOO,
}
# Lambda, with the function's role: what it polls for an event source, and where it writes what a function prints.
POLLING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
LOGGING = ("logs:CreateLogStream", "logs:PutLogEvents")
# Where Tracing is Active, its daemon sends what the function measured. These know no resource but all.
TRACING = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")


@dataclass(frozen=True, slots=True)
class Permission:
    """What a policy must allow. `keys`: the partition keys that the call names, where it names any. `via`: the service
    that asks KMS on the caller's behalf."""

    action: str
    arn: str
    keys: frozenset[str] = frozenset()
    via: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to AWS as the SDK sent it. `service`: dynamodb, sqs or secretsmanager."""

    service: str
    operation: str
    request: Mapping[str, Any] = field(repr=False)


def heard(target: str, body: bytes) -> Call:
    """From the header and body of a request. `target`: X-Amz-Target."""
    service, _, operation = target.partition(".")
    return Call(_TARGETS[service], operation, json.loads(body or b"{}"))


def permissions(call: Call, key_arn: str) -> Iterator[Permission]:
    """Raises KeyError for a call that nobody should make. `key_arn`: the key under which everything rests."""
    for permission in {"dynamodb": _dynamodb, "sqs": _sqs, "secretsmanager": _secrets}[call.service](call):
        yield from with_the_key(permission, key_arn)


def with_the_key(permission: Permission, key_arn: str) -> Iterator[Permission]:
    """The permission, and what its service asks of KMS with it."""
    yield permission
    service = permission.action.split(":")[0]
    for action in AT_THE_KEY.get(permission.action, ()):
        yield Permission(action, key_arn, via=f"{service}.{REGION}.amazonaws.com")


def _dynamodb(call: Call) -> Iterator[Permission]:
    request = call.request
    if call.operation == "TransactWriteItems":
        keys: dict[tuple[str, str], frozenset[str]] = {}
        for item in request["TransactItems"]:
            for kind, write in item.items():
                done = _WRITES[kind], _table(write["TableName"])
                keys[done] = keys.get(done, frozenset()) | _key(write.get("Item") or write["Key"])
        for (action, table), named in keys.items():
            yield Permission(action, table, named)
    elif "RequestItems" in request:
        for name, wanted in request["RequestItems"].items():
            items = wanted["Keys"] if isinstance(wanted, Mapping) else [_written(each) for each in wanted]
            yield Permission(_DYNAMODB[call.operation], _table(name), frozenset().union(*map(_key, items)))
    elif "IndexName" in request:
        arn = f"{_table(request['TableName'])}/index/{request['IndexName']}"
        yield Permission(_DYNAMODB[call.operation], arn)
    elif call.operation == "Query":
        yield Permission(_DYNAMODB[call.operation], _table(request["TableName"]), _asked(request))
    else:
        key = _key(request.get("Item") or request["Key"])
        yield Permission(_DYNAMODB[call.operation], _table(request["TableName"]), key)


def _asked(query: Mapping[str, Any]) -> frozenset[str]:
    """The one partition that a query looks into."""
    [placeholder] = re.findall(r"#pk = (:\w+)", query["KeyConditionExpression"])
    return frozenset({query["ExpressionAttributeValues"][placeholder]["S"]})


def _written(write: Mapping[str, Any]) -> Mapping[str, Any]:
    [request] = write.values()
    item: Mapping[str, Any] = request.get("Item") or request["Key"]
    return item


def _key(item: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({item["pk"]["S"]})


def _table(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


def _sqs(call: Call) -> Iterator[Permission]:
    name = call.request["QueueUrl"].rsplit("/", 1)[-1]
    yield Permission(_SQS[call.operation], f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")


def _secrets(call: Call) -> Iterator[Permission]:
    name = call.request.get("SecretId") or call.request["Name"]
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}{_SECRET_SUFFIX}"
    yield Permission(_SECRETS[call.operation], arn)
