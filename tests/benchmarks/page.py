"""What the Accounts page weighs and how fast it draws: `CHROMIUM=/usr/bin/chromium make bench BENCH=page`.

Bytes and requests of the page itself, without the API's answers and pictures of accounts, and, with a CPU slowed down
four times, the time to its first use and to draw 500 accounts. The API's answers are laid over, so that the time is the
page's own.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.report import Cell, Table, record, skip
from tests.page import gallery
from tests.page.conftest import FLAGS, chromium_here
from tests.support.stack import start_stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

Row = tuple[Cell, ...]

SLOWER = 4
SIZES = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .map(({ encodedBodySize }) => encodedBodySize)"""
DRAWN = "() => performance.getEntriesByName('accounts drawn').at(-1)?.startTime"
ANSWERED = """() => performance.getEntriesByType("resource")
    .filter(({ name }) => name.includes("/accounts?")).at(-1).responseEnd"""


def sign_in(page: Page, base: str) -> None:
    page.goto(base)
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[name=user]").fill("benchmark")
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_role("heading", name="Accounts", exact=True).wait_for()


def weigh(page: Page, session: CDPSession, base: str) -> Iterator[Row]:
    """Loads the welcome with an empty cache and sums what comes over the wire."""
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(base, wait_until="load")
    page.get_by_role("button", name="Sign in").wait_for()
    ready = page.evaluate("performance.now()")
    sizes = page.evaluate(SIZES)
    yield "requests of the page itself, nothing cached", len(sizes)
    yield "bytes on the wire without headers", sum(sizes)
    yield f"ms until it can be used, at 1/{SLOWER} of the CPU", round(ready)


def draw(page: Page, base: str, count: int) -> Row:
    """Reloads the page with so many accounts and waits until the last card is there."""
    gallery.lay_over(page, [gallery.an_account(number) for number in range(count)])
    sign_in(page, base)
    page.wait_for_function(DRAWN)
    took = page.evaluate(DRAWN) - page.evaluate(ANSWERED)
    return f"ms from the API's last answer to the last of {count} cards, at 1/{SLOWER} of the CPU", round(took)


def measure(browser: Browser, base: str) -> Iterator[Row]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield from weigh(page, page.context.new_cdp_session(page), base)
    yield draw(page, base, 500)


def main() -> int:
    chromium = chromium_here()
    if chromium is None:
        skip("page", "no Chromium on the PATH (CHROMIUM=/path/to/it)")
        return 0
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        skip("page", "Playwright is not installed (make test-page does it)")
        return 0
    stack = start_stack(Path(tempfile.mkdtemp(prefix="page-benchmark-")))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
            rows = tuple(measure(browser, stack.base))
            browser.close()
    finally:
        stack.stop()
    record(
        "page",
        about="The page in a real Chromium on the local stack, without accounts' pictures. The API's answers are laid "
        "over, so that the time is the page's own.",
        commands=["make bench BENCH=page"],
        tables=[Table(("what", "figure"), rows)],
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
