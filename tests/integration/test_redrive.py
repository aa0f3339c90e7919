"""Dead letters go back to where they came from."""

import json
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.session import get_session
from moto import mock_aws

from socials.aws.wakeups import body
from socials.models.wakeups import Wakeup
from tools import redrive as tool
from tools.redrive import redrive

REGIONS = iter(("ca-central-1", "sa-east-1", "ap-south-1", "eu-north-1", "eu-west-3", "ap-northeast-3", "ca-west-1"))


@pytest.fixture
def sqs() -> Any:
    """A region of its own for each test, which no other test uses: some keep moto, and so their queues, alive."""
    with mock_aws():
        yield get_session().create_client(
            "sqs", region_name=next(REGIONS), aws_access_key_id="testing", aws_secret_access_key="testing"
        )


def a_queue(sqs: Any, name: str) -> tuple[str, str]:
    """A queue and its dead letters."""
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    return sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": policy})["QueueUrl"], dead


def bodies(sqs: Any, url: str) -> list[str]:
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return sorted(message["Body"] for message in messages)


def nobody(_: Wakeup) -> None:
    """Whom a message wakes is no matter here."""


def test_each_dead_letter_goes_back_to_its_own_queue(sqs: Any) -> None:
    daily, daily_dead = a_queue(sqs, "daily")
    erase, erase_dead = a_queue(sqs, "erase")
    for number in range(12):
        sqs.send_message(QueueUrl=daily_dead, MessageBody=f"daily {number}")
    sqs.send_message(QueueUrl=erase_dead, MessageBody="erase")

    assert redrive(sqs, nobody, seconds=0) == {"daily": 12, "erase": 1}
    assert len(bodies(sqs, daily)) == 10
    assert bodies(sqs, erase) == ["erase"]
    assert bodies(sqs, daily_dead) + bodies(sqs, erase_dead) == []


def test_a_look_asks_all_of_the_queues_servers(sqs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    a_queue(sqs, "daily")
    monkeypatch.setattr(sqs, "receive_message", lambda **how: asked.append(how) or {})
    redrive(sqs, nobody)
    assert [how["WaitTimeSeconds"] > 0 for how in asked] == [True]


def test_only_the_named_stacks_queues_are_touched(sqs: Any) -> None:
    _, ours = a_queue(sqs, "ours-daily")
    _, theirs = a_queue(sqs, "theirs-daily")
    for url in (ours, theirs):
        sqs.send_message(QueueUrl=url, MessageBody="x")

    assert redrive(sqs, nobody, "ours", seconds=0) == {"ours-daily": 1}
    assert bodies(sqs, theirs) == ["x"]


def test_without_dead_letters_nothing_is_sent(sqs: Any) -> None:
    a_queue(sqs, "daily")

    assert redrive(sqs, nobody) == {"daily": 0}


def test_whom_a_message_wakes_is_asked_for_before_it_is_sent(sqs: Any) -> None:
    daily, dead = a_queue(sqs, "daily")
    wakeup = Wakeup("user-anna", "account", "acc_1", "life_1")
    for text in (body(wakeup), "no wake-up", "[]", '{"kind": "letter"}'):
        sqs.send_message(QueueUrl=dead, MessageBody=text)
    asked: list[tuple[Wakeup, int]] = []

    def wake(each: Wakeup) -> None:
        counts = sqs.get_queue_attributes(QueueUrl=daily, AttributeNames=["All"])["Attributes"]
        asked.append((each, int(counts["ApproximateNumberOfMessages"])))

    assert redrive(sqs, wake) == {"daily": 4}
    assert asked == [(wakeup, 0)]


@pytest.mark.parametrize("arguments", [["--prefix", "postloudly-dev-"], ["--env-file", "/nowhere/env.json"]])
def test_without_a_table_nothing_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["redrive", *arguments])
    assert tool.main() == 1
    assert capsys.readouterr().out.startswith("redrive: ")


def a_session(client: Any) -> Any:
    """Whatever service is asked for: of a stack without dead letters no row is looked at."""
    return SimpleNamespace(create_client=lambda _service, **_known: client)


def test_a_stack_whose_queues_are_not_found_is_no_stack_without_dead_letters(
    sqs: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a_queue(sqs, "postloudly-dev-daily")
    monkeypatch.setattr(tool, "get_session", lambda: a_session(sqs))
    monkeypatch.setattr(tool, "LOOKS_EVERYWHERE", 0)
    monkeypatch.setattr("sys.argv", ["redrive", "--prefix", "postloudly-dve-", "--table", "table"])
    assert tool.main() == 1
    assert capsys.readouterr().out == "redrive: no queue postloudly-dve-* here has a queue of dead letters\n"


def test_a_local_stack_that_has_ended_is_said_to_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its file stays behind."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    here = {"Web": {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "TABLE_NAME": "table"}}
    env_file = tmp_path / "env.json"
    env_file.write_text(json.dumps(here), encoding="utf-8")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr("sys.argv", ["redrive", "--env-file", str(env_file)])
    assert tool.main() == 1
    assert capsys.readouterr().out.startswith("redrive: no local stack runs here")


def test_how_many_accounts_were_made_due_is_said(
    sqs: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a table that is not the stack's there are none, and every message would wake nothing."""
    _, dead = a_queue(sqs, "ours-daily")
    for name in ("acc_1", "acc_2", "acc_gone"):
        sqs.send_message(QueueUrl=dead, MessageBody=body(Wakeup("user-anna", "account", name, "life_1")))
    monkeypatch.setattr(tool, "get_session", lambda: a_session(sqs))
    monkeypatch.setattr(tool, "make_due", lambda _table, wakeup, _at: wakeup.id != "acc_gone")
    monkeypatch.setattr("sys.argv", ["redrive", "--prefix", "ours-", "--table", "table"])
    assert tool.main() == 0
    assert capsys.readouterr().out == "ours-daily: 3 sent back\n2 accounts made due\n"
