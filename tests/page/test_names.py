"""What accounts are called where their names alone do not tell them apart."""

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

INSTAGRAM, THREADS = 0, 7  # both of Ada's Loom


def twin(**changes: str) -> gallery.Json:
    """Another account of Ada's Loom on Instagram."""
    return gallery.an_account(10, display_name="Ada's Loom", username="ada.two", **changes)


def test_one_name_on_two_platforms_is_called_by_the_platform_too(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(INSTAGRAM), gallery.an_account(THREADS)])
    gallery.lay_over_a_disconnect(visitor.page, THREADS, gallery.a_preview(), gallery.a_receipt(THREADS))
    run = gallery.a_run(THREADS, "succeeded")
    visitor.page.route("**/sync", lambda route: route.fulfill(status=202, json=run))
    visitor.page.route("**/runs/*", lambda route: route.fulfill(json=run))
    visitor.sign_in()
    visitor.button("Sync Ada's Loom on Threads", exact=True).click()
    expect(visitor.said("Syncing Ada's Loom on Threads.")).to_be_attached()
    expect(visitor.said("Ada's Loom on Threads: Everything is up to date.")).to_be_attached()
    visitor.page.get_by_role("link", name="Details of Ada's Loom on Threads", exact=True).click()
    expect(visitor.page).to_have_title("Ada's Loom on Threads · PostLoudly")
    visitor.from_menu("Ada's Loom on Threads", "Export")
    expect(visitor.heading("Export Ada's Loom on Threads")).to_be_visible()
    visitor.page.keyboard.press("Escape")
    visitor.from_menu("Ada's Loom on Threads", "Reconnect")
    expect(visitor.heading("Reconnect Ada's Loom on Threads")).to_be_visible()
    visitor.page.keyboard.press("Escape")
    visitor.from_menu("Ada's Loom on Threads", "Disconnect")
    expect(visitor.heading("Disconnect Ada's Loom on Threads?")).to_be_visible()
    visitor.button("Disconnect and delete data").click()
    expect(visitor.heading("Ada's Loom on Threads is disconnected")).to_be_visible()


def test_two_of_one_name_on_one_platform_are_called_by_their_handles_too(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(INSTAGRAM), twin(), gallery.an_account(1)])
    gallery.lay_over_a_disconnect(visitor.page, 10, gallery.a_preview(), gallery.a_receipt(10))
    visitor.sign_in()
    expect(visitor.button("Sync Ada's Loom (@adas.loom) on Instagram", exact=True)).to_be_visible()
    expect(visitor.button("Sync Bruno Bakes on YouTube", exact=True)).to_be_visible()
    visitor.from_menu("Ada's Loom (@ada.two) on Instagram", "Disconnect")
    visitor.button("Disconnect and delete data").click()
    expect(visitor.heading("Ada's Loom (@ada.two) on Instagram is disconnected")).to_be_visible()
    visitor.finish_dialog()
    expect(visitor.button("Sync Ada's Loom on Instagram", exact=True)).to_be_visible()  # there is no other any more


def test_what_is_chosen_to_publish_to_can_be_told_apart(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(INSTAGRAM), twin(), gallery.an_account(THREADS)])
    visitor.sign_in("/#/publish")
    visitor.page.get_by_label("Select all").check()
    visitor.button("Use these accounts").click()
    named = ("Ada's Loom (@adas.loom) on Instagram", "Ada's Loom (@ada.two) on Instagram", "Ada's Loom on Threads")
    for name in named:
        expect(visitor.page.locator("main .said")).to_contain_text(name)


def test_the_banner_tells_broken_accounts_of_one_name_apart(visitor: Visitor) -> None:
    why = gallery.reason("token_revoked", "Access was taken away.", "reconnect")
    accounts = [each | {"status": "connection_error", "status_reason": why} for each in (gallery.an_account(0), twin())]
    gallery.lay_over(visitor.page, accounts)
    visitor.sign_in()
    banner = visitor.page.get_by_role("region", name="Needs your attention")
    expect(banner).to_contain_text("Ada's Loom (@adas.loom) on Instagram and Ada's Loom (@ada.two) on Instagram are no")


@pytest.mark.parametrize("shares_with", [["acc_0010"], []], ids=["known to share", "perhaps sharing"])
def test_the_account_that_stays_is_told_apart_from_the_one_of_its_name_that_goes(
    visitor: Visitor, shares_with: list[str]
) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(INSTAGRAM), twin()])
    preview = gallery.a_preview(shares_with=shares_with)
    gallery.lay_over_a_disconnect(visitor.page, INSTAGRAM, preview, gallery.a_receipt(INSTAGRAM))
    visitor.sign_in()
    visitor.from_menu("Ada's Loom (@adas.loom) on Instagram", "Disconnect")
    stays = "Ada's Loom (@ada.two) on Instagram"
    if shares_with:
        expect(visitor.dialog).to_contain_text(f"{stays} uses the same access and will go on working.")
    visitor.button("Disconnect and delete data").click()
    expect(visitor.heading("Ada's Loom (@adas.loom) on Instagram is disconnected")).to_be_visible()
    costs = (
        f"every account that uses it: {stays}." if shares_with else f"If you connected {stays} with the same sign-in"
    )
    expect(visitor.dialog).to_contain_text(costs)


def test_what_an_ended_session_kept_from_being_done_names_which_of_two_of_one_name(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(INSTAGRAM), gallery.an_account(THREADS)])
    visitor.sign_in()
    refusals = iter([True])

    def refuse_once(route: sync_api.Route) -> None:
        if next(refusals, False):
            route.fulfill(status=401, json={"message": "Unauthorized"})
        else:
            route.fallback()

    visitor.page.route("**/sync", refuse_once)
    visitor.button("Sync Ada's Loom on Threads").click()
    words = "You are signed in again; syncing Ada's Loom on Threads was not done."
    expect(visitor.page.locator(".said")).to_contain_text(words)
