"""Every platform that can be connected here: connected, synced, and disconnected until nothing is left."""

from typing import Any

import pytest
import requests

from socials.platforms import every_platform
from socials.platforms.base import AppPassword, InstanceOAuth, Platform
from tests.support.consent import come_back, press
from tests.support.product import connect_bluesky, erased, sandbox_people, synced
from tests.support.stack import Person, Stack

SERVER = "mastodon.social"


@pytest.fixture(scope="module")
def alone(own_stack: Stack) -> Stack:
    """A stack where nobody else connects: everything can be counted."""
    return own_stack


def test_a_bluesky_account_on_a_server_of_its_own_needs_no_service(alone: Stack) -> None:
    person = alone.person("own-server")
    otto = requests.get(f"{alone.base}/_sandbox/people/bluesky/otto", timeout=30).json()
    account = connect_bluesky(person, otto["handle"], otto["app_password"])
    assert synced(alone, person, account["account_id"])["follower_count"]
    erased(alone, person, person.delete(f"/accounts/{account['account_id']}").json()["receipt_id"])
    assert not requests.get(f"{alone.base}/_sandbox/people/bluesky/otto", timeout=30).json()["connected"]


@pytest.mark.parametrize("platform", every_platform(), ids=lambda platform: platform.slug)
def test_a_whole_life(alone: Stack, platform: Platform) -> None:
    person, before = alone.person(f"whole-life-{platform.slug}"), alone.state()
    accounts = [synced(alone, person, account["account_id"]) for account in connect(alone, person, platform)]

    for account in accounts:
        assert account["platform"] == platform.slug
        assert account["status"] == "connected", account["status_reason"]
        assert account["can_publish"] is True
        assert account["missing_scopes"] == []
        run = person.get(f"/accounts/{account['account_id']}/runs").json()["runs"][0]
        assert run["state"] == "succeeded", run
    # Not every identity has every part: a LinkedIn member's own posts are closed to us.
    runs = [person.get(f"/accounts/{each['account_id']}/runs").json()["runs"][0] for each in accounts]
    done = {part for run in runs for part, each in run["parts"].items() if each["state"] == "succeeded"}
    assert done == set(platform.parts)
    assert any(person.get(f"/accounts/{each['account_id']}/posts").json()["posts"] for each in accounts)

    receipts = person.delete("/accounts").json()["receipts"]
    assert len(receipts) == len(accounts)
    ended = [erased(alone, person, receipt["receipt_id"]) for receipt in receipts]
    outcomes = sorted(receipt["platform_revocation"] for receipt in ended)
    last = "not_offered" if platform.revoke is None else "revoked"
    others = "not_offered" if platform.revoke is None else "shared_grant"
    assert outcomes == sorted([last, *[others] * (len(ended) - 1)])
    assert sum(receipt["deleted"]["secrets"] for receipt in ended) == 1
    if isinstance(platform.connect, InstanceOAuth):
        assert {each["revocation"]["url"] for each in ended} == {f"https://{SERVER}/oauth/authorized_applications"}
    after = alone.state()
    assert after["secrets"] == before["secrets"]
    assert {**after["items"]["by_type"], "RECEIPT": 0} == {**before["items"]["by_type"], "RECEIPT": 0}


def connect(stack: Stack, person: Person, platform: Platform) -> list[dict[str, Any]]:
    """The first of the sandbox's people, with all that they have there."""
    if isinstance(platform.connect, AppPassword):
        who = sandbox_people(stack, platform.slug)[0]
        return [connect_bluesky(person, who["handle"], who["app_password"])]
    body = {"platform": platform.slug}
    if isinstance(platform.connect, InstanceOAuth):
        body["instance"] = SERVER
    leaving: requests.Response = person.post("/connections", json=body)
    assert leaving.status_code == 201, leaving.text
    ended = come_back(person, press(leaving.json()["authorize_url"]))
    path = f"/connections/{ended['connection']}"
    if ended["outcome"] == "choose":
        ids = [candidate["id"] for candidate in person.get(path).json()["candidates"]]
        assert person.post(f"{path}/accounts", json={"ids": ids}).status_code == 201
    connection: dict[str, Any] = person.get(path).json()
    assert connection["status"] == "done", connection
    accounts: list[dict[str, Any]] = connection["accounts"]
    return accounts
