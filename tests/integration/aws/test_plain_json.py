"""What DynamoDB is sent and what is read from its answers is the same with botocore's walk and without it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session
from hypothesis import given, settings

from socials.aws.clients import Clients
from tests.integration.aws.calls import ITEM, KEY, in_base64, requests


class Service:
    """DynamoDB behind `before-send`: it notes each body and answers with `answer`."""

    def __init__(self, config: Config | None = None) -> None:
        session = get_session()
        session.set_config_variable("region", "eu-west-1")
        session.set_credentials("testing", "testing")
        self.client = (Clients(session, config) if config else Clients(session)).dynamodb
        self.client.meta.events.register_first("before-send", self._meet)  # moto may live on from another test
        self.bodies: list[bytes] = []
        self.status, self.answer = 200, b"{}"

    def _meet(self, request: Any, **_: Any) -> AWSResponse:
        self.bodies.append(request.body)
        return AWSResponse(request.url, self.status, {"x-amzn-RequestId": "r-1"}, _Raw(self.answer))


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


PLAIN, WALKED = (
    Service(),
    Service(Config(parameter_validation=True, retries={"mode": "standard", "total_max_attempts": 3})),
)
BOTH = (PLAIN, WALKED)


def asked_of_both(operation: str, **parameters: Any) -> tuple[Any, Any]:
    plain, walked = (getattr(service.client, operation)(**parameters) for service in BOTH)
    return plain, walked


def answering(answer: dict[str, Any]) -> None:
    for service in BOTH:
        service.status, service.answer = 200, json.dumps(answer).encode()


@settings(max_examples=50, deadline=None)
@given(ITEM)
def test_every_request_is_the_same_to_the_byte(item: dict[str, Any]) -> None:
    answering({})
    for operation, parameters in requests(item).items():
        asked_of_both(operation, **parameters)
        assert PLAIN.bodies[-1] == WALKED.bodies[-1], operation


def test_every_call_that_the_layer_keeps_is_among_them() -> None:
    from layers.dependencies.trimming import OPERATIONS

    assert {name.replace("_", "") for name in requests({})} == {name.lower() for name in OPERATIONS["dynamodb"]}


@settings(max_examples=50, deadline=None)
@given(ITEM)
def test_every_answer_is_read_as_the_same(item: dict[str, Any]) -> None:
    as_sent = json.loads(json.dumps(item, default=in_base64))
    for operation, answer in {
        "get_item": {"Item": as_sent},
        "update_item": {"Attributes": as_sent},
        "query": {"Items": [as_sent, as_sent], "Count": 2, "ScannedCount": 2, "LastEvaluatedKey": KEY},
        "put_item": {"Attributes": None},
    }.items():
        answering(answer)
        plain, walked = asked_of_both(operation, **requests(KEY)[operation])
        assert plain == walked, operation


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"<html></html>"])
def test_an_answer_that_is_no_object_is_left_to_botocore(body: bytes) -> None:
    told = []
    for service in BOTH:
        service.status, service.answer = 200, body
        try:
            told.append(service.client.get_item(**requests(KEY)["get_item"]))
        except Exception as error:
            told.append((type(error), str(error)))
    assert told[0] == told[1]


def test_a_refusal_with_its_reasons_and_its_item_is_the_same() -> None:
    refusal = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "cancelled",
        "CancellationReasons": [{"Code": "ConditionalCheckFailed", "Item": {"pk": {"S": "x"}, "b": {"B": "AA=="}}}],
    }
    told = []
    for service in BOTH:
        service.status, service.answer = 400, json.dumps(refusal).encode()
        with pytest.raises(ClientError) as caught:
            service.client.transact_write_items(**requests(KEY)["transact_write_items"])
        told.append(caught.value.response)
    assert told[0] == told[1]


def test_others_that_listen_still_see_what_is_asked() -> None:
    service, seen = Service(), []
    service.client.meta.events.register("provide-client-params.dynamodb", lambda params, **_: seen.append(params))
    wanted = requests(KEY)["put_item"]
    service.client.put_item(**wanted)
    assert seen == [wanted]
