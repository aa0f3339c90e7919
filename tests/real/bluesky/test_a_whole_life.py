"""The product over HTTP against real Bluesky servers: connect, sync, refresh, disconnect, in that order."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest

from tests.real.bluesky.conftest import Network
from tests.support.product import everything, synced
from tests.support.stack import Person, Stack

pytestmark = pytest.mark.bluesky


def connect(person: Person, network: Network, name: str) -> dict[str, Any]:
    account = network.account(name)
    body = {
        "platform": "bluesky",
        "identifier": account["handle"],
        "app_password": account["appPassword"],
        "service": network.service,
    }
    answer = person.post("/connections", json=body)
    assert answer.status_code == 201, answer.text
    connected: dict[str, Any] = answer.json()["accounts"][0]
    return connected


@pytest.fixture(scope="module")
def person(stack: Stack) -> Person:
    return stack.person("real-anna")


@pytest.fixture(scope="module")
def account(stack: Stack, network: Network, person: Person) -> dict[str, Any]:
    """Alice, connected and synced once."""
    return synced(stack, person, connect(person, network, "alice")["account_id"])


def test_the_profile_is_what_the_seeding_made(account: dict[str, Any], network: Network) -> None:
    expected = network.account("alice")["expected"]
    assert account["display_name"] == expected["displayName"]
    assert account["username"] == network.account("alice")["handle"]
    assert account["follower_count"] == expected["followersCount"]
    assert account["status"] == "connected"
    assert account["avatar_url"]


def test_every_post_has_the_counts_that_were_really_made(
    account: dict[str, Any], person: Person, network: Network
) -> None:
    made = {post["uri"]: post for post in network.account("alice")["expected"]["posts"] if post["kind"] != "reply"}
    posts = {post["post_id"]: post for post in everything(person, f"/accounts/{account['account_id']}/posts", "posts")}
    assert len(made) > 200
    assert posts.keys() == made.keys()
    for uri, expected in made.items():
        metrics = posts[uri]["metrics"]
        assert metrics["likes"] == expected["likes"], uri
        assert metrics["comments"] == expected["replies"], uri
        assert metrics["shares"] == expected["reposts"] + expected["quotes"], uri
        assert [metrics[name] for name in ("impressions", "reach", "clicks", "views")] == [None] * 4


def test_an_account_without_a_profile_is_shown_by_its_handle(stack: Stack, network: Network, person: Person) -> None:
    carol = synced(stack, person, connect(person, network, "carol")["account_id"])
    assert carol["display_name"] == network.account("carol")["handle"]
    assert carol["avatar_url"] is None
    assert carol["follower_count"] == network.account("carol")["expected"]["followersCount"]


def test_a_wrong_app_password_leaves_nothing(stack: Stack, network: Network) -> None:
    person, before = stack.person("real-mallory"), stack.state()
    body = {
        "platform": "bluesky",
        "identifier": network.account("bob")["handle"],
        "app_password": "abcd-abcd-abcd-abcd",
        "service": network.service,
    }
    answer = person.post("/connections", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "credentials_refused")
    assert stack.state()["items"] == before["items"]
    assert stack.state()["secrets"] == before["secrets"]


def test_the_main_password_is_refused_with_advice(stack: Stack, network: Network) -> None:
    person, before = stack.person("real-mallory"), stack.state()
    bob = network.account("bob")
    body = {
        "platform": "bluesky",
        "identifier": bob["handle"],
        "app_password": bob["password"],
        "service": network.service,
    }
    answer = person.post("/connections", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "main_password_refused"
    assert "app password" in answer.json()["detail"]
    assert stack.state()["items"] == before["items"]
    assert stack.state()["secrets"] == before["secrets"]


def test_the_access_is_renewed_and_the_next_day_synced(
    account: dict[str, Any], stack: Stack, person: Person, network: Network
) -> None:
    renewals = network.requests().count("com.atproto.server.refreshSession")
    stack.tick(stack.now() + timedelta(hours=25))
    later = synced(stack, person, account["account_id"], newer_than=account["last_synced_at"])
    assert network.requests().count("com.atproto.server.refreshSession") > renewals
    assert later["status"] == "connected"
    runs = person.get(f"/accounts/{account['account_id']}/runs").json()["runs"]
    assert [run["trigger"] for run in runs] == ["daily", "connect"]
    assert all(run["state"] == "succeeded" for run in runs)


def test_after_a_disconnect_the_session_is_ended_and_nothing_is_left(
    account: dict[str, Any], stack: Stack, person: Person, network: Network
) -> None:
    before = network.requests().count("com.atproto.server.deleteSession")
    receipts = person.delete("/accounts").json()["receipts"]
    assert len(receipts) == 2

    def done() -> list[dict[str, Any]] | None:
        found = [person.get(f"/receipts/{each['receipt_id']}").json() for each in receipts]
        return found if all(each["state"] == "done" for each in found) else None

    for receipt in stack.until(done, 60):
        assert receipt["platform_revocation"] == "revoked"
        assert receipt["deleted"]["secrets"] == 1
        assert receipt["revocation"]["steps"]
    log = network.requests()
    assert log.count("com.atproto.server.deleteSession") == before + 2
    stack.tick(stack.now() + timedelta(hours=25))
    time.sleep(1)
    after = network.requests()[len(log) :]
    assert not re.search(r"/xrpc/", after), after[-2000:]
    state = stack.state()
    assert state["secrets"] == 0
    assert {kind for kind, n in state["items"]["by_type"].items() if n} == {"RECEIPT"}
