"""Where `make` finds AWS: the targets that ask one go by the operator's own configuration, and by nothing of ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IN_THE_CLOUD = {
    "deploy": ("STAGE=staging",),
    "redrive": ("REDRIVE_ENV=",),
    "reerase": ("RECEIPTS=old", "TABLE=new", "STAGE=staging"),
    "token-keys": ("TABLE=table", "STAGE=staging", "STEP=show"),
}
TOOLS = IN_THE_CLOUD.keys() - {"deploy"}
# Nothing is installed for it, and whatever it would start says its region instead.
ALONE = ("READY=", "SAM_READY=", f"LAMBDA_PYTHON={sys.executable}")
SAYS = ("VENV=echo [$$AWS_DEFAULT_REGION]", "SAM=echo [$$AWS_DEFAULT_REGION]")


def make(folder: Path, *arguments: str, config: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    """With that for ~/.aws/config, and with no other word on AWS in the environment."""
    (folder / "config").write_text(config, encoding="utf-8")
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE", "MFLAGS"))}
    own |= {"AWS_CONFIG_FILE": str(folder / "config"), **environment}
    command = ["make", "--no-print-directory", *arguments, *ALONE]
    return subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, timeout=60, check=False)


def region_of(folder: Path, target: str, **environment: str) -> str:
    """What the last program that it starts finds in its environment."""
    ended = make(folder, "-s", target, *IN_THE_CLOUD.get(target, ()), *SAYS, **environment)
    assert ended.returncode == 0, ended.stderr
    last = ended.stdout.splitlines()[-1]
    assert last.startswith("["), ended.stdout
    return last[1:].partition("]")[0]


@pytest.mark.parametrize("target", IN_THE_CLOUD)
def test_what_asks_aws_is_told_no_region_but_the_operators(tmp_path: Path, target: str) -> None:
    assert region_of(tmp_path, target) == ""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        assert region_of(tmp_path, target, **{name: "eu-north-1"}) == "eu-north-1"


@pytest.mark.parametrize("target", ["test", "build"])
def test_what_asks_no_aws_has_a_region_all_the_same(tmp_path: Path, target: str) -> None:
    assert region_of(tmp_path, target)


@pytest.mark.parametrize("target", sorted(TOOLS))
def test_a_region_that_is_missing_is_asked_for_in_one_line(tmp_path: Path, target: str) -> None:
    ended = make(tmp_path, target, *IN_THE_CLOUD[target], f"VENV={sys.executable}")
    assert ended.returncode != 0
    assert ended.stderr.startswith("which region?")
    assert "Traceback" not in ended.stderr


def test_the_operators_own_configuration_says_the_region(tmp_path: Path) -> None:
    config = "[default]\nregion = eu-north-1\n[profile other]\noutput = json\n"
    assert make(tmp_path, "known-region", f"VENV={sys.executable}", config=config).returncode == 0
    other = make(tmp_path, "known-region", f"VENV={sys.executable}", config=config, AWS_PROFILE="other")
    assert other.returncode != 0
