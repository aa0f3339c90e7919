"""X and LinkedIn in the sandbox, through the whole product: rotating tokens, several identities of one grant."""

from typing import Any

from tests.support.consent import come_back, press
from tests.support.product import erased, everything, synced
from tests.support.stack import Person, Stack


def connect(person: Person, platform: str, choose: str) -> dict[str, Any]:
    """The connection, once the person has come back from the consent page."""
    leaving = person.post("/connections", json={"platform": platform})
    assert leaving.status_code == 201, leaving.text
    ended = come_back(person, press(leaving.json()["authorize_url"], choose=choose))
    assert ended["outcome"] in ("done", "choose"), ended
    connection: dict[str, Any] = person.get(f"/connections/{ended['connection']}").json()
    return connection


def test_an_x_account_is_connected_read_and_cut_off(stack: Stack, person: Person) -> None:
    (account,) = connect(person, "x", "ada")["accounts"]
    account = synced(stack, person, account["account_id"])
    assert account["status"] == "connected" and account["can_publish"] and account["missing_scopes"] == []
    run = person.get(f"/accounts/{account['account_id']}/runs").json()["runs"][0]
    states = {part: each["state"] for part, each in run["parts"].items()}
    assert states == {"profile": "succeeded", "insights": "not_offered", "posts": "succeeded"}
    posts = everything(person, f"/accounts/{account['account_id']}/posts", "posts")
    assert len(posts) >= 25 and all(post["metrics"]["reach"] is None for post in posts)
    assert any(post["metrics"]["clicks"] for post in posts) and any(post["metrics"]["views"] for post in posts)
    gone = person.delete(f"/accounts/{account['account_id']}")
    assert erased(stack, person, gone.json()["receipt_id"])["platform_revocation"] == "revoked"


def test_one_linkedin_grant_carries_several_pages_and_the_member(stack: Stack, person: Person) -> None:
    connection = connect(person, "linkedin", "ada")
    assert connection["status"] == "choose" and len(connection["candidates"]) == 3
    ids = [candidate["id"] for candidate in connection["candidates"]]
    chosen = person.post(f"/connections/{connection['connection_id']}/accounts", json={"ids": ids})
    assert chosen.status_code == 201, chosen.text
    page, school, member = (synced(stack, person, each) for each in ids)
    assert {each["status"] for each in (page, school, member)} == {"connected"}
    assert page["follower_count"] != school["follower_count"]
    days = person.get(f"/accounts/{page['account_id']}/metrics").json()["days"]
    assert len(days) >= 85 and any(day["reach"] for day in days) and any(day["provisional"] for day in days)
    assert len(everything(person, f"/accounts/{page['account_id']}/posts", "posts")) >= 25
    run = person.get(f"/accounts/{member['account_id']}/runs").json()["runs"][0]
    assert run["parts"]["insights"]["state"] == "succeeded" and run["parts"]["posts"]["state"] == "not_offered"


def test_one_page_goes_and_its_siblings_live(stack: Stack, person: Person) -> None:
    connection = connect(person, "linkedin", "bruno")
    ids = [candidate["id"] for candidate in connection["candidates"]][:2]
    person.post(f"/connections/{connection['connection_id']}/accounts", json={"ids": ids})
    first, second = (synced(stack, person, each) for each in ids)
    gone = person.delete(f"/accounts/{first['account_id']}")
    assert erased(stack, person, gone.json()["receipt_id"])["platform_revocation"] in ("not_offered", "shared_grant")
    before = person.get(f"/accounts/{second['account_id']}").json()
    assert before["status"] == "connected" and before["follower_count"] == second["follower_count"]
