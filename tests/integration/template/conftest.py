"""The template as it is deployed by default."""

from pathlib import Path
from typing import Any

import pytest

from local.template import translated
from tests.integration.template.reading import of_type

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    """As it is deployed by default: with the stack's own user pool."""
    return translated(ROOT / "template.yaml", {})


@pytest.fixture(scope="session")
def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Folder name -> properties, with the logical id among them as `Id`."""
    return {
        properties["Code"]["S3Key"].rsplit("/", 1)[-1]: properties | {"Id": logical_id}
        for logical_id, properties in of_type(template, "AWS::Lambda::Function").items()
    }
