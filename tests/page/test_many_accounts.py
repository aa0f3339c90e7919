"""Finding one's way among many accounts; an account's own page; the publish picker. What the API says: see gallery."""

import re
from pathlib import Path

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page


def test_totals_platform_and_search_filter_and_the_address_remembers(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, gallery.every_condition())
    visitor.sign_in()
    cards = visitor.page.get_by_role("article")
    expect(cards).to_have_count(10)
    expect(cards.first).to_contain_text("Connection error")
    expect(cards.nth(1)).to_contain_text("Needs sync")
    visitor.button("1 connection error").click()
    expect(cards).to_have_count(1)
    visitor.page.reload()
    expect(visitor.button("1 connection error")).to_have_attribute("aria-pressed", "true")
    expect(cards).to_have_count(1)
    visitor.button("10 accounts").click()
    visitor.page.get_by_label("Search accounts").fill("kastner MOBEL")
    expect(cards).to_have_count(1)
    expect(visitor.announced).to_have_text("1 account shown.")
    visitor.page.get_by_label("Search accounts").fill("")
    visitor.page.get_by_label("Filter by platform").select_option("threads")
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("Reading the numbers was not allowed")


def test_the_banner_names_what_is_broken_and_sync_all_says_what_it_skipped(visitor: Visitor) -> None:
    accounts = gallery.every_condition()
    gallery.lay_over(visitor.page, accounts)
    visitor.sign_in()
    expect(visitor.page.get_by_role("region", name="Needs your attention")).to_contain_text("Bruno Bakes (YouTube)")
    visitor.button("Sync all").click()
    said = "Skipped 3: 1 needs to be reconnected, 1 syncing already, and 1 waiting for the platform."
    expect(visitor.page.locator(".said")).to_have_text(f"Syncing 7 accounts. {said}")
    expect(visitor.announced).to_contain_text(said)


def test_an_access_that_ends_soon_offers_to_reconnect_beside_sync(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, gallery.every_condition())
    visitor.sign_in()
    card = visitor.card("@salma@social.example")
    expect(card).to_contain_text("Connected")
    expect(card).to_contain_text("the platform ends this access then")
    expect(card.get_by_role("button", name="Reconnect")).to_be_visible()
    expect(card.get_by_role("button", name="Sync")).to_be_visible()


def test_five_hundred_accounts_are_drawn_and_searched_without_a_hitch(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(500)])
    visitor.sign_in()
    expect(visitor.button("500 accounts")).to_be_visible()
    expect(visitor.page.get_by_role("article")).to_have_count(500)
    visitor.page.get_by_label("Search accounts").fill("pia keller 49")
    expect(visitor.page.get_by_role("article")).to_have_count(1)


def test_a_chart_is_read_with_the_keyboard_and_has_its_table(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, gallery.every_condition())
    visitor.sign_in("/#/accounts/acc_0000")
    chart = visitor.page.get_by_role("slider", name="Followers by day")
    chart.focus()
    last = chart.get_attribute("aria-valuetext")
    assert last is not None and "provisional" in last
    visitor.page.keyboard.press("ArrowLeft")
    assert chart.get_attribute("aria-valuetext") != last
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    table = visitor.page.get_by_role("region", name="Followers by day")
    expect(table.get_by_role("row")).to_have_count(27)
    visitor.page.get_by_label("7 days").check()
    expect(table).to_be_hidden()
    expect(visitor.page.get_by_role("slider", name="Followers by day")).to_have_attribute("aria-valuemax", "6")
    expect(visitor.page.get_by_text("Not offered by Instagram")).to_be_visible()


def test_posts_are_sorted_by_any_number_with_unknown_ones_last(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, gallery.every_condition())
    visitor.sign_in("/#/accounts/acc_0000/posts")
    table = visitor.page.get_by_role("region", name="Table of posts")
    likes = table.get_by_role("columnheader", name="Likes")
    likes.get_by_role("button").press("Enter")
    expect(likes).to_have_attribute("aria-sort", "descending")
    column = 1 + table.get_by_role("columnheader").all_text_contents().index("Likes")
    shown = table.locator(f"tbody tr > :nth-child({column})").all_text_contents()
    numbers = [int(each.replace(",", "")) for each in shown if "unknown" not in each]
    assert numbers == sorted(numbers, reverse=True) and 0 < len(numbers) < len(shown)
    assert "unknown" in shown[-1]


def test_an_account_is_left_for_the_list_where_one_was(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, gallery.every_condition())
    visitor.sign_in()
    visitor.page.get_by_role("link", name="Details of Pia Keller").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_be_focused()
    assert visitor.page.title().startswith("Pia Keller")
    visitor.page.go_back()
    expect(visitor.page.get_by_role("link", name="Pia Keller", exact=True)).to_be_focused()


def test_an_export_of_several_pages_is_saved_as_one_file(visitor: Visitor, tmp_path: Path) -> None:
    gallery.lay_over(visitor.page, gallery.every_condition())
    visitor.sign_in()
    visitor.from_menu("Pia Keller", "Export")
    with visitor.page.expect_download() as saving:
        visitor.button("CSV file").click()
    assert saving.value.suggested_filename.startswith("x-pia_keller-")
    saving.value.save_as(tmp_path / "export.csv")
    assert (tmp_path / "export.csv").read_text() == "kind,date,value\nday,2026-11-01,5\npost,2026-11-02,7\n"


def test_the_picker_counts_remembers_and_leaves_out_what_cannot_publish(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, gallery.every_condition())
    visitor.sign_in("/#/publish")
    broken = visitor.page.get_by_role("checkbox", name="Bruno Bakes")
    expect(broken).to_be_disabled()
    expect(broken).to_have_accessible_description("The access was taken back on YouTube.")
    expect(visitor.button("Reconnect Bruno Bakes")).to_be_visible()
    visitor.page.get_by_label("Select all").check()
    expect(visitor.page.get_by_text("8 of 10 accounts")).to_be_visible()
    visitor.page.get_by_role("checkbox", name="Pia Keller").press("Space")
    expect(visitor.page.get_by_text("7 of 10 accounts")).to_be_visible()
    visitor.page.reload()
    expect(visitor.page.get_by_text("7 of 10 accounts")).to_be_visible()
    visitor.button("Use these accounts").click()
    expect(visitor.page.get_by_text(re.compile("^Publishing to"))).to_be_visible()
