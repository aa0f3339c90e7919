"""What AWS may do to a call that moto never does: conflicts, throttles, leftovers, lost answers."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from socials.aws.apps import SecretsApps
from socials.aws.table.conflicts import PATIENCE_SECONDS, persist
from socials.errors import Busy, Fenced, NoSecret
from socials.models.claims import Checkpoint, ClaimOutcome
from socials.models.connections import Join
from socials.models.grants import Sealed, member
from socials.models.wakeups import Wakeup
from socials.platforms.base import App
from tests.support.aws_ports import AwsPorts
from tests.support.builders import (
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
from tests.support.seeding import claimed, keep, seed, stored


@pytest.fixture
def aws(every_aws: AwsPorts) -> AwsPorts:
    """On each engine: what refuses stands between it and botocore."""
    return every_aws


THROTTLES = ["ProvisionedThroughputExceededException", "ThrottlingException"]
CONFLICTS = ["TransactionConflictException", *THROTTLES]


@pytest.mark.parametrize("code", CONFLICTS)
def test_a_write_that_met_another_is_made_again(aws: AwsPorts, code: str) -> None:
    account = seed(aws, an_account(run=a_run()))
    met = aws.interfere(aws.dynamodb, "UpdateItem").refuse(code, times=3)
    assert aws.accounts.claim(wakeup_of(account), "w1", a_run(), NOW).outcome is ClaimOutcome.CLAIMED
    assert met.met == 3
    assert len(aws.pauses) == 3
    assert sum(aws.pauses) < 2


@pytest.mark.parametrize("reason", ["TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"])
def test_a_transaction_that_met_another_is_made_again(aws: AwsPorts, reason: str) -> None:
    account = seed(aws, an_account())
    met = aws.interfere(aws.dynamodb, "TransactWriteItems").cancel(reason, "None", times=2)
    assert aws.receipts.open(a_receipt(account), account)
    assert met.met == 2


def test_a_conflict_is_never_taken_for_the_fence(aws: AwsPorts) -> None:
    mine = claimed(aws, seed(aws, an_account(run=a_run())))
    aws.interfere(aws.dynamodb, "TransactWriteItems").cancel("TransactionConflict", "None", times=99)
    with pytest.raises(Busy) as stopped:
        aws.accounts.save(Checkpoint(account=mine, posts=(a_post(1),)), "worker")
    assert len(aws.pauses) == 5
    assert isinstance(stopped.value.__cause__, ClientError)


@pytest.mark.parametrize("code", THROTTLES)
def test_a_read_that_is_throttled_is_made_again(aws: AwsPorts, code: str) -> None:
    account = seed(aws, an_account())
    keep(aws, account, posts=(a_post(1),))
    met = [aws.interfere(aws.dynamodb, each).refuse(code, times=2) for each in ("GetItem", "Query")]
    assert aws.accounts.get(USER, account.account_id) == account
    assert aws.history.stored_posts(life_of(account), [a_post(1)])
    assert [each.met for each in met] == [2, 2]


@pytest.mark.parametrize("code", THROTTLES)
def test_a_throttle_that_stays_sends_whoever_asked_away_to_come_back(aws: AwsPorts, code: str) -> None:
    account = seed(aws, an_account())
    for operation in ("GetItem", "Query", "UpdateItem"):
        aws.interfere(aws.dynamodb, operation).refuse(code, times=99)
    for asked in (
        lambda: aws.accounts.get(USER, account.account_id),
        lambda: aws.accounts.list(USER),
        lambda: aws.accounts.claim(wakeup_of(account), "w1", a_run(), NOW),
    ):
        aws.pauses.clear()
        with pytest.raises(Busy):
            asked()
        assert len(aws.pauses) == 5


def test_calls_that_take_their_time_to_be_refused_are_not_made_six_times() -> None:
    """botocore's own repeats come before ours: a function of the API answers while it still can."""
    times, pauses = iter((0.0, PATIENCE_SECONDS / 2, PATIENCE_SECONDS + 1)), list[float]()

    def throttled() -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "GetItem")

    with pytest.raises(Busy):
        persist(throttled, pauses.append, lambda: next(times))
    assert len(pauses) == 1


def test_a_failed_condition_among_conflicts_is_the_fence(aws: AwsPorts) -> None:
    mine = claimed(aws, seed(aws, an_account(run=a_run())))
    met = aws.interfere(aws.dynamodb, "TransactWriteItems").cancel("ConditionalCheckFailed", "TransactionConflict")
    with pytest.raises(Fenced):
        aws.accounts.save(Checkpoint(account=mine, posts=(a_post(1),)), "worker")
    assert met.met == 1


@pytest.mark.parametrize("refusal", ["ValidationException", "AccessDeniedException"])
def test_what_will_not_pass_is_raised_at_once(aws: AwsPorts, refusal: str) -> None:
    account = seed(aws, an_account())
    aws.interfere(aws.dynamodb, "UpdateItem").refuse(refusal)
    with pytest.raises(ClientError):
        aws.accounts.request_run(USER, account.account_id, a_run(), NOW)
    assert aws.pauses == []


def test_a_broken_transaction_is_raised_and_no_fence(aws: AwsPorts) -> None:
    account = seed(aws, an_account())
    aws.interfere(aws.dynamodb, "TransactWriteItems").cancel("ValidationError", "None")
    with pytest.raises(ClientError):
        aws.receipts.open(a_receipt(account), account)


def test_a_disconnect_that_meets_a_checkpoint_wins_and_the_checkpoint_is_fenced(aws: AwsPorts) -> None:
    account = seed(aws, an_account(run=a_run()))
    mine = claimed(aws, account)
    aws.interfere(aws.dynamodb, "TransactWriteItems").cancel("TransactionConflict", "None").act(
        lambda: aws.receipts.open(a_receipt(mine), mine)
    )
    with pytest.raises(Fenced):
        aws.accounts.save(Checkpoint(account=mine, posts=(a_post(1),)), "worker")
    assert stored(aws, account).disconnecting
    assert aws.history.posts(life_of(account), 10, None).items == ()


def test_a_cancelled_transaction_is_tried_under_another_token_an_unanswered_one_under_the_same(aws: AwsPorts) -> None:
    account = seed(aws, an_account())
    aws.interfere(aws.dynamodb, "TransactWriteItems").refuse("TransactionInProgressException").cancel(
        "TransactionConflict", "None"
    )
    aws.requests.clear()
    assert aws.receipts.open(a_receipt(account), account)
    first, second, third = (request["ClientRequestToken"] for request in aws.requests if "TransactItems" in request)
    assert first == second != third


def test_a_request_whose_answer_was_lost_is_known_by_its_run(aws: AwsPorts) -> None:
    account, run = seed(aws, an_account()), a_run()
    aws.interfere(aws.dynamodb, "UpdateItem").act(lambda: aws.accounts.request_run(USER, account.account_id, run, NOW))
    assert aws.accounts.request_run(USER, account.account_id, run, NOW) == (True, stored(aws, account))


# ---------------------------------------------------------------- leftovers of batches


def test_a_post_that_could_not_be_read_is_never_taken_for_new(aws: AwsPorts) -> None:
    account = seed(aws, an_account())
    refusals = aws.interfere(aws.dynamodb, "Query").refuse("ThrottlingException", times=99)
    with pytest.raises(Busy):
        aws.history.stored_posts(life_of(account), [a_post(1)])
    assert refusals.met == 6


def test_items_left_undeleted_are_deleted_again_or_the_erase_stops(aws: AwsPorts) -> None:
    account = seed(aws, an_account())
    keep(aws, account, posts=(a_post(1),))
    requests = [{"DeleteRequest": {"Key": key}} for key in _post_keys(aws, account)]
    left = {aws.table_name: requests}
    batches = aws.interfere(aws.dynamodb, "BatchWriteItem").answer(UnprocessedItems=left)
    assert aws.remains.delete_some(life_of(account), 10) == 2
    assert aws.history.posts(life_of(account), 10, None).items == ()
    assert aws.remains.delete_some(life_of(account), 10) == 1
    keep(aws, account, posts=(a_post(1),), now=NOW + timedelta(hours=1))
    for _ in range(99):
        batches.answer(UnprocessedItems=left)
    with pytest.raises(Busy):
        aws.remains.delete_some(life_of(account), 10)


def _post_keys(aws: AwsPorts, account: Any) -> list[dict[str, Any]]:
    return [{"pk": i["pk"], "sk": i["sk"]} for i in aws.items() if i["sk"]["S"].startswith("POST#")]


# ---------------------------------------------------------------- races inside one method


def racing(aws: AwsPorts, operation: str, action: Callable[[], object]) -> None:
    aws.interfere(aws.dynamodb, operation).act(action)


def test_a_member_that_leaves_the_old_grant_meanwhile_stops_the_connect(aws: AwsPorts) -> None:
    anna, shop = an_account(), an_account(platform_account_id="1002")
    seed(aws, anna, shop)
    connection = a_connection(connection_id="connection_2", grant_id="grant_2")
    aws.connections.start(connection)
    joins = [Join(replace(anna, grant_id="grant_2"), anna)]
    gone = member(shop.account_id, shop.life)
    racing(aws, "TransactWriteItems", lambda: aws.grants.leave(USER, anna.grant_id, gone, NOW))
    assert not aws.connections.finish(connection, joins, NOW)
    assert aws.connections.finish(connection, joins, NOW)
    assert aws.grants.get(USER, anna.grant_id).retired


def test_two_members_that_leave_at_once_retire_the_grant(aws: AwsPorts) -> None:
    anna, shop = an_account(), an_account(platform_account_id="1002")
    seed(aws, anna, shop)
    first, second = member(anna.account_id, anna.life), member(shop.account_id, shop.life)
    between = aws.interfere(aws.dynamodb, "UpdateItem").act(lambda: None)
    between.act(lambda: aws.grants.leave(USER, anna.grant_id, second, NOW))
    left = aws.grants.leave(USER, anna.grant_id, first, NOW)
    assert left.retired
    assert left.members == frozenset()
    assert left == aws.grants.get(USER, anna.grant_id)


def test_a_delete_between_the_read_and_the_write_of_a_connect_is_seen(aws: AwsPorts) -> None:
    old = seed(aws, an_account())
    connection = a_connection(connection_id="connection_2", grant_id="grant_2")
    aws.connections.start(connection)
    racing(aws, "TransactWriteItems", lambda: aws.receipts.open(a_receipt(old), old))
    assert not aws.connections.finish(connection, [Join(replace(old, grant_id="grant_2"), old)], NOW)
    assert stored(aws, old).disconnecting
    assert stored(aws, old).grant_id == old.grant_id


# ---------------------------------------------------------------- Secrets Manager


def test_a_rival_that_stored_first_wins(aws: AwsPorts) -> None:
    aws.vault.create(USER, "g", tokens())
    rival = tokens(access="rival")
    aws.interfere(aws.secretsmanager, "PutSecretValue").act(lambda: aws.vault.store(USER, "g", rival, 1))
    assert aws.vault.store(USER, "g", tokens(access="mine"), 1) == Sealed(2, rival)


def test_the_refusal_of_a_second_value_for_a_version_leads_to_the_winners(aws: AwsPorts) -> None:
    aws.vault.create(USER, "g", tokens())
    aws.interfere(aws.secretsmanager, "PutSecretValue").refuse("ResourceExistsException")
    assert aws.vault.store(USER, "g", tokens(access="mine"), 1) == Sealed(1, tokens())


@pytest.mark.parametrize(
    "slip", ['{"client_id": "id", "client_secret": "s3cret",}', "id:s3cret", '["id", "s3cret"]', '{"client_id": 7}']
)
def test_a_registration_with_a_slip_in_it_is_none_and_told_without_what_it_says(
    aws: AwsPorts, capsys: pytest.CaptureFixture[str], slip: str
) -> None:
    aws.secretsmanager.create_secret(Name=f"{aws.prefix}platforms/pinterest", SecretString=slip)
    assert aws.apps.get("pinterest") is None
    told = capsys.readouterr().out
    assert "s3cret" not in told
    assert "platforms/pinterest" in told


@pytest.mark.parametrize("code", ["AccessDeniedException", "DecryptionFailure"])
def test_a_registration_under_a_key_that_is_not_ours_is_none_and_told(
    aws: AwsPorts, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    """Or one slip of whoever wrote it would take the list of all platforms down."""
    aws.interfere(aws.secretsmanager, "GetSecretValue").refuse(code)
    assert aws.apps.get("pinterest") is None
    told = capsys.readouterr().out
    assert "platforms/pinterest" in told
    assert code in told


def test_a_vault_in_trouble_says_nothing_of_registrations(aws: AwsPorts) -> None:
    aws.interfere(aws.secretsmanager, "GetSecretValue").refuse("InternalServiceError")
    with pytest.raises(ClientError):
        aws.apps.get("pinterest")
    assert aws.apps.get("pinterest") is None, "asked again, since nothing was kept of it"


@pytest.mark.parametrize("times", [0, 1, 3])
def test_a_registration_takes_the_name_of_one_just_forgotten_once_that_has_gone(aws: AwsPorts, times: int) -> None:
    pauses: list[float] = []
    apps = SecretsApps(aws.secretsmanager, aws.prefix, sleep=pauses.append)
    aws.interfere(aws.secretsmanager, "CreateSecret").refuse("InvalidRequestException", times=times)
    assert apps.keep("mastodon", "r1", App("new", "s3cret")) == App("new", "s3cret")
    assert len(pauses) == times
    assert aws.apps.get("mastodon", "r1") == App("new", "s3cret")


def test_a_registration_whose_name_stays_taken_is_tried_again_by_whoever_asks(aws: AwsPorts) -> None:
    pauses: list[float] = []
    apps = SecretsApps(aws.secretsmanager, aws.prefix, sleep=pauses.append)
    aws.interfere(aws.secretsmanager, "CreateSecret").refuse("InvalidRequestException", times=4)
    with pytest.raises(Busy):
        apps.keep("mastodon", "r2", App("new", "s3cret"))
    assert sum(pauses) < 5


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "InvalidRequestException"])
def test_a_secret_on_its_way_out_is_no_secret(aws: AwsPorts, code: str) -> None:
    aws.vault.create(USER, "g", tokens())
    aws.interfere(aws.secretsmanager, "GetSecretValue").refuse(code, times=2)
    aws.interfere(aws.secretsmanager, "PutSecretValue").refuse(code)
    aws.interfere(aws.secretsmanager, "DeleteSecret").refuse(code)
    with pytest.raises(NoSecret):
        aws.vault.read(USER, "g")
    assert not aws.vault.answers(USER, "g")
    with pytest.raises(NoSecret):
        aws.vault.store(USER, "g", tokens(), 1)
    aws.vault.destroy(USER, "g")


def test_a_vault_that_is_down_is_not_an_empty_one(aws: AwsPorts) -> None:
    aws.vault.create(USER, "g", tokens())
    aws.interfere(aws.secretsmanager, "GetSecretValue").refuse("InternalServiceError", times=2)
    aws.interfere(aws.secretsmanager, "DeleteSecret").refuse("InternalServiceError")
    with pytest.raises(ClientError):
        aws.vault.read(USER, "g")
    with pytest.raises(ClientError):
        aws.vault.answers(USER, "g")
    with pytest.raises(ClientError):
        aws.vault.destroy(USER, "g")


def test_the_secret_lies_under_the_stages_prefix(aws: AwsPorts) -> None:
    aws.vault.create(USER, "grant_x", tokens())
    value = json.loads(aws.secretsmanager.get_secret_value(SecretId=f"{aws.prefix}grants/grant_x")["SecretString"])
    assert value["version"] == 1
    assert value["access_expires_at"] == "2026-11-22T21:45:00Z"


def test_a_platforms_registration_is_read_once_in_five_minutes(aws: AwsPorts) -> None:
    assert aws.apps.get("pinterest") is None
    app = {"client_id": "id", "client_secret": "s3cret"}
    aws.secretsmanager.create_secret(Name=f"{aws.prefix}platforms/bluesky", SecretString=json.dumps(app))
    aws.forget()
    for _ in range(3):
        assert aws.apps.get("bluesky") == App("id", "s3cret")
        assert aws.apps.get("pinterest") is None
    assert aws.calls == ["GetSecretValue"]
    assert "s3cret" not in repr(aws.apps.get("bluesky"))


@pytest.mark.parametrize(
    "value",
    [{}, {"client_id": "", "client_secret": ""}, {"client_id": "id"}, {"clientId": "id", "clientSecret": "s3cret"}],
)
def test_half_a_registration_is_none_and_told(
    aws: AwsPorts, value: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    aws.secretsmanager.create_secret(Name=f"{aws.prefix}platforms/pinterest", SecretString=json.dumps(value))
    assert aws.apps.get("pinterest") is None
    (told,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (told["message"], told["secret"]) == ("registration unreadable", f"{aws.prefix}platforms/pinterest")
    assert "s3cret" not in str(told)


# ---------------------------------------------------------------- SQS


def received(aws: AwsPorts, queue: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while messages := aws.sqs.receive_message(QueueUrl=aws.urls[queue], MaxNumberOfMessages=10).get("Messages", []):
        found += messages
    return found


def test_a_wake_up_says_whom_it_wakes_and_nothing_else(aws: AwsPorts) -> None:
    aws.wakeups.send("manual", Wakeup(USER, "account", "acc_x", "life_x"))
    (message,) = received(aws, "manual")
    assert json.loads(message["Body"]) == {"user": USER, "kind": "account", "id": "acc_x", "life": "life_x"}


def test_what_a_batch_refuses_is_sent_once_more_and_then_left_to_the_agenda(
    aws: AwsPorts, capsys: pytest.CaptureFixture[str]
) -> None:
    wakeups = [Wakeup(USER, "account", f"acc_{n}", "life") for n in range(3)]
    failed = [{"Id": "1", "SenderFault": False, "Code": "InternalError"}]
    batches = aws.interfere(aws.sqs, "SendMessageBatch")
    batches.answer(Successful=[], Failed=failed).answer(Successful=[], Failed=[failed[0] | {"Id": "0"}])
    aws.wakeups.send_many("daily", wakeups)
    assert batches.met == 2
    assert [json.loads(text)["id"] for text in capsys.readouterr().out.splitlines()] == ["acc_1"]


def test_a_message_can_be_put_off_by_its_queues_arn(aws: AwsPorts) -> None:
    aws.wakeups.send("erase", Wakeup(USER, "receipt", "r", "life"))
    (message,) = received(aws, "erase")
    attributes = aws.sqs.get_queue_attributes(QueueUrl=aws.urls["erase"], AttributeNames=["QueueArn"])
    aws.wakeups.postpone(attributes["Attributes"]["QueueArn"], message["ReceiptHandle"], 0)
    assert len(received(aws, "erase")) == 1


def test_no_token_is_logged_by_the_adapters(aws: AwsPorts, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        aws.vault.create(USER, "g", tokens())
        aws.vault.store(USER, "g", tokens(access="access-2"), 1)
    assert "access-" not in caplog.text
