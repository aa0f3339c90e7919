"""What the Accounts page weighs and how fast it draws: `CHROMIUM=/usr/bin/chromium make bench BENCH=page`.

Bytes and requests of the page itself, without the API's answers and pictures of accounts, and, with a CPU slowed down
four times, the time to its first use and to draw 500 accounts. The API's answers are laid over, so that the time is the
page's own.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks.report import Cell, Table, record, skip
from tests.page import gallery
from tests.page.conftest import FLAGS, chromium_here
from tests.support.stack import start_stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Row = tuple[Cell, ...]

SLOWER = 4
TIMES = 5  # the middle one counts
LOOK_EVERY = 500  # milliseconds; looking at every frame would keep the page from being idle
SIZES = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .map(({ encodedBodySize }) => encodedBodySize)"""
MARK = "(name) => performance.getEntriesByName(name).at(-1)?.startTime"
ANSWERED = """() => performance.getEntriesByType("resource")
    .filter(({ name }) => name.includes("/accounts?")).at(-1).responseEnd"""


def sign_in(page: Page, base: str) -> None:
    page.goto(base)
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[name=user]").fill("benchmark")
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_role("heading", name="Accounts", exact=True).wait_for()


def weigh(browser: Browser, base: str) -> tuple[list[int], float]:
    """What comes over the wire for the welcome with an empty cache, and when it can be used."""
    with slow_page(browser) as page:
        page.goto(base, wait_until="load")
        page.get_by_role("button", name="Sign in").wait_for()
        return page.evaluate(SIZES), page.evaluate(MARK, "usable")


def draw(browser: Browser, base: str, count: int) -> tuple[float, float]:
    """From the API's last answer to the first screen, and to the last of so many cards."""
    with slow_page(browser) as page:
        gallery.lay_over(page, [gallery.an_account(number) for number in range(count)])
        sign_in(page, base)
        page.wait_for_function(MARK, arg="all accounts drawn", polling=LOOK_EVERY)
        answered = page.evaluate(ANSWERED)
        first, last = (page.evaluate(MARK, name) - answered for name in ("accounts drawn", "all accounts drawn"))
        return first, last


@contextmanager
def slow_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    yield page
    context.close()


def measure(browser: Browser, base: str) -> Iterator[Row]:
    weighed = [weigh(browser, base) for _ in range(TIMES)]
    sizes = weighed[0][0]
    drawn = [draw(browser, base, 500) for _ in range(TIMES)]
    yield "requests of the page itself, nothing cached", len(sizes)
    yield "bytes on the wire without headers", sum(sizes)
    yield f"ms until it can be used, at 1/{SLOWER} of the CPU", round(median(ready for _, ready in weighed))
    first, last = (round(median(times)) for times in zip(*drawn, strict=True))
    yield f"500 accounts: ms from the API's last answer to the first screen, at 1/{SLOWER} of the CPU", first
    yield "500 accounts: ms to the last card, drawn while the page is idle", last


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
