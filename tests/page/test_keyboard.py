"""Every flow by keyboard alone: a stop is reached by Tab, and each dialog begins where one goes on."""

import re

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

STOPS = 120


def tab_to(visitor: Visitor, words: str, press: str = "Tab", *, whole: bool = False) -> None:
    """Presses Tab until the stop that begins with these words (`whole`: that has no others), or this accessible label,
    has the focus."""
    for _ in range(STOPS):
        visitor.page.keyboard.press(press)
        found = visitor.focused()
        if found == words or (not whole and found.startswith(words)):
            return
    raise AssertionError(f"Tab never reaches {words}")


def test_connecting_syncing_and_disconnecting(visitor: Visitor) -> None:
    visitor.sign_in()
    expect(visitor.heading("No account yet")).to_be_visible()
    press = visitor.page.keyboard.press
    who = visitor.sandbox_person("bluesky", "ada")
    tab_to(visitor, "Connect account")
    press("Enter")
    tab_to(visitor, "Bluesky")
    press("Enter")
    expect(visitor.page.get_by_label("Handle")).to_be_focused()
    visitor.page.keyboard.type(who["handle"])
    press("Tab")
    visitor.page.keyboard.type(who["app_password"])
    press("Enter")
    expect(visitor.heading("Connected")).to_be_visible()
    visitor.is_at("Done")
    press("Enter")
    expect(visitor.card(who["name"])).to_contain_text("Synced just now")
    tab_to(visitor, "Sync")
    press("Enter")
    expect(visitor.card(who["name"])).to_contain_text("Just synced")
    for words in ("Details", f"More for {who['name']} on Bluesky"):
        press("Shift+Tab")
        visitor.is_at(words)

    def ask_to_disconnect() -> None:
        press("Enter")
        press("ArrowUp")
        visitor.is_at("Disconnect…")
        press("Enter")
        visitor.is_at("Cancel")

    ask_to_disconnect()
    press("Escape")
    expect(visitor.dialog).to_have_count(0)
    visitor.is_at(f"More for {who['name']} on Bluesky")
    ask_to_disconnect()
    press("Tab")
    visitor.is_at("Disconnect and delete data")
    press("Enter")
    expect(visitor.heading(f"{who['name']} on Bluesky is disconnected")).to_be_visible()
    tab_to(visitor, "Copy receipt")
    tab_to(visitor, "Done")
    press("Enter")
    expect(visitor.heading("No account yet")).to_be_visible()
    visitor.is_at("Connect account")


def test_a_consent_of_several_identities(visitor: Visitor) -> None:
    visitor.sign_in()
    expect(visitor.heading("No account yet")).to_be_visible()
    press = visitor.page.keyboard.press
    tab_to(visitor, "Connect account")
    press("Enter")
    tab_to(visitor, "Facebook")
    press("Enter")
    visitor.is_at("Continue to Facebook")
    with visitor.context.expect_page() as opening:
        press("Enter")
    tab = opening.value
    tab.locator("input[value=salma]").focus()
    tab.keyboard.press("Space")
    tab.keyboard.press("Enter")
    tab.get_by_role("heading", name="One more step").wait_for()
    tab.close()
    expect(visitor.heading("Which accounts?")).to_be_visible()
    boxes = visitor.dialog.get_by_role("checkbox")
    expect(boxes.first).to_be_focused()
    press("Space")
    tab_to(visitor, "Connect 1 account")
    press("Enter")
    expect(visitor.heading("Connected")).to_be_visible()
    visitor.is_at("Done")
    press("Enter")
    expect(visitor.page.get_by_role("article")).to_have_count(1)


def test_filtering_an_accounts_own_page_and_the_picker(visitor: Visitor, settled: str) -> None:
    visitor.come_home(settled)
    press = visitor.page.keyboard.press
    cards = visitor.page.get_by_role("article")
    tab_to(visitor, "1 needs sync")
    press("Enter")
    expect(cards).to_have_count(1)
    visitor.is_at("1 needs sync")
    press("Space")
    expect(cards).to_have_count(10)
    tab_to(visitor, "Search accounts")
    visitor.page.keyboard.type("zora")
    expect(cards).to_have_count(1)
    tab_to(visitor, "More for Zora New")
    press("ArrowDown")
    visitor.page.keyboard.type("m")
    visitor.is_at("Metrics")
    press("Enter")
    expect(visitor.page.get_by_role("heading", level=1)).to_be_focused()
    chart = visitor.page.get_by_role("slider").first
    expect(chart).to_be_visible()
    tab_to(visitor, "30 days")
    press("ArrowLeft")
    expect(visitor.page.get_by_label("7 days")).to_be_checked()
    expect(chart).to_have_attribute("aria-valuemax", re.compile("^[0-6]$"))
    visitor.page.wait_for_load_state("networkidle")  # what is read later draws the chart anew, at its last day
    tab_to(visitor, "Followers by day")
    last = chart.get_attribute("aria-valuetext")
    press("Home")
    expect(chart).not_to_have_attribute("aria-valuetext", last)
    tab_to(visitor, "As a table")
    press("Enter")
    expect(visitor.page.get_by_role("region", name="Followers by day")).to_be_visible()
    saves = visitor.page.get_by_role("columnheader", name="Saves")
    tab_to(visitor, "Saves", whole=True)
    press("Enter")
    expect(saves).to_have_attribute("aria-sort", "descending")
    tab_to(visitor, "All accounts", "Shift+Tab")
    press("Enter")
    expect(visitor.page.get_by_role("link", name="Zora New", exact=True)).to_be_focused()
    tab_to(visitor, "Publish", "Shift+Tab")
    press("Enter")
    expect(visitor.heading("Choose accounts to publish to")).to_be_focused()
    tab_to(visitor, "Select all")
    press("Space")
    tab_to(visitor, "Reconnect")
    tab_to(visitor, "Use these accounts")
    press("Enter")
    expect(visitor.page.get_by_text("9 of 10 accounts")).to_be_visible()


def test_space_follows_a_link_of_a_menu_and_no_shortcut_is_taken_from_the_browser(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(0)])
    visitor.sign_in()
    press = visitor.page.keyboard.press
    visitor.button("More for Ada's Loom").press("Enter")
    visitor.is_at("Metrics")
    visitor.page.evaluate("addEventListener('keydown', (event) => { window.isTaken = event.defaultPrevented; })")
    for keys in ("Control+h", "Meta+h", "Alt+h"):
        press(keys)
        assert visitor.page.evaluate("window.isTaken") is False
        visitor.is_at("Metrics")
    press("h")
    visitor.is_at("History")
    press("Space")
    expect(visitor.page.get_by_role("heading", name="History of syncs")).to_be_focused()
