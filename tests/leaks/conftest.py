"""One stack for everything, and a small one for tokens that rest sealed in the table."""

from collections.abc import Iterator

import pytest

from socials.platforms import every_platform
from tests.leaks.living import live, live_sealed
from tests.leaks.watching import Watched


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """All of it has happened when a test looks."""
    watched = Watched(tmp_path_factory.mktemp("watched"))
    try:
        live(watched, every_platform())
        yield watched
    finally:
        watched.stop()


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A short life with TOKEN_STORE=sealed."""
    watched = Watched(tmp_path_factory.mktemp("sealed"), {"TOKEN_STORE": "sealed"})
    try:
        live_sealed(watched, [each for each in every_platform() if each.slug in ("x", "bluesky")])
        yield watched
    finally:
        watched.stop()
