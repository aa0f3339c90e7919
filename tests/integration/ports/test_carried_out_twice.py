"""A write whose answer was lost is sent again by botocore: each write of the adapters, carried out twice, answers and
leaves what it does once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from socials.errors import Fenced
from socials.models.budgets import Budget
from socials.models.claims import Checkpoint, ClaimOutcome
from socials.models.connections import ConnectionStatus, Join
from socials.models.grants import member
from socials.models.receipts import Deletion, Receipt, Revocation
from socials.models.runs import RunState
from socials.platforms.base import App
from tests.support.aws_ports import AwsPorts
from tests.support.builders import (
    GRANT_ID,
    NOW,
    USER,
    a_connection,
    a_post,
    a_receipt,
    a_run,
    an_account,
    life_of,
    tokens,
    wakeup_of,
)
from tests.support.changing import replace
from tests.support.sealed import data_keys, sealed_vault
from tests.support.seeding import claimed, disconnecting, keep, seed, stored

Ask = Callable[[], Any]
A_MINUTE = timedelta(minutes=1)
LATER = NOW + timedelta(seconds=30)
ANNA, SHOP = an_account(), an_account(platform_account_id="1002")
ME = member(ANNA.account_id, ANNA.life)
RUN, RECEIPT = a_run(), a_receipt()
HELD = f"{USER}#{GRANT_ID}"


@pytest.fixture
def aws(every_aws: AwsPorts) -> AwsPorts:
    return every_aws


# ---------------------------------------------------------------- what is written, each with what it is asked for


def a_run_asked_for(aws: AwsPorts) -> Ask:
    seed(aws, ANNA)
    return lambda: aws.accounts.request_run(USER, ANNA.account_id, RUN, NOW)


def a_claim(aws: AwsPorts) -> Ask:
    account = seed(aws, replace(ANNA, run=RUN))
    return lambda: aws.accounts.claim(wakeup_of(account), "w1", RUN, NOW)


def a_claim_of_a_run_that_a_worker_had(aws: AwsPorts) -> Ask:
    """Tried as nobody's first: that fails, and what is carried out is the second one."""
    a_lease_given_up(aws)()
    return lambda: aws.accounts.claim(wakeup_of(ANNA), "w2", RUN, NOW)


def a_lease_renewed(aws: AwsPorts) -> Ask:
    mine = claimed(aws, seed(aws, replace(ANNA, run=RUN)))
    return lambda: aws.accounts.save(Checkpoint(account=replace(mine, lease_until=LATER)), "worker")


def a_run_put_off(aws: AwsPorts) -> Ask:
    """With all of a row that a sync may write."""
    mine = claimed(aws, seed(aws, replace(ANNA, run=RUN)))
    row = replace(
        mine, run=replace(mine.run, state=RunState.WAITING), lease_owner=None, lease_until=None, wake_at=LATER
    )
    return lambda: aws.accounts.save(Checkpoint(account=row), "worker")


def a_run_that_ended(aws: AwsPorts) -> Ask:
    mine = claimed(aws, seed(aws, replace(ANNA, run=RUN)))
    ended = replace(mine, run=None, lease_owner=None, lease_until=None, wake_at=LATER)
    done = replace(mine.run, state=RunState.SUCCEEDED, finished_at=NOW)
    return lambda: aws.accounts.save(Checkpoint(account=ended, finished=done, posts=(a_post(1),)), "worker")


def a_lease_given_up(aws: AwsPorts) -> Ask:
    account = claimed(aws, seed(aws, replace(ANNA, run=RUN)))
    return lambda: aws.accounts.release(USER, account.account_id, "worker")


def a_connection_without_a_state(aws: AwsPorts) -> Ask:
    return lambda: aws.connections.start(a_connection(state_hash=None))


def a_connection_with_a_state(aws: AwsPorts) -> Ask:
    return lambda: aws.connections.start(a_connection())


def a_connection_saved(aws: AwsPorts) -> Ask:
    aws.connections.start(a_connection())
    return lambda: aws.connections.save(a_connection(status=ConnectionStatus.FAILED))


def a_connection_finished(aws: AwsPorts) -> Ask:
    aws.connections.start(a_connection())
    done = a_connection(status=ConnectionStatus.DONE, account_ids=(ANNA.account_id,))
    return lambda: aws.connections.finish(done, [Join(ANNA, None)], NOW)


def a_connection_deleted(aws: AwsPorts) -> Ask:
    aws.connections.start(a_connection(state_hash=None))
    return lambda: aws.connections.delete(USER, a_connection().connection_id)


def a_wait_of_the_app(aws: AwsPorts) -> Ask:
    return lambda: aws.budgets.wait(Budget("pinterest", NOW, "429", "later"))


def a_deletion_kept(aws: AwsPorts) -> Ask:
    return lambda: aws.deletions.keep("a-hash", Deletion(NOW, ((USER, "a-receipt"),)))


def a_refresh_lease(aws: AwsPorts) -> Ask:
    seed(aws, ANNA)
    return lambda: aws.grants.take_lease(USER, GRANT_ID, "w1", NOW)


def a_refresh_lease_after_one_that_was_cut_off(aws: AwsPorts) -> Ask:
    seed(aws, ANNA)
    aws.grants.take_lease(USER, GRANT_ID, "w0", NOW - timedelta(hours=1))
    return lambda: aws.grants.take_lease(USER, GRANT_ID, "w1", NOW)


def a_refresh_lease_given_back(aws: AwsPorts) -> Ask:
    lease = a_refresh_lease(aws)()
    return lambda: aws.grants.release_lease(USER, lease, settled=False)


def the_last_member_left(aws: AwsPorts) -> Ask:
    seed(aws, ANNA)
    return lambda: aws.grants.leave(USER, GRANT_ID, ME, NOW)


def a_member_left_of_two(aws: AwsPorts) -> Ask:
    """Tried as the last one first: that fails, and what is carried out is the second one."""
    seed(aws, ANNA, SHOP)
    return lambda: aws.grants.leave(USER, GRANT_ID, ME, NOW)


def a_grant_deleted(aws: AwsPorts) -> Ask:
    the_last_member_left(aws)()
    return lambda: aws.grants.delete(USER, GRANT_ID)


def a_person_joined(aws: AwsPorts) -> Ask:
    return lambda: aws.persons.join("pinterest", "a-hash", HELD, NOW)


def the_last_of_a_person_left(aws: AwsPorts) -> Ask:
    a_person_joined(aws)()
    return lambda: aws.persons.leave("pinterest", "a-hash", HELD, NOW)


def one_of_a_person_left(aws: AwsPorts) -> Ask:
    a_person_joined(aws)()
    aws.persons.join("pinterest", "a-hash", f"{USER}#grant_other", NOW)
    return lambda: aws.persons.leave("pinterest", "a-hash", HELD, NOW)


def a_person_settled(aws: AwsPorts) -> Ask:
    the_last_of_a_person_left(aws)()
    return lambda: aws.persons.settle("pinterest", "a-hash", HELD)


def a_fence(aws: AwsPorts) -> Ask:
    account = seed(aws, ANNA)
    return lambda: aws.receipts.open(RECEIPT, account)


def an_erase_claimed(aws: AwsPorts) -> Ask:
    a_fence(aws)()
    return lambda: aws.receipts.claim(USER, RECEIPT.receipt_id, "e1", NOW)


def _at_work(aws: AwsPorts) -> Receipt:
    _, receipt = an_erase_claimed(aws)()
    return receipt


def an_erase_that_goes_on(aws: AwsPorts) -> Ask:
    receipt = replace(_at_work(aws), revocation=Revocation.REVOKED, lease_until=LATER)
    return lambda: aws.receipts.save(receipt, "e1")


def an_erase_put_off(aws: AwsPorts) -> Ask:
    receipt = replace(_at_work(aws), lease_until=None, wake_at=LATER)
    return lambda: aws.receipts.save(receipt, "e1")


def an_erase_done(aws: AwsPorts) -> Ask:
    receipt = _at_work(aws).finished(NOW)
    return lambda: aws.receipts.save(receipt, "e1")


def an_erase_that_leaves_its_grant(aws: AwsPorts) -> Ask:
    receipt = _at_work(aws)
    return lambda: aws.receipts.leave_grant(receipt, "e1", LATER)


def an_erase_allowed(aws: AwsPorts) -> Ask:
    account = claimed(aws, seed(aws, replace(ANNA, run=RUN)))
    receipt = replace(RECEIPT, not_before=LATER)
    assert aws.receipts.open(receipt, account)
    return lambda: aws.receipts.allow(USER, receipt.receipt_id, NOW)


def an_account_deleted(aws: AwsPorts) -> Ask:
    a_fence(aws)()
    return lambda: aws.remains.delete_account(USER, ANNA.account_id, ANNA.life)


def what_is_left_deleted(aws: AwsPorts) -> Ask:
    keep(aws, seed(aws, ANNA), posts=(a_post(1),), run=RUN)
    return lambda: aws.remains.delete_some(life_of(ANNA), 10)


def a_secret_made(aws: AwsPorts) -> Ask:
    return lambda: (aws.vault.create(USER, "g", tokens()), aws.vault.read(USER, "g"))


def a_secret_stored(aws: AwsPorts) -> Ask:
    a_secret_made(aws)()
    new = tokens(access="access-2")
    return lambda: (aws.vault.store(USER, "g", new, 1), aws.vault.read(USER, "g"))


def a_secret_destroyed(aws: AwsPorts) -> Ask:
    a_secret_made(aws)()
    return lambda: (aws.vault.destroy(USER, "g"), aws.vault.answers(USER, "g"))


def sealed(ask: Callable[[AwsPorts], Ask]) -> Callable[[AwsPorts], Ask]:
    def in_the_table(aws: AwsPorts) -> Ask:
        aws.vault = sealed_vault(aws)
        aws.vault.create(USER, "another", tokens())  # the ring is there
        return ask(aws)

    in_the_table.__name__ = f"{ask.__name__}_in_the_table"
    return in_the_table


def a_secret_sealed_anew(aws: AwsPorts) -> Ask:
    sealed_vault(aws).create(USER, "g", tokens())
    data_keys(aws).rotate()
    vault = sealed_vault(aws)
    return lambda: (vault.reseal(USER, "g"), vault.read(USER, "g"))


def a_registration_kept(aws: AwsPorts) -> Ask:
    return lambda: (aws.apps.keep("mastodon", "r1", App("id", "s3cret")), aws.apps.get("mastodon", "r1"))


def a_registration_forgotten(aws: AwsPorts) -> Ask:
    a_registration_kept(aws)()
    return lambda: (aws.apps.forget("mastodon", "r1"), aws.apps.get("mastodon", "r1"))


def the_first_key(aws: AwsPorts) -> Ask:
    keys = data_keys(aws)
    return lambda: (keys.ensure(), keys.ring().number, len(keys.ring().keys))


def a_key_rotated(aws: AwsPorts) -> Ask:
    keys = data_keys(aws)
    keys.ensure()
    return lambda: (keys.rotate() == data_keys(aws).newest()[0], len(keys.ring().keys))


SINGLE = [
    (a_run_asked_for, "UpdateItem"),
    (a_claim, "UpdateItem"),
    (a_claim_of_a_run_that_a_worker_had, "UpdateItem"),
    (a_lease_renewed, "UpdateItem"),
    (a_run_put_off, "UpdateItem"),
    (a_run_that_ended, "TransactWriteItems"),
    (a_lease_given_up, "UpdateItem"),
    (a_connection_without_a_state, "PutItem"),
    (a_connection_with_a_state, "TransactWriteItems"),
    (a_connection_saved, "UpdateItem"),
    (a_connection_finished, "TransactWriteItems"),
    (a_connection_deleted, "DeleteItem"),
    (a_wait_of_the_app, "UpdateItem"),
    (a_deletion_kept, "PutItem"),
    (a_refresh_lease, "UpdateItem"),
    (a_refresh_lease_after_one_that_was_cut_off, "UpdateItem"),
    (a_refresh_lease_given_back, "UpdateItem"),
    (the_last_member_left, "UpdateItem"),
    (a_member_left_of_two, "UpdateItem"),
    (a_grant_deleted, "DeleteItem"),
    (a_person_joined, "UpdateItem"),
    (the_last_of_a_person_left, "UpdateItem"),
    (one_of_a_person_left, "UpdateItem"),
    (a_person_settled, "DeleteItem"),
    (a_fence, "TransactWriteItems"),
    (an_erase_claimed, "UpdateItem"),
    (an_erase_that_goes_on, "UpdateItem"),
    (an_erase_put_off, "UpdateItem"),
    (an_erase_done, "UpdateItem"),
    (an_erase_that_leaves_its_grant, "TransactWriteItems"),
    (an_erase_allowed, "UpdateItem"),
    (an_account_deleted, "DeleteItem"),
    (what_is_left_deleted, "BatchWriteItem"),
    (a_secret_made, "CreateSecret"),
    (a_secret_stored, "PutSecretValue"),
    (a_secret_destroyed, "DeleteSecret"),
    (sealed(a_secret_made), "PutItem"),
    (sealed(a_secret_stored), "PutItem"),
    (sealed(a_secret_destroyed), "DeleteItem"),
    (a_secret_sealed_anew, "PutItem"),
    (a_registration_kept, "CreateSecret"),
    (a_registration_forgotten, "DeleteSecret"),
    (the_first_key, "CreateSecret"),
    (a_key_rotated, "PutSecretValue"),
]


@pytest.mark.parametrize(("written", "operation"), SINGLE, ids=lambda each: getattr(each, "__name__", ""))
def test_a_write_carried_out_twice_answers_and_leaves_what_it_does_once(
    aws: AwsPorts, written: Callable[[AwsPorts], Ask], operation: str
) -> None:
    once = written(aws)(), _left(aws)
    ask = written(aws.fresh())
    repeated = _repeated(aws, operation)
    assert (ask(), _left(aws)) == once
    assert repeated()


def _repeated(aws: AwsPorts, operation: str) -> Callable[[], bool]:
    """Carry each of the next two calls of that kind out twice: some writes try something else first."""
    client = aws.secretsmanager if "Secret" in operation else aws.dynamodb
    interference = aws.interfere(client, operation).twice().twice()
    return lambda: interference.met > 0


def _left(aws: AwsPorts) -> list[Any]:
    """The whole table, but for what is random in it."""
    items = sorted(aws.items(), key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
    return [{name: value for name, value in item.items() if name not in ("sealed", "key_id")} for item in items]


# ---------------------------------------------------------------- no fence gives way: what came between the two


def twice_with(aws: AwsPorts, operation: str, ask: Ask, between: Ask) -> Any:
    """The answer to the second time."""
    aws.interfere(aws.dynamodb, operation).act(lambda: (ask(), between()))
    return ask()


def claim(aws: AwsPorts, owner: str) -> Any:
    return aws.accounts.claim(wakeup_of(ANNA), owner, RUN, NOW).outcome


def test_a_claim_is_none_any_more_once_the_account_is_being_disconnected(aws: AwsPorts) -> None:
    seed(aws, replace(ANNA, run=RUN))
    outcome = twice_with(aws, "UpdateItem", lambda: claim(aws, "w1"), lambda: disconnecting(aws, ANNA))
    assert outcome is ClaimOutcome.IDLE
    assert stored(aws, ANNA).disconnecting


def test_a_claim_is_none_any_more_once_the_run_was_replaced(aws: AwsPorts) -> None:
    """The reconnect's own run begins when that lease is over."""
    account = seed(aws, replace(ANNA, run=RUN))
    again = a_connection(connection_id="connection_2", grant_id="grant_2", state_hash=None)

    def reconnected() -> None:
        aws.connections.start(again)
        seen = stored(aws, account)
        joined = replace(seen, grant_id="grant_2", connection_id="connection_2", run=a_run())
        assert aws.connections.finish(again, [Join(joined, seen)], NOW)

    assert twice_with(aws, "UpdateItem", lambda: claim(aws, "w1"), reconnected) is ClaimOutcome.LEASED


def test_a_claim_is_another_workers_who_was_there_in_the_same_second(aws: AwsPorts) -> None:
    seed(aws, replace(ANNA, run=RUN))
    aws.interfere(aws.dynamodb, "UpdateItem").act(lambda: claim(aws, "w2"))
    assert claim(aws, "w1") is ClaimOutcome.LEASED


@pytest.mark.parametrize("between", ["a disconnect", "another worker"])
def test_a_run_is_put_off_by_nobody_whom_the_fence_has_stopped(aws: AwsPorts, between: str) -> None:
    put_off = a_run_put_off(aws)

    def meanwhile() -> None:
        if between == "a disconnect":
            disconnecting(aws, ANNA)
        else:
            aws.accounts.claim(wakeup_of(ANNA), "w2", RUN, LATER)

    with pytest.raises(Fenced):
        twice_with(aws, "UpdateItem", put_off, meanwhile)


def test_a_refresh_lease_is_another_workers_who_was_there_in_the_same_second(aws: AwsPorts) -> None:
    seed(aws, ANNA)
    aws.interfere(aws.dynamodb, "UpdateItem").act(lambda: aws.grants.take_lease(USER, GRANT_ID, "w2", NOW))
    assert aws.grants.take_lease(USER, GRANT_ID, "w1", NOW) is None


def test_an_erase_is_another_workers_who_was_there_in_the_same_second(aws: AwsPorts) -> None:
    a_fence(aws)()
    aws.interfere(aws.dynamodb, "UpdateItem").act(lambda: aws.receipts.claim(USER, RECEIPT.receipt_id, "e2", NOW))
    assert not aws.receipts.claim(USER, RECEIPT.receipt_id, "e1", NOW)[0]


def test_an_erase_is_put_off_by_nobody_whose_lease_has_gone_to_another(aws: AwsPorts) -> None:
    put_off = an_erase_put_off(aws)
    with pytest.raises(Fenced):
        twice_with(
            aws, "UpdateItem", put_off, lambda: aws.receipts.claim(USER, RECEIPT.receipt_id, "e2", NOW + A_MINUTE)
        )


def test_another_connection_of_that_name_is_not_taken_for_ones_own(aws: AwsPorts) -> None:
    aws.connections.start(a_connection(state_hash=None, grant_id="grant_2"))
    with pytest.raises(ValueError, match="exists"):
        aws.connections.start(a_connection(state_hash=None))
