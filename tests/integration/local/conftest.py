"""The local stack with a small product of its own: `fixture/template.yaml`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stack import Person, Stack, start_stack

TEMPLATE = Path(__file__).parent / "fixture" / "template.yaml"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for all of these tests; each uses ids of its own."""
    running = start_stack(tmp_path_factory.mktemp("stack"), TEMPLATE, {"SPECIAL": "of the shell"})
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def alice(stack: Stack) -> Person:
    """A client signed in as alice."""
    return stack.person("alice")
