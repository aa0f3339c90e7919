"""Lists of an account's own page that come in pages, on laid-over answers (see gallery)."""

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

NOBODY_KNOWS = {"days": [], "growth": {"followers": None}}


def open_account(visitor: Visitor, posts: int = 0, events: int = 0) -> None:
    """The page of an account with so many posts, a hundred a page, and so many lines in its diary, ten a page."""
    gallery.lay_over(visitor.page, [gallery.an_account(2)])
    diary = [{"at": gallery.an_hour(-number), "type": "synced", "detail": None} for number in range(events)]
    gallery.lay_over_past(visitor.page, "posts", [gallery.a_post(number) for number in range(posts)], 100)
    gallery.lay_over_past(visitor.page, "events", diary, 10)
    gallery.lay_over_past(visitor.page, "runs", [], 10)
    visitor.page.route("**/metrics?**", lambda route: route.fulfill(json=NOBODY_KNOWS))
    visitor.sign_in("/#/accounts/acc_0002")


def test_showing_more_posts_goes_on_with_the_first_new_one_and_says_how_many_came(visitor: Visitor) -> None:
    open_account(visitor, posts=250)
    rows = visitor.page.locator("tbody tr")
    visitor.button("Show more").press("Enter")
    expect(rows).to_have_count(200)
    expect(rows.filter(has_text="Post 100")).to_be_focused()
    expect(visitor.said("100 more, 200 in all.")).to_be_attached()
    visitor.button("Show more").press("Enter")
    expect(rows).to_have_count(250)
    expect(rows.filter(has_text="Post 200")).to_be_focused()
    expect(visitor.said("50 more, 250 in all.")).to_be_attached()
    expect(visitor.button("Show more")).to_have_count(0)


def test_showing_more_of_the_diary_goes_on_with_the_first_new_line(visitor: Visitor) -> None:
    open_account(visitor, events=25)
    lines = visitor.page.locator("#section-diary li")
    visitor.button("Show more").press("Enter")
    expect(lines).to_have_count(20)
    expect(lines.nth(10)).to_be_focused()


def test_pressing_twice_shows_every_post_once(visitor: Visitor) -> None:
    open_account(visitor, posts=250)
    rows = visitor.page.locator("tbody tr")
    visitor.button("Show more").dblclick()
    expect(rows).to_have_count(200)
    visitor.page.wait_for_load_state("networkidle")
    titles = rows.locator("th").all_text_contents()
    assert titles == [f"Post {number}" for number in range(200)]


def test_a_sync_that_ends_while_more_is_read_begins_the_list_anew(visitor: Visitor) -> None:
    open_account(visitor, posts=250)
    held = gallery.hold(visitor.page, "**/posts?*cursor=100")
    visitor.button("Show more").press("Enter")
    visitor.page.wait_for_function("document.querySelector('[aria-disabled=true]')")
    run = gallery.a_run(2, "running")
    visitor.page.route("**/accounts/acc_0002/sync", lambda route: route.fulfill(status=202, json=run))
    visitor.page.route("**/runs/*", lambda route: route.fulfill(json=gallery.a_run(2, "succeeded")))
    with visitor.page.expect_response("**/posts?limit=100"):
        visitor.button("Sync Noor Ceramics").click()
    held[0].fallback()
    visitor.page.wait_for_load_state("networkidle")
    expect(visitor.button("Show more")).to_be_enabled()
    expect(visitor.page.locator("tbody tr")).to_have_count(100)


def test_a_sync_that_waits_stands_in_the_history_as_what_it_is(visitor: Visitor) -> None:
    open_account(visitor)
    gallery.lay_over_past(visitor.page, "runs", [gallery.a_run(2, "waiting")], 10)
    expect(visitor.come_to("History of syncs").get_by_role("listitem")).to_contain_text("Paused for a while")
