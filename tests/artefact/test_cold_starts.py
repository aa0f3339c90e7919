"""`make test-artefact`: how much a function built for this machine has to do until its first answer.

Instructions, not seconds: they are the same on a busy machine.
"""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

from tests.benchmarks.cold_start import BUILT, GOALS, PYTHON, bare, functions, instructions

SIDE_BY_SIDE = 2


@cache
def counted() -> dict[str, int]:
    """Millions of instructions of every function that has a goal, and of a bare one, above the runtime's own."""
    for missing, reason in (
        (not os.environ.get("LAMBDA_PYTHON"), "no Python 3.13, with which it is built (make test-artefact finds it)"),
        (not shutil.which("valgrind"), "no valgrind on the PATH, which counts"),
        (not PYTHON.exists(), "no runtime of Lambda's (make test-artefact makes it)"),
        (not (BUILT / "template.yaml").exists(), "nothing is built (make test-artefact builds it)"),
    ):
        if missing:
            pytest.skip(reason)
    built = functions()
    known = {"runtime": None, "bare": bare(), **{name: built[name] for name in GOALS}}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        counts = dict(zip(known, threads.map(instructions, known.values()), strict=True))
    alone = counts.pop("runtime")
    return {name: round((count - alone) / 1e6) for name, count in counts.items()}


@pytest.mark.parametrize("function", GOALS)
def test_a_cold_function_answers_within_its_goal(function: str) -> None:
    """A goal is times what a bare function of boto3's takes, which makes one client and one query."""
    assert counted()[function] <= GOALS[function] * counted()["bare"]
