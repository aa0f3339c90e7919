"""What a person does with the product, over HTTP."""

from typing import Any

import requests

from tests.support.consent import come_back, press
from tests.support.stack import Person, Stack

Json = dict[str, Any]


def connect_pinterest(person: Person, choose: str | None = None) -> Json:
    """Through the consent page to the connected account."""
    leaving = person.post("/connections", json={"platform": "pinterest"})
    assert leaving.status_code == 201, leaving.text
    ended = come_back(person, press(leaving.json()["authorize_url"], choose=choose))
    assert ended["outcome"] == "done", ended
    connection = person.get(f"/connections/{ended['connection']}").json()
    account: Json = connection["accounts"][0]
    return account


def connect_bluesky(person: Person, identifier: str, app_password: str) -> Json:
    answer = person.post(
        "/connections", json={"platform": "bluesky", "identifier": identifier, "app_password": app_password}
    )
    assert answer.status_code == 201, answer.text
    account: Json = answer.json()["accounts"][0]
    return account


def synced(stack: Stack, person: Person, account_id: str, newer_than: str | None = None) -> Json:
    """The account once no run is under way and it was synced (after `newer_than`)."""

    def look() -> Json | None:
        account: Json = person.get(f"/accounts/{account_id}").json()
        fresh = account["last_synced_at"] and account["last_synced_at"] != newer_than
        return account if fresh and account["current_run"] is None else None

    found: Json = stack.until(look, 60)
    return found


def everything(person: Person, path: str, name: str) -> list[Json]:
    """All pages of a list, following its cursors."""
    items: list[Json] = []
    cursor: str | None = None
    while True:
        page = person.get(path, params={"limit": "100"} | ({"cursor": cursor} if cursor else {})).json()
        items += page[name]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


def erased(stack: Stack, person: Person, receipt_id: str) -> Json:
    """The receipt once it is done."""

    def look() -> Json | None:
        receipt: Json = person.get(f"/receipts/{receipt_id}").json()
        return receipt if receipt["state"] == "done" else None

    found: Json = stack.until(look, 60)
    return found


def sandbox_people(stack: Stack, platform: str) -> list[Json]:
    """The people whom the sandbox of a platform offers."""
    answer = requests.get(f"{stack.base}/_sandbox/people", timeout=30).json()["people"]
    return [person for person in answer if person["platform"] == platform]
