"""What cannot be read for a while: what is shown all the same, and how the rest comes back. On laid-over answers."""

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

PARTS = ("metrics", "posts", "runs", "events")


def lose_network(visitor: Visitor) -> None:
    for what in PARTS:
        visitor.page.route(f"**/accounts/*/{what}?**", lambda route: route.abort())


def find_network(visitor: Visitor) -> None:
    for what in PARTS:
        visitor.page.unroute(f"**/accounts/*/{what}?**")
    gallery.lay_over_past(visitor.page, "posts", [gallery.a_post(0)], 100)
    gallery.lay_over_past(visitor.page, "runs", [gallery.a_run(0, "succeeded")], 10)
    gallery.lay_over_past(visitor.page, "events", [], 10)
    visitor.page.route("**/metrics?**", lambda route: route.fulfill(json=gallery.a_month()))


@pytest.mark.parametrize("by_itself", [True, False], ids=["by itself", "when asked"])
def test_what_an_account_page_could_not_read_is_read_when_the_network_is_back(
    visitor: Visitor, by_itself: bool
) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(0)])
    lose_network(visitor)
    visitor.sign_in("/#/accounts/acc_0000")
    visitor.come_to("Diary")
    expect(visitor.button("Try again")).to_have_count(len(PARTS))
    find_network(visitor)
    if by_itself:
        visitor.page.evaluate("dispatchEvent(new Event('online'))")
    for left in range(len(PARTS) - 1, -1, -1):
        if not by_itself:
            visitor.button("Try again").first.click()
            expect(visitor.button("Try again")).to_have_count(left)
    expect(visitor.button("Try again")).to_have_count(0)
    expect(visitor.page.get_by_role("slider")).not_to_have_count(0)
    expect(visitor.page.locator("#section-posts")).to_contain_text("Post 0")
    expect(visitor.page.locator("#section-history")).to_contain_text("Everything is up to date.")


def test_what_was_read_when_asked_is_not_read_once_more(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(0)])
    lose_network(visitor)
    visitor.sign_in("/#/accounts/acc_0000")
    visitor.come_to("Diary")
    find_network(visitor)
    visitor.page.locator("#section-posts").get_by_role("button", name="Try again").click()
    expect(visitor.page.locator("#section-posts")).to_contain_text("Post 0")
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    expect(visitor.button("Try again")).to_have_count(0)
    assert sorted(what for what in PARTS for url in asked if f"/{what}?" in url) == ["events", "metrics", "runs"]


def test_a_list_that_could_not_be_loaded_is_loaded_when_the_network_is_back(visitor: Visitor) -> None:
    visitor.page.route("**/accounts?**", lambda route: route.abort())
    visitor.sign_in()
    expect(visitor.heading("Your accounts could not be loaded")).to_be_visible()
    gallery.lay_over(visitor.page, [gallery.an_account(0)])
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    expect(visitor.page.get_by_role("article")).to_have_count(1)


def test_accounts_are_shown_while_nothing_is_known_of_their_platforms(visitor: Visitor) -> None:
    visitor.page.clock.install()
    broken = gallery.reason("token_revoked", "Access was taken away.", "reconnect")
    accounts = [gallery.an_account(1, status="connection_error", status_reason=broken), gallery.an_account(2)]
    gallery.lay_over(visitor.page, accounts)
    visitor.page.route("**/platforms", lambda route: route.fulfill(status=503, json={"message": "Unavailable"}))
    visitor.sign_in()
    card = visitor.card("Bruno Bakes")
    expect(card).to_contain_text("Youtube no longer accepts our access.")
    visitor.button("Reconnect Bruno Bakes").click()
    expect(visitor.dialog).to_contain_text("The list of platforms could not be loaded.")
    visitor.page.unroute("**/platforms")
    visitor.button("Try again").click()
    expect(visitor.button("Continue to YouTube")).to_be_focused()
    visitor.page.keyboard.press("Escape")
    visitor.look_again()
    expect(card).to_contain_text("YouTube no longer accepts our access.")


def test_a_platform_can_be_chosen_once_the_platforms_are_known(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [])
    visitor.page.route("**/platforms", lambda route: route.abort())
    visitor.sign_in()
    visitor.button("Connect account").click()
    expect(visitor.dialog).to_contain_text("The list of platforms could not be loaded.")
    visitor.page.unroute("**/platforms")
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    expect(visitor.dialog.get_by_role("button", name="Bluesky")).to_be_visible()
