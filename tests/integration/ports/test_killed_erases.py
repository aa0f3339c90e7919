"""The erase on AWS, killed after each single AWS call and tried again: nothing stays, and the receipt is right."""

from collections.abc import Iterator
from typing import Any

import pytest

from socials import platforms
from socials.disconnecting import Disconnecting
from socials.erasing import Erasing
from socials.models.receipts import Counts, Receipt, ReceiptState, Revocation
from socials.ports import Wakeup
from socials.pruning import Pruning
from socials.settling import Settling
from tests.support.aws_ports import AwsPorts
from tests.support.builders import USER, a_day, a_post, an_account, tokens
from tests.support.fakes import Killed
from tests.support.fakes.doors import FakeDoors
from tests.support.fakes.platform import scripted
from tests.support.sealed import sealed_vault
from tests.support.seeding import keep, seed, stored

SERVICES = ("dynamodb", "secretsmanager", "sqs")


class Death:
    """After so many AWS calls the process is dead: the call was made, its answer is lost, no other follows."""

    def __init__(self, aws: AwsPorts) -> None:
        self._clients = [getattr(aws, service) for service in SERVICES]
        self.left: int | None = None
        for service, client in zip(SERVICES, self._clients, strict=True):
            client.meta.events.register(f"after-call.{service}", self._meet)

    def end(self) -> None:
        for service, client in zip(SERVICES, self._clients, strict=True):
            client.meta.events.unregister(f"after-call.{service}", self._meet)

    def _meet(self, **_: Any) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            raise Killed


@pytest.fixture
def death(aws: AwsPorts) -> Iterator[Death]:
    death = Death(aws)
    yield death
    death.end()


@pytest.fixture(params=["secrets", "sealed"], autouse=True)
def token_store(request: pytest.FixtureRequest, aws: AwsPorts) -> None:
    if request.param == "sealed":
        aws.vault = sealed_vault(aws)


def an_erase(aws: AwsPorts, doors: FakeDoors) -> Erasing:
    settling = Settling(aws.vault, aws.apps, doors, aws.persons, aws.clock)
    pruning = Pruning(aws.accounts, aws.grants, aws.vault, aws.clock)
    return Erasing(
        aws.receipts, aws.remains, aws.grants, aws.connections, aws.vault, settling, pruning, aws.wakeups, aws.clock
    )


def a_receipt(aws: AwsPorts, number: int) -> Receipt:
    account = an_account(platform="scripted", platform_account_id=str(number), grant_id=f"grant_{number}")
    seed(aws, account)
    keep(aws, account, days=(a_day(),), posts=tuple(a_post(n) for n in range(30)))
    aws.vault.create(account.user, account.grant_id, tokens())
    row = stored(aws, account)
    return Disconnecting(aws.accounts, aws.receipts, aws.wakeups, aws.clock, 7).disconnect(USER, row.account_id)


def test_an_erase_killed_after_any_aws_call_ends_the_same(
    aws: AwsPorts, death: Death, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(platforms._BY_SLUG, "scripted", scripted())
    doors = FakeDoors(aws.clock)
    doors.script("revoke", doors.answer(None))
    for calls in range(100):
        receipt = a_receipt(aws, calls)
        erasing, wakeup = an_erase(aws, doors), Wakeup(USER, "receipt", receipt.receipt_id, receipt.life)
        death.left = calls
        died = True
        try:
            erasing.erase(wakeup, "first", lambda: 100)
            died = False
        except Killed:
            pass
        death.left = None
        aws.clock.forward(minutes=2)
        erasing.erase(wakeup, "second", lambda: 100)

        done = aws.receipts.get(USER, receipt.receipt_id, aws.clock())
        assert done is not None
        counts = Counts(snapshots=1, posts=30, runs=1, secrets=1)
        assert (done.state, done.revocation) == (ReceiptState.DONE, Revocation.REVOKED), calls
        assert done.deleted == counts, calls
        assert {item["sk"]["S"].partition("#")[0] for item in aws.items()} == {"RECEIPT"}, calls
        assert not aws.vault.answers(receipt.user, receipt.grant_id), calls
        if not died:
            assert calls > 10
            return
    raise AssertionError("it never came to an end")
