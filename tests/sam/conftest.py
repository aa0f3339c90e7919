"""`make sam-local`: every event of events/ under the real SAM CLI, against moto and the sandbox on this machine."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from local import declared
from tests.sam.calls import Permission, permissions
from tests.sam.host import ROOT, Host
from tests.sam.invoking import Sam

Invoke = Callable[..., Any]


def pytest_report_header() -> str:
    return "sam local: one container an event, some seconds each"


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    if not shutil.which("sam"):
        pytest.skip("no SAM CLI on the PATH (make sam-local brings its own)")
    if subprocess.run(("docker", "info"), capture_output=True, check=False).returncode:
        pytest.skip("no Docker engine answers")
    running = Host()
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
def invoke(host: Host, sam: Sam, invoked: set[str], tmp_path: Path) -> Iterator[Invoke]:
    """`invoke("list_accounts-posts", **changes)`: the answer to that event, with changes to its top level.

    Every call to AWS that the function made must be allowed by its own policy in the template.
    """
    ids = {spec.label: spec.logical_id for spec in declared.functions(host.resolver)}
    variables = tmp_path / "env.json"
    variables.write_text(json.dumps(host.variables()), encoding="utf-8")

    def run(name: str, **changes: Any) -> Any:
        event = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8")) | changes
        function = ids[name.split("-", maxsplit=1)[0]]
        host.calls.take()
        answer = sam.invoke(function, event, variables)
        calls = host.calls.take()
        print(f"{name}: {len(calls)} AWS calls: {' '.join(call.operation for call in calls)}")
        allowed = statements(host, function)
        needed = [permission for call in calls for permission in permissions(call)]
        refused = [each for each in needed if not any(allows(statement, each) for statement in allowed)]
        assert not refused, f"the policy of {function} refuses {refused}"
        invoked.add(name)
        return answer

    return run


def statements(host: Host, function: str) -> list[Mapping[str, Any]]:
    """The statements of a function's own policies, resolved."""
    role = host.resolver.resources("AWS::IAM::Role")[f"{function}Role"]
    policies = host.resolver.resolve(role.get("Policies", []))
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def allows(statement: Mapping[str, Any], permission: Permission) -> bool:
    """Whether an Allow statement covers the permission."""
    return permission.action in _listed(statement["Action"]) and any(
        fnmatchcase(permission.arn, pattern) for pattern in _listed(statement["Resource"])
    )


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
