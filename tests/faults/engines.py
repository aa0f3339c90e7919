"""What lies behind a world's ports: fakes, or the product's own adapters on moto or DynamoDB Local.

On AWS what fails fails as AWS fails it: at botocore's event hooks, inside of the adapters.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from socials.aws.table.table import Table
from socials.models.wakeups import Wakeup
from socials.platforms.base import App
from tests.faults.kinds import Away, Throttled
from tests.faults.queues import QueuesInMemory, QueuesOnSqs
from tests.support.aws_ports import PORTS, AwsPorts
from tests.support.aws_world import secrets_of
from tests.support.changing import replace
from tests.support.fakes import FakePorts, Rows
from tests.support.fakes.vault import FakeVault
from tools.redrive import make_due

if TYPE_CHECKING:
    from tests.faults.world import FaultWorld

SLOW_DELETION = timedelta(seconds=20)


class Truth:
    """Ports without anything between, by their names; the `rows`, and the `secrets` by grant_id."""

    def __init__(self, ports: FakePorts) -> None:
        for name in PORTS:
            setattr(self, name, getattr(ports, name)._port)
        self.rows, self.secrets = ports.rows, ports.secrets.secrets

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


class OnFakes:
    """`truth`: what is there, for looking. `raw`: how it stands this very moment, for a glance at single rows."""

    def __init__(self) -> None:
        ports = FakePorts()
        self.clock = ports.clock
        self.raw = self._truth = Truth(ports)
        self.queues = QueuesInMemory(self.clock)

    def faulty(self, world: "FaultWorld") -> dict[str, Any]:
        """The ports, of which some may answer late or not yet tell."""
        self._slow = _Slow(world, self.raw.vault)
        agenda = _Lagging(world, self.raw.agenda)
        return vars(self.raw) | {"apps": _Registered(), "agenda": agenda, "vault": self._slow}

    def make_due(self, wakeup: Wakeup) -> None:
        """As `make redrive` does."""
        row, now = self.raw.accounts.get(wakeup.user, wakeup.id), self.clock()
        if wakeup.kind != "account" or row is None or row.life != wakeup.life or row.disconnecting:
            return
        if row.wait is None or row.wait.until <= now:
            self.raw.rows.put_account(replace(row, wake_at=now))

    def strike(self, kind: str, call: str) -> None:
        """AWS fails this very call, for good."""
        raise (Throttled if kind in ("throttled", "conflict") else Away)(call)

    @property
    def truth(self) -> Truth:
        self._slow.delete_due()
        return self._truth


class OnAws:
    """On fresh ports of AWS. `truth`: what they held at the last write."""

    def __init__(self, aws: AwsPorts) -> None:
        self.aws = aws.fresh()
        self.clock = aws.clock
        self.raw: Any = self.aws
        self.queues = QueuesOnSqs(aws)
        self._trouble = _Trouble(aws)
        self._seen: tuple[Rows, Truth] | None = None

    def faulty(self, world: "FaultWorld") -> dict[str, Any]:
        for slug in world.slugs:
            self.aws.register(slug, App("client-id", "client-secret"))
        self._trouble.world = world
        return {name: _Watched(getattr(self.aws, name), self._trouble) for name in PORTS}

    def make_due(self, wakeup: Wakeup) -> None:
        make_due(Table(self.aws.dynamodb, self.aws.table_name), wakeup, self.clock())

    def strike(self, kind: str, call: str) -> None:
        """AWS refuses the next requests of this call: as many as the adapter makes up for, or more."""
        self._trouble.begin(kind)

    @property
    def truth(self) -> Truth:
        self._trouble.delete_due()
        with self._trouble.away():
            rows = self.aws.rows()
        if self._seen is None or self._seen[0] is not rows:
            self._seen = rows, Truth(FakePorts(clock=self.clock, rows=rows))
        truth = self._seen[1]
        with self._trouble.away():
            truth.secrets = secrets_of(self.aws)
        return truth


class _Watched:
    """A port whose trouble ends with the call that it befell."""

    def __init__(self, port: Any, trouble: "_Trouble") -> None:
        self._port, self._trouble = port, trouble

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._port, method)

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                answer = found(*args, **kwargs)
                return list(answer) if isinstance(answer, Iterator) else answer
            finally:
                self._trouble.end()

        return call


class _Trouble:
    """Sits between botocore and AWS: refuses, shows an index that lags, deletes secrets later."""

    def __init__(self, aws: AwsPorts) -> None:
        self._aws = aws
        self.world: FaultWorld | None = None
        self._kind, self._left = "", 0
        self._struck: object = None
        self._leaving: dict[str, datetime] = {}
        self._away = False
        aws.between(self._meet)

    def begin(self, kind: str) -> None:
        assert self.world is not None
        self._kind, self._left = kind, self.world.random.choice((1, 3, 99))
        self._struck = self.world.process

    def end(self) -> None:
        self._left = 0

    def delete_due(self) -> None:
        now = self._aws.clock()
        with self.away():
            for secret in [name for name, at in self._leaving.items() if at <= now]:
                del self._leaving[secret]
                self._aws.secretsmanager.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Requests of ours, which nothing befalls."""
        before, self._away = self._away, True
        try:
            yield
        finally:
            self._away = before

    def _meet(self, operation: str, asked: dict[str, Any]) -> dict[str, Any] | None:
        if self._away:
            return None
        if self.world is not None and self.world.process is not self._struck:
            self.end()  # the process that it befell has ended: the world itself may be looking into a queue by now
        if operation == "DeleteSecret" and not self._left:
            return self._delete_later(asked["SecretId"])
        self.delete_due()
        if self._left > 0:
            self._left -= 1
            return _refusal(self._kind, operation)
        if "IndexName" in asked and self._befalls("agenda.due"):
            return {"Items": [], "Count": 0, "ScannedCount": 0}
        return None

    def _delete_later(self, secret: str) -> dict[str, Any] | None:
        if secret in self._leaving:
            return {"Name": secret}
        if not self._befalls("vault.destroy"):
            return None
        self._leaving[secret] = self._aws.clock() + SLOW_DELETION
        return {"Name": secret}

    def _befalls(self, call: str) -> bool:
        return self.world is not None and self.world.plan.take("message", call) is not None


def _refusal(kind: str, operation: str) -> dict[str, Any]:
    code = "InternalServerError"
    if kind in ("throttled", "conflict"):
        code = "ThrottlingException"
    if kind == "conflict" and operation in ("UpdateItem", "PutItem", "DeleteItem"):
        code = "TransactionConflictException"
    refusal: dict[str, Any] = {"Error": {"Code": code, "Message": "as AWS says it"}}
    if kind == "conflict" and operation == "TransactWriteItems":
        refusal["Error"]["Code"] = "TransactionCanceledException"
        refusal["CancellationReasons"] = [{"Code": "TransactionConflict"}, {"Code": "None"}]
    return refusal


class _Registered:
    def get(self, slug: str, registration: str | None = None) -> App | None:
        return App("client-id", "client-secret")


class _Lagging:
    """The index, which may not show yet what was written."""

    def __init__(self, world: "FaultWorld", agenda: Any) -> None:
        self._world, self._agenda = world, agenda

    def due(self, shard: int, since: datetime | None, until: datetime) -> Iterator[Wakeup]:
        if self._world.plan.take("message", "agenda.due") is not None:
            return iter(())
        return self._agenda.due(shard, since, until)  # type: ignore[no-any-return]


class _Slow:
    """The vault, whose deletions may take a while."""

    def __init__(self, world: "FaultWorld", vault: FakeVault) -> None:
        self._world, self._vault = world, vault
        self._leaving: dict[tuple[str, str], datetime] = {}

    def __getattr__(self, name: str) -> Any:
        self.delete_due()
        return getattr(self._vault, name)

    def destroy(self, user: str, grant_id: str) -> None:
        self.delete_due()
        if (user, grant_id) in self._leaving:
            return
        if self._world.plan.take("message", "vault.destroy") is None:
            self._vault.destroy(user, grant_id)
        elif self._vault.answers(user, grant_id):
            self._leaving[user, grant_id] = self._world.clock() + SLOW_DELETION

    def delete_due(self) -> None:
        now = self._world.clock()
        for whose in [each for each, at in self._leaving.items() if at <= now]:
            del self._leaving[whose]
            self._vault.destroy(*whose)
