"""Disconnecting, in a real browser."""

import re

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page


def test_a_disconnect_is_asked_for_with_the_focus_on_cancel(visitor: Visitor) -> None:
    visitor.sign_in()
    name = visitor.connect_bluesky("ada")
    visitor.finish_dialog()
    visitor.from_menu(name, "Disconnect")
    visitor.is_at("Cancel")
    visitor.page.keyboard.press("Enter")
    expect(visitor.dialog).to_have_count(0)
    expect(visitor.button(f"More for {name}")).to_be_focused()
    expect(visitor.card(name)).to_be_visible()


def test_a_disconnect_ends_with_what_was_deleted_and_the_last_step_on_the_platform(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.connect_pinterest("salma")
    visitor.finish_dialog()
    name = visitor.sandbox_person("pinterest", "salma")["name"]
    expect(visitor.card(name)).to_contain_text("Synced just now")
    visitor.page.get_by_role("link", name=f"Details of {name}").click()
    expect(visitor.come_to("Diary")).to_contain_text("Connected.")
    expect(visitor.come_to("History of syncs")).to_contain_text("After connecting")
    visitor.page.get_by_role("link", name="All accounts").click()
    visitor.from_menu(name, "Disconnect")
    expect(visitor.dialog).to_contain_text("posts with their numbers")
    with visitor.page.expect_download() as saving:
        visitor.button("JSON Lines file").click()
    assert saving.value.path().read_text().startswith("{")
    visitor.button("Disconnect and delete data").click()
    expect(visitor.heading(f"{name} on Pinterest is disconnected")).to_be_visible()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.button("Copy receipt").click()
    expect(visitor.button("Copied")).to_be_visible()
    receipt = visitor.page.evaluate("navigator.clipboard.readText()")
    assert f"Disconnected: {name} on Pinterest" in receipt and "1. " in receipt
    expect(visitor.heading("Last step, on Pinterest")).to_be_visible()
    expect(visitor.dialog).to_contain_text("posts")
    expect(visitor.dialog).to_contain_text("no way to revoke it for you")
    expect(visitor.dialog.get_by_role("listitem")).not_to_have_count(0)
    link = visitor.dialog.get_by_role("link", name="Open Pinterest")
    assert (link.get_attribute("href") or "").startswith("https://www.pinterest.com/")
    visitor.finish_dialog()
    expect(visitor.heading("No account yet")).to_be_visible()


def test_an_account_that_is_being_disconnected_shows_its_receipt_again(visitor: Visitor) -> None:
    visitor.sign_in()
    name = visitor.connect_bluesky("zora")
    visitor.finish_dialog()
    visitor.stack.anyone().post(
        "/_sandbox/faults", json={"platform": "bluesky", "person": "zora", "call": "deleteSession", "kind": "slow"}
    )
    visitor.from_menu(name, "Disconnect")
    visitor.button("Disconnect and delete data").click()
    expect(visitor.heading(f"Disconnecting {name}")).to_be_visible()
    visitor.button("Close", exact=True).last.click()
    expect(visitor.card(name)).to_contain_text("Disconnecting")
    visitor.button(f"Show progress of disconnecting {name}").click()
    expect(visitor.heading(f"{name} on Bluesky is disconnected")).to_be_visible()


THE_OTHERS = "Bruno Bakes on Facebook and Noor Ceramics on Facebook"


def ask_to_disconnect_a_page(visitor: Visitor, outcome: str, shares_with: list[str]) -> None:
    """Of three Facebook Pages and an account on X, none of which the real stack knows."""
    names = ("Little Gallery", "Bruno Bakes", "Noor Ceramics")
    pages = [gallery.an_account(6 + 10 * number, display_name=name) for number, name in enumerate(names)]
    gallery.lay_over(visitor.page, [*pages, gallery.an_account(8)])
    receipt = gallery.a_receipt(6, platform_revocation=outcome)
    gallery.lay_over_a_disconnect(visitor.page, 6, gallery.a_preview(shares_with=shares_with), receipt)
    visitor.sign_in()
    visitor.from_menu("Little Gallery", "Disconnect")
    expect(visitor.dialog).to_contain_text("12 posts with their numbers")


@pytest.mark.parametrize("outcome", ["shared_grant", "not_offered"])
def test_nobody_is_urged_to_a_step_that_cuts_off_accounts_they_keep(visitor: Visitor, outcome: str) -> None:
    ask_to_disconnect_a_page(visitor, outcome, ["acc_0016", "acc_0026"])
    expect(visitor.dialog).to_contain_text(f"{THE_OTHERS} use the same access and will go on working.")
    expect(visitor.dialog).not_to_contain_text("ends our access")
    visitor.button("Disconnect and delete data").click()
    expect(visitor.heading("Little Gallery on Facebook is disconnected")).to_be_visible()
    expect(visitor.heading("Last step, on Facebook")).to_have_count(0)
    expect(visitor.dialog.get_by_role("listitem")).to_have_count(0)
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.button("Copy receipt").click()
    expect(visitor.button("Copied")).to_be_visible()
    receipt = visitor.page.evaluate("navigator.clipboard.readText()")
    visitor.dialog.get_by_text("Only if you want to end our whole access to Facebook").click()
    expect(visitor.dialog.get_by_role("listitem").first).to_be_visible()
    warning = f"These steps end our access for every account that uses it: {THE_OTHERS}."
    expect(visitor.dialog).to_contain_text(warning)
    assert warning in receipt and "Last step" not in receipt


def test_a_last_step_says_whom_it_may_cost_their_access(visitor: Visitor) -> None:
    ask_to_disconnect_a_page(visitor, "not_offered", [])
    expect(visitor.dialog).to_contain_text("This ends our access to Facebook and deletes, for good:")
    said = visitor.dialog.locator(".announcer > p")
    expect(said).to_contain_text("deletes, for good: 30 days of numbers")
    expect(said).to_contain_text("12 posts with their numbers, 4 sync records, 2 diary entries, and the stored access.")
    expect(visitor.dialog).to_have_accessible_description(re.compile("12 posts with their numbers"))
    visitor.button("Disconnect and delete data").click()
    expect(visitor.heading("Last step, on Facebook")).to_be_visible()
    expect(visitor.dialog).to_contain_text(f"If you connected {THE_OTHERS} with the same sign-in, this")


def let_go(visitor: Visitor) -> list[sync_api.Route]:
    """Little Gallery is being disconnected, in a dialog; answers the calls that read the receipt, which wait."""
    gallery.lay_over(visitor.page, [gallery.an_account(6), gallery.an_account(8)])
    gallery.lay_over_a_disconnect(visitor.page, 6, gallery.a_preview(), gallery.a_receipt(6, state="erasing"))
    held = gallery.hold(visitor.page, "**/receipts/*")
    visitor.sign_in()
    visitor.from_menu("Little Gallery", "Disconnect")
    with visitor.page.expect_request("**/receipts/*"):
        visitor.button("Disconnect and delete data").click()
    expect(visitor.heading("Disconnecting Little Gallery")).to_be_visible()
    return held


@pytest.mark.parametrize("visitor", [{"width": 320}, {"width": 1280}], indirect=True)
def test_whoever_closes_the_dialog_is_told_the_end_and_can_open_the_receipt(visitor: Visitor) -> None:
    held = let_go(visitor)
    visitor.page.keyboard.press("Escape")
    expect(visitor.dialog).to_have_count(0)
    held[0].fulfill(json=gallery.a_receipt(6))
    expect(visitor.said("Little Gallery on Facebook is disconnected and its data is deleted.")).to_be_attached()
    expect(visitor.card("Little Gallery")).to_have_count(0)
    visitor.button("Show receipt").click()
    expect(visitor.heading("Little Gallery on Facebook is disconnected")).to_be_visible()
    expect(visitor.heading("Last step, on Facebook")).to_be_visible()
    visitor.picture("receipt-again")
    visitor.finish_dialog()
    expect(visitor.button("Show receipt")).to_be_focused()
    visitor.picture("disconnected-notice")
    visitor.button("Dismiss").click()
    expect(visitor.page.locator(".said")).to_be_empty()
    expect(visitor.heading("Accounts")).to_be_focused()


def test_a_receipt_that_cannot_be_read_for_a_while_is_shown_all_the_same(visitor: Visitor) -> None:
    visitor.page.clock.install()
    held = let_go(visitor)
    answers: list[gallery.Json] = []
    visitor.page.route("**/receipts/*", lambda route: route.fulfill(json=answers[0]) if answers else route.abort())
    held[0].abort()
    for _ in range(8):
        visitor.catch_up()
        visitor.page.clock.fast_forward(40_000)
    expect(visitor.dialog).to_contain_text("The progress cannot be read at the moment.")
    visitor.button("Close", exact=True).last.click()
    expect(visitor.card("Little Gallery")).to_contain_text("The progress cannot be read at the moment.")
    answers.append(gallery.a_receipt(6))
    visitor.page.clock.fast_forward(60_000)
    expect(visitor.button("Show receipt")).to_be_visible()


def test_a_disconnect_that_fails_behind_a_closed_dialog_is_said_on_the_card(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(6), gallery.an_account(8)])
    visitor.sign_in()
    visitor.from_menu("Little Gallery", "Disconnect")
    held = gallery.hold(visitor.page, "**/accounts/acc_0006")
    with visitor.page.expect_request("**/accounts/acc_0006"):
        visitor.button("Disconnect and delete data").click()
    visitor.page.keyboard.press("Escape")
    expect(visitor.dialog).to_have_count(0)
    expect(visitor.card("Little Gallery")).to_contain_text("Disconnecting…")
    held[0].fulfill(status=500, json={"code": "internal_error", "detail": "It broke."})
    expect(visitor.card("Little Gallery")).to_contain_text("Something went wrong on our side. Please try again.")
    expect(visitor.card("Little Gallery")).not_to_contain_text("Disconnecting…")
    expect(visitor.said("Little Gallery on Facebook: Something went wrong on our side.")).to_be_attached()


def test_the_end_of_a_disconnect_that_was_begun_before_the_page_was_loaded_is_told(visitor: Visitor) -> None:
    visitor.page.clock.install()
    accounts = [gallery.an_account(6, status="disconnecting"), gallery.an_account(8)]
    gallery.lay_over(visitor.page, accounts)
    visitor.sign_in()
    expect(visitor.card("Little Gallery")).to_contain_text("Disconnecting")
    gone = {"code": "not_found", "detail": "No such account."}
    visitor.page.route("**/accounts/acc_0006", lambda route: route.fulfill(status=404, json=gone))
    visitor.page.clock.fast_forward("00:04")
    expect(visitor.said("Little Gallery on Facebook is disconnected and its data is deleted.")).to_be_attached()
    expect(visitor.page.locator(".said")).to_contain_text(
        "Little Gallery on Facebook is disconnected and its data is deleted."
    )


def test_an_account_that_is_leaving_shows_nothing_of_a_sync(visitor: Visitor) -> None:
    accounts = [gallery.an_account(6, current_run=gallery.a_run(6, "running")), gallery.an_account(8)]
    gallery.lay_over(visitor.page, accounts)
    gallery.lay_over_a_disconnect(visitor.page, 6, gallery.a_preview(), gallery.a_receipt(6, state="erasing"))
    gallery.hold(visitor.page, "**/receipts/*")
    runs = gallery.hold(visitor.page, "**/runs/*")
    visitor.sign_in()
    expect(visitor.card("Little Gallery").get_by_role("progressbar")).to_have_count(1)
    visitor.from_menu("Little Gallery", "Disconnect")
    visitor.button("Disconnect and delete data").click()
    expect(visitor.heading("Disconnecting Little Gallery")).to_be_visible()
    accounts[0]["status"] = "disconnecting"
    runs[0].fulfill(json=gallery.a_run(6, "running"))
    visitor.button("Close", exact=True).last.click()
    visitor.catch_up()
    expect(visitor.card("Little Gallery")).to_contain_text("Disconnecting")
    expect(visitor.card("Little Gallery").get_by_role("progressbar")).to_have_count(0)


def test_what_was_said_of_a_sync_goes_when_the_account_is_disconnected(visitor: Visitor) -> None:
    accounts = [gallery.an_account(6), gallery.an_account(8)]
    gallery.lay_over(visitor.page, accounts)
    visitor.page.route("**/sync", lambda route: route.fulfill(status=202, json=gallery.a_run(6, "queued")))
    visitor.page.route("**/runs/*", lambda route: route.fulfill(json=gallery.a_run(6, "succeeded")))
    gallery.lay_over_a_disconnect(visitor.page, 6, gallery.a_preview(), gallery.a_receipt(6, state="erasing"))
    gallery.hold(visitor.page, "**/receipts/*")
    visitor.sign_in()
    visitor.button("Sync Little Gallery").click()
    expect(visitor.card("Little Gallery")).to_contain_text("Everything is up to date.")
    accounts[0]["status"] = "disconnecting"
    visitor.from_menu("Little Gallery", "Disconnect")
    visitor.button("Disconnect and delete data").click()
    expect(visitor.heading("Disconnecting Little Gallery")).to_be_visible()
    visitor.page.keyboard.press("Escape")
    expect(visitor.card("Little Gallery")).to_contain_text("Disconnecting")
    expect(visitor.card("Little Gallery")).not_to_contain_text("Everything is up to date.")


@pytest.mark.parametrize("visitor", [{"timezone": "America/New_York"}], indirect=True)
def test_a_platforms_day_is_the_same_day_in_every_time_zone(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(6), gallery.an_account(8)])
    preview = gallery.a_preview(first_day="2026-10-02")
    gallery.lay_over_a_disconnect(visitor.page, 6, preview, gallery.a_receipt(6))
    visitor.sign_in()
    visitor.from_menu("Little Gallery", "Disconnect")
    expect(visitor.dialog).to_contain_text("30 days of numbers, since 2 October 2026")


def test_where_the_platform_takes_nothing_back_it_says_who_can(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(0)])
    gallery.lay_over_a_disconnect(visitor.page, 0, gallery.a_preview(revokes="nothing"), gallery.a_receipt(0))
    visitor.sign_in()
    visitor.from_menu("Ada's Loom", "Disconnect")
    expect(visitor.dialog).to_contain_text("This ends our access to Instagram and deletes, for good:")
    expect(visitor.dialog).to_contain_text("Instagram goes on listing our permission, which only you can take back;")
    expect(visitor.dialog.get_by_role("banner")).to_have_count(0)  # the page has one, and a dialog is no other page
