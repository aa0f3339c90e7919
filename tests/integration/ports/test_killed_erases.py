"""The erase on AWS, killed after each single AWS call and tried again: nothing stays, and the receipt is right."""

from collections.abc import Iterator
from typing import Any

import pytest

from socials import platforms
from socials.disconnecting import Disconnecting
from socials.erasing import Erasing
from socials.models.receipts import Counts, Receipt, ReceiptState, Revocation
from socials.models.wakeups import Wakeup
from socials.pruning import Pruning
from socials.settling import Settling
from tests.support.aws_ports import AwsPorts
from tests.support.builders import USER, a_day, a_post, an_account, tokens
from tests.support.changing import replace
from tests.support.fakes import Killed
from tests.support.fakes.doors import FakeDoors
from tests.support.fakes.platform import scripted
from tests.support.sealed import sealed_vault
from tests.support.seeding import keep, seed

POSTS = 30
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
def aws(every_aws: AwsPorts) -> AwsPorts:
    return every_aws


@pytest.fixture
def death(aws: AwsPorts) -> Iterator[Death]:
    death = Death(aws)
    yield death
    death.end()


def an_erase(aws: AwsPorts, doors: FakeDoors) -> Erasing:
    settling = Settling(aws.grants, aws.vault, aws.apps, doors, aws.persons, aws.clock)
    pruning = Pruning(aws.accounts, aws.connections, aws.grants, aws.vault, aws.clock)
    return Erasing(
        aws.receipts, aws.remains, aws.grants, aws.connections, aws.vault, settling, pruning, aws.wakeups, aws.clock
    )


def receipts_of(aws: AwsPorts, number: int, siblings: int) -> list[Receipt]:
    """Disconnects of accounts that live on one grant."""
    names, grant_id = [f"{number}-{sibling}" for sibling in range(siblings)], f"grant_{number}"
    accounts = [an_account(platform="scripted", platform_account_id=name, grant_id=grant_id) for name in names]
    seed(aws, *accounts)
    disconnecting = Disconnecting(aws.accounts, aws.receipts, aws.wakeups, aws.clock, 7)
    aws.vault.create(USER, grant_id, tokens())
    for account in accounts:
        keep(aws, account, days=(a_day(),), posts=tuple(a_post(n) for n in range(POSTS)))
    return [disconnecting.disconnect(USER, account.account_id) for account in accounts]


def erase(aws: AwsPorts, doors: FakeDoors, receipt: Receipt, owner: str) -> None:
    wakeup = Wakeup(USER, "receipt", receipt.receipt_id, receipt.life)
    an_erase(aws, doors).erase(wakeup, owner, lambda: 100)


def dies(aws: AwsPorts, doors: FakeDoors, receipt: Receipt, death: Death, calls: int) -> bool:
    """Whether the erase was still at work after so many AWS calls."""
    death.left = calls
    try:
        erase(aws, doors, receipt, "first")
    except Killed:
        return True
    finally:
        death.left = None
    return False


@pytest.fixture
def doors(aws: AwsPorts, monkeypatch: pytest.MonkeyPatch) -> FakeDoors:
    monkeypatch.setitem(platforms.registered, "scripted", scripted())
    doors = FakeDoors(aws.clock)
    doors.script("revoke", doors.answer(None))
    return doors


@pytest.mark.parametrize(("store", "siblings"), [("secrets", 1), ("secrets", 2), ("sealed", 1)])
def test_an_erase_killed_after_any_aws_call_ends_the_same(
    aws: AwsPorts, death: Death, doors: FakeDoors, store: str, siblings: int
) -> None:
    if store == "sealed":
        aws.vault = sealed_vault(aws)
    for calls in range(100):
        first, *others = receipts_of(aws, calls, siblings)
        died = dies(aws, doors, first, death, calls)
        for other in others:
            erase(aws, doors, other, "second")
        aws.clock.forward(minutes=2)
        erase(aws, doors, first, "third")

        done = [aws.receipts.get(USER, receipt.receipt_id, aws.clock()) for receipt in (first, *others)]
        assert [each.state for each in done if each] == [ReceiptState.DONE] * siblings, calls
        told = sorted((each.revocation, each.deleted) for each in done if each)
        assert [revocation for revocation, _ in told] == [Revocation.REVOKED, Revocation.SHARED_GRANT][:siblings], calls
        counts = Counts(snapshots=1, posts=POSTS, runs=1)
        assert [deleted for _, deleted in told] == [replace(counts, secrets=1), counts][:siblings], calls
        assert {item["sk"]["S"].partition("#")[0] for item in aws.items()} == {"RECEIPT"}, calls
        assert not aws.vault.answers(USER, first.grant_id), calls
        if not died:
            assert calls > 10
            return
    raise AssertionError("it never came to an end")
