"""Pressing a button on a consent page: a plain HTML form, read without a browser."""

from collections.abc import Collection
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

from tests.support.stack import Person

Field = tuple[str, str]


@dataclass
class _Form(HTMLParser):
    """The page's first form: its action, the fields that stand selected, its buttons in order."""

    action: str = ""
    method: str = "get"
    fields: list[Field] = field(default_factory=list)
    choices: list[Field] = field(default_factory=list)
    buttons: list[Field] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        pair = (given.get("name", ""), given.get("value", ""))
        if tag == "form":
            self.action, self.method = given.get("action", ""), given.get("method", "get")
        elif tag == "button" or (tag == "input" and given.get("type") == "submit"):
            self.buttons.append(pair)
        elif tag == "input" and given.get("type") in ("radio", "checkbox"):
            self.choices.append(pair)
            if "checked" in given:
                self.fields.append(pair)
        elif tag == "input":
            self.fields.append(pair)


def press(url: str, button: int = 0, choose: str | None = None, without: Collection[str] = ()) -> str:
    """Open the consent page, choose somebody (by a part of the value; the one selected otherwise), press the button.

    `without`: scopes that they take away, where the page lets them. Returns the address that the page sends the
    browser back to.
    """
    page = requests.get(url, timeout=30)
    assert page.status_code == 200, page.text
    form = _Form()
    form.feed(page.text)
    fields = dict(form.fields)
    if choose is not None:
        fields |= dict([next(pair for pair in form.choices if choose in pair[1])])
    fields |= {f"without:{scope}": "yes" for scope in without}
    name, value = form.buttons[button]
    fields |= {name: value} if name else {}
    target = urljoin(page.url, form.action)
    answer = requests.request(form.method.upper(), target, data=fields, timeout=30, allow_redirects=False)
    assert answer.status_code in (302, 303), answer.text
    return answer.headers["Location"]


def come_back(person: Person, callback: str) -> dict[str, str]:
    """The browser follows to our callback, with its cookies; what stands in the address of the page it ends on."""
    answer = person.get(callback)
    assert answer.status_code == 303, answer.text
    query = requests.utils.urlparse(answer.headers["Location"]).query
    return dict(pair.split("=", 1) for pair in query.split("&"))
