"""Ports to play a whole world on, like `FakePorts`, but the product's own adapters: a table of moto or of DynamoDB
Local, Secrets Manager and SQS of moto. What rests behind them can be looked at past the ports.

>>> with aws_of_moto(dynamodb_endpoint=None) as aws:
...     world = World(monkeypatch, lambda hooks: AwsWorldPorts(aws.fresh(), hooks))
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from moto import mock_aws
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID

from local import quick_moto
from socials.aws.items.tokens import text_to_tokens
from socials.models.grants import Sealed
from socials.models.wakeups import Queue, Wakeup
from socials.platforms.base import App
from socials.worker import wakeup_from
from tests.support.aws_ports import PORTS, QUEUES, REGION, AwsPorts, messages_of
from tests.support.fakes import Hooks, Rows, hooked
from tests.support.fakes.doors import FakeDoors


@contextmanager
def aws_of_moto(dynamodb_endpoint: str | None = None) -> Iterator[AwsPorts]:
    """The adapters on moto; with an endpoint, DynamoDB is the engine that answers there."""
    quick_moto.install()
    with mock_aws():
        yield AwsPorts(dynamodb_endpoint=dynamodb_endpoint)


class AwsWorldPorts:
    """The shape of `FakePorts`. `rows`: what the table holds now, read anew whenever something was written since."""

    def __init__(self, aws: AwsPorts, hooks: Hooks | None = None) -> None:
        self.aws, self.clock, self.hooks = aws, aws.clock, hooks or Hooks()
        self.network = FakeDoors(self.clock)
        for name in PORTS:
            setattr(self, name, hooked(name, getattr(aws, name), self.hooks))
        self.doors = hooked("doors", self.network, self.hooks)
        self.queues, self.secrets, self.registrations = AwsQueues(aws), AwsSecrets(aws), AwsRegistrations(aws)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    @property
    def rows(self) -> Rows:
        return self.aws.rows()


class AwsSecrets:
    def __init__(self, aws: AwsPorts) -> None:
        self._aws = aws

    @property
    def secrets(self) -> dict[str, Sealed]:
        """By grant_id, as Secrets Manager has them."""
        return secrets_of(self._aws)

    def create(self, *whose: Any) -> Sealed:
        """As the vault's own."""
        return self._aws.vault.create(*whose)


class AwsRegistrations:
    """`apps["slug"] = App(…)` registers our app with a platform."""

    def __init__(self, aws: AwsPorts) -> None:
        self._aws, self.apps = aws, self

    def __setitem__(self, slug: str, app: App) -> None:
        self._aws.register(slug, app)


class AwsQueues:
    def __init__(self, aws: AwsPorts) -> None:
        self._aws = aws

    @property
    def sent(self) -> "Sent":
        """All messages that are in the queues, queue by queue, in the order of their sending; a look takes none out."""
        return Sent(self._aws)

    def take(self, queue: Queue) -> list[Wakeup]:
        taken = []
        url = self._aws.urls[queue]
        while found := self._aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                self._aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                taken.append(wakeup_from(message["Body"]))
        return taken


class Sent(Sequence[tuple[Queue, Wakeup]]):
    def __init__(self, aws: AwsPorts) -> None:
        self._aws = aws

    def __len__(self) -> int:
        return len(self._all())

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]

    def clear(self) -> None:
        for queue in QUEUES:
            messages_of(self._aws, queue).clear()

    def _all(self) -> list[tuple[Queue, Wakeup]]:
        return [(queue, wakeup_from(each.body)) for queue in QUEUES for each in messages_of(self._aws, queue)]


def secrets_of(aws: AwsPorts) -> dict[str, Sealed]:
    """What moto keeps for these ports' grants, whoever may ask for it."""
    kept = get_backend("secretsmanager")[DEFAULT_ACCOUNT_ID][REGION].secrets
    found = {}
    for secret in list(dict.values(kept)):
        if secret.name.startswith(f"{aws.prefix}grants/") and not secret.is_deleted():
            value = secret.versions[secret.default_version_id]["secret_string"]
            found[secret.name.rpartition("/")[2]] = text_to_tokens(value)
    return found
