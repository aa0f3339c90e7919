"""Resources wait for each other in one direction: a cycle is refused at the deploy, and no linter sees it."""

from pathlib import Path
from typing import Any

import pytest

from local.template import translated
from tests.integration.template.reading import referenced

ROOT = Path(__file__).parents[3]


def needs(resource: dict[str, Any]) -> set[str]:
    after = resource.get("DependsOn", [])
    also = [resource.get(part, {}) for part in ("Properties", "UpdatePolicy")]
    return {*referenced(also), *([after] if isinstance(after, str) else after)}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"JwtIssuer": "https://id.example.com", "PublicOrigin": "https://p.example"},
        {"Stage": "prod", "RestoredTable": "restored"},
        {"Stage": "prod", "TableCapacity": "provisioned"},
        {"Stage": "prod", "AlarmEmail": "ops@example.com", "TokenStore": "sealed", "Tracing": "Active"},
    ],
)
def test_no_resource_waits_for_itself(parameters: dict[str, str]) -> None:
    resources = translated(ROOT / "template.yaml", parameters)["Resources"]
    waiting = {name: needs(resource) & resources.keys() for name, resource in resources.items()}
    while ready := {name for name, others in waiting.items() if not others & waiting.keys()}:
        waiting = {name: others for name, others in waiting.items() if name not in ready}
    assert not waiting
