"""Every state of the page, in light and dark, wide and narrow: pictured, and nothing for axe-core to complain of."""

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

WINDOWS = [{"width": width, "scheme": scheme} for width, scheme in ((360, "dark"), (1280, "light"))]
OTHER_WINDOWS = [{"width": width, "scheme": scheme} for width, scheme in ((360, "light"), (1280, "dark"))]
CANDIDATES = [
    {"id": str(n), "username": f"page{n}", "display_name": f"Page {n}", "avatar_url": None, "connected": n == 1}
    for n in range(1, 4)
]


@pytest.mark.parametrize("visitor", [*WINDOWS, *OTHER_WINDOWS], indirect=True)
def test_the_list_and_an_account_in_every_condition(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [*gallery.every_condition(), gallery.with_nulls()])
    visitor.sign_in()
    expect(visitor.page.get_by_role("article")).to_have_count(11)
    visitor.picture("list")
    visitor.button("More for Bruno Bakes").click()
    expect(visitor.page.get_by_role("menuitem")).to_have_count(6)
    visitor.picture("menu")
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_label("Search accounts").fill("nobody")
    expect(visitor.heading("Nothing matches")).to_be_visible()
    visitor.picture("nothing-matches")
    visitor.button("Show all accounts").click()
    visitor.button("Sync all").click()
    expect(visitor.page.locator(".said")).to_contain_text("Skipped 3")
    visitor.picture("sync-all")
    visitor.from_menu("Pia Keller", "Disconnect")
    expect(visitor.dialog).to_contain_text("214 days of numbers")
    visitor.picture("disconnect-asked")
    visitor.page.keyboard.press("Escape")
    visitor.page.evaluate("location.hash = '#/accounts/acc_0000'")
    expect(visitor.heading("Diary")).to_be_visible()
    expect(visitor.page.get_by_role("slider")).not_to_have_count(0)
    visitor.picture("account")
    visitor.page.evaluate("location.hash = '#/publish'")
    visitor.page.get_by_label("Select all").check()
    visitor.picture("picker")


@pytest.mark.parametrize("visitor", WINDOWS, indirect=True)
def test_the_way_in_and_out(visitor: Visitor) -> None:
    visitor.page.goto(visitor.stack.base)
    visitor.button("Sign in").wait_for()
    visitor.picture("welcome")
    visitor.sign_in()
    expect(visitor.heading("No account yet")).to_be_visible()
    visitor.picture("no-account")
    visitor.button("Connect account").click()
    visitor.picture("platforms")
    visitor.button("Mastodon").click()
    expect(visitor.page.get_by_label("Server")).to_be_focused()
    visitor.picture("server-asked")
    visitor.button("Back").click()
    visitor.button("Bluesky").click()
    visitor.button("Connect", exact=True).click()
    visitor.picture("form-incomplete")
    visitor.button("Close").click()
    name = visitor.connect_bluesky("ada")
    visitor.picture("connected")
    visitor.finish_dialog()
    expect(visitor.card(name)).to_contain_text("Synced just now")
    visitor.from_menu(name, "Disconnect")
    visitor.button("Disconnect and delete data").click()
    expect(visitor.heading(f"{name} is disconnected")).to_be_visible(timeout=30_000)
    visitor.picture("disconnected")
    visitor.finish_dialog()
    choice = {"connection_id": "c1", "platform": "facebook", "status": "choose", "error": None, "accounts": []}
    visitor.page.route("**/connections/c1", lambda route: route.fulfill(json=choice | {"candidates": CANDIDATES}))
    visitor.page.goto(f"{visitor.stack.base}/?resume=c1")
    expect(visitor.heading("Which accounts?")).to_be_visible()
    expect(visitor.button("Connect 2 accounts")).to_be_visible()
    visitor.picture("identities")
