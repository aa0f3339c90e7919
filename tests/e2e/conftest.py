"""One whole local stack for the end-to-end tests, and a fresh user for each test."""

from collections.abc import Iterator

import pytest

from tests.support.stack import Person, Stack, start_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The product of template.yaml on this machine; shared, so a test looks at its own user's things only."""
    running = start_stack(tmp_path_factory.mktemp("stack"))
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack for one module alone: for tests that count everything or move the time."""
    running = start_stack(tmp_path_factory.mktemp("own-stack"))
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def person(stack: Stack, request: pytest.FixtureRequest) -> Person:
    """A user nobody else is, named after the test."""
    return stack.person("".join(each for each in request.node.name if each.isalnum())[-64:])
