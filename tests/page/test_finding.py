"""Filters, and what acts on the accounts that they show."""

from collections.abc import Iterator

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
    expect(visitor.button("Show them")).to_be_visible()
    visitor.page.evaluate(TYPE_AND_SHOW_AT_ONCE)
    visitor.page.clock.fast_forward(1000)
    expect(visitor.page.get_by_label("Search accounts")).to_have_value("")
    expect(visitor.page.get_by_role("article")).to_have_count(2)


TURNED_AWAY = {"status": 429, "json": {"message": "Too Many Requests"}}


def answer_syncs(visitor: Visitor, turned_away: Iterator[gallery.Json]) -> list[str]:
    """Every sync begins, but first the gateway turns some away. The accounts asked for, in order."""
    asked: list[str] = []

    def begin(route: sync_api.Route) -> None:
        asked.append(route.request.url.removesuffix("/sync")[-8:])
        run = gallery.a_run(int(asked[-1][-4:]), "running")
        route.fulfill(**next(turned_away, {"status": 202, "json": run}))

    visitor.page.route("**/accounts/*/sync", begin)
    visitor.page.route(
        "**/runs/*", lambda route: route.fulfill(json=gallery.a_run(int(route.request.url[-4:]), "running"))
    )
    return asked


def test_what_the_gateway_turns_away_is_asked_for_again(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(6)])
    later = TURNED_AWAY | {"headers": {"retry-after": "1"}}
    asked = answer_syncs(visitor, iter([TURNED_AWAY, TURNED_AWAY, later]))
    visitor.sign_in()
    visitor.button("Sync all").click()
    expect(visitor.page.locator(".said")).to_have_text("Syncing 6 accounts.")
    assert len(asked) == 6 + 3 and len(set(asked)) == 6


def test_syncing_what_is_shown_says_so_and_syncs_nothing_else(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(20)])
    asked = answer_syncs(visitor, iter(()))
    visitor.sign_in()
    expect(visitor.button("Sync all")).to_be_visible()
    visitor.page.get_by_label("Search accounts").fill("noor")
    visitor.button("Sync 2 shown").click()
    expect(visitor.said("Of the 2 accounts shown, syncing what can be synced.")).to_be_attached()
    expect(visitor.page.locator(".said")).to_have_text("Syncing 2 accounts.")
    assert sorted(asked) == ["acc_0002", "acc_0012"]
    visitor.page.get_by_label("Search accounts").fill("")
    expect(visitor.button("Sync all")).to_be_visible()


def test_a_button_that_is_at_work_keeps_the_focus(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(3)])
    held = gallery.hold(visitor.page, "**/accounts/*/sync")
    visitor.sign_in()
    with visitor.page.expect_request("**/accounts/*/sync"):
        visitor.button("Sync all").press("Enter")
    expect(visitor.button("Sync all")).to_be_focused()
    visitor.button("Sync all").press("Enter")
    visitor.catch_up()
    for route in held:
        route.fulfill(status=429, json={"code": "just_synced", "detail": "A moment ago."})
    expect(visitor.page.locator(".said")).to_contain_text("Skipped 3")
    expect(visitor.button("Sync all")).to_be_focused()
    assert len(held) == 3


def test_a_button_that_saves_a_file_keeps_the_focus(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(8)])
    held = gallery.hold(visitor.page, "**/export?**")
    visitor.sign_in()
    visitor.from_menu("Pia Keller", "Export")
    with visitor.page.expect_request("**/export?**"):
        visitor.button("CSV file").press("Enter")
    expect(visitor.button("CSV file")).to_be_focused()
    expect(visitor.button("JSON Lines file")).to_be_disabled()
    held[0].fulfill(body="kind,date,value\n")
    expect(visitor.dialog.get_by_text("Saved, ")).to_be_visible()
    expect(visitor.button("CSV file")).to_be_focused()


def test_sync_all_without_network_does_not_say_that_there_is_nothing_to_sync(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.waiting(2, 5), gallery.an_account(0), gallery.an_account(1)])
    visitor.page.route("**/sync", lambda route: route.abort("internetdisconnected"))
    visitor.sign_in()
    visitor.button("Sync all").click()
    words = (
        "No sync could be started. Skipped 3: 1 waiting for the platform and 2 because the server could not be reached."
    )
    expect(visitor.page.locator(".said")).to_contain_text(words)
