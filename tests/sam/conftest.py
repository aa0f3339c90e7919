"""`make sam-local`: every event of events/ under the real SAM CLI, against moto and the sandbox on this machine."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local import declared
from local.stack import CONTAINER_HOST
from tests.sam.calls import Recorder
from tests.sam.invoking import Sam, address
from tests.support.host import ROOT, Host
from tests.support.permissions import permissions
from tests.support.policies import allowed, grants_of

Invoke = Callable[..., Any]


def pytest_report_header() -> str:
    return "sam local: one container an event, some seconds each"


@pytest.fixture(scope="session")
def calls() -> Recorder:
    """What each function asks of AWS."""
    return Recorder()


@pytest.fixture(scope="session")
def host(calls: Recorder) -> Iterator[Host]:
    if not shutil.which("sam"):
        pytest.skip("no SAM CLI on the PATH (make sam-local brings its own)")
    if subprocess.run(("docker", "info"), capture_output=True, check=False).returncode:
        pytest.skip("no Docker engine answers")
    running = Host(calls, address(), CONTAINER_HOST)
    calls.take()
    yield running
    running.close()


@pytest.fixture(scope="session")
def sam(host: Host) -> Sam:
    built = Sam(ROOT / ".aws-sam" / "local", host.address)
    built.build()
    return built


@pytest.fixture(scope="session")
def invoked() -> set[str]:
    """The events that ran, by file name."""
    return set()


@pytest.fixture
def invoke(host: Host, calls: Recorder, sam: Sam, invoked: set[str], tmp_path: Path) -> Iterator[Invoke]:
    """`invoke("list_accounts-posts", **changes)`: the answer to that event, with changes to its top level.

    Every call to AWS that the function made must be allowed by its own policy in the template.
    """
    ids = {spec.label: spec.logical_id for spec in declared.functions(host.resolver)}
    variables = tmp_path / "env.json"
    variables.write_text(json.dumps(host.variables()), encoding="utf-8")

    def run(name: str, **changes: Any) -> Any:
        event = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8")) | changes
        function = ids[name.split("-", maxsplit=1)[0]]
        calls.take()
        answer = sam.invoke(function, event, variables)
        made = calls.take()
        print(f"{name}: {len(made)} AWS calls: {' '.join(call.operation for call in made)}")
        key = host.resolver.resolve({"Fn::GetAtt": ["DataKey", "Arn"]})
        grants = grants_of(host.resolver, f"{function}Role")
        refused = [each for call in made for each in permissions(call, key) if not allowed(grants, each)]
        assert not refused, f"the policy of {function} refuses {refused}"
        invoked.add(name)
        return answer

    return run
