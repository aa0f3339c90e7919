"""Replaying receipts after a restore: what had come back is gone again, what lives is left alone."""

import os
from datetime import timedelta
from typing import Any

import pytest

from socials import ids
from socials.aws.items import keys
from socials.aws.items.attributes import encoded
from socials.aws.table.accounts import TableAccounts
from socials.aws.table.remains import TableRemains
from socials.aws.table.table import Table
from socials.models.accounts import Account
from socials.models.connections import Join
from socials.models.grants import Sealed, holding, member
from socials.models.lives import LifeKey
from socials.models.receipts import Counts, Deletion, Receipt, ReceiptState, Revocation
from socials.models.wakeups import Wakeup
from socials.pruning import Pruning
from socials.settling import Settling
from socials.sweeping import Sweeping
from tests.integration.ports.conftest import DYNAMODB_ENDPOINT
from tests.support.aws_ports import REGION, AwsPorts, make_table
from tests.support.builders import NOW, USER, a_connection, a_day, a_post, an_account, life_of, tokens
from tests.support.changing import replace
from tests.support.fakes import Killed
from tests.support.fakes.doors import FakeDoors
from tests.support.sealed import sealed_vault
from tests.support.seeding import disconnecting, keep, seed, stored
from tools.reerase import Reerasing, deletions_in, main, receipts_in, sealed_in

Items = list[dict[str, Any]]


@pytest.fixture
def aws(every_aws: AwsPorts) -> AwsPorts:
    return every_aws


def connected(aws: AwsPorts, number: str, grant_id: str) -> Account:
    """With a day, posts, a run and a secret."""
    account = seed(aws, an_account(platform_account_id=number, grant_id=grant_id))
    keep(aws, account, days=(a_day(),), posts=tuple(a_post(n) for n in range(40)))
    aws.vault.create(USER, grant_id, tokens())
    return stored(aws, account)


def erased(aws: AwsPorts, account: Account) -> Receipt:
    """As the erase leaves it."""
    return finished(aws, account, disconnecting(aws, account))


def finished(aws: AwsPorts, account: Account, receipt: Receipt) -> Receipt:
    """What was asked for, done."""
    aws.receipts.claim(USER, receipt.receipt_id, "w", NOW)
    while aws.remains.delete_some(life_of(account), 100):
        pass
    aws.remains.delete_account(USER, account.account_id, account.life)
    aws.grants.leave(USER, account.grant_id, member(account.account_id, account.life), NOW)
    aws.vault.destroy(USER, account.grant_id)
    aws.grants.delete(USER, account.grant_id)
    done = replace(receipt, state=ReceiptState.DONE, deleted=Counts(posts=40, secrets=1), data_erased=True)
    aws.receipts.save(done, "w")
    return done


def restore(aws: AwsPorts, backup: Items) -> None:
    """What a restore brings back lies beside what is kept; receipts are newer than it."""
    for item in backup:
        if not item["sk"]["S"].startswith("RECEIPT#"):
            aws.dynamodb.put_item(TableName=aws.table_name, Item=item)


def replayed(aws: AwsPorts) -> tuple[Reerasing, bool]:
    reerasing = Reerasing(Table(aws.dynamodb, aws.table_name), aws.vault, aws.clock)  # type: ignore[arg-type]
    clean = [reerasing.replay(item) for item in list(receipts_in(aws.dynamodb, aws.table_name))]
    return reerasing, all(clean)


def still_revoking(aws: AwsPorts, account: Account) -> Receipt:
    """As the erase leaves it while the platform is away: the data are gone, the secret is kept for another try."""
    receipt = disconnecting(aws, account)
    _, claimed = aws.receipts.claim(USER, receipt.receipt_id, "w", NOW)
    while aws.remains.delete_some(life_of(account), 100):
        pass
    aws.remains.delete_account(USER, account.account_id, account.life)
    left = aws.receipts.leave_grant(replace(claimed, deleted=Counts(posts=40)), "w", receipt.settle_at)
    waits = {"lease_owner": None, "lease_until": None, "wake_at": NOW + timedelta(minutes=15)}
    aws.receipts.save(replace(left, revocation=Revocation.UNREACHABLE, data_erased=True, **waits), "w")
    return aws.receipts.get(USER, receipt.receipt_id, NOW)  # type: ignore[return-value]


def types(aws: AwsPorts) -> set[str]:
    return {item["sk"]["S"].partition("#")[0] for item in aws.items()}


@pytest.mark.parametrize("times", [1, 2])
def test_what_was_disconnected_since_goes_again_and_the_rest_stays(aws: AwsPorts, times: int) -> None:
    gone, living = connected(aws, "1", "grant_gone"), connected(aws, "2", "grant_living")
    backup = aws.items()
    receipt = erased(aws, gone)
    restore(aws, backup)
    assert stored(aws, gone).receipt_id is None, "it came back"

    results = [replayed(aws) for _ in range(times)]

    assert all(clean for _, clean in results)
    first = results[0][0]
    assert (first.receipts, first.fenced, first.items) == (1, 1, 42)
    assert aws.accounts.get(USER, gone.account_id) is None
    assert aws.remains.count(life_of(gone)) == Counts()
    assert aws.grants.get(USER, gone.grant_id) is None
    assert aws.remains.count(life_of(living)).items == 42
    assert stored(aws, living) == living
    assert aws.vault.answers(USER, living.grant_id)
    assert aws.receipts.get(USER, receipt.receipt_id, NOW) == receipt


def test_the_command_replays_the_old_tables_receipts_on_the_restored_one(
    aws: AwsPorts, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, living, asked = (connected(aws, number, f"grant_{number}") for number in ("1", "2", "3"))
    restored = f"{aws.table_name}-restored"
    make_table(aws.dynamodb, restored)
    for item in aws.items():
        aws.dynamodb.put_item(TableName=restored, Item=item)
    erased(aws, gone)
    disconnecting(aws, asked)
    before = aws.items()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    if "dynamodb_local" in request.node.name:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", os.environ[DYNAMODB_ENDPOINT])

    for accounts, items in ((2, 42), (1, 0)):
        assert main(["--receipts", aws.table_name, "--table", restored, "--secrets-prefix", aws.prefix]) == 0
        said = capsys.readouterr().out
        assert said.startswith(f"2 receipts replayed: {accounts} accounts had come back, {items} items and 0 secrets")

    table = Table(aws.dynamodb, restored)
    assert TableAccounts(table).get(USER, gone.account_id) is None
    assert TableAccounts(table).get(USER, living.account_id) == living
    assert TableAccounts(table).get(USER, asked.account_id).disconnecting  # type: ignore[union-attr]
    assert [TableRemains(table).count(life_of(each)).items for each in (gone, living, asked)] == [0, 42, 42]
    assert [aws.vault.answers(USER, each.grant_id) for each in (gone, living, asked)] == [False, True, True]
    assert sorted(map(str, aws.items())) == sorted(map(str, before)), "the old table stays as it was"


def test_a_secret_that_still_answers_goes_too(aws: AwsPorts) -> None:
    account = connected(aws, "1", "grant_gone")
    backup = aws.items()
    erased(aws, account)
    restore(aws, backup)
    aws.vault.create(USER, "grant_gone", tokens())

    reerasing, clean = replayed(aws)

    assert (reerasing.secrets, clean) == (1, True)
    assert types(aws) == {"RECEIPT"}


def test_an_erase_that_had_only_been_asked_for_gets_its_fence_back(aws: AwsPorts) -> None:
    account = connected(aws, "1", "grant_1")
    backup = aws.items()
    receipt = disconnecting(aws, account)
    restore(aws, backup)

    _, clean = replayed(aws)

    assert clean
    assert stored(aws, account).receipt_id == receipt.receipt_id
    assert stored(aws, account).wake_at is None
    assert aws.vault.answers(USER, "grant_1")
    due = [wakeup.id for wakeup in aws.agenda.due(ids.shard(receipt.receipt_id), None, receipt.wake_at or NOW)]
    assert receipt.receipt_id in due


@pytest.mark.parametrize("is_done", [True, False])
def test_an_erase_that_has_gone_on_since_the_replay_is_not_set_back_by_another(aws: AwsPorts, is_done: bool) -> None:
    account = connected(aws, "1", "grant_1")
    asked_for = disconnecting(aws, account)
    (item,) = receipts_in(aws.dynamodb, aws.table_name)
    if is_done:
        went_on: Receipt | None = finished(aws, account, asked_for)
    else:
        _, went_on = aws.receipts.claim(USER, asked_for.receipt_id, "w", NOW)
    reerasing = Reerasing(Table(aws.dynamodb, aws.table_name), aws.vault, aws.clock)  # type: ignore[arg-type]

    assert reerasing.replay(item)

    assert aws.receipts.get(USER, asked_for.receipt_id, NOW) == went_on


@pytest.mark.parametrize("times", [1, 2])
def test_an_erase_that_still_tries_to_revoke_keeps_its_day_and_its_secret(aws: AwsPorts, times: int) -> None:
    account = connected(aws, "1", "grant_1")
    backup = aws.items()
    receipt = still_revoking(aws, account)
    set_aside = aws.grants.get(USER, "grant_1")
    restore(aws, backup)
    aws.clock.forward(hours=3)

    for _ in range(times):
        _, clean = replayed(aws)
        assert clean

    assert aws.grants.get(USER, "grant_1") == set_aside
    doors = FakeDoors(aws.clock)
    settling = Settling(aws.grants, aws.vault, aws.apps, doors, aws.persons, aws.clock)
    pruning = Pruning(aws.accounts, aws.connections, aws.grants, aws.vault, aws.clock)
    sweeping = Sweeping(aws.connections, aws.grants, aws.vault, settling, pruning, aws.clock)
    sweeping.sweep_grant(Wakeup(USER, "grant", "grant_1"))
    assert doors.requests == []
    assert aws.vault.answers(USER, "grant_1")
    assert aws.receipts.get(USER, receipt.receipt_id, NOW) == receipt


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("names", [("1", "2"), ("2", "1")])
def test_a_sibling_that_is_done_leaves_the_secret_to_the_one_that_still_tries_to_revoke(
    aws: AwsPorts, names: tuple[str, str], times: int
) -> None:
    done, trying = (an_account(platform_account_id=name, grant_id="grant_both") for name in names)
    seed(aws, done, trying)
    aws.vault.create(USER, "grant_both", tokens())
    backup = aws.items()
    receipt = disconnecting(aws, stored(aws, done))
    _, claimed = aws.receipts.claim(USER, receipt.receipt_id, "w", NOW)
    left = aws.receipts.leave_grant(replace(claimed, deleted=Counts()), "w", receipt.settle_at)
    aws.remains.delete_account(USER, done.account_id, done.life)
    aws.receipts.save(replace(left, data_erased=True).finished(NOW), "w")
    still_revoking(aws, stored(aws, trying))
    set_aside = aws.grants.get(USER, "grant_both")
    restore(aws, backup)

    for _ in range(times):
        _, clean = replayed(aws)
        assert clean

    assert aws.grants.get(USER, "grant_both") == set_aside
    assert aws.vault.answers(USER, "grant_both")


def test_a_later_life_of_the_same_identity_is_left_alone(aws: AwsPorts) -> None:
    account = connected(aws, "1", "grant_gone")
    erased(aws, account)
    later = replace(account, life="life_later", grant_id="grant_later")
    seed(aws, later)
    aws.vault.create(USER, "grant_later", tokens())

    _, clean = replayed(aws)

    assert clean
    assert stored(aws, later).life == "life_later"
    assert stored(aws, later).receipt_id is None
    assert aws.vault.answers(USER, "grant_later")


def test_a_sibling_keeps_the_grant_and_its_secret(aws: AwsPorts) -> None:
    one = an_account(platform_account_id="1", grant_id="grant_both")
    two = an_account(platform_account_id="2", grant_id="grant_both")
    seed(aws, one, two)
    aws.vault.create(USER, "grant_both", tokens())
    backup = aws.items()
    receipt = disconnecting(aws, stored(aws, one))
    aws.receipts.claim(USER, receipt.receipt_id, "w", NOW)
    aws.receipts.save(replace(receipt, state=ReceiptState.DONE, deleted=Counts(), data_erased=True), "w")
    restore(aws, backup)

    _, clean = replayed(aws)

    assert clean
    assert aws.accounts.get(USER, one.account_id) is None
    assert aws.grants.get(USER, "grant_both").members == {member(two.account_id, two.life)}
    assert aws.vault.answers(USER, "grant_both")


def by_a_person(aws: AwsPorts, account: Account) -> None:
    """Connected by a grant whose person is counted, as a revoke that ends all of theirs asks for."""
    person = ids.person_hash("tiktok", "ada")
    connection = a_connection(grant_id=account.grant_id, platform="tiktok", person=person, state_hash=None)
    aws.connections.start(connection)
    assert aws.connections.finish(connection, [Join(account, None)], NOW)
    assert aws.persons.join("tiktok", person, holding(USER, account.grant_id), NOW)
    aws.vault.create(USER, account.grant_id, tokens())


def test_a_person_is_no_longer_held_by_what_is_gone(aws: AwsPorts) -> None:
    account = an_account(platform="tiktok", grant_id="grant_gone")
    by_a_person(aws, account)
    backup = aws.items()
    erased(aws, stored(aws, account))
    restore(aws, backup)

    replayed(aws)

    assert aws.remains.count(LifeKey(USER, account.account_id, account.life)) == Counts()
    assert types(aws) == {"RECEIPT"}


class Dying:
    """The process dies before its request number `calls`, counted from 0; for ever alive where that is None."""

    def __init__(self, aws: AwsPorts) -> None:
        self.calls: int | None = None
        aws.between(self._meet)

    def _meet(self, operation: str, asked: dict[str, Any]) -> None:
        if self.calls is None:
            return
        self.calls -= 1
        if self.calls < 0:
            raise Killed(operation)


def test_a_replay_that_is_killed_at_any_request_ends_the_same_when_it_is_repeated(aws: AwsPorts) -> None:
    account = an_account(platform="tiktok", grant_id="grant_gone")
    dying, calls, killed = Dying(aws), 0, True
    while killed:
        by_a_person(aws, account)
        backup = aws.items()
        receipt = erased(aws, stored(aws, account))
        restore(aws, backup)

        dying.calls = calls
        try:
            replayed(aws)
            killed = False
        except Killed:
            killed = True
        dying.calls = None
        _, clean = replayed(aws)

        assert clean
        assert types(aws) == {"RECEIPT"}, f"killed before request {calls}"
        aws.dynamodb.delete_item(TableName=aws.table_name, Key=encoded(keys.receipt(USER, receipt.receipt_id)))
        calls += 1
    assert calls > 10


def test_sealed_tokens_that_came_back_are_gone_again_and_renewed_ones_are_kept(aws: AwsPorts) -> None:
    aws.vault = sealed_vault(aws)
    leaving, living = connected(aws, "1", "grant_1"), connected(aws, "2", "grant_2")
    backup = aws.items()
    erased(aws, leaving)
    aws.vault.store(USER, living.grant_id, tokens(access="renewed"), 1)
    old = list(sealed_in(aws.dynamodb, aws.table_name))
    restore(aws, backup)

    reerasing, clean = replayed(aws)
    for item in old:
        reerasing.renew(item)

    assert clean
    assert (reerasing.secrets, reerasing.renewed) == (1, 1)
    assert not aws.vault.answers(USER, leaving.grant_id)
    assert aws.vault.read(USER, living.grant_id) == Sealed(2, tokens(access="renewed"))


def test_the_code_of_a_deletion_leads_to_it_again(aws: AwsPorts) -> None:
    deletion = Deletion(NOW, ((USER, "receipt"),))
    aws.deletions.keep("hash", deletion)
    [kept] = deletions_in(aws.dynamodb, aws.table_name)
    aws.connections.start(a_connection())  # its state is no deletion's code
    assert list(deletions_in(aws.dynamodb, aws.table_name)) == [kept]
    aws.dynamodb.delete_item(TableName=aws.table_name, Key=encoded({"pk": kept["pk"], "sk": kept["sk"]}))
    assert aws.deletions.find("hash", NOW) is None
    Reerasing(Table(aws.dynamodb, aws.table_name), aws.vault).tell_again(kept)  # type: ignore[arg-type]

    assert aws.deletions.find("hash", NOW) == deletion


def test_a_seal_whose_grant_is_gone_is_not_brought_back(aws: AwsPorts) -> None:
    aws.vault = sealed_vault(aws)
    aws.vault.create(USER, "grant_nobody", tokens())
    (item,) = sealed_in(aws.dynamodb, aws.table_name)
    aws.vault.destroy(USER, "grant_nobody")
    Reerasing(Table(aws.dynamodb, aws.table_name), aws.vault).renew(item)  # type: ignore[arg-type]
    assert not aws.vault.answers(USER, "grant_nobody")
