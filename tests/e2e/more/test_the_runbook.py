"""Every command of docs/runbook.md is tried on a local stack, in the situation that its section tells of.

The shell's run as they stand, but of a deploy only what it would ask of SAM is looked at; those of the AWS CLI are
asked of the stack's AWS by botocore's model of them, where that AWS knows the operation. A command that nothing here
says how to try, or what it shows, fails.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from local.aws import CREDENTIALS
from local.options import read_options
from local.schedule import scheduled_event
from local.template import REGION
from socials.clock import now
from tests.support.aws_commands import Asked, read
from tests.support.deployed import deployed
from tests.support.filter_patterns import takes
from tests.support.runbook import Command, commands, filled
from tests.support.situations import Situations
from tests.support.stack import ROOT, start_stack

STACK = "postloudly-local"
PROGRAMS = {"curl", "make", "printf"}
DEPLOY, RETAINED = "make deploy ", "make retained "
SHELL = [each for each in commands() if each.program not in ("", "aws")]
# What each command of a section shows, in their order. Names in capitals stand for what they do in the runbook.
SHOWS: Mapping[str, tuple[str, ...]] = {
    "Reading the logs": (r"^HASH$", r'"request_id":"ID"', r'"level":"ERROR","message":"message failed"'),
    "Messages in a dead-letter queue": (
        r"ManualQueue: 1 sent back",
        r'"postloudly-local-ManualDeadLetters": ?0\b',
        r"ManualQueue: 0 sent back",
    ),
    "A queue falls behind": (r'ManualQueue": ?\{[^}]*"in_flight": ?[1-9]', r'"message":"message postponed.*ACCOUNT'),
    "An erase is older than an hour": (r'"EraseAgeSeconds":97\d{3}', r'"settled": ?true'),
    "Accounts are overdue": (r'"settled": ?true', r'"Overdue":[1-9]'),
    "A platform gives trouble": (r'"kind": ?"503"', r'"message":"run waits".*"platform":"pinterest"'),
    "Functions fail": (
        r"sam deploy --config-env staging .*Stage=staging .*Rollout=at-once\s*$",
        r'"account_id":"ACCOUNT".*"error":\{"type":"\w+","at":',
    ),
    "Functions are throttled": (r'DailyQueue": ?\{[^}]*"visible": ?\d',),
    "The table is throttled": (r"sam deploy --config-env staging .*Stage=staging .*MaxWriteUnits=2000\s*$",),
    "The API answers 5xx": (r'"request_id":"ID","route":"GET /accounts/\{account_id\}".*"status":500',),
    "The dispatcher is silent": (r'"fired": ?true', r'"message":"dispatched".*"sweep":true'),
    "The key that seals tokens (TokenStore=sealed)": (
        r"^(?!KEY_ID)\S+ is the newest key now",
        r"^2 of 2 grants re-sealed",
        r"2 grants, newest\s(?:KEY_ID) 0 grants",
        r"^KEY_ID is gone",
    ),
    "Paying for the table by the hour (TableCapacity=provisioned)": (
        r"sam deploy --config-env staging .*Stage=staging .*=provisioned MinReadUnits=40 MinWriteUnits=40\s*$",
    ),
    "The table was restored to a point in time": (
        r"^2 receipts replayed: 1 accounts had come back, [1-9]\d* items and 1 secrets deleted again.* 0 left",
        r"sam deploy --config-env staging .*Stage=staging .*RestoredTable=NEW Rollout=at-once\s*$",
        r"^2 receipts replayed: 1 accounts had come back, [1-9]\d* items and 0 secrets deleted again.* 0 left",
    ),
    "The stack is gone and its data are there": (
        r"^staging is in \S+/retained\.json",
        r"sam deploy --config-env staging .*$",
    ),
}
DURING: Mapping[str, Callable[[Situations], AbstractContextManager[None]]] = {
    "A queue falls behind": lambda scene: scene.a_message_is_postponed(),
}
AFTERWARDS: Mapping[str, Callable[[Situations], bool]] = {
    "Messages in a dead-letter queue": lambda scene: scene.dead_letters() == 0 and scene.the_repaired_account_syncs(),
}
SHOWN_BY_AWS: Mapping[str, str] = {
    "cancel_key_deletion": r'"KeyId": "',
    "delete_function_concurrency": r"^\{\}$",
    "delete_secret": r'"Name": "SECRET"',
    "delete_stack": r"^\{\}$",
    "delete_table": r'"TableName": "(OLD|LEFT_TABLE)"',
    "describe_stack_events": r'"StackName": "STACK".*"ResourceStatus": "CREATE_COMPLETE"',
    "describe_table": r'(^"ACTIVE"$|^"arn:aws:kms:|"WriteCapacityUnits": \d+)',
    "disable_rule": r"^\{\}$",
    "enable_rule": r"^\{\}$",
    "get_function_concurrency": r'"ReservedConcurrentExecutions": 30',
    "get_queue_attributes": r'"(QueueArn|ApproximateNumberOfMessages)": "',
    "list_backups": r"^\[\]$",
    "list_rules": r'"Name": "RULE".*"State": "(EN|DIS)ABLED"',
    "list_secrets": r'"postloudly/local/platforms/pinterest"',
    "list_stack_resources": r'\["Queue", "http[^"]+"',
    "list_stacks": r'"STACK_ID"',
    "put_function_concurrency": r'"ReservedConcurrentExecutions": (0|30)\b',
    "put_secret_value": r'"Name": "postloudly/local/platforms/pinterest"',
    "receive_message": r"user.*someone.*kind.*receipt.*id.*rcp_1",
    "restore_table_to_point_in_time": r'"TableName": "NEW"',
    "schedule_key_deletion": r'"DeletionDate": ',
    "update_continuous_backups": (r'"PointInTimeRecoveryStatus": ("DISABLED"|"ENABLED".*"RecoveryPeriodInDays": 7)'),
    "update_table": r'"TableName": "(NEW|OLD|LEFT_TABLE)"',
    "update_time_to_live": r'"AttributeName": "expires_at"',
}
# What holds after a command whose answer does not say so.
THEN: Mapping[str, Callable[[Any, dict[str, Any]], bool]] = {
    "cancel_key_deletion": lambda keys, asked: keys.describe_key(**asked)["KeyMetadata"]["KeyState"] == "Disabled",
    "delete_function_concurrency": lambda functions, asked: reserved(functions, asked["FunctionName"]) is None,
    "delete_table": lambda tables, asked: asked["TableName"] not in tables.list_tables()["TableNames"],
    "disable_rule": lambda events, asked: events.describe_rule(**asked)["State"] == "DISABLED",
    "enable_rule": lambda events, asked: events.describe_rule(**asked)["State"] == "ENABLED",
    "put_function_concurrency": lambda functions, asked: (
        reserved(functions, asked["FunctionName"]) == asked["ReservedConcurrentExecutions"]
    ),
    "update_continuous_backups": lambda tables, asked: (
        recovers(tables, asked["TableName"]) is asked["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    ),
    "update_table": lambda tables, asked: (
        tables.describe_table(TableName=asked["TableName"])["Table"]["DeletionProtectionEnabled"]
        is asked["DeletionProtectionEnabled"]
    ),
}
# moto has no such operation, or knows nothing of what it asks for: only held against the service's own model.
NOT_OF_THIS_AWS = {
    "create_change_set",
    "delete_user_pool",
    "describe_alarm_contributors",
    "describe_change_set",
    "describe_scaling_activities",
    "execute_change_set",
    "get_account_settings",
    "get_service_quota",
    "invoke",
    "update_user_pool",
}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Situations]:
    if shutil.which("curl") is None:
        pytest.skip("no curl on the PATH")
    stack = start_stack(tmp_path_factory.mktemp("runbook"))
    try:
        scene = Situations(stack, {"STACK": STACK, "NEW": "restored", "TIME": "2030-01-31T10:00:00Z"})
        scene.an_account_is_broken()
        scene.a_run_waits_for_its_platform()
        scene.an_erase_is_late_and_everything_overdue()
        restore = next(each for each in commands("aws") if "restore-table" in each.text)
        scene.an_account_comes_back_by_a_restore(
            lambda: read(restore.filled(scene.values)).of(scene.client("dynamodb"))
        )
        scene.tokens_are_sealed()
        yield scene
    finally:
        stack.stop()


# The shell's ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", dict.fromkeys(each.section for each in SHELL))
def test_a_section_shows_what_it_says(scene: Situations, section: str) -> None:
    own = [each for each in SHELL if each.section == section]
    shows = SHOWS.get(section, ())
    assert len(shows) == len(own), f"nothing here says what these show: {[each.text for each in own]}"
    with DURING.get(section, lambda _: nullcontext())(scene):
        for command, pattern in zip(own, shows, strict=True):
            said = run(scene, command)
            assert re.search(filled(pattern, scene.values), said, re.MULTILINE), (command.text, pattern, said[-2000:])
    assert AFTERWARDS.get(section, lambda _: True)(scene), section


def run(scene: Situations, command: Command) -> str:
    """What it prints. Commands that are not marked *here* find their AWS as anywhere: by the environment."""
    assert command.program in PROGRAMS, f"nothing here says how to try {command.text}"
    deploys = command.text.startswith(DEPLOY)
    # The two that read samconfig.toml, which has no word on the local stack's stage.
    stage = "staging" if command.text.startswith((DEPLOY, RETAINED)) else scene.values["STAGE"]
    text = command.filled(scene.values | {"STAGE": stage})
    assert set(re.findall(r"STAGE=(\S+)", text)) <= {stage}, f"{command.text}: the stage here is {stage}"
    ended = subprocess.run(
        ["/bin/sh", "-c", text],
        cwd=ROOT,
        env=environment(scene, command.here) | ({"MAKEFLAGS": "n"} if deploys else {}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, (text, ended.stdout[-2000:], ended.stderr[-2000:])
    return ended.stdout


def environment(scene: Situations, here: bool) -> dict[str, str]:
    """An hour later: by then every function has seen a new key."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE", "MFLAGS"))}
    places = {"LOGS": "logs", "REDRIVE_ENV": "env.json", "LEFT": "retained.json"}
    files = {name: str(scene.stack.folder / place) for name, place in places.items()}
    cloud = CREDENTIALS | {"AWS_ENDPOINT_URL": scene.endpoint, "AWS_DEFAULT_REGION": REGION}
    return own | files | {"ORIGIN": scene.stack.base, "CLOCK_SHIFT": "3600"} | ({} if here else cloud)


def test_what_the_commands_here_know_is_where_the_stack_is() -> None:
    (known,) = [each.text for each in commands("")]
    options = read_options([], {})
    folder = options.folder.relative_to(options.template.parent)
    assert known == f"ORIGIN=http://127.0.0.1:{options.port} LOGS={folder / 'logs'}"
    read_there = {name for each in SHELL if each.here for name in re.findall(r"\$([A-Z_]+)", each.text)}
    assert read_there == {"ORIGIN", "LOGS"}


# The AWS CLI's ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cloud(scene: Situations, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, str], Path]]:
    """The names' values on a stack that is deployed, and a folder with the files that commands read."""
    folder = tmp_path_factory.mktemp("files")
    with deployed(scene, STACK, folder) as values:
        yield values, folder


@pytest.mark.parametrize("command", commands("aws"), ids=lambda command: command.text)
def test_an_aws_command_shows_what_its_section_says(
    scene: Situations, cloud: tuple[dict[str, str], Path], command: Command
) -> None:
    values, folder = cloud
    if "restore-table" not in command.text:
        values = values | {"NEW": scene.values["NEW"]}  # the one that is there already
    if "correlation_id" in command.text:
        values = values | {"ID": next(line["correlation_id"] for line in scene.lines() if "correlation_id" in line)}
    asked = read(command.filled(values), folder)
    if asked.operation == "invoke":
        a_sweep_is_asked_for(asked)
    if asked.operation in NOT_OF_THIS_AWS:
        return
    answer = asked.of(scene.client(asked.service))
    if asked.operation == "filter_log_events":
        lines = [line for line in answer if takes(asked.arguments["filterPattern"], line)]
        assert lines, f"no line of the local stack is taken by {command.text}"
        assert len(lines) < len(answer) or len(answer) == 1, f"every line is taken by {command.text}"
        return
    assert asked.operation in SHOWN_BY_AWS, f"nothing here says what {command.text} shows"
    assert re.search(filled(SHOWN_BY_AWS[asked.operation], values), json.dumps(answer, default=str)), (command, answer)
    assert THEN.get(asked.operation, lambda *_: True)(scene.client(asked.service), asked.arguments), command.text


def reserved(functions: Any, name: str) -> int | None:
    """How much concurrency is kept for a function; None where it shares all there is."""
    number: int | None = functions.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
    return number


def recovers(tables: Any, name: str) -> bool:
    """Whether a table can be restored to a point in time."""
    backups = tables.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return bool(backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED")


def a_sweep_is_asked_for(asked: Asked) -> None:
    """The payload is what the local stack's tick sends, as far as it goes."""
    payload: dict[str, Any] = json.loads(asked.arguments["Payload"])
    tick = scheduled_event("arn", now(), {"sweep": True})
    assert payload.keys() <= tick.keys()
    assert payload == {**{name: tick[name] for name in payload}, "time": payload["time"]}
