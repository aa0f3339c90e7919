"""The runbook's AWS commands are commands: each operation exists and takes the options that are written there."""

import re
import shlex
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import get_session

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"
# Of the AWS CLI itself, whatever the operation.
GLOBAL = {"query", "output", "endpoint-url", "region", "max-items", "profile"}


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line.partition("   #")[0].strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    inline = re.findall(r"`(aws [^`…]+)`", RUNBOOK.read_text(encoding="utf-8"))
    return [line for line in lines if line.startswith("aws ")] + inline


def test_there_are_commands() -> None:
    assert len(commands()) >= 15


@pytest.mark.parametrize("command", commands())
def test_an_aws_command_is_one(command: str) -> None:
    _, service, operation, *options = shlex.split(command)
    model = get_session().get_service_model("events" if service == "events" else service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in operations
    members = model.operation_model(operations[operation]).input_shape
    known = {xform_name(name, "-") for name in (members.members if members else {})} | GLOBAL
    asked = {option.removeprefix("--") for option in options if option.startswith("--")}
    assert asked <= known
    required = {xform_name(name, "-") for name in (members.required_members if members else [])}
    assert required <= asked
