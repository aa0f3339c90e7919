"""What the page asks for while syncs go on by themselves, which is little, and what it says at their end."""

import pytest

from tests.page import gallery
from tests.page.visitor import Visitor

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test-page)")
expect = sync_api.expect
pytestmark = pytest.mark.page

HIDE = """() => {
    Object.defineProperty(document, "hidden", { value: true });
    Object.defineProperty(document, "visibilityState", { value: "hidden" });
}"""
SOON, LATE = 1 / 30, 5.0  # hours


class Asked:
    """The paths of the API that the page has asked for."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._paths: list[str] = []
        visitor.page.on("request", lambda request: self._paths.append(request.url.removeprefix(visitor.stack.base)))

    def lists_and_runs(self) -> tuple[int, int]:
        """How often the list was read, and runs, until now."""
        self._visitor.catch_up()
        lists = [path for path in self._paths if path.startswith("/accounts?")]
        return len(lists), len([path for path in self._paths if "/runs/" in path])


def open_page(visitor: Visitor, accounts: list[gallery.Json]) -> Asked:
    visitor.page.clock.install()
    gallery.lay_over(visitor.page, accounts)
    asked = Asked(visitor)
    visitor.sign_in()
    expect(visitor.page.get_by_role("article").first).to_be_visible()
    return asked


def test_accounts_that_wait_are_read_as_one_list_when_the_first_may_go_on(visitor: Visitor) -> None:
    accounts = [gallery.waiting(number, SOON if number == 7 else LATE) for number in range(100)]
    asked = open_page(visitor, accounts)
    visitor.page.clock.fast_forward("01:30")
    assert asked.lists_and_runs() == (1, 0)
    accounts[7] = gallery.an_account(7, last_synced_at=gallery.an_hour(0))
    visitor.page.clock.fast_forward("00:40")
    expect(visitor.said("Ada's Loom on Threads: Everything is up to date.")).to_be_attached()
    expect(visitor.page.get_by_role("article", name="Ada's Loom on Threads")).to_contain_text(
        "Everything is up to date."
    )
    assert asked.lists_and_runs() == (2, 0)
    visitor.page.clock.fast_forward("09:00")
    assert asked.lists_and_runs() == (2, 0)
    visitor.page.clock.fast_forward("01:05")
    expect(visitor.page.get_by_role("article")).to_have_count(100)
    assert asked.lists_and_runs() == (3, 0)


def test_however_near_the_next_attempt_is_a_quarter_of_a_minute_lies_between_two_readings(visitor: Visitor) -> None:
    asked = open_page(visitor, [gallery.waiting(number, 0) for number in range(3)])
    for number in range(1, 4):
        visitor.page.clock.fast_forward("00:12")
        visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        assert asked.lists_and_runs() == (number, 0)
        with visitor.page.expect_response("**/accounts?**"):
            visitor.page.clock.fast_forward("00:04")


def test_a_tab_that_nobody_sees_reads_once_a_minute(visitor: Visitor) -> None:
    visitor.page.add_init_script(f"({HIDE})()")
    asked = open_page(visitor, [gallery.waiting(number, 0) for number in range(3)])
    visitor.page.clock.fast_forward("00:50")
    assert asked.lists_and_runs() == (1, 0)
    with visitor.page.expect_response("**/accounts?**"):
        visitor.page.clock.fast_forward("00:15")


def test_how_many_syncs_have_ended_is_said_also_where_there_were_too_many_to_follow(visitor: Visitor) -> None:
    accounts = [gallery.an_account(number, current_run=gallery.a_run(number, "running")) for number in range(9)]
    asked = open_page(visitor, accounts)
    expect(visitor.page.get_by_role("progressbar")).to_have_count(9)
    for number, account in enumerate(accounts):
        account["current_run"] = None
        account["last_synced_at"] = gallery.an_hour(0 if number < 7 else -30)
    accounts[8]["status_reason"] = gallery.reason("partial", "X did not answer.", "none")
    visitor.page.clock.fast_forward("00:04")
    expect(visitor.said("7 accounts are up to date. 2 others have something to tell.")).to_be_attached()
    expect(visitor.card("Pia Keller")).to_contain_text("Not everything could be read. X did not answer.")
    assert asked.lists_and_runs() == (2, 0)


def test_what_begins_to_run_is_not_left_until_what_waits_may_go_on(visitor: Visitor) -> None:
    idle = [gallery.an_account(number, last_synced_at=gallery.an_hour(-3)) for number in range(8)]
    accounts = [*idle, gallery.waiting(8, LATE)]
    open_page(visitor, accounts)

    def begin(route: sync_api.Route) -> None:
        number = int(route.request.url.removesuffix("/sync")[-4:])
        accounts[number]["current_run"] = gallery.a_run(number, "running")
        route.fulfill(status=202, json=accounts[number]["current_run"])

    visitor.page.route("**/accounts/*/sync", begin)
    visitor.page.route(
        "**/runs/*", lambda route: route.fulfill(json=gallery.a_run(int(route.request.url[-4:]), "running"))
    )
    visitor.button("Sync all").click()
    expect(visitor.page.get_by_role("progressbar")).to_have_count(8)
    accounts[7] |= {"current_run": None, "last_synced_at": gallery.an_hour(0)}
    visitor.page.clock.fast_forward("00:04")
    expect(visitor.page.get_by_role("article", name="Ada's Loom on Threads")).to_contain_text(
        "Everything is up to date."
    )


def test_accounts_that_are_leaving_in_great_number_are_read_as_one_list(visitor: Visitor) -> None:
    accounts = [gallery.an_account(number, status="disconnecting") for number in range(20)]
    asked = open_page(visitor, accounts)
    visitor.page.clock.fast_forward("00:04")
    expect(visitor.page.get_by_role("article")).to_have_count(20)
    assert asked.lists_and_runs()[0] == 2
    del accounts[1:]
    visitor.page.clock.fast_forward("00:04")
    expect(visitor.page.get_by_role("article")).to_have_count(1)


def lose_the_network(visitor: Visitor) -> list[gallery.Json]:
    """A sync is under way while the network is away so long that its progress is given up; answers the one account."""
    accounts = [gallery.an_account(2, current_run=gallery.a_run(2, "running"))]
    visitor.page.route("**/runs/*", lambda route: route.fulfill(json=gallery.a_run(2, "running")))
    open_page(visitor, accounts)
    expect(visitor.page.get_by_role("progressbar")).to_have_count(1)
    visitor.page.route("**/runs/*", lambda route: route.abort())
    visitor.page.route("**/accounts?**", lambda route: route.abort())
    for _ in range(8):
        visitor.page.clock.fast_forward(40_000)
        visitor.catch_up()
    expect(visitor.card("Noor Ceramics")).to_contain_text("The progress cannot be read at the moment.")
    accounts[0] |= {"current_run": None, "last_synced_at": gallery.an_hour(0)}
    return accounts


def come_back(visitor: Visitor, accounts: list[gallery.Json]) -> None:
    visitor.page.unroute_all()
    gallery.lay_over(visitor.page, accounts)


def test_a_sync_whose_progress_was_given_up_is_looked_for_again(visitor: Visitor) -> None:
    come_back(visitor, lose_the_network(visitor))
    visitor.page.clock.fast_forward(61_000)
    expect(visitor.card("Noor Ceramics")).to_contain_text("Everything is up to date.")
    expect(visitor.button("Sync Noor Ceramics")).to_have_text("Sync")


def test_a_sync_whose_progress_was_given_up_is_looked_for_as_soon_as_the_network_is_back(visitor: Visitor) -> None:
    come_back(visitor, lose_the_network(visitor))
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    expect(visitor.card("Noor Ceramics")).to_contain_text("Everything is up to date.")
    expect(visitor.page.get_by_role("progressbar")).to_have_count(0)
