"""The runbook's AWS commands are commands: each operation exists and takes the values that are written there.

tests/e2e/more/test_the_runbook.py tries every command.
"""

import pytest

from tests.support.aws_commands import read
from tests.support.runbook import RUNBOOK, Command, commands


def test_there_are_commands() -> None:
    assert len(commands("aws")) >= 15


def test_every_block_is_read_for_commands() -> None:
    fences = [line for line in RUNBOOK.read_text(encoding="utf-8").splitlines() if line.startswith("```")]
    assert set(fences[::2]) == {"```sh"}
    assert set(fences[1::2]) == {"```"}


@pytest.mark.parametrize("command", commands("aws"), ids=lambda command: command.text)
def test_an_aws_command_is_one(command: Command) -> None:
    read(command.text)


@pytest.mark.parametrize(
    "wrong",
    [
        "aws sqs receive-letter --queue-url URL",
        "aws sqs receive-message --queue URL",
        "aws sqs receive-message --queue-url URL --max-number-of-messages ten",
        "aws sqs receive-message --queue-url URL --max-items 10",
        "aws sqs start-message-move-task",
        "aws logs filter-log-events --log-group-name NAME --query 'events[.message'",
        "aws lambda invoke --function-name NAME --payload {}",
        "aws dynamodb update-continuous-backups --table-name NAME --point-in-time-recovery-specification Enabled=true",
        "aws dynamodb update-continuous-backups --table-name NAME"
        " --point-in-time-recovery-specification PointInTimeRecoveryEnabled=on",
    ],
)
def test_a_wrong_one_is_seen(wrong: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        read(wrong)
