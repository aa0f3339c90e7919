"""An account that is gone: one is told so, and is not left at an address that leads nowhere."""

import re

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

WORDS = "That account is no longer connected."
NOT_FOUND = {"code": "not_found", "detail": "No such account."}


def open_at(visitor: Visitor, account_id: str) -> list[gallery.Json]:
    visitor.page.clock.install()
    accounts = [gallery.an_account(number) for number in range(3)]
    gallery.lay_over(visitor.page, accounts)
    visitor.sign_in(f"/#/accounts/{account_id}")
    return accounts


def is_told(visitor: Visitor) -> None:
    expect(visitor.page.locator(".said")).to_contain_text(WORDS)
    expect(visitor.said(WORDS)).to_be_attached()
    expect(visitor.page).to_have_url(re.compile("/#?$"))


def test_whoever_follows_a_link_to_it_is_told_in_the_list(visitor: Visitor) -> None:
    open_at(visitor, "acc_nope")
    expect(visitor.page.get_by_role("article")).to_have_count(3)
    is_told(visitor)
    visitor.button("Dismiss").click()
    expect(visitor.page.get_by_text(WORDS, exact=True).locator("visible=true")).to_have_count(0)


def test_whoever_is_on_its_page_is_told_in_the_list(visitor: Visitor) -> None:
    accounts = open_at(visitor, "acc_0001")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Bruno Bakes")
    del accounts[1]
    visitor.look_again()
    expect(visitor.page.get_by_role("article")).to_have_count(2)
    is_told(visitor)


def test_an_answer_from_before_it_went_does_not_bring_it_back(visitor: Visitor) -> None:
    accounts = open_at(visitor, "acc_0001")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Bruno Bakes")
    held = gallery.hold(visitor.page, "**/accounts/acc_0001")
    visitor.page.route("**/accounts/acc_0001/**", lambda route: route.fulfill(status=404, json=NOT_FOUND))
    visitor.from_menu("Bruno Bakes", "Export")
    with visitor.page.expect_request("**/accounts/acc_0001"):
        visitor.button("CSV file").click()
    visitor.page.keyboard.press("Escape")
    del accounts[1]
    visitor.look_again()
    is_told(visitor)
    with visitor.page.expect_response("**/accounts/acc_0001"):
        held[0].fulfill(json=gallery.an_account(1))
    expect(visitor.page.get_by_role("article")).to_have_count(2)
    visitor.page.clock.run_for(1000)
    expect(visitor.page.get_by_role("article")).to_have_count(2)


def open_list(visitor: Visitor) -> list[gallery.Json]:
    """Three accounts, which others than this tab may disconnect."""
    accounts = [gallery.an_account(number) for number in range(3)]
    gallery.lay_over(visitor.page, accounts)
    visitor.sign_in()
    expect(visitor.page.get_by_role("article")).to_have_count(3)
    return accounts


def disconnect_elsewhere(visitor: Visitor, number: int) -> None:
    """In another tab; from now on whatever is asked of the account is a 404."""
    gone = {"status": 404, "json": NOT_FOUND}
    for path in (f"**/accounts/acc_{number:04}", f"**/accounts/acc_{number:04}/**"):
        visitor.page.route(path, lambda route: route.fulfill(**gone))


def is_told_of(visitor: Visitor, name: str) -> None:
    words = f"{name} is no longer connected."
    expect(visitor.page.locator(".said")).to_contain_text(words)
    expect(visitor.said(words)).to_be_attached()
    expect(visitor.page.get_by_role("article")).to_have_count(2)


def test_whoever_syncs_it_from_the_list_is_told_why_its_card_goes(visitor: Visitor) -> None:
    open_list(visitor)
    disconnect_elsewhere(visitor, 1)
    visitor.button("Sync Bruno Bakes").click()
    is_told_of(visitor, "Bruno Bakes on YouTube")


def test_whoever_syncs_all_is_told_that_one_is_gone(visitor: Visitor) -> None:
    open_list(visitor)
    visitor.page.route("**/sync", lambda route: route.fulfill(status=202, json=gallery.a_run(0, "waiting")))
    disconnect_elsewhere(visitor, 1)
    visitor.button("Sync all").click()
    words = "Syncing 2 accounts. Skipped 1: 1 no longer connected."
    expect(visitor.page.locator(".said")).to_contain_text(words)
    expect(visitor.page.get_by_role("article")).to_have_count(2)


def test_whoever_opens_its_page_is_led_back_to_the_list_and_told(visitor: Visitor) -> None:
    open_list(visitor)
    disconnect_elsewhere(visitor, 1)
    visitor.page.get_by_role("link", name="Details of Bruno Bakes").click()
    is_told(visitor)
    expect(visitor.page.get_by_role("article")).to_have_count(2)


def test_whoever_exports_it_is_told_that_it_is_gone_and_not_that_there_is_no_export(visitor: Visitor) -> None:
    open_list(visitor)
    disconnect_elsewhere(visitor, 1)
    visitor.from_menu("Bruno Bakes", "Export")
    visitor.button("CSV file").click()
    expect(visitor.dialog.get_by_role("alert")).to_have_text("Bruno Bakes on YouTube is no longer connected.")
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.get_by_role("article")).to_have_count(2)


def test_whoever_exports_it_while_it_is_being_disconnected_is_told_so(visitor: Visitor) -> None:
    accounts = open_list(visitor)
    accounts[1]["status"] = "disconnecting"
    visitor.page.route("**/export?**", lambda route: route.fulfill(status=404, json=NOT_FOUND))
    visitor.from_menu("Bruno Bakes", "Export")
    visitor.button("CSV file").click()
    expect(visitor.dialog.get_by_role("alert")).to_have_text("This account is being disconnected.")
    accounts[1]["status"] = "connected"


def test_whoever_reconnects_it_can_connect_it_anew(visitor: Visitor) -> None:
    open_list(visitor)
    disconnect_elsewhere(visitor, 1)
    visitor.from_menu("Bruno Bakes", "Reconnect")
    with visitor.context.expect_page():
        visitor.button("Continue to YouTube").click()
    expect(visitor.heading("Connect YouTube")).to_be_visible()
    expect(visitor.dialog.get_by_role("alert")).to_have_text("Bruno Bakes on YouTube is no longer connected.")
    begun = {"connection_id": "con_1", "authorize_url": visitor.stack.base, "expires_at": gallery.an_hour(1 / 6)}
    with visitor.page.expect_request("**/connections") as sent:
        visitor.page.route("**/connections", lambda route: route.fulfill(status=201, json=begun))
        visitor.button("Continue to YouTube").click()
    assert sent.value.post_data_json == {"platform": "youtube"}
