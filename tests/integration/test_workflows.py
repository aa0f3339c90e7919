"""What GitHub runs: all that `.ci/run` runs and that needs nothing from beside the repository, before any deploy."""

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
# They stand beside the repository, not in it.
REAL_SERVERS = {"test-bluesky", "test-pinterest-spec", "test-specs"}
Job = dict[str, Any]


def workflow(name: str, part: str = "jobs") -> dict[str, Job]:
    text = (ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8")
    found: dict[str, Job] = yaml.safe_load(text)[part]
    return found


def commands(job: Job) -> list[str]:
    """What its steps run beside installing, once for each of its matrix."""
    targets = job.get("strategy", {}).get("matrix", {}).get("target", [""])
    runs = [step["run"] for step in job["steps"] if not step.get("run", "sudo apt-get").startswith("sudo apt-get")]
    return [run.replace("${{ matrix.target }}", target) for run in runs for target in targets]


def made(command: str) -> str:
    """The target that it makes; "" where it makes none."""
    words = shlex.split(command, comments=True)
    return words[words.index("make") + 1] if "make" in words else ""


TESTS, DEPLOY = workflow("test"), workflow("deploy")
EVERY = [*TESTS.items(), *DEPLOY.items()]  # both have one that is called test


def test_everything_that_is_checked_here_is_checked_there() -> None:
    here = {made(line) for line in re.findall(r"^ *step (.+)$", (ROOT / ".ci/run").read_text("utf-8"), re.MULTILINE)}
    there = {made(command) for job in TESTS.values() for command in commands(job)}
    assert len(here) > 15
    assert here - REAL_SERVERS == there


def test_a_deploy_waits_for_all_of_it() -> None:
    before = DEPLOY[DEPLOY["deploy"]["needs"]]
    assert before["uses"] == "./.github/workflows/test.yml"
    for name, job in EVERY:
        assert not {"if", "continue-on-error"} & {*job, *(key for step in job.get("steps", []) for key in step)}, name


def test_nothing_that_a_deploy_waits_for_passes_by_skipping() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    skipping = set(re.findall(r"\b([a-z-]+): skipped", makefile)) | {"test-artefact"}  # by what it builds first
    for job in TESTS.values():
        for command in commands(job):
            assert command.startswith(".ci/unskipped make" if made(command) in skipping else "make"), command


def test_every_job_has_an_end() -> None:
    for name, job in EVERY:
        assert "uses" in job or job["timeout-minutes"] <= 60, name


def test_the_description_is_held_against_all_that_was_ever_committed() -> None:
    [job] = [job for job in TESTS.values() if "make check-api" in commands(job)]
    assert job["steps"][0]["with"]["fetch-depth"] == 0


def test_every_action_is_one_that_nobody_can_change() -> None:
    for name, job in EVERY:
        for each in (job, *job.get("steps", [])):
            used = each.get("uses", "./")
            assert used.startswith("./") or re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", used), (name, used)


def test_a_job_may_read_and_the_one_that_deploys_may_ask_for_its_role() -> None:
    whole = {name: workflow(name, "permissions") for name in ("test", "deploy")}
    assert whole == {"test": {"contents": "read"}, "deploy": {}}
    assert not [name for name, job in TESTS.items() if "permissions" in job]
    asked = {name: job["permissions"] for name, job in DEPLOY.items()}
    assert asked == {"test": {"contents": "read"}, "deploy": {"contents": "read", "id-token": "write"}}


@pytest.mark.parametrize(
    ("does", "status"),
    [
        ("echo done", 0),
        ("echo 'sam-local: skipped, no Docker engine answers'", 1),
        ("echo 'test-page: skipped, no Chromium on the PATH' >&2; echo done", 1),
        ("echo '3 passed, 1 skipped'", 0),
        ("exit 3", 3),
    ],
)
def test_what_skips_fails_where_it_must_not(does: str, status: int) -> None:
    command = (ROOT / ".ci/unskipped", "sh", "-c", does)
    ended = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    assert ended.returncode == status, ended.stdout
