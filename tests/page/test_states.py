"""Every state of the page, in light and dark, wide and narrow: pictured, and nothing for axe-core to complain of."""

import re

import pytest

from tests.page import gallery, town
from tests.page.visitor import OVERFLOW, Visitor
from tests.support.stack import Stack

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

NARROW_AND_WIDE = [{"width": 360}, {"width": 1280}]
AS_NARROW_AND_WIDE_AS_IT_GETS = [{"width": 320}, {"width": 2560}]
widths = pytest.mark.parametrize("visitor", NARROW_AND_WIDE, indirect=True)


@widths
def test_the_list(visitor: Visitor, settled: str) -> None:
    visitor.come_home(settled)
    visitor.picture("list")
    visitor.button("More for Zora New").click()
    expect(visitor.page.get_by_role("menuitem")).to_have_count(6)
    visitor.picture("menu")
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_label("Search accounts").fill("nobody")
    expect(visitor.heading("Nothing matches")).to_be_visible()
    visitor.picture("nothing-matches")
    visitor.button("Show all accounts").click()
    visitor.button("Sync all").click()
    expect(visitor.page.locator(".said")).to_contain_text("Skipped")
    visitor.picture("sync-all")
    visitor.page.get_by_label("Search accounts").fill("noor")
    expect(visitor.button("Sync 1 shown")).to_be_visible()
    visitor.picture("sync-shown")


@widths
def test_an_account_of_ones_own(visitor: Visitor, settled: str) -> None:
    visitor.come_home(settled)
    visitor.page.get_by_role("link", name="Details of Ada's Loom").first.click()
    expect(visitor.page.get_by_role("slider")).not_to_have_count(0)
    expect(visitor.page.get_by_role("region", name="Table of posts")).to_be_visible()
    expect(visitor.come_to("Diary")).to_contain_text("Synced.")
    expect(visitor.come_to("History of syncs")).to_contain_text("Daily")
    visitor.picture("account")
    visitor.page.get_by_label("Range", exact=True).check()
    visitor.page.get_by_label("From").fill("2030-01-01")
    expect(visitor.page.get_by_text("The first day must not be after the last.")).to_be_visible()
    visitor.page.get_by_text("As a table").first.click()
    visitor.picture("account-range-and-table")
    visitor.from_menu("Ada's Loom", "Export")
    expect(visitor.button("CSV file")).to_be_visible()
    visitor.picture("export")


@widths
def test_the_picker(visitor: Visitor, settled: str) -> None:
    visitor.come_home(settled)
    visitor.page.get_by_role("link", name="Publish").click()
    visitor.page.get_by_label("Select all").check()
    visitor.button("Use these accounts").click()
    expect(visitor.page.get_by_text(re.compile("^Chosen: "))).to_be_visible()
    visitor.picture("picker")


@widths
def test_an_account_of_which_nothing_is_known_and_one_with_a_very_long_name(visitor: Visitor) -> None:
    long = gallery.an_account(5, display_name="Donaudampfschifffahrtsgesellschaftskapitän" * 4, username="a" * 120)
    gallery.lay_over(visitor.page, [gallery.with_nulls(), long])
    visitor.sign_in()
    expect(visitor.page.get_by_role("article")).to_have_count(2)
    visitor.picture("nothing-known")


@pytest.mark.parametrize("visitor", AS_NARROW_AND_WIDE_AS_IT_GETS, indirect=True)
def test_the_narrowest_and_the_widest_window(visitor: Visitor, settled: str) -> None:
    visitor.come_home(settled)
    visitor.picture("list")
    visitor.from_menu("Zora New", "Disconnect")
    visitor.picture("disconnect-asked")
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_role("link", name="Details of Ada's Loom").first.click()
    expect(visitor.page.get_by_role("slider")).not_to_have_count(0)
    visitor.picture("account")
    visitor.page.get_by_role("link", name="Publish").click()
    visitor.picture("picker")


@widths
def test_the_way_in(visitor: Visitor) -> None:
    visitor.page.goto(visitor.stack.base)
    visitor.button("Sign in").wait_for()
    visitor.picture("welcome")
    visitor.sign_in()
    expect(visitor.heading("No account yet")).to_be_visible()
    visitor.picture("no-account")
    visitor.button("Connect account").click()
    visitor.picture("platforms")
    visitor.button("Mastodon").click()
    expect(visitor.page.get_by_label("Server")).to_be_focused()
    visitor.picture("server-asked")
    visitor.button("Back").click()
    visitor.button("Bluesky").click()
    visitor.picture("app-password-asked")
    visitor.button("Connect", exact=True).click()
    visitor.picture("form-incomplete")
    visitor.button("Close").click()
    name = visitor.connect_bluesky("ada")
    visitor.picture("connected")
    visitor.finish_dialog()
    expect(visitor.card(name)).to_contain_text("Synced just now")
    visitor.picture("one-account")
    visitor.connect_bluesky("ada")
    visitor.picture("connected-already")


@widths
def test_the_way_over_a_platform(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.open_platform("Facebook")
    visitor.dialog.get_by_text("The exact permissions").click()
    visitor.picture("consent-explained")
    tab = visitor.leave_for_consent("Continue to Facebook")
    expect(visitor.heading("Waiting for Facebook")).to_be_visible()
    visitor.picture("consent-awaited")
    visitor.page.reload()
    expect(visitor.heading("Waiting for Facebook")).to_be_visible()
    visitor.picture("consent-resumed")
    tab.locator("input[name=person][value=salma]").check()
    tab.locator("form button").first.click()
    tab.get_by_role("heading", name="One more step").wait_for()
    visitor.picture("landing-choose", tab)
    expect(visitor.heading("Which accounts?")).to_be_visible()
    visitor.picture("identities")
    visitor.button("Cancel").click()
    visitor.open_platform("Pinterest")
    visitor.page.evaluate("window.open = () => null")
    visitor.button("Continue to Pinterest").click()
    expect(visitor.page.get_by_role("link", name="Open Pinterest")).to_be_visible()
    visitor.picture("tab-blocked")
    with visitor.context.expect_page() as opening:
        visitor.page.get_by_role("link", name="Open Pinterest").click()
    opening.value.locator("form button").nth(1).click()
    opening.value.get_by_role("heading", name="The account was not connected").wait_for()
    visitor.picture("landing-failed", opening.value)
    expect(visitor.heading("That did not work")).to_be_visible()
    visitor.picture("not-connected")


@widths
def test_a_first_sync_that_takes_its_time(visitor: Visitor) -> None:
    town.bad_day(visitor.stack, "bluesky", "bruno", call="getAuthorFeed", kind="slow", seconds=8, times=2)
    visitor.sign_in()
    name = visitor.connect_bluesky("bruno")
    visitor.finish_dialog()
    expect(visitor.card(name)).to_contain_text("First sync: Syncing…")
    assert visitor.page.evaluate("document.getAnimations().length") == 0  # this reader wants less motion
    visitor.picture("first-sync")
    expect(visitor.card(name)).to_contain_text("Synced just now")


@widths
def test_the_way_out(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.connect_pinterest("noor")
    visitor.finish_dialog()
    name = visitor.sandbox_person("pinterest", "noor")["name"]
    visitor.lose_access("pinterest", "noor")
    visitor.button(f"Reconnect {name}").click()
    visitor.picture("reconnect-explained")
    tab = visitor.leave_for_consent()
    tab.locator("input[name=person][value=ada]").check()
    tab.locator("form button").first.click()
    expect(visitor.heading("That is another account")).to_be_visible()
    visitor.picture("another-account")
    visitor.button(re.compile("^Try again as")).click()
    visitor.button("Cancel").click()
    visitor.from_menu(name, "Disconnect")
    expect(visitor.dialog).to_contain_text("sync record")
    visitor.picture("disconnect-asked")
    visitor.page.keyboard.press("Escape")
    who = visitor.connect_bluesky("zora")
    visitor.finish_dialog()
    expect(visitor.card(who)).to_contain_text("Synced just now")
    town.bad_day(visitor.stack, "bluesky", "zora", call="deleteSession", kind="slow", seconds=8)
    visitor.from_menu(who, "Disconnect")
    visitor.button("Disconnect and delete data").click()
    expect(visitor.heading(f"Disconnecting {who}")).to_be_visible()
    visitor.picture("disconnecting")
    expect(visitor.heading(f"{who} on Bluesky is disconnected")).to_be_visible()
    visitor.picture("disconnected")


@widths
def test_the_way_out_of_an_access_that_others_use(visitor: Visitor) -> None:
    others = [gallery.an_account(16, display_name="Bruno Bakes"), gallery.an_account(26, display_name="Noor Ceramics")]
    gallery.lay_over(visitor.page, [gallery.an_account(6), *others])
    receipt = gallery.a_receipt(6, platform_revocation="shared_grant")
    preview = gallery.a_preview(shares_with=[account["account_id"] for account in others])
    gallery.lay_over_a_disconnect(visitor.page, 6, preview, receipt)
    visitor.sign_in()
    visitor.from_menu("Little Gallery", "Disconnect")
    expect(visitor.dialog).to_contain_text("will go on working")
    visitor.picture("disconnect-asked-shared")
    visitor.button("Disconnect and delete data").click()
    expect(visitor.heading("Little Gallery on Facebook is disconnected")).to_be_visible()
    visitor.picture("disconnected-shared")
    visitor.dialog.locator("summary").click()
    visitor.picture("disconnected-shared-steps")


@widths
def test_a_reconnect_that_ended_with_several_others(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(6), gallery.an_account(16, display_name="Bruno Bakes")])
    error = {"code": "identity_mismatch", "message": "", "expected": "littlegallery", "got": "page1, page2"}
    candidates = [gallery.a_candidate(1), gallery.a_candidate(2, connected=True), gallery.a_candidate(3)]
    choice = gallery.a_connection("choose", platform="facebook", error=error, candidates=candidates)
    visitor.page.route("**/connections/con_1", lambda route: route.fulfill(json=choice))
    visitor.sign_in("/?resume=con_1")
    expect(visitor.heading("That is another account")).to_be_visible()
    visitor.picture("other-accounts")
    visitor.page.get_by_label("Page 3").check()
    visitor.picture("other-accounts-chosen")


@widths
def test_what_cannot_be_reached(visitor: Visitor) -> None:
    visitor.page.route("**/accounts?**", lambda route: route.abort())
    visitor.sign_in()
    expect(visitor.heading("Your accounts could not be loaded")).to_be_visible()
    visitor.picture("could-not-load")
    visitor.page.unroute("**/accounts?**")
    visitor.page.route("**/platforms", lambda route: route.abort())
    visitor.page.reload()
    expect(visitor.heading("No account yet")).to_be_visible()  # accounts can be seen without the platforms
    visitor.page.route("**/config", lambda route: route.abort())
    visitor.page.reload()
    expect(visitor.page.get_by_text("The sign-in service could not be reached")).to_be_visible()
    visitor.picture("signed-out")


def test_pictures_would_tell_of_a_page_that_scrolls_sideways(visitor: Visitor) -> None:
    visitor.page.goto(visitor.stack.base)
    visitor.button("Sign in").wait_for()
    visitor.page.evaluate("document.querySelector('h1').append('w'.repeat(10))")
    visitor.page.evaluate("document.querySelector('h1').style.minWidth = '2000px'")
    assert visitor.page.evaluate(OVERFLOW) > 0
    with pytest.raises(AssertionError, match="it scrolls sideways"):
        visitor.picture("too-wide")


def test_the_town_is_in_every_condition(stack: Stack, settled: str) -> None:
    accounts = {each["platform"]: each for each in stack.person(settled).get("/accounts?limit=100").json()["accounts"]}
    assert {each["status"] for each in accounts.values()} == {"connected", "needs_sync", "connection_error"}
    assert accounts["bluesky"]["follower_count"] is None and accounts["pinterest"]["follower_count"] == 0
