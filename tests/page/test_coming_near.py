"""What lies below an account's numbers and posts is asked for when one comes to it (see gallery for the answers)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.page import gallery
from tests.page.visitor import NEXT_FRAME, Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

Asked = Callable[[], list[str]]
widths = pytest.mark.parametrize("visitor", [{"width": 1280}, {"width": 360}], indirect=True, ids=["1280", "360"])


@pytest.fixture
def account(visitor: Visitor) -> gallery.Json:
    """One with many posts, a month of numbers, and a long past; it is what the list answers."""
    account = gallery.an_account(0)
    diary = [{"at": gallery.an_hour(-number), "type": "synced", "detail": None} for number in range(25)]
    gallery.lay_over(visitor.page, [account])
    gallery.lay_over_past(visitor.page, "posts", [gallery.a_post(number) for number in range(250)], 100)
    gallery.lay_over_past(visitor.page, "events", diary, 10)
    gallery.lay_over_past(visitor.page, "runs", [gallery.a_run(number, "succeeded") for number in range(25)], 10)
    visitor.page.route("**/metrics?**", lambda route: route.fulfill(json=gallery.a_month()))
    return account


@pytest.fixture
def asked(visitor: Visitor) -> Asked:
    """Which lists below the posts were asked for, until now."""
    seen: list[str] = []

    def hear(request: Any) -> None:
        seen.extend(what for what in ("runs", "events") if f"/{what}?" in request.url)

    def tell() -> list[str]:
        visitor.page.evaluate(NEXT_FRAME)
        visitor.catch_up()
        return sorted(seen)

    visitor.page.on("request", hear)
    return tell


def open_account(visitor: Visitor) -> None:
    """Comes to the account's page, in a window 800 pixels high, and waits for all that it shows at once."""
    visitor.page.set_viewport_size({"width": visitor.page.evaluate("innerWidth"), "height": 800})
    visitor.sign_in("/#/accounts/acc_0000")
    expect(visitor.page.get_by_role("slider")).not_to_have_count(0)
    expect(visitor.page.locator("#section-posts tbody tr")).to_have_count(100)


def lines(visitor: Visitor, section: str) -> Any:
    return visitor.page.locator(f"#section-{section} li")


@widths
@pytest.mark.usefixtures("account")
def test_the_history_and_the_diary_are_asked_for_when_one_scrolls_there(visitor: Visitor, asked: Asked) -> None:
    open_account(visitor)
    assert asked() == []
    visitor.page.mouse.wheel(0, 300)
    assert asked() == []
    visitor.come_to("History of syncs")
    expect(lines(visitor, "history")).to_have_count(10)
    visitor.come_to("Diary")
    expect(lines(visitor, "diary")).to_have_count(10)
    visitor.page.mouse.wheel(0, -10_000)
    visitor.come_to("Diary")
    assert asked() == ["events", "runs"]


@pytest.mark.usefixtures("account")
def test_they_are_there_for_whoever_goes_by_keyboard(visitor: Visitor, asked: Asked) -> None:
    open_account(visitor)
    visitor.page.keyboard.press("End")
    for section in ("history", "diary"):
        expect(lines(visitor, section)).to_have_count(10)
    assert asked() == ["events", "runs"]


@widths
@pytest.mark.usefixtures("account")
def test_a_link_to_the_history_reads_it_at_once_and_leads_there(visitor: Visitor, asked: Asked) -> None:
    held = gallery.hold(visitor.page, "**/posts?**")
    visitor.page.set_viewport_size({"width": visitor.page.evaluate("innerWidth"), "height": 800})
    visitor.sign_in("/#/accounts/acc_0000/history")
    expect(lines(visitor, "history")).to_have_count(10)
    assert asked() == ["runs"]
    expect(visitor.heading("History of syncs")).to_be_focused()
    held[0].fallback()
    expect(visitor.page.locator("#section-posts tbody tr")).to_have_count(100)
    expect(visitor.heading("History of syncs")).to_be_in_viewport()


@pytest.mark.usefixtures("account")
def test_whoever_went_elsewhere_meanwhile_is_left_there(visitor: Visitor) -> None:
    held = gallery.hold(visitor.page, "**/posts?**")
    visitor.page.set_viewport_size({"width": 1280, "height": 800})
    visitor.sign_in("/#/accounts/acc_0000/history")
    expect(lines(visitor, "history")).to_have_count(10)
    visitor.page.mouse.wheel(0, -10_000)
    visitor.page.wait_for_function("scrollY === 0")
    held[0].fallback()
    expect(visitor.page.locator("#section-posts tbody tr")).to_have_count(100)
    visitor.page.evaluate(NEXT_FRAME)
    assert visitor.page.evaluate("scrollY") == 0


@pytest.mark.usefixtures("account")
def test_posts_that_do_not_come_keep_the_history_from_nobody(visitor: Visitor, asked: Asked) -> None:
    visitor.page.clock.install()
    gallery.hold(visitor.page, "**/posts?**")
    visitor.page.set_viewport_size({"width": 1280, "height": 800})
    visitor.sign_in("/#/accounts/acc_0000")
    expect(visitor.page.get_by_role("slider")).not_to_have_count(0)
    assert asked() == []
    visitor.page.clock.run_for(3_000)
    visitor.heading("History of syncs").scroll_into_view_if_needed()
    expect(lines(visitor, "history")).to_have_count(10)


def test_a_sync_that_ends_reads_only_what_was_come_to(visitor: Visitor, account: gallery.Json, asked: Asked) -> None:
    visitor.page.clock.install()
    open_account(visitor)
    for hours, read in ((-2, []), (-1, ["events", "events", "runs", "runs"])):
        account["last_synced_at"] = gallery.an_hour(hours)
        with visitor.page.expect_response("**/posts?limit=100"):
            visitor.look_again()
        assert asked() == read
        visitor.come_to("Diary")
        expect(lines(visitor, "diary")).to_have_count(10)
    visitor.come_to("History of syncs")


@pytest.mark.usefixtures("account")
def test_where_nobody_keeps_a_diary_there_is_none(visitor: Visitor) -> None:
    visitor.page.route("**/events?**", lambda route: route.fulfill(status=404, json={"message": "Not Found"}))
    open_account(visitor)
    expect(visitor.heading("Diary")).to_have_count(1)
    visitor.come_to("Diary")
    expect(visitor.heading("Diary")).to_have_count(0)
    expect(lines(visitor, "history")).to_have_count(10)
