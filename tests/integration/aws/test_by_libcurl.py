"""AWS's calls by libcurl: signed as botocore signs, read as botocore reads, and botocore's where it is not plain."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pycurl
import pytest
from botocore import UNSIGNED
from botocore.auth import SIGNED_HEADERS_BLACKLIST
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, EndpointConnectionError, SSLError
from botocore.session import Session, get_session
from hypothesis import given, settings

from layers.dependencies.authorities import PEM, write
from socials.authorities import authorities
from socials.aws.by_libcurl import go_by_libcurl
from socials.aws.clients import Clients
from socials.aws.data_keys import DataKeys
from tests.integration.aws.calls import ITEM, KEY, in_base64, requests
from tests.support.certifying import self_signed
from tests.support.serving import Server, http, says
from tests.support.signatures import OfTheseHeaders

GET = requests(KEY)["get_item"]
CANCELLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message": "cancelled",
    "CancellationReasons": [{"Code": "ConditionalCheckFailed", "Item": {"pk": {"S": "x"}, "b": {"B": "AA=="}}}],
}
UNMET = {
    "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
    "message": "The conditional request failed",
    "Item": {"pk": {"S": "x"}, "n": {"N": "1"}},
}
FINE = http(b'{"Item": {"pk": {"S": "x"}}}', "200 OK", "x-amzn-RequestId: r-1")


def session(**credentials: str) -> Session:
    made = get_session()
    made.set_config_variable("region", "eu-west-1")
    made.set_credentials(**{"access_key": "AKIA", "secret_key": "s3cr3t", **credentials})
    return made


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*replies: Any, **more: Any) -> Server:
        script = replies[0] if callable(replies[0]) else says(*replies)
        servers.append(Server(script, **more))
        for service in ("DYNAMODB", "SECRETS_MANAGER", "SQS"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", servers[-1].url)
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody pauses before asking again."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    monkeypatch.setattr("socials.aws.by_libcurl.time.sleep", lambda seconds: None)


def hurried(made: Session | None = None, **more: Any) -> Clients:
    clients = Clients(made or session(), **more)
    clients.hurry()
    return clients


# What goes out


def signature_holds(sent: bytes, service: str, keys: Credentials) -> bool:
    head, _, body = sent.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    scheme, _, parts = headers["authorization"].partition(" ")
    told = dict(part.strip().split("=", 1) for part in parts.split(","))
    signed = told["SignedHeaders"].split(";")
    assert (first, scheme) == ("POST / HTTP/1.1", "AWS4-HMAC-SHA256")
    assert told["Credential"] == f"{keys.access_key}/{headers['x-amz-date'][:8]}/eu-west-1/{service}/aws4_request"
    assert {"host", "x-amz-date", "x-amz-target"} <= set(signed)
    assert not set(SIGNED_HEADERS_BLACKLIST) & set(signed)
    assert headers["user-agent"].startswith("Botocore/")
    assert ("x-amz-security-token" in signed) == bool(keys.token)
    request = AWSRequest("POST", f"http://{headers['host']}/", {name: headers[name] for name in signed}, body)
    request.context["timestamp"] = headers["x-amz-date"]
    auth = OfTheseHeaders(keys, service, "eu-west-1")
    wanted = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    return bool(wanted == told["Signature"])


@pytest.mark.parametrize("token", ["", "a-session-token/with+signs=="])
def test_botocore_would_have_signed_the_same(serve: Callable[..., Server], token: str) -> None:
    server = serve(http(b"{}"))
    clients = hurried(session(**({"token": token} if token else {})))
    keys = Credentials("AKIA", "s3cr3t", token or None)
    clients.dynamodb.get_item(**GET)
    clients.secretsmanager.get_secret_value(SecretId="grants/ü")
    for sent, service in zip(server.requests, ("dynamodb", "secretsmanager"), strict=True):
        assert signature_holds(sent, service, keys)


def test_a_message_goes_by_botocore_and_tells_its_trace(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "run_syncs")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2-3;Parent=4;Sampled=1")
    server = serve(http(b"{}"))
    hurried().sqs.send_message(QueueUrl=f"{server.url}/1/q", MessageBody="x")
    assert b"X-Amzn-Trace-Id: Root=1-2-3" in server.requests[0]


def test_a_client_that_is_made_already_is_too_late() -> None:
    clients = Clients(session())
    assert clients.sqs is clients.sqs
    clients.hurry()
    assert clients.dynamodb is clients.dynamodb
    with pytest.raises(RuntimeError):
        clients.hurry()


def test_credentials_that_were_renewed_meanwhile_are_used(serve: Callable[..., Server]) -> None:
    server, made = serve(http(b"{}")), session()
    client = hurried(made).dynamodb
    client.get_item(**GET)
    keys = made.get_credentials()
    keys.access_key, keys.secret_key, keys.token = "AKIB", "n3w", "t2"
    client.get_item(**GET)
    assert signature_holds(server.requests[1], "dynamodb", Credentials("AKIB", "n3w", "t2"))


def test_every_call_and_its_answer_are_the_same(serve: Callable[..., Server]) -> None:
    answers = [b"{}"]
    server = serve(lambda connection, _: connection.sendall(http(answers[-1], "200 OK", "x-amzn-RequestId: r-1")))
    both = [Clients(session()).dynamodb, hurried().dynamodb]

    @settings(max_examples=30, deadline=None)
    @given(ITEM)
    def same(item: dict[str, Any]) -> None:
        as_sent = json.loads(json.dumps(item, default=in_base64))
        told = {"get_item": {"Item": as_sent}, "query": {"Items": [as_sent], "Count": 1}, "put_item": {"Item": None}}
        for operation, parameters in requests(item).items():
            answers.append(json.dumps(told.get(operation, {})).encode())
            read = [getattr(client, operation)(**parameters) for client in both]
            metadata = [each.pop("ResponseMetadata")["HTTPStatusCode"] for each in read]
            bodies = [json.loads(sent.partition(b"\r\n\r\n")[2]) for sent in server.requests[-2:]]
            assert (read[0], metadata) == (read[1], [200, 200]), operation
            assert bodies[0] == bodies[1], operation

    same()


def test_half_a_character_is_sent_as_botocore_sends_it(serve: Callable[..., Server]) -> None:
    server, half = serve(http(b"{}")), {"pk": {"S": "\ud83d"}, "sk": {"S": "s"}}
    for client in (Clients(session()).dynamodb, hurried().dynamodb):
        client.get_item(TableName="table", Key=half)
    bodies = [sent.partition(b"\r\n\r\n")[2] for sent in server.requests]
    assert bodies[0] == bodies[1]
    assert b'"\\ud83d"' in bodies[0]


def test_of_a_secret_the_time_alone_reads_otherwise(serve: Callable[..., Server]) -> None:
    """It stays a number, which the ring of data keys knows (`data_keys.py`)."""
    serve(http(b'{"SecretString": "{}", "VersionId": "v", "VersionStages": ["AWSCURRENT"], "CreatedDate": 1.5}'))
    read = [clients.secretsmanager.get_secret_value(SecretId="x") for clients in (Clients(session()), hurried())]
    for each in read:
        each["ResponseMetadata"] = each["ResponseMetadata"]["HTTPStatusCode"]
    assert (read[0].pop("CreatedDate").timestamp(), read[1].pop("CreatedDate")) == (1.5, 1.5)
    assert read[0] == read[1]


def test_when_the_ring_of_data_keys_was_written_is_read_from_both(serve: Callable[..., Server]) -> None:
    ring = json.dumps({"number": 1, "newest": "a", "keys": {"a": "AA=="}})
    serve(http(json.dumps({"SecretString": ring, "CreatedDate": 1.5}).encode()))
    for clients in (Clients(session()), hurried()):
        assert DataKeys(clients.secretsmanager, "x").look_again().written_at == datetime.fromtimestamp(1.5, UTC)


def without_headers(response: Any) -> Any:
    """What was told; libcurl takes no headers along."""
    metadata = {name: response["ResponseMetadata"][name] for name in ("HTTPStatusCode", "RetryAttempts")}
    return {**response, "ResponseMetadata": metadata}


def test_a_refusal_with_its_reasons_and_its_item_is_the_same(serve: Callable[..., Server]) -> None:
    for refusal, operation in ((CANCELLED, "transact_write_items"), (UNMET, "update_item")):
        server = serve(http(json.dumps(refusal).encode(), "400 Bad Request", "x-amzn-RequestId: r-1"))
        told = []
        for clients in (Clients(session()), hurried()):
            with pytest.raises(ClientError) as caught:
                getattr(clients.dynamodb, operation)(**requests(KEY)[operation])
            told.append((type(caught.value).__name__, without_headers(caught.value.response)))
        assert told[0] == told[1]
        assert len(server.requests) == 2


# What is left to botocore


THROTTLED = json.dumps({"__type": "x#ThrottlingException", "message": "slow down"}).encode()
BROKEN = [
    http(b"", "500 Internal Server Error"),
    http(b"<html></html>", "503 Service Unavailable"),
    http(THROTTLED, "400 Bad Request"),
    http(b"{", "400 Bad Request", length=20),
]


@pytest.mark.parametrize("bad", BROKEN)
def test_what_may_pass_is_asked_again(serve: Callable[..., Server], bad: bytes) -> None:
    server = serve(closing(bad, FINE))
    assert hurried().dynamodb.get_item(**GET)["Item"] == {"pk": {"S": "x"}}
    assert len(server.requests) == 2


def test_what_does_not_pass_is_asked_three_times_and_told_by_botocore(serve: Callable[..., Server]) -> None:
    server = serve(http(THROTTLED, "400 Bad Request"))
    with pytest.raises(ClientError) as caught:
        hurried().dynamodb.get_item(**GET)
    assert caught.value.response["Error"]["Code"] == "ThrottlingException"
    assert len(server.requests) == 3


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "ResourceExistsException", "InvalidRequestException"])
def test_a_secrets_refusal_is_told_after_one_request(serve: Callable[..., Server], code: str) -> None:
    told = []
    for clients in (Clients(session()), hurried()):
        server = serve(http(json.dumps({"__type": code, "Message": "no"}).encode(), "400 Bad Request"))
        client = clients.secretsmanager
        with pytest.raises(getattr(client.exceptions, code)) as caught:
            client.get_secret_value(SecretId="x")
        told.append(without_headers(caught.value.response))
        assert len(server.requests) == 1
    assert told[0] == told[1]


def test_a_row_in_somebody_elses_transaction_is_told_after_one_request(serve: Callable[..., Server]) -> None:
    body = json.dumps({"__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException", "message": "m"})
    server = serve(http(body.encode(), "400 Bad Request"))
    with pytest.raises(ClientError) as caught:
        hurried().dynamodb.get_item(**GET)
    assert caught.value.response["Error"]["Code"] == "TransactionConflictException"
    assert len(server.requests) == 1


def test_what_is_left_to_botocore_is_told(serve: Callable[..., Server], capsys: pytest.CaptureFixture[str]) -> None:
    serve(closing(http(THROTTLED, "400 Bad Request"), FINE))
    hurried().dynamodb.get_item(**GET)
    [told] = map(json.loads, capsys.readouterr().out.splitlines())
    assert (told["level"], told["message"]) == ("WARNING", "call left to botocore")
    wanted = {"service": "dynamodb", "call": "GetItem", "status": 400, "code": "ThrottlingException"}
    assert wanted.items() <= told.items()


def test_a_pause_is_made_where_one_was_asked_for(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[float] = []
    monkeypatch.setattr("socials.aws.by_libcurl.time.sleep", paused.append)
    monkeypatch.setattr("socials.aws.by_libcurl.random.random", lambda: 0.5)
    for bad in (http(THROTTLED, "400 Bad Request"), http(b"", "503 Service Unavailable")):
        serve(closing(bad, FINE))
        hurried().dynamodb.get_item(**GET)
    assert paused == [0.5, 0.025]


def test_an_answer_of_success_that_is_none_is_told_as_by_botocore(serve: Callable[..., Server]) -> None:
    serve(http(b"<html></html>"))
    told = []
    for clients in (Clients(session()), hurried()):
        try:
            told.append(without_headers(clients.dynamodb.get_item(**GET)))
        except Exception as error:
            told.append((type(error), str(error)))
    assert told[0] == told[1]


def test_nobody_there_is_told_by_botocore(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{port}")
    with pytest.raises(EndpointConnectionError):
        hurried().dynamodb.get_item(**GET)
    [told] = map(json.loads, capsys.readouterr().out.splitlines())
    assert (told["message"], told["call"]) == ("call left to botocore", "GetItem")
    assert told["curl_error"] == pycurl.E_COULDNT_CONNECT


def test_without_credentials_the_call_is_botocore_s(serve: Callable[..., Server]) -> None:
    server = serve(FINE)
    client = get_session().create_client("dynamodb", "eu-west-1", config=Config(signature_version=UNSIGNED))
    go_by_libcurl(client, lambda: None, authorities())
    assert "Item" in client.get_item(**GET)
    [sent] = server.requests
    assert b"Authorization" not in sent


def test_silence_ends_in_time_and_is_asked_again(serve: Callable[..., Server]) -> None:
    """The first request is still without an answer when the second one has its own."""
    replies = [None, FINE]
    answer_me = threading.Event()

    def script(connection: socket.socket, _: bytes) -> None:
        reply = replies.pop(0)
        if reply is None:
            answer_me.wait()
        else:
            connection.sendall(reply)

    server = serve(script)
    config = Config(connect_timeout=2, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
    assert "Item" in hurried(config=config).dynamodb.get_item(**GET)
    assert len(server.requests) == 2
    answer_me.set()


# Connections


def test_a_connection_is_kept_for_the_next_call(serve: Callable[..., Server]) -> None:
    server, client = serve(FINE), hurried().dynamodb
    for _ in range(5):
        client.get_item(**GET)
    assert (server.connections, len(server.requests)) == (1, 5)


def test_a_kept_connection_that_was_closed_meanwhile_costs_nobody_anything(serve: Callable[..., Server]) -> None:
    server = serve(closing(FINE, FINE, FINE))
    client = hurried().dynamodb
    for _ in range(3):
        assert "Item" in client.get_item(**GET)
    assert len(server.requests) == 3


def test_a_connection_that_rested_for_long_is_not_used_again(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the wall clock: in a frozen container no other one goes on."""
    server, client, now = serve(FINE), hurried().dynamodb, [1000.0]
    monkeypatch.setattr("socials.aws.by_libcurl.time.time", lambda: now[0])
    for at, connections in ((1000.0, 1), (1029.0, 1), (1058.0, 1), (1089.0, 2), (1080.0, 3)):
        now[0] = at
        client.get_item(**GET)
        assert server.connections == connections


def test_two_at_once_have_a_connection_each(serve: Callable[..., Server]) -> None:
    both_are_there = threading.Barrier(2)

    def script(connection: socket.socket, _: bytes) -> None:
        both_are_there.wait(4)  # less than a call waits
        connection.sendall(FINE)

    server, client = serve(script), hurried().dynamodb
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(client.get_item(**GET))) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [answer["Item"] for answer in answers] == [{"pk": {"S": "x"}}] * 2
    assert (server.connections, len(server.requests)) == (2, 2)


def closing(*replies: bytes) -> Callable[[socket.socket, bytes], None]:
    """A reply a connection, which is hung up then."""
    left = list(replies)

    def script(connection: socket.socket, _: bytes) -> None:
        connection.sendall(left.pop(0))
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    return script


# What it does not take on


def test_a_call_whose_token_botocore_makes_up_is_botocore_s(serve: Callable[..., Server]) -> None:
    server = serve(http(b'{"Name": "x"}'))
    hurried().secretsmanager.create_secret(Name="x", SecretString="s")
    (sent,) = server.requests
    assert len(json.loads(sent.partition(b"\r\n\r\n")[2])["ClientRequestToken"]) == 36


def test_a_service_of_another_protocol_is_none_for_it() -> None:
    other = session().create_client("sts")
    with pytest.raises(ValueError, match="sts speaks query"):
        go_by_libcurl(other, lambda: None, authorities())


def test_an_endpoint_s_slash_is_not_doubled(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(FINE)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"{server.url}/")
    hurried().dynamodb.get_item(**GET)
    assert server.requests[0].startswith(b"POST / HTTP/1.1")


# TLS


def test_only_a_service_that_a_known_authority_vouches_for_is_told_anything(
    serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, bundle = self_signed("localhost", tmp_path)
    server = serve(FINE, context=context)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"https://localhost:{server.port}")
    with pytest.raises(SSLError):
        hurried().dynamodb.get_item(**GET)
    assert not server.requests
    monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    assert "Item" in hurried().dynamodb.get_item(**GET)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"https://127.0.0.1:{server.port}")
    with pytest.raises(SSLError):
        hurried().dynamodb.get_item(**GET)
    assert len(server.requests) == 1


def test_the_layers_folder_of_authorities_is_trusted_unless_there_is_a_bundle_of_ones_own(
    serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bundle_of_ones_own in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(bundle_of_ones_own, raising=False)
    context, bundle = self_signed("localhost", tmp_path)
    write(PEM.findall(Path(bundle).read_text()), tmp_path / "authorities")
    monkeypatch.setattr("certifi.where", lambda: str(tmp_path / "cacert.pem"))  # botocore has its own already
    server = serve(FINE, context=context)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"https://localhost:{server.port}")
    assert "Item" in hurried().dynamodb.get_item(**GET)
    (tmp_path / "other").mkdir()
    monkeypatch.setenv("AWS_CA_BUNDLE", self_signed("localhost", tmp_path / "other")[1])
    with pytest.raises(SSLError):
        hurried().dynamodb.get_item(**GET)
    assert len(server.requests) == 1


# Who listens


def test_others_see_a_call_before_it_goes_out_and_after(serve: Callable[..., Server]) -> None:
    server, client, seen = serve(FINE), hurried().dynamodb, []
    client.meta.events.register("before-call", lambda model, **_: seen.append(model.name))
    client.meta.events.register("after-call.dynamodb", lambda parsed, **_: seen.append(parsed["Item"]))
    client.get_item(**GET)
    assert seen == ["GetItem", {"pk": {"S": "x"}}]
    instead = (type("Answer", (), {"status_code": 200}), {"Item": {}})
    client.meta.events.register("before-call.dynamodb.GetItem", lambda **_: instead)
    assert client.get_item(**GET) == {"Item": {}}
    assert len(server.requests) == 1
