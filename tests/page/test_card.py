"""What a card says."""

import re
from typing import Literal

import pytest

from tests.page import gallery, town
from tests.page.visitor import Visitor, violations_of

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page


def test_a_card_tells_who_how_many_and_when(visitor: Visitor, settled: str) -> None:
    visitor.come_home(settled)
    card = visitor.page.get_by_role("article", name="Ada's Loom on Instagram")
    account = visitor.stack.person(settled).get("/accounts?platform=instagram").json()["accounts"][0]
    expect(card.get_by_role("heading", name="Ada's Loom")).to_be_visible()
    expect(card.get_by_role("link", name="@ada.sandbox")).to_have_attribute("href", account["profile_url"])
    expect(card.locator(".avatar .mark")).to_have_attribute("src", re.compile(r"/icons/instagram\.svg$"))
    expect(card.locator(".chip")).to_have_text("Connected")
    expect(card.locator(".chip svg")).to_be_visible()
    expect(card.locator(".value")).to_have_text(f"{account['follower_count']:,}")
    expect(card.locator(".value")).to_have_attribute("title", f"{account['follower_count']:,}")
    expect(card.get_by_role("img", name=re.compile("^Followers over 30 days: .* days are unknown"))).to_be_visible()
    for shape in (".sparkline-gap", ".sparkline-line", ".sparkline-open"):
        expect(card.locator(shape)).to_have_count(1)
    synced = card.locator("time").first
    expect(synced).to_have_text(re.compile("^Synced .*ago|^Synced just now"))
    expect(synced).to_have_attribute("title", re.compile(r"\d\d:\d\d:\d\d"))
    expect(card.get_by_text("Next sync in")).to_be_visible()


@pytest.mark.parametrize("visitor", [{"locale": "de-DE"}], indirect=True)
def test_numbers_follow_the_readers_locale(visitor: Visitor, settled: str) -> None:
    visitor.come_home(settled)
    card = visitor.page.get_by_role("article", name="Ada's Loom on Instagram")
    expect(card.locator(".value")).to_have_text(re.compile(r"^\d\.\d{3}$"))


def test_when_it_was_synced_goes_on_ticking(visitor: Visitor) -> None:
    visitor.page.clock.install(time=visitor.stack.now())
    visitor.sign_in()
    name = visitor.connect_bluesky("ada")
    visitor.finish_dialog()
    expect(visitor.card(name)).to_contain_text("Synced just now")
    visitor.page.clock.fast_forward("03:00:00")
    expect(visitor.card(name)).to_contain_text("Synced 3h ago")


def test_thirty_days_are_the_width_of_the_picture_whether_they_are_known_or_not(visitor: Visitor) -> None:
    days = [{"date": gallery.a_day(ago), "n": 1000 - ago, "provisional": False} for ago in range(19, 9, -1)]
    gallery.lay_over(visitor.page, [gallery.an_account(0, followers_30d=days)])
    visitor.sign_in()
    picture = visitor.page.get_by_role("article").get_by_role("img", name=re.compile("20 days are unknown"))
    line = picture.locator(".sparkline-line").get_attribute("d") or ""
    points = [float(x) for x in re.findall(r"[ML]([\d.]+) ", line)]
    assert 50 < points[0] < 70 and 95 < points[-1] < 110  # of the 160 that thirty days take
    expect(picture.locator(".sparkline-none")).to_have_count(2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"current_run": gallery.a_run(0, "queued")}, "Syncing…"),
        ({"current_run": gallery.a_run(0, "waiting")}, "Waiting…"),
        ({"status": "disconnecting"}, "Show progress"),
    ],
    ids=["syncing", "waiting", "disconnecting"],
)
def test_what_a_button_shows_is_what_it_is_called(visitor: Visitor, changes: gallery.Json, words: str) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(0, **changes)])
    visitor.page.route("**/runs/*", lambda route: route.fulfill(json=changes["current_run"]))
    visitor.sign_in()
    button = visitor.page.get_by_role("article").get_by_role(
        "button", name=re.compile(f"^{words}.*Ada's Loom on Instagram$")
    )
    expect(button).to_have_text(words)


@pytest.mark.parametrize(
    ("account", "goes_on"),
    [
        (gallery.waiting(0, 2.5), re.compile("^Trying again in 2h")),
        (gallery.an_account(0, current_run=gallery.a_run(0, "waiting")), "Paused for a while"),
    ],
    ids=["until a time", "for a while"],
)
def test_a_sync_that_waits_hides_neither_the_last_one_nor_how_far_it_is(
    visitor: Visitor, account: gallery.Json, goes_on: str | re.Pattern[str]
) -> None:
    gallery.lay_over(visitor.page, [account])
    visitor.sign_in()
    card = visitor.card("Ada's Loom")
    expect(card.locator(".times > span")).to_have_text(["Synced 3h ago", goes_on])
    expect(card.get_by_role("list", name="Paused for a while")).to_contain_text("Profile: waiting")


def test_what_a_platform_refused_is_said_of_it_by_name_and_of_the_last_sync(visitor: Visitor) -> None:
    why = gallery.reason("platform_refused", "The platform refused the request.", "none")
    gallery.lay_over(visitor.page, [gallery.an_account(0, status_reason=why)])
    visitor.sign_in()
    expect(visitor.card("Ada's Loom")).to_contain_text("Instagram refused something that the last sync asked for.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_account_that_is_leaving_can_still_be_read(visitor: Visitor, scheme: Literal["light", "dark"]) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(0, status="disconnecting"), gallery.an_account(1)])
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.sign_in()
    expect(visitor.card("Ada's Loom")).to_contain_text("Disconnecting")
    assert violations_of(visitor.page, {"runOnly": ["color-contrast"]}) == []


def test_initials_stand_in_for_a_picture_that_does_not_come(visitor: Visitor) -> None:
    visitor.page.route("**/_sandbox/**", lambda route: route.abort())
    visitor.sign_in()
    visitor.connect_bluesky("ada")
    visitor.finish_dialog()
    expect(visitor.page.get_by_role("article").locator(".initials")).to_have_text("AL")


@pytest.mark.parametrize("visitor", [{"width": 360}, {"width": 1280}], indirect=True)
def test_nothing_jumps_while_an_account_syncs_and_pressing_again_joins(visitor: Visitor) -> None:
    visitor.sign_in()
    name = visitor.connect_bluesky("ada")
    visitor.finish_dialog()
    card = visitor.card(name)
    expect(card).to_contain_text("Everything is up to date.")
    visitor.let_pass(minutes=2)
    visitor.page.reload()
    expect(card).to_contain_text("Next sync")
    before = card.bounding_box()
    town.bad_day(visitor.stack, "bluesky", "ada", call="getProfile", kind="slow", seconds=6)
    visitor.button(f"Sync {name}").click()
    visitor.button(f"Syncing… {name}").click()
    expect(card.get_by_role("progressbar")).to_be_visible()
    assert card.bounding_box() == before
    expect(card).to_contain_text("Everything is up to date.")
    assert card.bounding_box() == before
    account = visitor.stack.person(visitor.user).get("/accounts").json()["accounts"][0]
    runs = visitor.stack.person(visitor.user).get(f"/accounts/{account['account_id']}/runs").json()["runs"]
    assert [run["trigger"] for run in runs] == ["manual", "connect"]
