"""Finding one's way among many accounts; an account's own page; the publish picker. On the real stack but for what it
cannot make: five hundred accounts, and an export of several pages (see gallery)."""

import re
from pathlib import Path

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page


def test_totals_platform_and_search_filter_and_the_address_remembers(visitor: Visitor, settled: str) -> None:
    visitor.come_home(settled)
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
    visitor.page.get_by_label("Search accounts").fill("LÔOM ìnstagram")
    expect(cards).to_have_count(1)
    expect(visitor.said("1 account shown.")).to_be_attached()
    visitor.page.get_by_label("Search accounts").fill("")
    visitor.page.get_by_label("Filter by platform").select_option("threads")
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("Reading the numbers was not allowed")


def test_the_banner_names_what_is_broken_and_sync_all_says_what_it_skipped(visitor: Visitor, settled: str) -> None:
    visitor.come_home(settled)
    expect(visitor.page.get_by_role("region", name="Needs your attention")).to_contain_text("Bruno Bakes on YouTube")
    visitor.button("Sync all").click()
    said = re.compile(r"Skipped \d+: .*1 needs to be reconnected.*\.$")
    expect(visitor.page.locator(".said")).to_have_text(said)
    expect(visitor.said(said)).to_be_attached()


@pytest.mark.parametrize(("query", "count"), [("q=noor", 3), ("status=bogus&platform=bogus", 0)])
def test_what_the_address_filters_is_what_is_said_to_be_shown(visitor: Visitor, query: str, count: int) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(30)])
    visitor.sign_in(f"/?{query}")
    expect(visitor.page.get_by_role("article")).to_have_count(count)
    expect(visitor.said(f"{count} accounts shown.")).to_be_attached()


def test_an_address_that_means_nothing_leads_to_the_list(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(0)])
    visitor.sign_in("/#/accounts/%E0%A4%A")
    expect(visitor.page.get_by_role("article")).to_have_count(1)


def test_an_access_that_ends_soon_offers_to_reconnect_beside_sync(visitor: Visitor, settled: str) -> None:
    visitor.come_home(settled)
    card = visitor.page.get_by_role("article", name="Bruno Bakes on Facebook")
    expect(card).to_contain_text("Connected")
    expect(card).to_contain_text("this access was given until then")
    expect(card.get_by_role("button", name="Reconnect")).to_be_visible()
    expect(card.get_by_role("button", name="Sync")).to_be_visible()


def test_five_hundred_accounts_are_drawn_and_searched_without_a_hitch(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(500)])
    visitor.sign_in()
    expect(visitor.button("500 accounts")).to_be_visible()
    expect(visitor.page.get_by_role("article")).to_have_count(500)
    visitor.page.get_by_label("Search accounts").fill("pia keller 49")
    expect(visitor.page.get_by_role("article")).to_have_count(1)


def test_what_comes_into_sight_is_drawn_though_the_page_is_never_idle(visitor: Visitor) -> None:
    visitor.page.add_init_script("window.requestIdleCallback = () => 0")
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(200)])
    visitor.sign_in()
    cards = visitor.page.locator(".card")
    expect(cards).to_have_count(200)
    expect(cards.first.get_by_role("article")).to_be_visible()
    expect(cards.last.get_by_role("article")).to_have_count(0)
    cards.last.scroll_into_view_if_needed()
    expect(cards.last.get_by_role("article")).to_be_visible()
    visitor.page.get_by_label("Search accounts").fill("ada's loom 9")
    expect(visitor.page.get_by_role("article", name="Ada's Loom 9 on Instagram")).to_be_visible()


def test_a_chart_is_read_with_the_keyboard_and_has_its_table(visitor: Visitor, settled: str) -> None:
    visitor.come_home(settled)
    visitor.page.get_by_role("article", name="Ada's Loom on Instagram").get_by_role("link", name="Details").press(
        "Enter"
    )
    chart = visitor.page.get_by_role("slider", name="Followers by day")
    chart.focus()
    last = chart.get_attribute("aria-valuetext")
    assert last is not None and "provisional" in last
    visitor.page.keyboard.press("ArrowLeft")
    assert chart.get_attribute("aria-valuetext") != last
    known = int(chart.get_attribute("aria-valuemax") or 0) + 1
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    table = visitor.page.get_by_role("region", name="Followers by day")
    expect(table.get_by_role("row")).to_have_count(known + 1)
    views = visitor.page.get_by_role("slider", name="Views by day")
    expect(views).to_have_attribute("aria-valuemax", re.compile("^2[5-9]$"))
    visitor.page.get_by_label("7 days").check()
    expect(table).to_be_hidden()
    expect(views).to_have_attribute("aria-valuemax", re.compile("^[3-6]$"))
    expect(visitor.page.get_by_text("Not offered by Instagram")).to_be_visible()


def test_posts_are_sorted_by_any_number_with_unknown_ones_last(visitor: Visitor, settled: str) -> None:
    visitor.come_home(settled)
    visitor.page.get_by_role("article", name="Noor Ceramics").get_by_role("link", name="Details").click()
    table = visitor.page.get_by_role("region", name="Table of posts")
    likes = table.get_by_role("columnheader", name="Likes")
    likes.get_by_role("button").press("Enter")
    expect(likes).to_have_attribute("aria-sort", "descending")
    column = 1 + table.get_by_role("columnheader").all_text_contents().index("Likes")
    shown = table.locator(f"tbody tr > :nth-child({column})").all_text_contents()
    numbers = [int(each.replace(",", "")) for each in shown if "unknown" not in each]
    assert numbers == sorted(numbers, reverse=True) and 0 < len(numbers) < len(shown)
    assert "unknown" in shown[-1]


def test_an_account_is_left_for_the_list_where_one_was(visitor: Visitor, settled: str) -> None:
    visitor.come_home(settled)
    visitor.page.get_by_role("link", name="Details of Zora New").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_be_focused()
    assert visitor.page.title().startswith("Zora New")
    visitor.page.go_back()
    expect(visitor.page.get_by_role("link", name="Zora New", exact=True)).to_be_focused()


def test_an_address_leads_to_an_account_and_its_posts(visitor: Visitor, settled: str) -> None:
    accounts = visitor.stack.person(settled).get("/accounts?platform=pinterest").json()["accounts"]
    visitor.user = settled
    visitor.sign_in(f"/#/accounts/{accounts[0]['account_id']}/posts")
    expect(visitor.heading("Posts")).to_be_focused()
    expect(visitor.page.get_by_role("region", name="Table of posts")).to_be_visible()


def test_an_export_of_several_pages_is_saved_as_one_file(visitor: Visitor, tmp_path: Path) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(8)])
    visitor.sign_in()
    visitor.from_menu("Pia Keller", "Export")
    with visitor.page.expect_download() as saving:
        visitor.button("CSV file").click()
    assert saving.value.suggested_filename.startswith("x-pia_keller-")
    saving.value.save_as(tmp_path / "export.csv")
    assert (tmp_path / "export.csv").read_text() == "kind,date,value\nday,2026-11-01,5\npost,2026-11-02,7\n"


def test_the_picker_counts_remembers_and_leaves_out_what_cannot_publish(visitor: Visitor, settled: str) -> None:
    visitor.come_home(settled)
    visitor.page.get_by_role("link", name="Publish").click()
    broken = visitor.page.get_by_role("checkbox", name="Bruno Bakes @bruno-sandbox")
    expect(broken).to_be_disabled()
    expect(broken).to_have_accessible_description("YouTube no longer accepts our access.")
    expect(visitor.button("Reconnect Bruno Bakes")).to_be_visible()
    visitor.page.get_by_label("Select all").check()
    expect(visitor.page.get_by_text("9 of 10 accounts")).to_be_visible()
    visitor.page.get_by_role("checkbox", name="Zora New").press("Space")
    expect(visitor.page.get_by_text("8 of 10 accounts")).to_be_visible()
    visitor.page.reload()
    expect(visitor.page.get_by_text("8 of 10 accounts")).to_be_visible()
    visitor.button("Use these accounts").click()
    expect(visitor.page.get_by_text(re.compile("^Chosen: .*Noor Ceramics"))).to_be_visible()
    publishable = visitor.stack.person(settled).get("/accounts?can_publish=true").json()["accounts"]
    assert len(publishable) == 9
