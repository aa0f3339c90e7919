"""Every route is asked until it has given each of its answers, and each is held against the description. None gives a
page of another origin leave."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
import requests

import local.sandbox
from tests.support.consent import press
from tests.support.described import Description
from tests.support.product import erased, sandbox_people, synced
from tests.support.stack import Person, Stack

# What no request can bring about while everything works, or the gateway alone says.
NOT_ON_REQUEST = {403, 413, 429, 500, 503}


class Watched(Person):
    """A client whose every answer is held against the description."""

    def __init__(self, person: Person, description: Description, seen: set[str]) -> None:
        super().__init__(person.base, person.token)
        self._description, self._seen = description, seen

    def request(self, method: str, path: str, **more: Any) -> requests.Response:
        more["headers"] = {"Origin": "https://evil.example", **more.get("headers", {})}
        answer = super().request(method, path, **more)
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")], path
        self._seen.add(self._description.check(answer))
        return answer


def signed(user_id: str) -> dict[str, str]:
    """What Meta sends, as tests/e2e/more/test_callbacks.py has it, of somebody who is nobody here."""
    secret = local.sandbox.app_credentials()["facebook"]["client_secret"].encode()
    said = {"algorithm": "HMAC-SHA256", "user_id": user_id, "issued_at": int(time.time())}
    payload = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=")
    mac = hmac.digest(secret, payload, hashlib.sha256)
    return {"signed_request": f"{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}.{payload.decode()}"}


@pytest.fixture(scope="module")
def description() -> Description:
    return Description()


def test_every_answer_is_described_and_every_described_success_is_given(
    stack: Stack, person: Person, description: Description
) -> None:
    seen: set[str] = set()
    me, anyone = Watched(person, description, seen), Watched(stack.anyone(), description, seen)
    the_page(anyone)
    kept, gone = connecting(me, stack)
    reading(me, stack, kept)
    failing(me, anyone, kept)
    the_platforms_callbacks(anyone)
    leaving(me, stack, kept, gone)
    every = {
        f"{key} {status}"
        for key, operation in description.operations.items()
        for status in operation["responses"]
        if int(status) < 400
    }
    assert every - seen == set()
    problems = {
        f"{key} {status}"
        for key, operation in description.operations.items()
        for status in operation["responses"]
        if int(status) >= 400 and int(status) not in NOT_ON_REQUEST
    }
    missing = {each for each in problems - seen if not each.endswith((" 409", " 410", " 502"))}
    assert missing == set()


def the_page(anyone: Person) -> None:
    assert anyone.get("/openapi.json").json() == Description().document
    for path in ("/", "/static/page.css", "/config", "/openapi.json"):
        tag = anyone.get(path).headers["ETag"]
        assert anyone.get(path, headers={"If-None-Match": tag}).status_code == 304
    anyone.get("/platforms")
    assert anyone.get("/static/no-such-file").status_code == 404


def connecting(me: Person, stack: Stack) -> tuple[str, str]:
    """A Bluesky account by app password, and one of two Facebook Pages by choice: their ids."""
    ada = sandbox_people(stack, "bluesky")[0]
    body = {"platform": "bluesky", "identifier": ada["handle"], "app_password": ada["app_password"]}
    kept: str = me.post("/connections", json=body).json()["accounts"][0]["account_id"]
    begun = me.post("/connections", json={"platform": "facebook"}).json()
    me.get(f"/connections/{begun['connection_id']}")
    me.get(press(begun["authorize_url"], choose="salma"))
    path = f"/connections/{begun['connection_id']}"
    [first, _] = me.get(path).json()["candidates"]
    chosen = me.post(f"{path}/accounts", json={"ids": [first["id"]]})
    assert chosen.status_code == 201
    assert me.get(path).json()["status"] == "done"
    gone: str = chosen.json()["accounts"][0]["account_id"]
    assert me.post(f"/accounts/{gone}/reconnect").status_code == 201
    assert me.post(f"/accounts/{kept}/reconnect").status_code == 409
    for account_id in (kept, gone):
        synced(stack, me, account_id)
    # Past the minute after which the next sync may be asked for.
    stack.pass_time(2, me)
    assert me.post(f"/accounts/{kept}/sync").status_code == 202
    synced(stack, me, kept)
    return kept, gone


def reading(me: Person, stack: Stack, account_id: str) -> None:
    assert me.post(f"/accounts/{account_id}/sync").status_code == 429
    first = me.get("/accounts?limit=1").json()
    me.get("/accounts", params={"limit": 1, "cursor": first["next_cursor"], "platform": "bluesky"})
    path = f"/accounts/{account_id}"
    run = me.get(f"{path}/runs").json()["runs"][0]
    me.get(f"{path}/runs/{run['run_id']}")
    assert me.get(f"{path}/metrics").json()["days"]
    page = me.get(f"{path}/posts", params={"limit": 2}).json()
    assert me.get(f"{path}/posts", params={"cursor": page["next_cursor"]}).json()["posts"]
    assert me.get(f"{path}/events").json()["events"]
    me.get(f"{path}/disconnect-preview")
    for form in ("jsonl", "csv"):
        assert me.get(f"{path}/export", params={"format": form}).text


def failing(me: Person, anyone: Person, account_id: str) -> None:
    path = f"/accounts/{account_id}"
    asked = [
        *(("GET", f"/accounts/none{rest}") for rest in ("", "/runs", "/runs/none", "/metrics", "/posts", "/events")),
        *(("GET", f"/accounts/none{rest}") for rest in ("/export", "/disconnect-preview")),
        *(("POST", f"/accounts/none{rest}") for rest in ("/sync", "/reconnect")),
        *(("GET", "/receipts/none"), ("DELETE", "/accounts/none"), ("GET", f"{path}/runs/none")),
        *(("GET", "/connections/none"), ("GET", "/accounts"), ("DELETE", "/accounts"), ("POST", "/connections")),
        ("POST", "/connections/none/accounts"),
    ]
    for method, where in asked:
        more = {"json": {"ids": ["none"]}} if where.endswith("none/accounts") else {}
        assert anyone.request(method, where, **more).status_code == 401
        if (method, where) != ("DELETE", "/accounts"):
            me.request(method, where, **more)
    for list_ in ("/accounts", f"{path}/runs", f"{path}/posts", f"{path}/events"):
        assert me.get(list_, params={"limit": "0"}).status_code == 422
        assert me.get(list_, params={"cursor": "x"}).status_code == 400
    assert me.get(f"{path}/export", params={"cursor": "x"}).status_code == 400
    assert me.get(f"{path}/export", params={"format": "x"}).status_code == 422
    assert me.get(f"{path}/metrics", params={"from": "x"}).status_code == 422
    for where in ("/connections", "/connections/none/accounts"):
        assert me.post(where, data="{").status_code == 400
        assert me.post(where, json={}).status_code == 422
        assert me.post(where, data="[" + " " * 65536 + "]").json()["code"] == "body_too_large"


def the_platforms_callbacks(anyone: Person) -> None:
    for call in ("deauthorize", "deletion"):
        assert anyone.post(f"/platforms/facebook/{call}", data=signed("nobody")).status_code == 200
        assert anyone.post(f"/platforms/facebook/{call}", data={"signed_request": "a.b"}).status_code in (400, 403)
        assert anyone.post(f"/platforms/facebook/{call}", data=b"\xff").status_code in (400, 403)
        assert anyone.post(f"/platforms/none/{call}", data=signed("nobody")).status_code == 404
        assert anyone.post(f"/platforms/facebook/{call}", data="x" * 65537).status_code == 422
    code = anyone.post("/platforms/facebook/deletion", data=signed("nobody")).json()["confirmation_code"]
    assert anyone.get(f"/deletions/{code}").json()["state"] == "done"
    assert anyone.get("/deletions/none").status_code == 404


def leaving(me: Person, stack: Stack, kept: str, gone: str) -> None:
    receipt = me.delete(f"/accounts/{gone}")
    assert receipt.status_code == 202
    assert erased(stack, me, receipt.json()["receipt_id"])["state"] == "done"
    assert me.delete(f"/accounts/{gone}").status_code == 200
    assert me.delete("/accounts").json()["receipts"][0]["account_id"] == kept
