"""The page as a whole: by keyboard alone, hostile names, trouble, narrow windows, and pictures of its states."""

from typing import Any

import pytest

from tests.page.visitor import OVERFLOW, Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def change_accounts(visitor: Visitor, **changes: Any) -> None:
    """From now on every account of the list comes with these values."""

    def changed(route: sync_api.Route) -> None:
        answer = route.fetch()
        body = answer.json()
        body["accounts"] = [account | changes for account in body["accounts"]]
        route.fulfill(response=answer, json=body)

    visitor.page.route("**/accounts?**", changed)


def test_everything_can_be_done_with_the_keyboard_alone(visitor: Visitor) -> None:
    visitor.sign_in()
    expect(visitor.heading("No account yet")).to_be_visible()
    press = visitor.page.keyboard.press

    def tab_to(words: str) -> None:
        for _ in range(40):
            press("Tab")
            if visitor.focused().startswith(words):
                return
        raise AssertionError(f"Tab never reaches {words}")

    who = visitor.sandbox_person("bluesky", "ada")
    tab_to("Connect account")
    press("Enter")
    tab_to("Bluesky")
    press("Enter")
    expect(visitor.page.get_by_label("Handle")).to_be_focused()
    visitor.page.keyboard.type(who["handle"])
    press("Tab")
    visitor.page.keyboard.type(who["app_password"])
    press("Enter")
    expect(visitor.heading("Connected")).to_be_visible()
    assert visitor.focused() == "Done"
    press("Enter")
    expect(visitor.card(who["name"])).to_contain_text("Synced just now")
    tab_to("Sync")
    press("Enter")
    expect(visitor.card(who["name"])).to_contain_text("Just synced")
    for words in ("Details", f"More for {who['name']}"):
        press("Shift+Tab")
        assert visitor.focused() == words

    def ask_to_disconnect() -> None:
        press("Enter")
        press("ArrowUp")
        assert visitor.focused() == "Disconnect…"
        press("Enter")
        assert visitor.focused() == "Cancel"

    ask_to_disconnect()
    press("Escape")
    expect(visitor.dialog).to_have_count(0)
    assert visitor.focused() == f"More for {who['name']}"
    ask_to_disconnect()
    press("Tab")
    assert visitor.focused() == "Disconnect and delete data"
    press("Enter")
    expect(visitor.heading(f"{who['name']} is disconnected")).to_be_visible(timeout=30_000)
    tab_to("Done")
    press("Enter")
    expect(visitor.heading("No account yet")).to_be_visible()
    assert visitor.focused() == "Connect account"


def test_a_name_that_carries_a_script_is_text_and_its_link_is_none(visitor: Visitor) -> None:
    change_accounts(visitor, display_name=HOSTILE, profile_url="javascript:alert(3)", avatar_url="javascript:alert(4)")
    visitor.sign_in()
    visitor.connect_bluesky("ada")
    visitor.finish_dialog()
    visitor.page.reload()
    expect(visitor.page.get_by_role("article").get_by_role("heading")).to_have_text(HOSTILE)
    expect(visitor.page.get_by_role("article").locator('a:not([href^="#"])')).to_have_count(0)


def test_a_list_that_cannot_be_loaded_says_so_and_can_be_tried_again(visitor: Visitor) -> None:
    visitor.page.route("**/accounts?**", lambda route: route.abort())
    visitor.sign_in()
    expect(visitor.heading("Your accounts could not be loaded")).to_be_visible()
    visitor.picture("could-not-load")
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
