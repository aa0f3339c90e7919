"""The whole life of a Pinterest account in the sandbox, over HTTP."""

import gzip
import json

from tests.support.consent import come_back, press
from tests.support.product import connect_pinterest, erased, everything, synced
from tests.support.stack import Person, Stack


def test_it_is_connected_synced_and_listed(stack: Stack, person: Person) -> None:
    connected = connect_pinterest(person, choose="ada")
    assert connected["platform"] == "pinterest"
    account = synced(stack, person, connected["account_id"])

    assert account["status"] == "connected"
    assert account["follower_count"] > 0
    assert account["followers_30d"][-1]["n"] == account["follower_count"]
    assert account["can_publish"] is True
    assert account["missing_scopes"] == []
    listed = person.get("/accounts").json()
    assert [each["account_id"] for each in listed["accounts"]] == [account["account_id"]]
    assert listed["counts"] == {"connected": 1, "needs_sync": 0, "connection_error": 0, "disconnecting": 0}

    run = person.get(f"/accounts/{account['account_id']}/runs").json()["runs"][0]
    assert (run["trigger"], run["state"]) == ("connect", "succeeded")
    assert {part: each["state"] for part, each in run["parts"].items()} == dict.fromkeys(run["parts"], "succeeded")
    assert person.get(f"/accounts/{account['account_id']}/runs/{run['run_id']}").json() == run


def test_its_days_and_pins_carry_the_platforms_numbers_and_null_for_what_it_lacks(stack: Stack, person: Person) -> None:
    account = synced(stack, person, connect_pinterest(person, choose="bruno")["account_id"])
    days = person.get(f"/accounts/{account['account_id']}/metrics").json()["days"]
    assert len(days) > 30
    assert any(day["impressions"] for day in days)
    assert all(day["reach"] is None and day["views"] is None for day in days)
    assert any(day["provisional"] for day in days)
    posts = everything(person, f"/accounts/{account['account_id']}/posts", "posts")
    assert len(posts) > 300
    assert [post["published_at"] for post in posts] == sorted((post["published_at"] for post in posts), reverse=True)
    assert all(post["metrics"]["reach"] is None and post["metrics"]["shares"] is None for post in posts)
    assert any(post["metrics"]["likes"] for post in posts)
    run = person.get(f"/accounts/{account['account_id']}/runs").json()["runs"][0]
    assert run["parts"]["posts"]["done"] == run["parts"]["posts"]["total"] == len(posts)


def test_a_page_of_its_pins_is_smaller_for_whoever_takes_gzip_and_tells_the_same(stack: Stack, person: Person) -> None:
    account = synced(stack, person, connect_pinterest(person, choose="bruno")["account_id"])
    path = f"/accounts/{account['account_id']}/posts?limit=100"
    packed, plain = (
        person.get(path, headers={"Accept-Encoding": coding}, stream=True) for coding in ("gzip", "identity")
    )
    on_the_wire, whole = packed.raw.read(decode_content=False), plain.raw.read(decode_content=False)
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(on_the_wire) == whole
    assert len(json.loads(whole)["posts"]) == 100
    assert len(on_the_wire) < len(whole) / 4
    small = person.get("/accounts?limit=1", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers


def test_unknown_followers_are_unknown_not_zero(stack: Stack, person: Person) -> None:
    account = synced(stack, person, connect_pinterest(person, choose="noor")["account_id"])
    assert account["follower_count"] is None
    assert account["follower_change_7d"] is None
    assert person.get(f"/accounts/{account['account_id']}/metrics").json()["growth"]["followers"] is None


def test_several_accounts_of_one_platform_live_side_by_side(stack: Stack, person: Person) -> None:
    first = connect_pinterest(person, choose="ada")
    second = connect_pinterest(person, choose="zora")
    assert first["account_id"] != second["account_id"]
    gone = person.delete(f"/accounts/{first['account_id']}")
    assert gone.status_code == 202
    erased(stack, person, gone.json()["receipt_id"])
    assert person.get(f"/accounts/{first['account_id']}").status_code == 404
    assert synced(stack, person, second["account_id"])["status"] == "connected"


def test_connecting_twice_keeps_one_account_and_its_history(stack: Stack, person: Person) -> None:
    account = synced(stack, person, connect_pinterest(person, choose="ada")["account_id"])
    runs = len(person.get(f"/accounts/{account['account_id']}/runs").json()["runs"])
    again = connect_pinterest(person, choose="ada")
    assert again["account_id"] == account["account_id"]
    assert again["connected_at"] == account["connected_at"]
    stack.until(lambda: len(person.get(f"/accounts/{account['account_id']}/runs").json()["runs"]) == runs + 1)
    assert len(person.get("/accounts").json()["accounts"]) == 1


def test_reconnecting_as_somebody_else_asks_which_it_should_be(stack: Stack, person: Person) -> None:
    account = connect_pinterest(person, choose="ada")
    leaving = person.post(f"/accounts/{account['account_id']}/reconnect")
    assert leaving.status_code == 201
    ended = come_back(person, press(leaving.json()["authorize_url"], choose="salma"))
    assert (ended["outcome"], ended["error"]) == ("choose", "identity_mismatch")
    path = f"/connections/{ended['connection']}"
    connection = person.get(path).json()
    assert connection["status"] == "choose"
    assert connection["error"]["expected"] == account["username"]
    assert connection["error"]["got"] == connection["candidates"][0]["username"]
    chosen = person.post(f"{path}/accounts", json={"ids": [connection["candidates"][0]["id"]]})
    assert chosen.status_code == 201
    assert chosen.json()["accounts"][0]["account_id"] != account["account_id"]
    repeated = person.post(f"{path}/accounts", json={"ids": [connection["candidates"][0]["id"]]})
    assert repeated.json()["accounts"][0]["account_id"] == chosen.json()["accounts"][0]["account_id"]
