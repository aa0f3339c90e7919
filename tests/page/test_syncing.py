"""Syncing, in a real browser."""

import re

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page


def test_a_sync_shows_its_progress_by_part_and_then_its_outcome(visitor: Visitor) -> None:
    visitor.sign_in()
    name = visitor.connect_bluesky("bruno")
    visitor.finish_dialog()
    expect(visitor.card(name)).to_contain_text("Synced just now")
    visitor.let_pass(minutes=2)
    looks = iter(range(3))

    def halfway(route: sync_api.Route) -> None:
        answer = route.fetch()
        run = answer.json()
        if next(looks, None) is not None:
            run["state"] = "running"
            run["parts"]["posts"] |= {"state": "running", "done": 40, "total": 120}
        route.fulfill(response=answer, json=run)

    visitor.page.route("**/runs/*", halfway)
    visitor.button(f"Sync {name}").click()
    expect(visitor.card(name)).to_contain_text("Posts 40 of 120")
    expect(visitor.card(name).get_by_role("progressbar")).to_have_attribute("value", "40")
    expect(visitor.card(name).get_by_role("listitem").filter(has_text="Posts")).to_have_text("Posts: running")
    expect(visitor.button(f"Syncing… {name}")).to_have_text("Syncing…")
    expect(visitor.card(name)).to_contain_text("Everything is up to date.")
    expect(visitor.said(f"{name} on Bluesky: Everything is up to date.")).to_be_attached()
    expect(visitor.card(name).get_by_role("progressbar")).to_have_count(0)


def test_pressing_sync_again_at_once_says_when_it_is_possible_and_no_longer_than_that(visitor: Visitor) -> None:
    visitor.page.clock.install()
    visitor.sign_in()
    name = visitor.connect_bluesky("ada")
    visitor.finish_dialog()
    expect(visitor.card(name)).to_contain_text("Synced just now")
    visitor.button(f"Sync {name}").click()
    expect(visitor.card(name)).to_contain_text(re.compile(r"Just synced\. You can sync again in (\d\d?\s?s|1\s?m)\."))
    visitor.page.clock.fast_forward(61_000)
    expect(visitor.card(name)).not_to_contain_text("You can sync again")
    expect(visitor.card(name)).to_contain_text("Connected")


LIVE = """(words) => [...document.querySelectorAll("[role=status], [role=alert], [aria-live]")]
    .flatMap((region) => [...region.querySelectorAll("p")]).filter((line) => line.textContent.includes(words)).length"""

COUNT_TIMERS = """() => {
    const [was, counted] = [window.setTimeout, { timers: 0 }];
    window.setTimeout = (...all) => { counted.timers += 1; return was(...all); };
    window.counted = counted;
}"""


def turn_away(visitor: Visitor, seconds: int, code: str = "sync_too_soon") -> None:
    """From now on a sync is refused, for so long."""
    refusal = {"status": 429, "headers": {"retry-after": str(seconds)}, "json": {"code": code, "detail": "Too soon."}}
    visitor.page.route("**/sync", lambda route: route.fulfill(**refusal))


def test_the_time_until_one_can_sync_again_counts_down_in_silence_and_then_sync_can_be_pressed(
    visitor: Visitor,
) -> None:
    visitor.page.clock.install()
    gallery.lay_over(visitor.page, [gallery.an_account(2), gallery.an_account(8)])
    visitor.sign_in()
    visitor.page.clock.pause_at(visitor.page.evaluate("Date.now() + 1000"))
    turn_away(visitor, 55)
    posts = posts_of(visitor)
    sync, note = visitor.button("Sync Noor Ceramics"), visitor.card("Noor Ceramics").locator(".note")
    sync.click()
    expect(note).to_have_text("Just synced. You can sync again in 55s.")
    expect(sync).to_have_attribute("aria-disabled", "true")
    expect(sync).to_have_accessible_description("Just synced. You can sync again in 55s.")
    expect(visitor.button("Sync Pia Keller")).not_to_have_attribute("aria-disabled", "true")
    visitor.page.clock.run_for(1000)
    expect(note).to_have_text("Just synced. You can sync again in 54s.")
    visitor.page.clock.run_for(10_000)
    expect(note).to_have_text("Just synced. You can sync again in 44s.")
    assert visitor.page.evaluate(LIVE, "You can sync again") == 1  # as it was pressed
    sync.evaluate("(button) => button.click()")
    visitor.catch_up()
    assert len(posts) == 1
    visitor.page.goto(visitor.page.url + "#/accounts/acc_0002")
    visitor.page.clock.run_for(1000)
    expect(note).to_have_text("Just synced. You can sync again in 43s.")
    visitor.page.clock.run_for(44_000)
    expect(note).to_have_count(0)
    expect(sync).not_to_have_attribute("aria-disabled", "true")
    expect(sync).to_have_accessible_description("")


def test_a_long_wait_is_told_anew_too_and_ends_where_the_account_begins_to_sync(visitor: Visitor) -> None:
    visitor.page.clock.install()
    account = gallery.an_account(2)
    gallery.lay_over(visitor.page, [account])
    visitor.page.route("**/runs/*", lambda route: route.fulfill(json=gallery.a_run(2, "running")))
    visitor.sign_in()
    turn_away(visitor, 3 * 3600, "platform_wait")
    visitor.button("Sync Noor Ceramics").click()
    note = visitor.card("Noor Ceramics").locator(".note")
    expect(note).to_have_text(re.compile("Bluesky asked us to wait. You can sync again in 3.?h"))
    visitor.page.clock.run_for(3_601_000)
    expect(note).to_have_text(re.compile("Bluesky asked us to wait. You can sync again in 1.?h"))
    account["current_run"] = gallery.a_run(2, "running")
    visitor.look_again()
    syncing = visitor.button("Syncing… Noor Ceramics")
    expect(syncing).not_to_have_attribute("aria-disabled", "true")
    expect(note).to_have_count(0)
    visitor.page.clock.run_for(20_000)
    expect(note).to_have_count(0)


def test_an_account_that_leaves_takes_its_count_down_along(visitor: Visitor) -> None:
    visitor.page.clock.install()
    accounts = [gallery.an_account(2), gallery.an_account(8)]
    gallery.lay_over(visitor.page, accounts)
    visitor.sign_in()
    turn_away(visitor, 3600)
    visitor.button("Sync Noor Ceramics").click()
    expect(visitor.card("Noor Ceramics").locator(".note")).to_contain_text("You can sync again")
    gone = accounts.pop(0)
    visitor.look_again()
    expect(visitor.card("Noor Ceramics")).to_have_count(0)
    visitor.page.clock.run_for(30_000)
    visitor.page.evaluate(COUNT_TIMERS)
    visitor.page.clock.run_for(30_000)
    assert visitor.page.evaluate("counted.timers") == 0
    accounts.append(gone)
    visitor.look_again()
    expect(visitor.button("Sync Noor Ceramics")).not_to_have_attribute("aria-disabled", "true")


def test_a_platform_that_asks_to_wait_leaves_the_account_connected_and_says_until_when(visitor: Visitor) -> None:
    visitor.sign_in()
    name = visitor.connect_bluesky("zora")
    visitor.finish_dialog()
    expect(visitor.card(name)).to_contain_text("Synced just now")
    visitor.let_pass(minutes=2)
    fault = {"platform": "bluesky", "person": "zora", "kind": "429", "retry_after": 600}
    visitor.stack.anyone().post("/_sandbox/faults", json=fault)
    visitor.button(f"Sync {name}").click()
    expect(visitor.card(name)).to_contain_text("Trying again in")
    expect(visitor.card(name)).to_contain_text("Connected")
    expect(visitor.button(f"Waiting… {name}")).to_have_text("Waiting…")
    expect(visitor.said(re.compile(f"{name} on Bluesky: Bluesky asked us to wait; trying again in "))).to_be_attached()


def posts_of(visitor: Visitor) -> list[str]:
    """The calls that ask for something to be done, from now on."""
    posts: list[str] = []
    visitor.page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    return posts


def test_pressing_what_waits_for_its_platform_says_so_and_asks_for_nothing(visitor: Visitor) -> None:
    visitor.page.clock.install()
    down = gallery.reason("platform_unavailable", "It is down.", "wait", gallery.an_hour(0.2))
    gallery.lay_over(visitor.page, [gallery.waiting(2, 5.5), gallery.waiting(8, 5.5) | {"status_reason": down}])
    visitor.sign_in()
    posts = posts_of(visitor)
    visitor.button("Waiting… Noor Ceramics").click()
    words = "Bluesky asked us to wait; trying again in 5"
    expect(visitor.card("Noor Ceramics").locator(".note")).to_contain_text(words)
    expect(visitor.said(f"Noor Ceramics on Bluesky: {words}")).to_be_attached()
    visitor.button("Waiting… Pia Keller").click()
    expect(visitor.card("Pia Keller").locator(".note")).to_contain_text("X has a problem of its own.")
    visitor.catch_up()
    assert posts == []
    visitor.page.clock.fast_forward(61_000)
    expect(visitor.page.locator(".note")).to_have_count(0)


def test_a_press_on_sync_shows_at_once_and_another_one_counts_for_nothing_until_the_answer(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(2)])
    visitor.page.route("**/runs/*", lambda route: route.fulfill(json=gallery.a_run(2, "running")))
    visitor.sign_in()
    posts = posts_of(visitor)
    held = gallery.hold(visitor.page, "**/sync")
    visitor.button("Sync Noor Ceramics").click()
    starting = visitor.button("Starting… Noor Ceramics")
    expect(starting).to_have_text("Starting…")
    expect(starting).to_have_attribute("aria-disabled", "true")
    expect(starting).to_be_focused()
    starting.evaluate("(button) => { button.click(); button.click(); }")
    visitor.catch_up()
    assert len(posts) == 1
    held[0].fulfill(status=202, json=gallery.a_run(2, "queued"))
    expect(visitor.button("Syncing… Noor Ceramics")).not_to_have_attribute("aria-disabled", "true")


def test_a_sync_that_is_refused_can_be_pressed_again(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(2)])
    visitor.page.route("**/sync", lambda route: route.fulfill(status=500, json={"code": "internal_error"}))
    visitor.sign_in()
    visitor.button("Sync Noor Ceramics").click()
    expect(visitor.card("Noor Ceramics")).to_contain_text("Something went wrong on our side.")
    expect(visitor.button("Sync Noor Ceramics")).not_to_have_attribute("aria-disabled", "true")


def test_an_account_whose_access_has_ended_offers_to_reconnect_in_place_of_sync(visitor: Visitor) -> None:
    visitor.sign_in()
    name = visitor.connect_bluesky("pia")
    visitor.finish_dialog()
    visitor.lose_access("bluesky", "pia")
    expect(visitor.button(f"Sync {name}")).to_have_count(0)
    expect(visitor.page.get_by_text("1 connection error")).to_be_visible()
    visitor.button(f"Reconnect {name}").click()
    who = visitor.sandbox_person("bluesky", "pia")
    expect(visitor.page.get_by_label("Handle")).to_have_value(who["handle"])
    visitor.page.get_by_label("App password").fill(who["app_password"])
    visitor.button("Connect", exact=True).click()
    expect(visitor.dialog).to_contain_text("the access is fresh again")
    visitor.finish_dialog()
    expect(visitor.card(name)).to_contain_text("Connected")


def test_unknown_numbers_are_never_shown_as_zero_and_true_zeros_are(visitor: Visitor) -> None:
    visitor.sign_in()
    unknown = visitor.connect_bluesky("noor")
    visitor.button("Connect another").click()
    visitor.button("Close", exact=True).click()
    zero = visitor.connect_bluesky("zora")
    visitor.finish_dialog()
    expect(visitor.card(unknown)).to_contain_text("Synced just now")
    expect(visitor.card(zero)).to_contain_text("Synced just now")
    expect(visitor.card(unknown).locator(".value")).to_contain_text("unknown")
    expect(visitor.card(zero).locator(".value")).to_have_text("0")


@pytest.mark.parametrize(
    ("failing", "sentences"),
    [
        (
            [False, False],
            ["Ada's Loom on Instagram: Everything is up to date.", "Bruno Bakes on YouTube: Everything is up to date."],
        ),
        ([True, False, True, False, False], ["3 accounts are up to date. 2 others have something to tell."]),
    ],
    ids=["two", "many"],
)
def test_syncs_that_end_together_are_all_heard_beside_what_else_is_said(
    visitor: Visitor, failing: list[bool], sentences: list[str]
) -> None:
    runs = [gallery.a_run(number, "running") for number in range(len(failing))]
    accounts = [gallery.an_account(number, current_run=run) for number, run in enumerate(runs)]
    gallery.lay_over(visitor.page, accounts)
    ended: list[str] = []

    def a_run(route: sync_api.Route) -> None:
        number = int(route.request.url[-4:])
        state = ("failed" if failing[number] else "succeeded") if ended else "running"
        route.fulfill(json=gallery.a_run(number, state))

    visitor.page.route("**/runs/*", a_run)
    visitor.sign_in()
    expect(visitor.page.get_by_role("progressbar")).to_have_count(len(failing))
    for account in accounts:
        account["current_run"] = None
    ended.append("all of them")
    expect(visitor.page.get_by_role("progressbar")).to_have_count(0)
    visitor.page.get_by_label("Search accounts").fill("Ada")
    for sentence in [*sentences, "1 account shown."]:
        expect(visitor.said(sentence)).to_be_attached()


def dates_shown(visitor: Visitor) -> list[list[str]]:
    """The first and the last day of the range that the person chose, and the newest that can be chosen."""
    inputs = [visitor.page.get_by_label(name, exact=True) for name in ("From", "To")]
    return [[date.input_value() for date in inputs], [date.get_attribute("max") or "" for date in inputs]]


def test_a_page_that_is_open_over_midnight_shows_the_new_day_after_the_next_sync(visitor: Visitor) -> None:
    account = gallery.an_account(8)
    gallery.lay_over(visitor.page, [account])
    gallery.lay_over_past(visitor.page, "posts", [], 100)
    visitor.page.route("**/metrics?**", lambda route: route.fulfill(json=gallery.a_month()))
    visitor.page.route("**/sync", lambda route: route.fulfill(status=202, json=gallery.a_run(8, "queued")))
    visitor.page.route("**/runs/*", lambda route: route.fulfill(json=gallery.a_run(8, "succeeded")))
    account["followers_30d"][-1]["date"] = gallery.a_day(-2)
    visitor.sign_in("/#/accounts/acc_0008")
    visitor.page.get_by_label("Range", exact=True).check()
    assert dates_shown(visitor) == [[gallery.a_day(27), gallery.a_day(-2)], [gallery.a_day(-2)] * 2]
    account["followers_30d"].append({"date": gallery.a_day(-3), "n": 70, "provisional": True})
    account["last_synced_at"] = gallery.an_hour(0)
    with visitor.page.expect_request(f"**/metrics?from={gallery.a_day(26)}&to={gallery.a_day(-3)}"):
        visitor.button("Sync Pia Keller").click()
    assert dates_shown(visitor) == [[gallery.a_day(26), gallery.a_day(-3)], [gallery.a_day(-3)] * 2]


def test_a_first_sync_that_goes_on_shows_the_followers_as_soon_as_they_are_known(visitor: Visitor) -> None:
    run = gallery.a_run(0, "running")
    account = gallery.an_account(0, current_run=run, follower_count=None, followers_30d=[], last_synced_at=None)
    gallery.lay_over(visitor.page, [account])
    visitor.page.route("**/runs/*", lambda route: route.fulfill(json=run))
    visitor.sign_in()
    card = visitor.card("Ada's Loom")
    expect(card).to_contain_text("Known after the first sync.")
    account["follower_count"] = 48_210
    run["parts"]["profile"]["state"] = "succeeded"
    expect(card).to_contain_text("48,210")
    expect(card).to_contain_text("First sync: Insights")
