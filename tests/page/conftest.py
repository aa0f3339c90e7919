"""A real Chromium on the local stack. Skipped with a reason where Playwright or Chromium is missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.page import town
from tests.page.visitor import NETWORK_CHANGED, Visitor
from tests.support.stack import ROOT, Stack, start_stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60_000  # milliseconds for anything to appear


class NetworkChanged(Exception):
    """A test failed while this machine's addresses changed."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=3, only_rerun=[NETWORK_CHANGED]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    try:
        yield
    except Exception as failed:
        somebody = getattr(item, "funcargs", {}).get("visitor")
        if isinstance(somebody, Visitor) and somebody.network_changed:
            raise NetworkChanged(NETWORK_CHANGED) from failed
        raise


def chromium_here() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium without window. `CHROMIUM` names it where it is not on the PATH."""
    sync_api: Any = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
    chromium = chromium_here()
    if chromium is None:
        pytest.skip("no Chromium on the PATH (CHROMIUM=/path/to/it)")
    sync_api.expect.set_options(timeout=PATIENCE)
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture(scope="session")
def stack(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The product on this machine; shared, so each test visits as a user of its own."""
    running = start_stack(tmp_path_factory.mktemp("stack"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def settled(stack: Stack) -> str:
    """A user with an account of each platform, in every condition that an account can rest in. For looking at only."""
    town.settle(stack, "settled")
    return "settled"


@pytest.fixture
def visitor(browser: Browser, stack: Stack, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Somebody with a browser of their own, not yet signed in. Whatever the page complains of fails the test.

    `@pytest.mark.parametrize("visitor", [{"width": 360, "locale": "de-DE"}], indirect=True)` sets the window's width
    and the reader's locale; `timezone` their time zone.
    """
    window = getattr(request, "param", {})
    context = browser.new_context(
        viewport={"width": window.get("width", 1280), "height": 900},
        reduced_motion="reduce",
        locale=window.get("locale", "en-GB"),
        timezone_id=window.get("timezone"),
    )
    context.set_default_timeout(PATIENCE)
    # The stack outlives a test, and a test that is run again must not meet what its first run left behind.
    run = getattr(request.node, "execution_count", 1)
    name = "".join(each for each in request.node.name if each.isalnum())[-60:] + (f"again{run}" if run > 1 else "")
    somebody = Visitor(context, stack, name, _screenshots())
    yield somebody
    context.close()
    assert somebody.complaints == [], NETWORK_CHANGED if somebody.network_changed else "the console is not clean"


def _screenshots() -> Path:
    return Path(os.environ.get("SCREENSHOTS") or ROOT / ".local" / "screenshots")
