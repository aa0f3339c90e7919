"""What the local stack changes in moto holds as in DynamoDB."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs import sqs_backends

from local import moto_queues
from tests.support.stack import ROOT

KEYS = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "eu-west-1"}


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    """A moto server as the stack starts it, with one table."""
    command = [sys.executable, "-m", "local.moto_server", "127.0.0.1", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        client = boto3.client("dynamodb", endpoint_url=f"http://127.0.0.1:{int(server.stdout.readline())}", **KEYS)
        client.create_table(
            TableName="t",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        yield client
        server.kill()


def put(sort: str, **values: str) -> dict[str, Any]:
    """A Put of a transaction."""
    item = {"pk": "p", "sk": sort} | values
    return {"Put": {"TableName": "t", "Item": {name: {"S": value} for name, value in item.items()}}}


def only_where_there(sort: str) -> dict[str, Any]:
    """A Put in place of an item that is there already."""
    action = put(sort)
    action["Put"]["ConditionExpression"] = "attribute_exists(pk)"
    return action


def key(sort: str) -> dict[str, Any]:
    """An item's key."""
    return {"pk": {"S": "p"}, "sk": {"S": sort}}


def items(dynamodb: Any) -> list[Any]:
    """All that is stored."""
    found: list[Any] = dynamodb.query(
        TableName="t", KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "p"}}
    )["Items"]
    return found


def test_a_transaction_that_fails_leaves_everything_as_it_was(dynamodb: Any) -> None:
    dynamodb.transact_write_items(TransactItems=[put("a", n="1"), put("b", n="1")])
    before = items(dynamodb)
    update = {
        "TableName": "t",
        "Key": key("a"),
        "UpdateExpression": "SET n = :n, m = :n",
        "ExpressionAttributeValues": {":n": {"S": "2"}},
    }
    refused = only_where_there("d")
    with pytest.raises(ClientError) as error:
        dynamodb.transact_write_items(
            TransactItems=[{"Update": update}, {"Delete": {"TableName": "t", "Key": key("b")}}, put("c"), refused]
        )
    reasons = [reason["Code"] for reason in error.value.response["CancellationReasons"]]
    assert reasons == ["None", "None", "None", "ConditionalCheckFailed"]
    assert items(dynamodb) == before


def test_a_transaction_whose_answer_was_lost_may_be_asked_for_again(dynamodb: Any) -> None:
    new = put("once")
    new["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
    with pytest.raises(ClientError) as failed:
        dynamodb.transact_write_items(
            TransactItems=[put("other"), only_where_there("nobody")], ClientRequestToken="one"
        )
    assert failed.value.response["Error"]["Code"] == "TransactionCanceledException"
    for _ in range(2):
        dynamodb.transact_write_items(TransactItems=[put("other"), new], ClientRequestToken="one")
    with pytest.raises(ClientError) as error:
        dynamodb.transact_write_items(TransactItems=[new], ClientRequestToken="one")
    assert error.value.response["Error"]["Code"] == "IdempotentParameterMismatchException"
    with pytest.raises(ClientError) as refused:
        dynamodb.transact_write_items(TransactItems=[put("other"), new], ClientRequestToken="two")
    assert refused.value.response["Error"]["Code"] == "TransactionCanceledException"


def test_what_is_read_is_what_was_written_in_the_order_of_its_keys(dynamodb: Any) -> None:
    """Of every type, also where one holds another."""
    values: dict[str, Any] = {
        "text": {"S": "ü"},
        "empty": {"S": ""},
        "number": {"N": "-1.5"},
        "none": {"NULL": True},
        "yes": {"BOOL": True},
        "no": {"BOOL": False},
        "bytes": {"B": b"\x00\xff"},
        "set": {"SS": ["a", "b"]},
        "list": {"L": [{"S": "a"}, {"N": "0"}, {"M": {"S": {"N": "1"}}}]},
        "map": {"M": {"S": {"S": "a"}, "deeper": {"M": {"no": {"BOOL": False}, "none": {"L": []}}}}},
    }
    partition = {"pk": {"S": "of every type"}}
    written = [partition | {"sk": {"S": sort}} | values for sort in ("a", "b", "ü")]
    for item in reversed(written):
        dynamodb.put_item(TableName="t", Item=item)
    found = dynamodb.query(
        TableName="t", KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": partition["pk"]}
    )
    keys = [{name: item[name] for name in ("pk", "sk")} for item in written]
    many = dynamodb.batch_get_item(RequestItems={"t": {"Keys": keys}})["Responses"]["t"]
    assert found["Items"] == many == written
    assert dynamodb.get_item(TableName="t", Key=keys[0])["Item"] == written[0]


def update(dynamodb: Any, sort: str, expression: str, **values: Any) -> Any:
    """What is in the item afterwards; `values` by their placeholder."""
    answer = dynamodb.update_item(
        TableName="t",
        Key=key(sort),
        UpdateExpression=expression,
        ExpressionAttributeNames={f"#{name}": name for name in ("a", "b", "c") if f"#{name}" in expression},
        ReturnValues="ALL_NEW",
        **({"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}} if values else {}),
    )
    return {name: value for name, value in answer["Attributes"].items() if name not in ("pk", "sk")}


def test_the_same_update_of_two_items_keeps_them_apart(dynamodb: Any) -> None:
    grows = "SET #a = if_not_exists(#a, :none) + :more, #b = list_append(if_not_exists(#b, :list), :list) ADD #c :set"

    def grow(sort: str, by: int) -> Any:
        values = {"none": {"N": "0"}, "more": {"N": str(by)}, "list": {"L": [{"N": str(by)}]}}
        return update(dynamodb, sort, grows, **values, set={"SS": [str(by)]})

    assert grow("one", 1) == {"a": {"N": "1"}, "b": {"L": [{"N": "1"}, {"N": "1"}]}, "c": {"SS": ["1"]}}
    assert grow("two", 5) == {"a": {"N": "5"}, "b": {"L": [{"N": "5"}, {"N": "5"}]}, "c": {"SS": ["5"]}}
    assert grow("one", 2)["a"] == {"N": "3"}
    assert update(dynamodb, "one", "REMOVE #a, #c") == {"b": {"L": [{"N": "1"}, {"N": "1"}, {"N": "2"}]}}
    assert update(dynamodb, "two", "REMOVE #a, #c")["b"] == {"L": [{"N": "5"}, {"N": "5"}]}


@pytest.mark.parametrize(
    "wrong", ["SET #a = :v SET #b = :v", "SET #a = :v, #a = :v", "SET pk = :v", "SET #a = #b", "SET #a = :v, #b = "]
)
def test_a_wrong_update_is_refused_each_time(dynamodb: Any, wrong: str) -> None:
    values = {"v": {"S": "x"}} if ":v" in wrong else {}
    for sort in ("wrong", "wrong", "wrong again"):
        with pytest.raises(ClientError) as error:
            update(dynamodb, sort, wrong, **values)
        assert error.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize(("age", "received"), [(3_599, 1), (3_601, 0)])
def test_a_message_is_received_until_its_queues_retention_period_ends(age: int, received: int) -> None:
    moto_queues.install()
    with mock_aws():
        sqs = boto3.client("sqs", **KEYS)
        url = sqs.create_queue(QueueName="q", Attributes={"MessageRetentionPeriod": "3600"})["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="wake")
        message = sqs_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].queues["q"]._messages[0]
        message.sent_timestamp -= age * 1000
        assert len(sqs.receive_message(QueueUrl=url).get("Messages", ())) == received


def test_a_queue_counts_what_waits_what_is_at_work_and_what_is_delayed() -> None:
    moto_queues.install()
    with mock_aws():
        sqs = boto3.client("sqs", **KEYS)
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        entries = [{"Id": str(n), "MessageBody": "wake", "DelaySeconds": 60 * (n == 3)} for n in range(4)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
        taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2)["Messages"]
        names = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
        counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        assert [counted[name] for name in names] == ["1", "2", "1"]
        assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 1
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=taken[0]["ReceiptHandle"], VisibilityTimeout=0)
        assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "host.docker.internal:1"}, 200),
        ({"Host": "[::1]:1"}, 200),
        ({"Host": "rebound.example:1"}, 403),  # a page under a name of its own that leads here now
        ({"Host": "127.0.0.1.rebound.example"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "https://page.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_no_page_in_a_browser_is_answered(dynamodb: Any, headers: dict[str, str], status: int) -> None:
    scope = "AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-1/dynamodb/aws4_request"
    asked = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Authorization": scope}
    answer = requests.post(dynamodb.meta.endpoint_url, "{}", headers={**asked, **headers}, timeout=30)
    assert answer.status_code == status
    assert ("TableNames" in answer.text) is (status == 200)
