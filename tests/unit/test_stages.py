"""Where the product can be deployed to: `make deploy`, samconfig.toml and the workflow speak of the same stages."""

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
STAGES = sorted(CONFIG.keys() - {"version", "default"})


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Says what make would do, and does none of it."""
    quiet = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    command = ("make", "--dry-run", "deploy", *arguments)
    return subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def declared() -> dict[str, Any]:
    found: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Parameters"]
    return found


def test_there_are_three() -> None:
    assert STAGES == ["dev", "prod", "staging"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_built_and_then_deployed_by_its_own_section(stage: str) -> None:
    said = make(f"STAGE={stage}")
    assert said.returncode == 0, said.stderr
    assert said.stdout.index("build") < said.stdout.index(f"sam deploy --config-env {stage} ")


@pytest.mark.parametrize("stage", ["", "production", "dev prod", "default", "%", "dev;true"])
def test_any_other_stage_is_refused_before_anything_is_built(stage: str) -> None:
    said = make(f"STAGE={stage}")
    assert said.returncode == 2
    assert "make deploy wants STAGE=dev|staging|prod" in said.stderr
    assert "sam" not in said.stdout


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_gives_the_template_what_it_declares(stage: str, declared: dict[str, Any]) -> None:
    given = dict(each.split("=", 1) for each in CONFIG[stage]["deploy"]["parameters"]["parameter_overrides"])
    assert given["Stage"] == stage
    assert given.keys() <= declared.keys()
    for name, value in given.items():
        allowed = [str(each) for each in declared[name].get("AllowedValues", [value])]
        assert value in allowed
        assert re.fullmatch(declared[name].get("AllowedPattern", ".*"), value)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_has_a_stack_of_its_own_and_may_do_what_the_template_needs(stage: str) -> None:
    deploy = CONFIG[stage]["deploy"]["parameters"]
    names = {CONFIG[stage]["global"]["parameters"]["stack_name"], deploy["s3_prefix"]}
    assert names == {f"postloudly-accounts-{stage}"}
    assert {*deploy["capabilities"]} == {"CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"}


def test_the_workflow_offers_the_same_stages() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/deploy.yml").read_text(encoding="utf-8"))
    begun = workflow[True]  # YAML 1.1 takes `on` for a truth
    assert sorted(begun["workflow_dispatch"]["inputs"]["stage"]["options"]) == STAGES
    assert workflow["jobs"]["deploy"]["steps"][-1]["run"].startswith('make deploy STAGE="$STAGE"')
