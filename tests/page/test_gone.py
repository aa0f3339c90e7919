"""An account that is gone: one is told so, and is not left at an address that leads nowhere."""

import re

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

WORDS = "That account is no longer connected."


def open_at(visitor: Visitor, account_id: str) -> list[gallery.Json]:
    visitor.page.clock.install()
    accounts = [gallery.an_account(number) for number in range(3)]
    gallery.lay_over(visitor.page, accounts)
    visitor.sign_in(f"/#/accounts/{account_id}")
    return accounts


def is_told(visitor: Visitor) -> None:
    expect(visitor.page.locator(".said")).to_contain_text(WORDS)
    expect(visitor.said(WORDS)).to_be_attached()
    expect(visitor.page).to_have_url(re.compile("/#?$"))


def test_whoever_follows_a_link_to_it_is_told_in_the_list(visitor: Visitor) -> None:
    open_at(visitor, "acc_nope")
    expect(visitor.page.get_by_role("article")).to_have_count(3)
    is_told(visitor)
    visitor.button("Dismiss").click()
    expect(visitor.page.get_by_text(WORDS, exact=True).locator("visible=true")).to_have_count(0)


def test_whoever_is_on_its_page_is_told_in_the_list(visitor: Visitor) -> None:
    accounts = open_at(visitor, "acc_0001")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Bruno Bakes")
    del accounts[1]
    visitor.look_again()
    expect(visitor.page.get_by_role("article")).to_have_count(2)
    is_told(visitor)
