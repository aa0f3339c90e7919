"""AWS on this machine: the moto server and the template's tables, queues and secrets in it."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local.resolving import Resolver
from local.template import REGION

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
TABLE_PROPERTIES = (
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "BillingMode",
    "ProvisionedThroughput",
    "StreamSpecification",
)
OUTSIDE_QUEUE_ATTRIBUTES = ("QueueName", "Tags", "RedriveAllowPolicy")


def forget_the_cloud() -> None:
    """Takes this machine's own AWS account (profile, keys, region) out of the environment: nothing may reach it."""
    for name in [each for each in os.environ if each.startswith("AWS_") and not each.startswith("AWS_ENDPOINT_URL_")]:
        del os.environ[name]
    os.environ.update(NO_FILES)


class Aws:
    """The services that the functions speak to. `endpoint` is the moto server's address.

    A variable such as AWS_ENDPOINT_URL_DYNAMODB in the stack's own environment sends that service elsewhere.
    """

    def __init__(self, host: str, port: int) -> None:
        self._moto = subprocess.Popen(
            [sys.executable, "-m", "local.moto_server", host, str(port)],
            cwd=Path(__file__).parent.parent,
            env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | CREDENTIALS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.port = 0

    def wait(self) -> None:
        """Returns when moto listens. Raises RuntimeError if it ended instead."""
        assert self._moto.stdout is not None
        line = self._moto.stdout.readline()
        if not line:
            raise RuntimeError("the moto server did not start")
        self.port = int(line)

    def stop(self) -> None:
        """Ends moto and all that it holds."""
        self._moto.kill()
        self._moto.wait()

    @property
    def endpoint(self) -> str:
        """moto's address on the loopback interface."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """The variables by which any AWS SDK finds these services."""
        elsewhere = {
            name: value for name, value in os.environ.items() if name.startswith("AWS_ENDPOINT_URL_") and value
        }
        region = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
        return CREDENTIALS | NO_FILES | region | {"AWS_ENDPOINT_URL": self.endpoint} | elsewhere

    def client(self, service: str) -> Any:
        """A boto3 client of `service` here."""
        own = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper().replace('SECRETSMANAGER', 'SECRETS_MANAGER')}")
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=own or self.endpoint,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(max_pool_connections=20, retries={"total_max_attempts": 2}),
        )

    def shift(self, seconds: float) -> None:
        """Moves moto's time, so that messages become visible by the stack's clock."""
        request = urllib.request.Request(f"{self.endpoint}/_shift/{seconds}", method="POST")
        urllib.request.urlopen(request, timeout=5).close()


def make_table(dynamodb: Any, name: str, properties: Mapping[str, Any]) -> None:
    """Creates a table with its indexes and TTL, unless the service (DynamoDB Local) has it already."""
    if name in dynamodb.list_tables()["TableNames"]:
        return
    dynamodb.create_table(TableName=name, **{key: properties[key] for key in TABLE_PROPERTIES if key in properties})
    if "TimeToLiveSpecification" in properties:
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"])


def make_queues(sqs: Any, resolver: Resolver) -> dict[str, str]:
    """Creates every queue; `Ref` of a queue is its URL from then on. Returns queue ARN -> URL."""
    declared = resolver.resources("AWS::SQS::Queue")
    urls = {}
    for logical_id in sorted(declared, key=lambda each: "RedrivePolicy" in declared[each]):  # a target comes first
        properties = resolver.resolve(declared[logical_id])
        attributes = {
            key: json.dumps(value) if isinstance(value, dict) else str(value)
            for key, value in properties.items()
            if key not in OUTSIDE_QUEUE_ATTRIBUTES
        }
        url = sqs.create_queue(QueueName=resolver.name(logical_id), Attributes=attributes)["QueueUrl"]
        resolver.references[logical_id] = url
        urls[resolver.resolve({"Fn::GetAtt": [logical_id, "Arn"]})] = url
    return urls


def make_secrets(secrets: Any, prefix: str, credentials: Mapping[str, Mapping[str, str]]) -> None:
    """Stores the platform apps' credentials as `<prefix>platforms/<slug>`, as an operator does in the cloud."""
    for slug, credential in credentials.items():
        secrets.create_secret(Name=f"{prefix}platforms/{slug}", SecretString=json.dumps(dict(credential)))
