"""The README's pictures, of a real local stack: `make test-page` once, then `python -m tests.page.pictures`.

Takes some minutes, because a fortnight goes by first, each day with its daily sync.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tests.page import town
from tests.page.conftest import FLAGS, chromium_here
from tests.page.visitor import NEXT_FRAME, PICTURES_ARE_THERE, Visitor
from tests.support.stack import ROOT, Stack, start_stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DAYS = 7  # before and after a gap
USER = "ada"


def visit(browser: Browser, stack: Stack, width: int, height: int, scheme: Literal["light", "dark"]) -> Visitor:
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce", locale="en-GB"
    )
    visitor = Visitor(context, stack, USER, ROOT / "docs")
    visitor.come_home(USER)
    return visitor


def keep(visitor: Visitor, name: str) -> None:
    visitor.page.evaluate(NEXT_FRAME)
    visitor.page.wait_for_function(PICTURES_ARE_THERE)
    visitor.page.screenshot(path=ROOT / "docs" / f"{name}.png")


def take(browser: Browser, stack: Stack) -> None:
    visitor = visit(browser, stack, 1280, 960, "light")
    keep(visitor, "accounts")
    visitor.from_menu("Zora New", "Disconnect")
    visitor.dialog.get_by_role("listitem").filter(has_text="sync record").wait_for()
    keep(visitor, "disconnect")
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_role("article", name="Ada's Loom on Instagram").get_by_role("link", name="Details").click()
    visitor.page.get_by_role("slider").first.wait_for()
    visitor.page.get_by_role("region", name="Table of posts").wait_for()
    keep(visitor, "account-page")
    visitor.context.close()
    keep(visit(browser, stack, 360, 780, "dark"), "phone")


def main() -> int:
    from playwright.sync_api import sync_playwright

    stack = start_stack(Path(tempfile.mkdtemp(prefix="pictures-")))
    try:
        town.settle(stack, USER, DAYS)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_here(), args=list(FLAGS))
            take(browser, stack)
            browser.close()
    finally:
        stack.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
