"""What can be read in every choice of colours."""

import re

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

SEARCH = """() => {
    const search = document.querySelector("#search");
    return [getComputedStyle(search, "::placeholder").color, getComputedStyle(search).backgroundColor];
}"""
ENOUGH = 4.5  # for text of this size: WCAG 2.2, 1.4.3


def luminance(colour: str) -> float:
    """Of `rgb(…)`, by WCAG's definition."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_the_empty_search_says_can_be_read(visitor: Visitor, scheme: str) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(0), gallery.an_account(1)])
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.sign_in()
    expect(visitor.page.get_by_label("Search accounts")).to_be_visible()
    dark, light = sorted(luminance(colour) for colour in visitor.page.evaluate(SEARCH))
    assert (light + 0.05) / (dark + 0.05) >= ENOUGH


def test_in_the_colours_of_the_system_the_chosen_filter_shows_and_no_status_is_crossed_by_a_line(
    visitor: Visitor,
) -> None:
    why = gallery.reason("token_revoked", "Access was taken away.", "reconnect")
    broken = gallery.an_account(1, status="connection_error", status_reason=why)
    gallery.lay_over(visitor.page, [gallery.an_account(0), broken])
    visitor.page.emulate_media(forced_colors="active")
    visitor.sign_in()
    visitor.button("1 connected").click()
    expect(visitor.button("1 connected")).to_have_css("text-decoration-line", "underline")
    expect(visitor.button("1 connection error")).to_have_css("text-decoration-line", "none")
    visitor.button("1 connection error").click()
    chip = visitor.card("Bruno Bakes").get_by_text("Connection error")
    expect(chip).to_have_css("border-top-width", "0px")
