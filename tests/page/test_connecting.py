"""Connecting, in a real browser."""

import re

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page


def test_a_bluesky_account_is_connected_with_an_app_password(visitor: Visitor) -> None:
    visitor.sign_in()
    expect(visitor.heading("No account yet")).to_be_visible()
    name = visitor.connect_bluesky("ada")
    expect(visitor.dialog).to_contain_text("The first sync is on its way")
    visitor.finish_dialog()
    expect(visitor.card(name)).to_contain_text("Connected")
    expect(visitor.card(name)).to_contain_text("Synced just now")


def test_a_wrong_app_password_is_said_at_its_field_and_stores_nothing(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.open_platform("Bluesky")
    visitor.page.get_by_label("Handle").fill("ada.test")
    visitor.page.get_by_label("App password").fill("aaaa-bbbb-cccc-dddd")
    visitor.button("Connect", exact=True).click()
    field = visitor.page.get_by_label("App password")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    visitor.button("Back").click()
    visitor.button("Close").click()
    expect(visitor.heading("No account yet")).to_be_visible()


def test_an_empty_form_names_each_missing_field(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.open_platform("Bluesky")
    visitor.button("Connect", exact=True).click()
    expect(visitor.dialog.get_by_text("Please fill this in.")).to_have_count(2)
    expect(visitor.page.get_by_label("Handle")).to_be_focused()


def test_a_pinterest_account_is_connected_in_a_tab_of_its_own(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.open_platform("Pinterest")
    tab = visitor.leave_for_consent()
    assert tab.evaluate("window.opener") is None
    expect(visitor.heading("Waiting for Pinterest")).to_be_visible()
    tab.locator("form button").first.click()
    expect(tab.get_by_role("heading", name="The account is connected")).to_be_visible()
    expect(tab.get_by_role("link", name="Go to accounts")).to_be_visible()
    expect(visitor.heading("Connected")).to_be_visible()
    visitor.finish_dialog()
    expect(visitor.page.get_by_role("article")).to_have_count(1)


def test_a_refused_consent_is_said_in_both_tabs(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.open_platform("Pinterest")
    tab = visitor.leave_for_consent()
    tab.locator("form button").nth(1).click()
    expect(tab.get_by_role("heading", name="The account was not connected")).to_be_visible()
    expect(tab.get_by_text("You did not give your consent")).to_be_visible()
    expect(visitor.heading("That did not work")).to_be_visible()
    expect(visitor.dialog).to_contain_text("You did not give your consent")
    visitor.button("Close", exact=True).last.click()
    expect(visitor.heading("No account yet")).to_be_visible()


def test_connecting_twice_refreshes_the_account_and_says_so(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.connect_bluesky("zora")
    visitor.finish_dialog()
    visitor.connect_bluesky("zora")
    expect(visitor.heading("Already connected")).to_be_visible()
    visitor.finish_dialog()
    expect(visitor.page.get_by_role("article")).to_have_count(1)


def test_a_reconnect_that_ends_with_somebody_else_names_both(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.connect_pinterest("noor")
    visitor.finish_dialog()
    noor, ada = (visitor.sandbox_person("pinterest", person) for person in ("noor", "ada"))
    visitor.lose_access("pinterest", "noor")
    visitor.button(f"Reconnect {noor['name']}").click()
    tab = visitor.leave_for_consent()
    tab.locator("input[name=person][value=ada]").check()
    tab.locator("form button").first.click()
    expect(visitor.heading("That is another account")).to_be_visible()
    for username in (noor["username"], ada["username"]):
        expect(visitor.dialog).to_contain_text(f"@{username}")
    visitor.button(re.compile("as a new account$")).click()
    expect(visitor.heading("Connected")).to_be_visible()
    visitor.finish_dialog()
    expect(visitor.page.get_by_role("article")).to_have_count(2)
    expect(visitor.card(noor["name"])).to_contain_text("Connection error")


def test_platforms_come_from_the_api_and_those_not_set_up_say_so(visitor: Visitor) -> None:
    def without_pinterest(route: sync_api.Route) -> None:
        answer = route.fetch()
        body = answer.json()
        for platform in body["platforms"]:
            platform["configured"] = platform["slug"] != "pinterest"
        route.fulfill(response=answer, json=body)

    visitor.page.route("**/platforms", without_pinterest)
    visitor.sign_in()
    visitor.button("Connect account").click()
    expect(visitor.button("Bluesky")).to_be_enabled()
    expect(visitor.button("Pinterest")).to_be_disabled()
    expect(visitor.button("Pinterest")).to_contain_text("Not set up on this server")


def test_a_connection_under_way_is_resumed_after_a_reload(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.open_platform("Pinterest")
    tab = visitor.leave_for_consent()
    expect(visitor.heading("Waiting for Pinterest")).to_be_visible()
    visitor.page.reload()
    expect(visitor.heading("Waiting for Pinterest")).to_be_visible()
    tab.locator("form button").first.click()
    expect(visitor.heading("Connected")).to_be_visible()
    visitor.finish_dialog()
    assert visitor.page.url == f"{visitor.stack.base}/"


@pytest.mark.parametrize(("hours_ago", "title"), [(0.01, "Connected"), (24, "Already connected")])
def test_a_resumed_connection_tells_a_new_account_from_one_that_was_there(
    visitor: Visitor, hours_ago: float, title: str
) -> None:
    account = gallery.an_account(0, connected_at=gallery.an_hour(-hours_ago))
    gallery.lay_over(visitor.page, [account, gallery.an_account(1)])
    done = gallery.a_connection("done", accounts=[account])
    visitor.page.route("**/connections/con_1", lambda route: route.fulfill(json=done))
    visitor.sign_in("/?resume=con_1")
    expect(visitor.page.get_by_role("heading", name=title, exact=True)).to_be_visible()


def test_an_account_is_new_though_the_list_was_read_again_before_its_connection_was(visitor: Visitor) -> None:
    visitor.page.clock.install()
    accounts = [gallery.an_account(1)]
    gallery.lay_over(visitor.page, accounts)
    begun = {"connection_id": "con_1", "authorize_url": visitor.stack.base, "expires_at": gallery.an_hour(1 / 6)}
    answers = [gallery.a_connection("pending")]
    visitor.page.route("**/connections", lambda route: route.fulfill(status=201, json=begun))
    visitor.page.route("**/connections/con_1", lambda route: route.fulfill(json=answers[-1]))
    visitor.sign_in()
    visitor.open_platform("Instagram")
    visitor.button("Continue to Instagram").click()
    expect(visitor.heading("Waiting for Instagram")).to_be_visible()
    accounts.append(gallery.an_account(0, connected_at=gallery.an_hour(0.001)))
    visitor.look_again()
    expect(visitor.page.locator(".card")).to_have_count(2)
    answers.append(gallery.a_connection("done", accounts=accounts[1:]))
    expect(visitor.page.get_by_role("heading", name="Connected", exact=True)).to_be_visible()
    expect(visitor.dialog).to_contain_text("@adas.loom is connected. The first sync is on its way.")


def test_of_several_accounts_each_is_said_to_be_new_or_known(visitor: Visitor) -> None:
    known, new = gallery.an_account(0), gallery.an_account(2, connected_at=gallery.an_hour(0))
    gallery.lay_over(visitor.page, [known])
    choice = gallery.a_connection("choose", candidates=[gallery.a_candidate(1), gallery.a_candidate(2)])
    visitor.page.route("**/connections/con_1", lambda route: route.fulfill(json=choice))
    visitor.page.route("**/connections/con_1/accounts", lambda route: route.fulfill(json={"accounts": [known, new]}))
    visitor.sign_in("/?resume=con_1")
    visitor.button("Connect 2 accounts").click()
    expect(visitor.dialog).to_contain_text("@noor.ceramics is connected.")
    expect(visitor.dialog).to_contain_text("@adas.loom was connected before")


def test_an_account_that_is_connected_while_the_list_is_read_again_stays(visitor: Visitor) -> None:
    visitor.page.clock.install()
    gallery.lay_over(visitor.page, [gallery.an_account(0)])
    new = gallery.an_account(2, connected_at=gallery.an_hour(0))
    visitor.page.route("**/connections", lambda route: route.fulfill(status=201, json={"accounts": [new]}))
    visitor.sign_in()
    visitor.open_platform("Bluesky")
    held = gallery.hold(visitor.page, "**/accounts?**")
    with visitor.page.expect_request("**/accounts?**"):
        visitor.look_again()
    visitor.page.get_by_label("Handle").fill("noor")
    visitor.page.get_by_label("App password").fill("secret")
    visitor.button("Connect", exact=True).click()
    expect(visitor.page.get_by_role("heading", name="Connected", exact=True)).to_be_visible()
    with visitor.page.expect_response("**/accounts?**"):
        held[0].fallback()
    visitor.page.wait_for_load_state("networkidle")
    expect(visitor.page.locator(".card")).to_have_count(2)


def test_a_choice_says_which_is_the_persons_own_profile_and_which_are_pages(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.open_platform("LinkedIn")
    tab = visitor.leave_for_consent("Continue to LinkedIn")
    tab.locator("input[name=person][value=salma]").check()
    tab.locator("form button").first.click()
    expect(visitor.heading("Which accounts?")).to_be_visible()
    offered = visitor.dialog.get_by_role("listitem")
    expect(offered.filter(has_text=re.compile("Page$"))).not_to_have_count(0)
    expect(offered.filter(has_text=re.compile("Profile$"))).to_have_count(1)
    expect(visitor.dialog.get_by_role("checkbox", name=re.compile("Profile$"))).to_have_count(1)
    visitor.picture("identities-of-kinds")


def open_mismatch(visitor: Visitor, candidates: list[gallery.Json]) -> None:
    """A reconnect of @littlegallery that ended with these identities in place of it."""
    gallery.lay_over(visitor.page, [gallery.an_account(6)])
    got = ", ".join(candidate["username"] for candidate in candidates)
    error = {"code": "identity_mismatch", "message": "", "expected": "littlegallery", "got": got}
    choice = gallery.a_connection("choose", platform="facebook", error=error, candidates=candidates)
    visitor.page.route("**/connections/con_1", lambda route: route.fulfill(json=choice))
    visitor.sign_in("/?resume=con_1")
    expect(visitor.heading("That is another account")).to_be_visible()


def test_of_several_identities_in_place_of_the_wanted_one_those_are_added_that_are_chosen(visitor: Visitor) -> None:
    open_mismatch(visitor, [gallery.a_candidate(number) for number in range(3)])
    expect(visitor.dialog).to_contain_text("You wanted to reconnect @littlegallery")
    expect(visitor.dialog.get_by_role("checkbox", checked=False)).to_have_count(3)
    expect(visitor.button("Try again as @littlegallery")).to_be_visible()
    new = [gallery.an_account(number, connected_at=gallery.an_hour(0)) for number in (0, 2)]
    visitor.page.route("**/connections/con_1/accounts", lambda route: route.fulfill(status=201, json={"accounts": new}))
    for name in ("Page 0", "Page 2"):
        visitor.page.get_by_label(name).check()
    with visitor.page.expect_request("**/connections/con_1/accounts") as sent:
        visitor.button("Connect 2 accounts").click()
    assert sent.value.post_data_json == {"ids": ["acc_page0", "acc_page2"]}
    expect(visitor.page.get_by_role("heading", name="Connected", exact=True)).to_be_visible()


def test_an_identity_in_place_of_the_wanted_one_that_is_connected_already_is_not_called_new(visitor: Visitor) -> None:
    open_mismatch(visitor, [gallery.a_candidate(1, connected=True)])
    expect(visitor.button("Refresh the access of @page1 instead")).to_be_visible()
    expect(visitor.button("as a new account")).to_have_count(0)


def wait_for_instagram(visitor: Visitor) -> list[sync_api.Route]:
    """Presses Continue twice; answers the calls that begin a connection, the first of which is answered."""
    begun = {"connection_id": "con_1", "authorize_url": visitor.stack.base, "expires_at": gallery.an_hour(1 / 6)}
    pending = gallery.a_connection("pending")
    held = gallery.hold(visitor.page, "**/connections")
    visitor.page.route("**/connections/con_1", lambda route: route.fulfill(json=pending))
    visitor.open_platform("Instagram")
    visitor.button("Continue to Instagram").evaluate("(button) => { button.click(); button.click(); }")
    visitor.catch_up()
    held[0].fulfill(status=201, json=begun)
    expect(visitor.heading("Waiting for Instagram")).to_be_visible()
    return held


def test_continuing_twice_at_once_begins_one_connection_in_one_tab(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(1)])
    visitor.sign_in()
    assert len(wait_for_instagram(visitor)) == 1
    assert len(visitor.context.pages) == 2


def test_a_connection_that_nobody_waits_for_any_more_is_in_the_list_when_one_comes_back(visitor: Visitor) -> None:
    accounts = [gallery.an_account(1)]
    gallery.lay_over(visitor.page, accounts)
    visitor.sign_in()
    wait_for_instagram(visitor)
    accounts.append(gallery.an_account(0))  # before: the browser may come back to this tab by itself
    visitor.button("Cancel").click()
    expect(visitor.dialog).to_have_count(0)
    visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(visitor.page.locator(".card")).to_have_count(2)


@pytest.mark.parametrize(
    ("query", "title", "hint"),
    [
        (
            "connection=con_1&outcome=choose&error=identity_mismatch",
            "That is another account",
            "try again, or go on with",
        ),
        ("outcome=choose&connection=con_1", "One more step", "covers more than one account"),
        ("outcome=failed&error=unknown_state", "No account was connected this time", "If you consented a moment ago"),
        ("outcome=failed&error=access_denied", "The account was not connected", "Nothing was stored."),
    ],
)
def test_the_platforms_tab_says_what_the_consent_led_to_and_no_more(
    visitor: Visitor, query: str, title: str, hint: str
) -> None:
    visitor.page.goto(f"{visitor.stack.base}/?{query}")
    expect(visitor.heading(title)).to_be_focused()
    expect(visitor.page.get_by_role("main")).to_contain_text(hint)
    for other in {"covers more than one account", "Nothing was stored."} - {hint}:
        expect(visitor.page.get_by_role("main")).not_to_contain_text(other)


def test_nobody_goes_back_from_a_form_that_is_being_sent(visitor: Visitor) -> None:
    gallery.lay_over(visitor.page, [gallery.an_account(0)])
    new = gallery.an_account(2, connected_at=gallery.an_hour(0))
    held = gallery.hold(visitor.page, "**/connections")
    visitor.sign_in()
    visitor.open_platform("Bluesky")
    visitor.page.get_by_label("Handle").fill("noor")
    visitor.page.get_by_label("App password").fill("secret")
    visitor.button("Connect", exact=True).click()
    visitor.button("Back").click(force=True)  # it takes no press, though it can be pressed
    expect(visitor.button("Connecting…")).to_be_visible()
    held[0].fulfill(status=201, json={"accounts": [new]})
    expect(visitor.page.get_by_role("heading", name="Connected", exact=True)).to_be_visible()


def lose_sight_of_instagram(visitor: Visitor) -> tuple[list[gallery.Json], list[gallery.Json]]:
    """Waits for a consent so long without an answer that it is given up; answers the accounts, and what the connection
    answers from the first of them on."""
    visitor.page.clock.install()
    accounts: list[gallery.Json] = []
    answers: list[gallery.Json] = []
    gallery.lay_over(visitor.page, accounts)
    visitor.sign_in()
    wait_for_instagram(visitor)
    visitor.page.route(
        "**/connections/con_1", lambda route: route.fulfill(json=answers[-1]) if answers else route.abort()
    )
    for _ in range(8):
        visitor.page.clock.fast_forward(40_000)
        visitor.catch_up()
    expect(visitor.heading("We could not find out yet")).to_be_visible()
    assert visitor.page.url.endswith("?resume=con_1")
    return accounts, answers


def test_a_connection_whose_outcome_could_not_be_read_is_looked_at_again(visitor: Visitor) -> None:
    accounts, answers = lose_sight_of_instagram(visitor)
    visitor.picture("not-found-out")
    visitor.button("Look again").click()
    expect(visitor.heading("We could not find out yet")).to_be_visible()
    accounts.append(gallery.an_account(0, connected_at=gallery.an_hour(0)))
    answers.append(gallery.a_connection("done", accounts=accounts))
    visitor.button("Look again").click()
    expect(visitor.page.get_by_role("heading", name="Connected", exact=True)).to_be_visible()
    visitor.finish_dialog()
    assert visitor.page.url == f"{visitor.stack.base}/"


def test_whoever_closes_a_connection_whose_outcome_is_unknown_sees_at_once_what_is_connected(visitor: Visitor) -> None:
    accounts, _ = lose_sight_of_instagram(visitor)
    accounts.append(gallery.an_account(0, connected_at=gallery.an_hour(0)))
    visitor.button("Close", exact=True).last.click()
    expect(visitor.card("Ada's Loom")).to_be_visible()
    expect(visitor.heading("No account yet")).to_have_count(0)
