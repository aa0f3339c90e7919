"""The page in windows that are low or narrow: what has the focus can be seen, and nothing leaves the place it is in."""

import pytest

from tests.page import gallery
from tests.page.visitor import OVERFLOW, Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

# Of the element that has the focus: whether all of it is in the window, and nothing lies over its middle.
IS_SEEN = """() => {
    const { activeElement: focused, body } = document;
    const { top, bottom, left, right } = focused.getBoundingClientRect();
    const isInside = top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth;
    const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return focused !== body && isInside && focused.contains(over);
}"""


def open_list(visitor: Visitor, width: int, height: int) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(number) for number in range(4)])
    visitor.page.set_viewport_size({"width": width, "height": height})
    visitor.sign_in()


@pytest.mark.parametrize("window", [(1280, 900), (640, 450), (667, 300), (320, 256)], ids=str)
def test_every_item_of_a_menu_is_seen_when_it_has_the_focus(visitor: Visitor, window: tuple[int, int]) -> None:
    open_list(visitor, *window)
    visitor.button("More for Bruno Bakes").press("Enter")
    menu = visitor.page.get_by_role("menu")
    for _ in range(menu.get_by_role("menuitem").count()):
        assert visitor.page.evaluate(IS_SEEN), visitor.focused()
        visitor.page.keyboard.press("ArrowDown")
    box = menu.bounding_box()
    assert box and box["y"] >= 0 and box["y"] + box["height"] <= window[1]


@pytest.mark.parametrize("window", [(1280, 900), (640, 450), (360, 640)], ids=str)
def test_cancel_stays_where_it_is_seen_when_the_preview_of_a_disconnect_comes_late(
    visitor: Visitor, window: tuple[int, int]
) -> None:
    open_list(visitor, *window)
    held = gallery.hold(visitor.page, "**/disconnect-preview")
    visitor.from_menu("Bruno Bakes", "Disconnect")
    visitor.is_at("Cancel")
    assert visitor.page.evaluate(IS_SEEN)
    assert visitor.page.evaluate("document.querySelector('dialog').scrollTop") == 0
    before = visitor.button("Cancel").bounding_box()
    visitor.catch_up()
    held[0].fulfill(json=gallery.a_preview())
    expect(visitor.dialog).to_contain_text("12 posts with their numbers")
    visitor.is_at("Cancel")
    assert visitor.page.evaluate(IS_SEEN)
    if window == (1280, 900):
        assert visitor.button("Cancel").bounding_box() == before


@pytest.mark.parametrize("window", [(320, 256), (667, 300)], ids=str)
def test_where_what_a_dialog_asks_and_its_buttons_have_no_room_together_it_begins_with_what_it_asks(
    visitor: Visitor, window: tuple[int, int]
) -> None:
    open_list(visitor, *window)
    visitor.page.route("**/disconnect-preview", lambda route: route.fulfill(json=gallery.a_preview()))
    visitor.from_menu("Bruno Bakes", "Disconnect")
    expect(visitor.dialog).to_contain_text("12 posts with their numbers")
    expect(visitor.heading("Disconnect Bruno Bakes on YouTube?")).to_be_focused()
    assert visitor.page.evaluate("document.querySelector('dialog').scrollTop") == 0


@pytest.mark.parametrize("window", [(640, 450), (360, 640)], ids=str)
def test_the_buttons_of_a_dialog_never_lie_over_what_has_the_focus(visitor: Visitor, window: tuple[int, int]) -> None:
    open_list(visitor, *window)
    visitor.page.route("**/disconnect-preview", lambda route: route.fulfill(json=gallery.a_preview()))
    visitor.from_menu("Bruno Bakes", "Disconnect")
    expect(visitor.dialog).to_contain_text("12 posts with their numbers")
    for _ in range(8):
        visitor.page.keyboard.press("Shift+Tab")
        if visitor.page.evaluate("document.activeElement !== document.body"):  # the browser's own stops come in between
            assert visitor.page.evaluate(IS_SEEN), visitor.focused()


@pytest.mark.parametrize("width", [360, 1280])
def test_a_long_note_of_a_card_has_a_line_of_its_own(visitor: Visitor, width: int) -> None:
    open_list(visitor, width, 900)
    busy = {"code": "sync_too_soon", "detail": "Just synced."}
    visitor.page.route("**/sync", lambda route: route.fulfill(status=429, json=busy, headers={"retry-after": "55"}))
    visitor.button("Sync Bruno Bakes").click()
    note = visitor.card("Bruno Bakes").locator(".note").bounding_box()
    foot = visitor.card("Bruno Bakes").locator(".card-foot").bounding_box()
    assert note and foot and note["height"] < 30 and note["width"] > foot["width"] * 0.6


def test_in_the_narrowest_window_no_word_is_broken_and_no_control_leaves_its_panel(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(0)])
    visitor.page.set_viewport_size({"width": 320, "height": 640})
    visitor.sign_in("/#/accounts/acc_0000")
    for name in ("Accounts", "Publish"):
        link = visitor.page.get_by_role("link", name=name, exact=True).bounding_box()
        assert link and link["height"] < 45, name
    leave = visitor.button("Sign out").bounding_box()
    assert leave and leave["x"] + leave["width"] <= 320
    panel = visitor.page.locator("#section-numbers").bounding_box()
    controls = visitor.page.locator(".range").bounding_box()
    assert panel and controls and controls["x"] + controls["width"] <= panel["x"] + panel["width"]
    for label in visitor.page.locator(".range label").all():
        box = label.bounding_box()
        assert box and box["x"] + box["width"] <= controls["x"] + controls["width"]
    assert visitor.page.evaluate(OVERFLOW) == 0


# What WCAG 2.2, 1.4.12, lets readers ask for.
SPACED = """() => {
    const sheet = new CSSStyleSheet();
    const spaced = { "line-height": "1.5", "letter-spacing": "0.12em", "word-spacing": "0.16em" };
    const rules = Object.entries(spaced).map(([name, value]) => `${name}: ${value} !important;`);
    sheet.replaceSync(`* { ${rules.join(" ")} }`);
    document.adoptedStyleSheets = [sheet];
}"""


@pytest.mark.parametrize("width", [320, 360])
def test_letters_and_words_may_stand_wider_apart(visitor: Visitor, width: int) -> None:
    open_list(visitor, width, 740)
    out = visitor.button("Sign out")
    beside = out.bounding_box()
    where = visitor.page.get_by_role("link", name="Publish").bounding_box()
    assert beside and where and beside["y"] == where["y"]  # one line, where there is room
    visitor.page.evaluate(SPACED)
    assert visitor.page.evaluate(OVERFLOW) == 0
    after = out.bounding_box()
    assert after and after["x"] + after["width"] <= width
