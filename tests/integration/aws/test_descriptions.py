"""Where AWS is, is the same with botocore's endpoint rules and without them: in every region, and where it is told."""

from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session, get_session

from socials.aws.clients import Clients

SERVICES = ("dynamodb", "secretsmanager", "sqs")
TOLD = ("http://127.0.0.1:4566", "http://127.0.0.1:4566/behind/a/path", "https://vpce-1.example")
# One host for every AWS account: its connections are kept.
ONE_HOST = Config(account_id_endpoint_mode="disabled")


class Met(Exception):
    """The request got as far as the network: nobody needs to answer."""


def everywhere() -> list[str]:
    session = get_session()
    partitions = session.get_available_partitions()
    found = {region for name in partitions for each in SERVICES for region in session.get_available_regions(each, name)}
    return [*sorted(found), "eu-west-99"]


def session_in(region: str) -> Session:
    session = get_session()
    session.set_config_variable("region", region)
    session.set_credentials("testing", "testing")
    return session


def asked(service: str, client: Any) -> str:
    """The address that a call of the client goes to."""
    urls: list[str] = []

    def meet(request: Any, **_: Any) -> None:
        urls.append(request.url)
        raise Met

    client.meta.events.register_first("before-send", meet)  # moto may live on from another test
    with pytest.raises(Met):
        match service:
            case "dynamodb":
                client.get_item(TableName="table", Key={"pk": {"S": "1"}})
            case "secretsmanager":
                client.get_secret_value(SecretId="secret")
            case "sqs":
                client.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/queue", MessageBody="body")
    return urls[0]


def test_the_address_in_each_region_is_that_of_the_rules() -> None:
    plain, ruled = session_in("eu-west-1"), session_in("eu-west-1")
    for region in everywhere():
        plain.set_config_variable("region", region)
        clients = Clients(plain)
        for service in SERVICES:
            ours, theirs = getattr(clients, service), ruled.create_client(service, region, config=ONE_HOST)
            assert asked(service, ours) == asked(service, theirs)
            assert ours.meta.region_name == theirs.meta.region_name == region


@pytest.mark.parametrize("url", TOLD)
def test_the_address_that_the_environment_tells_is_taken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    clients, session = Clients(session_in("eu-west-1")), session_in("eu-west-1")
    for service in SERVICES:
        ours, theirs = getattr(clients, service), session.create_client(service, config=ONE_HOST)
        assert asked(service, ours) == asked(service, theirs)


def test_an_account_that_is_known_changes_no_address() -> None:
    session = session_in("eu-west-1")
    session.set_credentials("testing", "testing", account_id="123456789012")
    assert asked("dynamodb", Clients(session).dynamodb) == "https://dynamodb.eu-west-1.amazonaws.com/"
