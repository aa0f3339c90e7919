"""The publish picker while its accounts change."""

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

WATCH = """() => {
    window.drawn = 0;
    new MutationObserver((changes) => { window.drawn += changes.length; })
        .observe(document.querySelector(".picker"), { childList: true, subtree: true, characterData: true });
}"""


def broken(number: int, words: str) -> gallery.Json:
    why = gallery.reason("unheard_of", words, "reconnect")
    return gallery.an_account(number, status="connection_error", status_reason=why, can_publish=False)


def open_picker(visitor: Visitor, accounts: list[gallery.Json]) -> None:
    visitor.page.clock.install()
    gallery.lay_over(visitor.page, accounts)
    visitor.sign_in("/#/publish")
    expect(visitor.page.get_by_label("Select all")).to_be_visible()


def test_reading_the_list_again_draws_no_row_anew_that_looks_the_same(visitor: Visitor) -> None:
    accounts = [gallery.an_account(number) for number in range(120)]
    open_picker(visitor, accounts)
    expect(visitor.page.get_by_text("0 of 120 accounts")).to_be_visible()
    visitor.page.evaluate(WATCH)
    box = visitor.page.get_by_role("checkbox", name="Ada's Loom @adas.loom on Instagram", exact=True)
    box.focus()
    with visitor.page.expect_response("**/accounts?**cursor=100"):
        visitor.look_again()
    del accounts[1:]
    with visitor.page.expect_response("**/accounts?**"):
        visitor.look_again()
    expect(visitor.page.get_by_text("0 of 1 account")).to_be_visible()
    expect(box).to_be_focused()
    assert visitor.page.evaluate("window.drawn") <= 119 + 2  # the rows that went, and the words that count them


def test_the_focus_stays_on_reconnect_though_its_row_is_drawn_anew(visitor: Visitor) -> None:
    accounts = [gallery.an_account(0), broken(1, "One thing.")]
    open_picker(visitor, accounts)
    visitor.button("Reconnect Bruno Bakes").focus()
    accounts[1] |= broken(1, "Another thing.")
    visitor.look_again()
    expect(visitor.page.get_by_text("Another thing.")).to_be_visible()
    expect(visitor.button("Reconnect Bruno Bakes")).to_be_focused()
    accounts[1] |= gallery.an_account(1)
    visitor.look_again()
    expect(visitor.button("Reconnect Bruno Bakes")).to_have_count(0)
    expect(visitor.page.get_by_role("checkbox", name="Bruno Bakes")).to_be_focused()


def test_the_focus_goes_to_select_all_from_a_row_that_is_gone(visitor: Visitor) -> None:
    accounts = [gallery.an_account(number) for number in range(3)]
    open_picker(visitor, accounts)
    visitor.page.get_by_role("checkbox", name="Bruno Bakes").focus()
    del accounts[1]
    visitor.look_again()
    expect(visitor.page.get_by_label("Select all")).to_be_focused()


def test_an_account_that_was_disconnected_and_is_back_has_not_been_chosen(visitor: Visitor) -> None:
    accounts = [gallery.an_account(number) for number in range(2)]
    open_picker(visitor, accounts)
    box = visitor.page.get_by_role("checkbox", name="Bruno Bakes")
    box.check()
    visitor.page.reload()
    expect(box).to_be_checked()
    accounts[1]["connected_at"] = gallery.an_hour(0)
    visitor.page.reload()
    expect(visitor.page.get_by_text("0 of 2 accounts")).to_be_visible()
    expect(box).not_to_be_checked()
    visitor.page.get_by_role("checkbox", name="Ada's Loom").check()
    assert len(visitor.page.evaluate("JSON.parse(localStorage['postloudly.publish-to'])")) == 1


def test_the_sentence_about_a_choice_goes_with_the_choice(visitor: Visitor) -> None:
    accounts = [gallery.an_account(number) for number in range(2)]
    open_picker(visitor, accounts)
    visitor.page.get_by_label("Select all").check()
    visitor.button("Use these accounts").click()
    sentence = visitor.page.get_by_text("Chosen: Ada's Loom on Instagram and Bruno Bakes on YouTube.")
    expect(sentence).to_be_visible()
    with visitor.page.expect_response("**/accounts?**"):
        visitor.look_again()
    expect(sentence).to_be_visible()
    visitor.page.get_by_role("checkbox", name="Bruno Bakes").uncheck()
    expect(sentence).to_have_count(0)


def test_whoever_has_no_account_is_led_to_connect_one(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [])
    visitor.sign_in("/#/publish")
    visitor.page.get_by_role("main").get_by_role("button", name="Connect account").click()
    expect(visitor.dialog).to_be_visible()


def test_what_somebody_else_chose_on_this_device_stays(visitor: Visitor) -> None:
    open_picker(visitor, [gallery.an_account(0)])
    visitor.page.evaluate(
        "localStorage.setItem('postloudly.publish-to', JSON.stringify(['acc_theirs 2026-01-01T00:00:00Z']))"
    )
    visitor.page.reload()
    visitor.page.get_by_role("checkbox", name="Ada's Loom").check()
    assert len(visitor.page.evaluate("JSON.parse(localStorage['postloudly.publish-to'])")) == 2
