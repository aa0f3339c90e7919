"""Filters, and what acts on the accounts that they show."""

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

TYPE_AND_SHOW_AT_ONCE = """() => {
    document.getElementById("search").value = "nobody";
    document.getElementById("search").dispatchEvent(new Event("input"));
    document.querySelector(".banner button").click();
}"""


def open_broken_ones(visitor: Visitor) -> None:
    """Two accounts whose connection is broken, and three others."""
    why = gallery.reason("token_revoked", "Access was taken away.", "reconnect")
    broken = [gallery.an_account(number, status="connection_error", status_reason=why) for number in range(2)]
    gallery.lay_over(visitor.page, [*broken, *(gallery.an_account(number) for number in range(2, 5))])
    visitor.sign_in()


def test_showing_what_is_broken_asks_for_nothing_else(visitor: Visitor) -> None:
    open_broken_ones(visitor)
    visitor.page.get_by_label("Search accounts").fill("nobody")
    expect(visitor.heading("Nothing matches")).to_be_visible()
    visitor.button("Show them").click()
    expect(visitor.page.get_by_role("article")).to_have_count(2)
    expect(visitor.page.get_by_label("Search accounts")).to_have_value("")
    expect(visitor.button("2 connection errors")).to_be_focused()
    assert visitor.page.url.endswith("/?status=connection_error")


def test_what_was_being_typed_does_not_come_after_what_is_shown(visitor: Visitor) -> None:
    visitor.page.clock.install()
    open_broken_ones(visitor)
    visitor.page.evaluate(TYPE_AND_SHOW_AT_ONCE)
    visitor.page.clock.fast_forward(1000)
    expect(visitor.page.get_by_label("Search accounts")).to_have_value("")
    expect(visitor.page.get_by_role("article")).to_have_count(2)
