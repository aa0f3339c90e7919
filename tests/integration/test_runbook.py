"""The runbook's AWS commands are commands: each operation exists and takes the values that are written there.

tests/e2e/more/test_the_runbook.py tries every command.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.resolving import Resolver
from local.template import translated
from tests.support.aws_commands import read
from tests.support.runbook import RUNBOOK, Command, commands

ROOT = Path(__file__).parents[2]
RESTORE = "The table was restored to a point in time"
TIME = {"TIME": "2030-01-31T10:00:00Z"}


def test_there_are_commands() -> None:
    assert len(commands("aws")) >= 15


def test_every_block_is_read_for_commands() -> None:
    fences = [line for line in RUNBOOK.read_text(encoding="utf-8").splitlines() if line.startswith("```")]
    assert set(fences[::2]) == {"```sh"}
    assert set(fences[1::2]) == {"```"}


@pytest.mark.parametrize("command", commands("aws"), ids=lambda command: command.text)
def test_an_aws_command_is_one(command: Command) -> None:
    read(command.filled(TIME))


def test_every_line_about_something_wrong_is_explained() -> None:
    told = set(_messages())
    assert told >= {"message failed", "wake-up not sent", "registration unreadable"}
    table = RUNBOOK.read_text(encoding="utf-8").partition("| message |")[2].partition("\n\n")[0]
    assert {each for each in told if f"`{each}`" not in table} == set()


def _messages() -> Iterator[str]:
    """Of each `failed("…", error)`, and of each `line("…", "WARNING" or "ERROR")`."""
    for path in (ROOT / "layers" / "socials" / "socials").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                said = [word.value for word in node.args if isinstance(word, ast.Constant)]
                if node.func.id == "failed" or (node.func.id == "line" and {"WARNING", "ERROR"} & set(said)):
                    yield str(said[0])


def test_a_restored_table_is_kept_as_the_stacks_own_is() -> None:
    resolver = Resolver(translated(ROOT / "template.yaml", {"Stage": "prod", "BackupDays": "7"}))
    [own] = map(resolver.resolve, resolver.resources("AWS::DynamoDB::Table").values())
    asked: dict[str, Any] = {}
    for command in commands("aws"):
        if command.section == RESTORE and " NEW" in command.text:
            asked |= read(command.filled(TIME | {"DATA_KEY_ARN": own["SSESpecification"]["KMSMasterKeyId"]})).arguments
    recovery = own["PointInTimeRecoverySpecification"]
    key = own["SSESpecification"]
    assert asked["SSESpecificationOverride"] == {"Enabled": key.pop("SSEEnabled"), **key}
    assert asked["PointInTimeRecoverySpecification"] == recovery | {"RecoveryPeriodInDays": 7}
    assert asked["TimeToLiveSpecification"] == own["TimeToLiveSpecification"]
    assert asked["DeletionProtectionEnabled"] is own["DeletionProtectionEnabled"]


def test_what_came_back_is_erased_before_backups_of_the_restored_table_begin() -> None:
    """They would keep it for longer than its receipts say."""
    texts = [each.text for each in commands() if each.section == RESTORE]
    replayed = next(at for at, text in enumerate(texts) if text.startswith("make reerase"))
    assert [at > replayed for at, text in enumerate(texts) if "NEW" in text and "continuous-backups" in text] == [True]


def test_no_table_is_deleted_while_its_deletion_would_leave_a_backup() -> None:
    """DynamoDB makes one, for 35 days, of a table that goes with its point-in-time recovery on."""
    switched_off = set()
    deleted = []
    for command in commands("aws"):
        asked = read(command.filled(TIME))
        recovery = asked.arguments.get("PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": True})
        if not recovery["PointInTimeRecoveryEnabled"]:
            switched_off.add(asked.arguments["TableName"])
        if asked.operation == "delete_table":
            deleted.append(asked.arguments["TableName"])
            assert switched_off >= set(deleted), command.text
    assert "OLD" in deleted


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
        "aws dynamodb update-table --table-name NAME --deletion-protection-enabled true",
        "aws dynamodb update-table --table-name NAME --no-deletion-protection-enabled false",
        "aws dynamodb update-table --no-table-name",
        "aws dynamodb restore-table-to-point-in-time --target-table-name NAME --restore-date-time soon",
        "aws dynamodb restore-table-to-point-in-time --target-table-name NAME --sse-specification-override Key=ARN",
        "aws lambda put-function-concurrency --function-name NAME --reserved-concurrent-executions none",
        "aws secretsmanager list-secrets --filters Name=name,Values=prefix",
        "aws cloudformation create-change-set --stack-name NAME --change-set-name NAME"
        " --resources-to-import ResourceType=TYPE,ResourceIdentifier={TableName=NAME}",
    ],
)
def test_a_wrong_one_is_seen(wrong: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        read(wrong)
