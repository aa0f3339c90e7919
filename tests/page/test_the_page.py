"""The page as a whole: by keyboard alone, hostile names, trouble, narrow windows, and pictures of its states."""

import re
from typing import Any

import pytest

from tests.page.visitor import OVERFLOW, Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def change_accounts(visitor: Visitor, **changes: Any) -> None:
    """From now on every account comes with these values, in the list and by itself."""

    def changed(route: sync_api.Route) -> None:
        answer = route.fetch()
        body = answer.json()
        if "accounts" in body:
            body["accounts"] = [account | changes for account in body["accounts"]]
        elif "account_id" in body and "username" in body:
            body |= changes
        route.fulfill(response=answer, json=body)

    visitor.page.route(re.compile(r"/(accounts(\?.*)?|accounts/[^/]+|connections)$"), changed)


def test_a_name_that_carries_a_script_is_text_and_its_link_is_none(visitor: Visitor) -> None:
    change_accounts(visitor, display_name=HOSTILE, profile_url="javascript:alert(3)", avatar_url="javascript:alert(4)")
    visitor.sign_in()
    visitor.connect_bluesky("ada")
    visitor.finish_dialog()
    visitor.page.reload()
    card = visitor.page.get_by_role("article")
    expect(card.get_by_role("heading")).to_have_text(HOSTILE)
    expect(card).to_contain_text("Synced just now")
    visitor.let_pass(minutes=2)
    visitor.button(f"Sync {HOSTILE}").click()
    expect(card).to_contain_text("Everything is up to date.")  # after its end the account was read by itself
    expect(card.get_by_role("heading")).to_have_text(HOSTILE)
    expect(card.locator('a:not([href^="#"])')).to_have_count(0)


def test_a_list_that_cannot_be_loaded_says_so_and_can_be_tried_again(visitor: Visitor) -> None:
    visitor.page.route("**/accounts?**", lambda route: route.abort())
    visitor.sign_in()
    expect(visitor.heading("Your accounts could not be loaded")).to_be_visible()
    visitor.page.unroute("**/accounts?**")
    visitor.button("Try again").click()
    expect(visitor.heading("No account yet")).to_be_visible()


@pytest.mark.parametrize("visitor", [{"width": 320}], indirect=True)
def test_the_narrowest_window_never_scrolls_sideways(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.connect_bluesky("salma")
    visitor.finish_dialog()
    change_accounts(visitor, display_name="Donaudampfschifffahrtsgesellschaft" * 4, username="a" * 120)
    visitor.page.reload()
    expect(visitor.page.get_by_role("article")).to_be_visible()
    assert visitor.page.evaluate(OVERFLOW) == 0
