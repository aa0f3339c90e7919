"""Signing in, in a real browser."""

import pytest

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
