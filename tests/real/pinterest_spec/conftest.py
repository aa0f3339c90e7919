"""Pinterest's official description, served by Prism. Skips where either is missing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import prism as prisms


@pytest.fixture(scope="session")
def described() -> Path:
    return prisms.described("pinterest-openapi-v5.23.0.json")


@pytest.fixture(scope="session")
def description(described: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(described.read_text("utf-8"))
    return found


@pytest.fixture(scope="session")
def prism(described: Path) -> Iterator[str]:
    """The address of a running Prism."""
    with prisms.running(described) as url:
        yield url
