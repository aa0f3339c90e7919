"""Instagram, Threads and Facebook Pages in the sandbox, over HTTP: connected, synced, disconnected."""

import pytest
import requests

from tests.support.consent import come_back, press
from tests.support.product import Json, erased, everything, synced
from tests.support.stack import Person, Stack


def connected(person: Person, platform: str, choose: str) -> list[Json]:
    """Every account that the consent of somebody offers."""
    leaving = person.post("/connections", json={"platform": platform})
    assert leaving.status_code == 201, leaving.text
    ended = come_back(person, press(leaving.json()["authorize_url"], choose=choose))
    path = f"/connections/{ended['connection']}"
    connection: Json = person.get(path).json()
    if ended["outcome"] == "done":
        return list(connection["accounts"])
    assert ended["outcome"] == "choose", ended
    ids = [candidate["id"] for candidate in connection["candidates"]]
    return list(person.post(f"{path}/accounts", json={"ids": ids}).json()["accounts"])


@pytest.mark.parametrize(("platform", "known"), [("instagram", "views"), ("threads", "likes"), ("facebook", "reach")])
def test_an_account_is_connected_synced_and_disconnected(
    stack: Stack, person: Person, platform: str, known: str
) -> None:
    # Whoever has one Page only, where there are Pages.
    (joined,) = connected(person, platform, "zora" if platform == "facebook" else "ada")
    account = synced(stack, person, joined["account_id"])
    assert (account["status"], account["can_publish"], account["missing_scopes"]) == ("connected", True, [])
    path = f"/accounts/{account['account_id']}"
    run = person.get(f"{path}/runs").json()["runs"][0]
    assert {part: each["state"] for part, each in run["parts"].items()} == dict.fromkeys(run["parts"], "succeeded")
    posts = everything(person, f"{path}/posts", "posts")
    assert len(posts) >= 25 and all(post["metrics"][known] is not None for post in posts)
    assert all(post["metrics"]["impressions"] is None for post in posts)
    days = person.get(f"{path}/metrics").json()["days"]
    assert len(days) >= 29 or platform == "facebook"
    receipt = erased(stack, person, person.delete(path).json()["receipt_id"])
    assert receipt["platform_revocation"] == ("revoked" if platform == "facebook" else "not_offered")
    assert person.get(path).status_code == 404


def test_pages_of_one_consent_are_siblings_and_only_the_last_one_revokes(stack: Stack, person: Person) -> None:
    before = revokes(stack, "salma")
    first, second = connected(person, "facebook", "salma")
    assert first["username"] != second["username"]
    for account in (first, second):
        synced(stack, person, account["account_id"])
    receipt = erased(stack, person, person.delete(f"/accounts/{first['account_id']}").json()["receipt_id"])
    assert receipt["platform_revocation"] == "shared_grant"
    assert revokes(stack, "salma") == before
    assert person.get(f"/accounts/{second['account_id']}").json()["status"] == "connected"
    last = erased(stack, person, person.delete(f"/accounts/{second['account_id']}").json()["receipt_id"])
    assert last["platform_revocation"] == "revoked"
    assert revokes(stack, "salma") == before + 1


def revokes(stack: Stack, person: str) -> int:
    """How many revokes the sandbox was asked for by somebody's token."""
    wanted = {"platform": "facebook", "call": "revoke", "person": person}
    return len(requests.get(f"{stack.base}/_sandbox/calls", params=wanted, timeout=30).json()["calls"])
