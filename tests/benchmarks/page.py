"""What the Accounts page weighs and how fast it draws: `CHROMIUM=/usr/bin/chromium python -m tests.benchmarks.page`.

Prints the bytes and requests of the page itself, without the API's answers and pictures of accounts, and, with a CPU
slowed down four times, the time to its first use and to draw 500 accounts. The API's answers are laid over, so that the
time is the page's own.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.page import gallery
from tests.page.conftest import FLAGS, chromium_here
from tests.support.stack import start_stack

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


def weigh(page: Page, session: CDPSession, base: str) -> None:
    """Loads the welcome with an empty cache and sums what comes over the wire."""
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(base, wait_until="load")
    page.get_by_role("button", name="Sign in").wait_for()
    ready = page.evaluate("performance.now()")
    sizes = page.evaluate(SIZES)
    print(f"page            {len(sizes)} requests, {sum(sizes) / 1000:.1f} kB on the wire without headers")
    print(f"first use       {ready:.0f} ms at 1/{SLOWER} CPU")


def draw(page: Page, base: str, count: int) -> None:
    """Reloads the page with so many accounts and waits until the last card is there."""
    gallery.lay_over(page, [gallery.an_account(number) for number in range(count)])
    sign_in(page, base)
    page.wait_for_function(DRAWN)
    took = page.evaluate(DRAWN) - page.evaluate(ANSWERED)
    print(f"{count} accounts    {took:.0f} ms from the last answer of the API to the last card at 1/{SLOWER} CPU")


def main() -> None:
    stack = start_stack(Path(tempfile.mkdtemp(prefix="page-benchmark-")))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_here(), args=list(FLAGS))
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            weigh(page, page.context.new_cdp_session(page), stack.base)
            draw(page, stack.base, 500)
            browser.close()
    finally:
        stack.stop()


if __name__ == "__main__":
    main()
