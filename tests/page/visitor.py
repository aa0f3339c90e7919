"""What a person does on the Accounts page, in words; and what their browser complains of meanwhile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tests.support.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request

RUN_AXE = """async (only) => (await axe.run(document, {resultTypes: ["violations"], ...only})).violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.length} x ${nodes[0].html} ${nodes[0].failureSummary}`)"""
FOCUSED = """() => {
    const { role, textContent, labels, ariaLabel } = document.activeElement;
    const words = [role === "slider" ? ariaLabel : "", textContent, labels?.[0]?.textContent, ariaLabel];
    return words.find((each) => each?.trim())?.trim() ?? "";
}"""
HEIGHT = "document.documentElement.scrollHeight"
NEXT_FRAME = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
PICTURES_ARE_THERE = """() => [...document.images].every((picture) => {
    const { top, bottom, width } = picture.getBoundingClientRect();
    return picture.complete || !width || bottom < 0 || top > innerHeight;
})"""
ABOVE_THE_PAGE = "dialog, [popover]"
# The same page twice: what a second look can find is in its colours alone.
RULES: dict[Literal["light", "dark"], dict[str, Any]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# The browser logs every answer of 400 and more; those of the API are the tests' own business.
# The icon is asked for by the sign-in's and the sandbox's pages, which have none.
_API_ANSWER = re.compile(r"/(accounts|connections|receipts|platforms|config)(/|\?|$)|/favicon\.ico$")
# Chromium drops what it is loading when an address of the machine comes or goes, also one of a network that it does not
# use (Docker's, a lease renewed). That says nothing about the page, so such a test, and no other, is run again.
NETWORK_CHANGED = "net::ERR_NETWORK_CHANGED"
_TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    tellViolation(`${violatedDirective}: ${blockedURI}`));
"""


class Visitor:
    """Somebody with a browser. `complaints`: errors on the console, in scripts, and against the security policy."""

    def __init__(self, context: BrowserContext, stack: Stack, user: str, screenshots: Path) -> None:
        self.context, self.stack, self.user = context, stack, user
        self.complaints: list[str] = []
        self.network_changed = False
        self._screenshots = screenshots
        context.expose_binding("tellViolation", lambda _source, what: self.complaints.append(f"policy: {what}"))
        context.add_init_script(_TELL_VIOLATIONS)
        context.on("console", self._hear)
        context.on("requestfailed", self._notice)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        self.page: Page = context.new_page()
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))

    def _hear(self, message: ConsoleMessage) -> None:
        expected = "Failed to load resource" in message.text and _API_ANSWER.search(message.location["url"])
        ours = message.location["url"].startswith(self.stack.base) and "/_" not in message.location["url"]
        if message.type in ("error", "warning") and ours and not expected:
            self.complaints.append(f"{message.type}: {message.text} {message.location['url']}")

    def _notice(self, request: Request) -> None:
        self.network_changed |= NETWORK_CHANGED in (request.failure or "")

    # Finding

    def button(self, name: str | re.Pattern[str], exact: bool = False) -> Locator:
        return self.page.get_by_role("button", name=name, exact=exact)

    def heading(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("heading", name=name)

    def card(self, name: str) -> Locator:
        """The card of the account with this name in it."""
        return self.page.get_by_role("article").filter(has_text=name)

    @property
    def dialog(self) -> Locator:
        """By its element, not its role: a closed one has no role, but is there until what closing does is done."""
        return self.page.locator("dialog")

    def said(self, words: str | re.Pattern[str]) -> Locator:
        """The sentence with these words in the page's live region, as long as it is there to be read out."""
        return self.page.locator("body > .announcer > p").filter(has_text=words).first

    def focused(self) -> str:
        """The words of the stop that has the focus: its text, else its label."""
        text: str = self.page.evaluate(FOCUSED)
        return text

    def is_at(self, words: str) -> None:
        """Waits for the focus to be on the stop with exactly these words."""
        self.page.wait_for_function(f"(words) => ({FOCUSED})() === words", arg=words)

    # Doing

    def sign_in(self, path: str = "/") -> None:
        """Opens the page and signs in as this test's own user."""
        self.page.goto(self.stack.base + path)
        self.button("Sign in").click()
        self.page.locator("input[name=user]").fill(self.user)
        self.button("Continue", exact=True).click()
        self.button("Sign out").wait_for()

    def come_home(self, user: str) -> None:
        """Signs in as somebody who has accounts already, at the stack's time, which days that went by moved on."""
        self.user = user
        self.page.clock.set_system_time(self.stack.now())
        self.sign_in()
        self.page.get_by_role("article").first.wait_for()

    def open_platform(self, name: str) -> None:
        """Opens the connect dialog at a platform."""
        self.button("Connect account").click()
        self.dialog.get_by_role("button", name=name).click()

    def connect_bluesky(self, person: str = "ada") -> str:
        """Connects a sandbox person by app password, to the outcome. Answers their name."""
        who = self.sandbox_person("bluesky", person)
        self.open_platform("Bluesky")
        self.page.get_by_label("Handle").fill(who["handle"])
        self.page.get_by_label("App password").fill(who["app_password"])
        self.dialog.get_by_role("button", name="Connect", exact=True).click()
        self.heading(re.compile("^(Connected|Already connected)$")).wait_for()
        return str(who["name"])

    def leave_for_consent(self, button: str = "Continue to Pinterest") -> Page:
        """Presses the button that opens the platform's consent page; answers its tab."""
        with self.context.expect_page() as opening:
            self.button(button).click()
        opening.value.locator("form button").first.wait_for()
        return opening.value

    def connect_pinterest(self, person: str | None = None) -> None:
        """Connects a sandbox person through the consent page, to the outcome; the suggested person by default."""
        self.open_platform("Pinterest")
        tab = self.leave_for_consent()
        if person:
            tab.locator(f"input[name=person][value={person}]").check()
        tab.locator("form button").first.click()
        tab.get_by_role("heading", name="The account is connected").wait_for()
        tab.close()
        self.heading(re.compile("^(Connected|Already connected)$")).wait_for()

    def come_to(self, section: str) -> Locator:
        """Goes to the section of an account's page, once what is above it has its height; answers it."""
        self.page.locator(".charts:not([aria-busy])").wait_for()
        self.page.locator("#section-posts").get_by_text("Reading…").wait_for(state="detached")
        self.heading(section).scroll_into_view_if_needed()
        return self.page.get_by_role("region", name=section)

    def from_menu(self, name: str, item: str) -> None:
        """Chooses from the menu of the card of the account with this name."""
        self.button(f"More for {name}").click()
        self.page.get_by_role("menuitem", name=item).click()

    def finish_dialog(self) -> None:
        self.button("Done", exact=True).click()
        self.dialog.wait_for(state="detached")

    def let_pass(self, minutes: int) -> None:
        """Time passes for the whole stack."""
        self.stack.pass_time(minutes, self.stack.person(self.user))

    def catch_up(self) -> None:
        """Waits until all that the page has asked for so far has come to the test's ears: a later answer is here."""
        self.page.evaluate("fetch('/config').then(({ status }) => status)")

    def look_again(self) -> None:
        """The tab comes back to the front after more than a minute; the page's clock must be installed."""
        self.page.clock.fast_forward("01:05")
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    def lose_access(self, platform: str, person: str) -> None:
        """The person takes our access away on the platform; the next sync, after a token's life, finds out."""
        name = self.sandbox_person(platform, person)["name"]
        self.card(name).get_by_text("Synced just now").wait_for()
        self.stack.anyone().post(f"/_sandbox/people/{platform}/{person}/revoke")
        self.let_pass(minutes=180)
        self.button(f"Sync {name}").click()
        self.card(name).get_by_text("Connection error").wait_for()

    def sandbox_person(self, platform: str, person: str) -> dict[str, Any]:
        """What the sandbox tells of one of its people: name, handle, app_password."""
        answer = self.stack.anyone().get(f"/_sandbox/people/{platform}/{person}")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def picture(self, state: str, page: Page | None = None) -> None:
        """Screenshots of the page (or of another tab) in this state, light and dark, in which axe-core finds nothing
        and nothing scrolls sideways."""
        page = page or self.page
        self._screenshots.mkdir(parents=True, exist_ok=True)
        window = page.viewport_size
        assert window is not None
        if not page.locator(ABOVE_THE_PAGE).count():  # what lies outside the window is not drawn: content-visibility
            page.set_viewport_size({**window, "height": max(window["height"], page.evaluate(HEIGHT))})
        complaints: list[str] = []
        for scheme, rules in RULES.items():
            page.emulate_media(color_scheme=scheme)
            page.evaluate(NEXT_FRAME)
            page.wait_for_function(PICTURES_ARE_THERE)
            page.screenshot(path=self._screenshots / f"{state}-{window['width']}-{scheme}.png")
            complaints += [f"{scheme}: {violation}" for violation in violations_of(page, rules)]
        if page.evaluate(OVERFLOW):
            complaints.append("it scrolls sideways")
        page.set_viewport_size(window)
        assert not complaints, f"{state}, {window['width']} pixels wide: {complaints}"


def violations_of(page: Page, rules: Mapping[str, Any]) -> list[str]:
    """What axe-core finds on the page as it stands: each rule with the first element that breaks it. `rules`: axe's
    own choice of them; nothing for all."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(RUN_AXE, dict(rules))
    return found
