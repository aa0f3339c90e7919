"""One cloud for the folder, in which everything that the functions can be asked to do has been done."""

import inspect
from collections.abc import Iterator

import pytest

from tests.integration.policies import ending, reading
from tests.integration.policies.cloud import Cloud


@pytest.fixture(scope="session", params=[("secrets-manager", "Disabled"), ("sealed", "Active")], ids="-".join)
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    """After every scene, each with users of its own. Once for each place where tokens can rest, and
    once traced."""
    made = Cloud(*request.param)
    try:
        for module in (reading, ending):
            for name, scene in inspect.getmembers(module, inspect.isfunction):
                if name.startswith("scene_"):
                    scene(made)
        yield made
    finally:
        made.close()
