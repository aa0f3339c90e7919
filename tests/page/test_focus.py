"""Where the focus goes when what it was on is taken away or hidden: never to nowhere."""

import re

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page


def broken(number: int) -> gallery.Json:
    why = gallery.reason("token_revoked", "Access was taken away.", "reconnect")
    return gallery.an_account(number, status="connection_error", status_reason=why)


def is_at_the_list(visitor: Visitor) -> None:
    expect(visitor.page.get_by_role("heading", name="Accounts", exact=True)).to_be_focused()


def test_it_goes_back_to_the_list_from_a_disconnect_under_way_which_hides_the_menu_it_came_from(
    visitor: Visitor,
) -> None:
    accounts = [gallery.an_account(number) for number in range(3)]
    gallery.lay_over(visitor.page, accounts)
    erasing = gallery.a_receipt(1, state="erasing", finished_at=None)
    gallery.lay_over_a_disconnect(visitor.page, 1, gallery.a_preview(), erasing)
    visitor.page.route("**/receipts/*", lambda route: route.fulfill(json=erasing))
    visitor.sign_in()
    visitor.from_menu("Bruno Bakes", "Disconnect")
    accounts[1]["status"] = "disconnecting"
    visitor.button("Disconnect and delete data").click()
    expect(visitor.heading("Disconnecting Bruno Bakes")).to_be_visible()
    visitor.page.keyboard.press("Escape")
    expect(visitor.dialog).to_have_count(0)
    is_at_the_list(visitor)


def test_it_goes_back_to_the_list_from_a_reconnect_after_which_the_filter_hides_the_card(visitor: Visitor) -> None:
    accounts = [broken(0), broken(1), gallery.an_account(2)]
    gallery.lay_over(visitor.page, accounts)
    begun = {"connection_id": "con_1", "authorize_url": visitor.stack.base, "expires_at": gallery.an_hour(1 / 6)}
    done = gallery.a_connection("done", accounts=[gallery.an_account(0)])
    visitor.page.route("**/reconnect", lambda route: route.fulfill(status=201, json=begun))
    visitor.page.route("**/connections/con_1", lambda route: route.fulfill(json=done))
    visitor.sign_in()
    visitor.button("2 connection errors").click()
    visitor.button("Reconnect Ada's Loom").click()
    visitor.button("Continue to Instagram").click()
    expect(visitor.dialog).to_contain_text("the access is fresh again")
    visitor.page.bring_to_front()
    visitor.finish_dialog()
    expect(visitor.page.get_by_role("article")).to_have_count(1)
    is_at_the_list(visitor)


def test_going_back_closes_the_dialog_of_the_page_that_is_left(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(2)])
    visitor.sign_in()
    visitor.page.get_by_role("link", name="Details of Bruno Bakes").click()
    visitor.from_menu("Bruno Bakes", "Disconnect")
    expect(visitor.button("Cancel")).to_be_focused()
    visitor.page.go_back()
    expect(visitor.page.get_by_role("article")).to_have_count(2)
    expect(visitor.dialog).to_have_count(0)
    expect(visitor.page.get_by_role("link", name="Bruno Bakes", exact=True)).to_be_focused()


def test_the_receipt_stays_when_the_page_of_its_account_goes(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(2)])
    gallery.lay_over_a_disconnect(visitor.page, 1, gallery.a_preview(), gallery.a_receipt(1))
    visitor.sign_in("/#/accounts/acc_0001")
    visitor.from_menu("Bruno Bakes", "Disconnect")
    visitor.button("Disconnect and delete data").click()
    expect(visitor.page.get_by_role("heading", name="Accounts", include_hidden=True)).to_be_attached()
    expect(visitor.heading("Bruno Bakes on YouTube is disconnected")).to_be_focused()


def test_it_goes_to_the_list_when_its_card_turns_out_to_be_of_an_account_that_is_gone(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(3)])
    gone = {"code": "not_found", "detail": "No such account."}
    visitor.page.route("**/accounts/acc_0001/sync", lambda route: route.fulfill(status=404, json=gone))
    visitor.sign_in()
    visitor.button("Sync Bruno Bakes").press("Enter")
    expect(visitor.page.get_by_role("article")).to_have_count(2)
    is_at_the_list(visitor)


def test_it_goes_to_the_list_with_the_button_that_shows_all_accounts_again(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(3)])
    visitor.sign_in()
    visitor.page.get_by_label("Search accounts").fill("nobody")
    visitor.button("Show all accounts").press("Enter")
    expect(visitor.page.get_by_role("article")).to_have_count(3)
    is_at_the_list(visitor)


def test_it_stays_in_a_card_whose_button_is_drawn_no_more(visitor: Visitor) -> None:
    visitor.page.clock.install()
    asks = gallery.reason("ok", "Up to date.", "reconnect")
    accounts = [gallery.an_account(0, status_reason=asks), gallery.an_account(1)]
    gallery.lay_over(visitor.page, accounts)
    visitor.sign_in()
    visitor.button("Reconnect Ada's Loom").focus()
    accounts[0]["status_reason"] = gallery.reason("ok", "Up to date.", "none")
    visitor.look_again()
    expect(visitor.button("Reconnect Ada's Loom")).to_have_count(0)
    expect(visitor.button("Sync Ada's Loom")).to_be_focused()


def test_it_goes_to_the_list_from_the_page_of_an_account_that_a_filter_hides(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(3)])
    visitor.sign_in("/?q=noor#/accounts/acc_0001")
    expect(visitor.page.get_by_role("heading", level=1)).to_be_focused()
    visitor.page.get_by_role("link", name="All accounts").press("Enter")
    expect(visitor.page.get_by_role("article")).to_have_count(1)
    is_at_the_list(visitor)


def test_it_goes_to_the_list_from_the_picker(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(3)])
    visitor.sign_in("/#/publish")
    visitor.page.get_by_role("link", name="All accounts").press("Enter")
    expect(visitor.page.get_by_role("article")).to_have_count(3)
    is_at_the_list(visitor)


def test_it_goes_to_the_list_that_could_not_be_read_at_first(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(3)])
    visitor.page.route("**/accounts?**", lambda route: route.abort(), times=1)
    visitor.sign_in()
    visitor.button("Try again").press("Enter")
    expect(visitor.page.get_by_role("article")).to_have_count(3)
    is_at_the_list(visitor)


def test_it_stays_on_a_chart_that_a_sync_draws_anew(visitor: Visitor) -> None:
    visitor.page.clock.install()
    accounts = [gallery.an_account(0)]
    unknown = dict.fromkeys(("impressions", "reach", "likes", "comments", "saves", "shares", "clicks", "views"))
    day = {"date": gallery.a_day(1), "followers": 7, "provisional": False} | unknown
    answer = {"days": [day], "growth": {"followers": None}}
    gallery.lay_over(visitor.page, accounts)
    for what in ("posts", "runs", "events"):
        gallery.lay_over_past(visitor.page, what, [], 10)
    visitor.page.route("**/metrics?**", lambda route: route.fulfill(json=answer))
    visitor.sign_in("/#/accounts/acc_0000")
    chart = visitor.page.get_by_role("slider", name="Followers by day")
    chart.focus()
    day["followers"] = 8
    accounts[0]["last_synced_at"] = gallery.an_hour(0)
    visitor.look_again()
    expect(chart).to_have_attribute("aria-valuetext", re.compile(": 8$"))
    expect(chart).to_be_focused()


def test_it_goes_to_the_section_that_a_menu_leads_to_again(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(0)])
    visitor.sign_in("/#/accounts/acc_0000")
    title = visitor.page.get_by_role("heading", name="History of syncs")
    for _ in range(2):
        visitor.from_menu("Ada's Loom", "History")
        expect(title).to_be_focused()


def test_it_stays_on_sign_in_when_that_does_not_work(visitor: Visitor) -> None:
    visitor.page.goto(visitor.stack.base)
    visitor.button("Sign in").wait_for()
    visitor.page.route("**/config", lambda route: route.fulfill(status=500, json={"code": "internal_error"}))
    visitor.button("Sign in").press("Enter")
    expect(visitor.page.get_by_text("The sign-in service could not be reached")).to_be_visible()
    expect(visitor.button("Sign in")).to_be_focused()
