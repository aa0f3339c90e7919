"""Signing in, in a real browser."""

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

EVERYTHING_STORED = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"


def test_signing_in_leads_back_to_where_one_was(visitor: Visitor) -> None:
    visitor.sign_in("/?status=connected")
    assert visitor.page.url == f"{visitor.stack.base}/?status=connected"


def test_a_reload_signs_in_again_without_a_question(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.page.reload()
    expect(visitor.page.get_by_role("heading", name="Accounts", exact=True)).to_be_visible()


def test_an_ended_session_leads_to_the_sign_in_and_back(visitor: Visitor) -> None:
    visitor.sign_in("/?here=1")
    visitor.connect_bluesky("ada")
    visitor.finish_dialog()
    refusals = iter([True])

    def refuse_once(route: sync_api.Route) -> None:
        if next(refusals, False):
            route.fulfill(status=401, json={"message": "Unauthorized"})
        else:
            route.continue_()

    visitor.page.route("**/sync", refuse_once)
    name = visitor.sandbox_person("bluesky", "ada")["name"]
    with visitor.page.expect_request("**/_local/authorize**"):
        visitor.button(f"Sync {name}").click()
    visitor.page.wait_for_url(f"{visitor.stack.base}/?here=1")
    expect(visitor.card(name)).to_be_visible()


def end_the_session(visitor: Visitor, url: str, method: str) -> None:
    """The next of these calls finds that the session has ended."""
    refusals = iter([True])

    def refuse_once(route: sync_api.Route) -> None:
        if route.request.method == method and next(refusals, False):
            route.fulfill(status=401, json={"message": "Unauthorized"})
        else:
            route.fallback()

    visitor.page.route(url, refuse_once)


ENDED = "Your session had ended. You are signed in again; "


def test_what_an_ended_session_kept_from_being_done_is_said_and_not_done_by_itself(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(6), gallery.an_account(8)])
    gallery.lay_over_a_disconnect(visitor.page, 6, gallery.a_preview(), gallery.a_receipt(6))
    visitor.sign_in()
    end_the_session(visitor, "**/accounts/acc_0006", "DELETE")
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.method))
    visitor.from_menu("Little Gallery", "Disconnect")
    with visitor.page.expect_request("**/_local/authorize**"):
        visitor.button("Disconnect and delete data").click()
    words = f"{ENDED}disconnecting Little Gallery on Facebook was not done."
    expect(visitor.page.locator(".said")).to_contain_text(words)
    expect(visitor.said(words)).to_be_attached()
    visitor.catch_up()
    assert asked.count("DELETE") == 1
    visitor.picture("session-ended")
    visitor.page.reload()
    expect(visitor.card("Little Gallery")).to_be_visible()
    expect(visitor.page.locator(".said")).to_be_empty()


def test_on_an_accounts_own_page_it_is_said_on_its_card_and_of_several_accounts_once(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(6), gallery.an_account(8)])
    visitor.sign_in("/#/accounts/acc_0006")
    end_the_session(visitor, "**/accounts/acc_0006/sync", "POST")
    visitor.button("Sync Little Gallery").click()
    expect(visitor.page.locator(".card .note")).to_have_text(f"{ENDED}syncing Little Gallery on Facebook was not done.")
    visitor.page.goto(f"{visitor.stack.base}/#/")
    for number in (6, 8):
        end_the_session(visitor, f"**/accounts/acc_{number:04}/sync", "POST")
    visitor.button("Sync all").click()
    expect(visitor.page.locator(".said")).to_contain_text(f"{ENDED}syncing some accounts was not done.")


def test_what_is_asked_for_while_the_session_is_found_ended_is_told_of_too(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(6), gallery.an_account(8)])
    visitor.sign_in()
    held = gallery.hold(visitor.page, "**/accounts/acc_0008/sync")
    end_the_session(visitor, "**/accounts/acc_0006/sync", "POST")
    visitor.page.clock.pause_at(visitor.page.evaluate("Date.now() + 1000"))  # nobody's patience ends
    refused, asked = "**/accounts/acc_0006/sync", "**/accounts/acc_0008/sync"
    with visitor.page.expect_response(refused), visitor.page.expect_request(asked):
        visitor.button("Sync all").click()
    visitor.catch_up()
    held[0].fulfill(status=401, json={"message": "Unauthorized"})
    expect(visitor.page.locator(".said")).to_contain_text(f"{ENDED}syncing some accounts was not done.")


def test_a_token_that_the_api_never_takes_does_not_send_one_round_in_circles(visitor: Visitor) -> None:
    visitor.page.route("**/accounts?**", lambda route: route.fulfill(status=401, json={"message": "Unauthorized"}))
    visitor.sign_in()
    expect(visitor.page.get_by_text("The API does not accept this sign-in")).to_be_visible()


def test_no_token_is_stored(visitor: Visitor) -> None:
    sent: list[str] = []
    visitor.page.on("request", lambda request: sent.append(request.headers.get("authorization", "")))
    visitor.sign_in()
    expect(visitor.heading("No account yet")).to_be_visible()
    token = next(header for header in reversed(sent) if header.startswith("Bearer ey")).removeprefix("Bearer ")
    assert token not in visitor.page.evaluate(EVERYTHING_STORED)


def test_an_answer_that_nobody_asked_for_signs_nobody_in(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.stack.base}/?code=stolen&state=foreign")
    expect(visitor.page.get_by_text("started in another tab or too long ago")).to_be_visible()
    expect(visitor.button("Sign in")).to_be_visible()


def test_signing_out_leads_to_the_welcome(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.button("Sign out").click()
    expect(visitor.button("Sign in")).to_be_visible()
