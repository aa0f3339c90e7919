"""`make test-artefact`: what `sam build` made for this machine's processor starts without compiling anything."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.trimmed import trimming

ROOT = Path(__file__).parents[2]
BUILD = ROOT / os.environ.get("ARTEFACT", ".aws-sam/bench")
LAMBDA_PYTHON = os.environ.get("LAMBDA_PYTHON", "")


@cache
def found() -> Any:
    if not LAMBDA_PYTHON:
        pytest.skip("no Python 3.13, which alone knows Lambda's bytecode (make test-artefact finds it)")
    if not (BUILD / "template.yaml").exists():
        pytest.skip(f"nothing is built at {BUILD.relative_to(ROOT)} (make test-artefact builds it)")
    command = (LAMBDA_PYTHON, "-I", str(Path(__file__).with_name("compiled.py")), str(BUILD))
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_every_module_has_bytecode_that_lambda_takes_unchecked() -> None:
    assert found()["modules"] > 300
    assert found()["wrong"] == {}


def test_no_function_compiles_anything_when_it_starts() -> None:
    functions = {path.parent.name for path in ROOT.glob("functions/*/app.py")}
    assert len(found()["compiled"]) == len(functions)
    assert {name: sources for name, sources in found()["compiled"].items() if sources} == {}


def test_the_layer_describes_three_services_to_botocore_and_no_more() -> None:
    found()
    data = BUILD / "DependenciesLayer" / "python" / "botocore" / "data"
    assert {path.name for path in data.iterdir() if path.is_dir()} == {"dynamodb", "secretsmanager", "sqs"}


def test_of_each_service_the_layer_describes_the_operations_that_we_call() -> None:
    found()
    data = BUILD / "DependenciesLayer" / "python" / "botocore" / "data"
    for service, version in trimming().SERVICES.items():
        described = json.loads((data / service / version / "service-2.json").read_text(encoding="utf-8"))
        assert described["operations"].keys() == trimming().OPERATIONS[service]
