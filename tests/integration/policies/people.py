"""What a person does, function by function, and what the sandbox does on request."""

from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.integration.policies.cloud import Cloud, Json
from tests.support.consent import press
from tests.support.doorways import Reply


class Somebody:
    """One user of the product."""

    def __init__(self, cloud: Cloud, user: str) -> None:
        self.cloud, self.user = cloud, user

    def ask(self, function: str, method: str, path: str, body: object = None, **more: Any) -> Reply:
        return self.cloud.ask(function, method, path, body, user=self.user, **more)

    def read(self, path: str, **query: str) -> Json:
        """An answer of list_accounts."""
        reply = self.ask("list_accounts", "GET", path, query=query)
        assert reply.status == 200, reply.answer
        found: Json = reply.json
        return found

    def log_in(self, who: str) -> Json:
        """A Bluesky account by its app password."""
        password = requests.get(f"{self.cloud.host.sandbox}/_sandbox/people/bluesky/{who}", timeout=30).json()
        body = {"platform": "bluesky", "identifier": f"{who}.test", "app_password": password["app_password"]}
        reply = self.ask("connect_account", "POST", "/connections", body)
        assert reply.status == 201, reply.answer
        account: Json = reply.json["accounts"][0]
        return account

    def leave(self, platform: str, **more: str) -> Reply:
        """Begins a connection by consent page."""
        reply = self.ask("connect_account", "POST", "/connections", {"platform": platform, **more})
        assert reply.status == 201, reply.answer
        return reply

    def return_(self, leaving: Reply, choose: str | None = None, button: int = 0) -> dict[str, str]:
        """Presses a button of the consent page; what stands in the address that the browser ends on."""
        location = press(leaving.json["authorize_url"], button, choose)
        query = dict(parse_qsl(urlsplit(location).query))
        cookies = [cookie.partition(";")[0] for cookie in leaving.cookies]
        reply = self.cloud.ask("connect_account", "GET", "/connections/callback", query=query, cookies=cookies)
        assert reply.status == 303, reply.answer
        return dict(parse_qsl(urlsplit(reply.headers["location"]).query))

    def consent(self, platform: str, choose: str | None = None, **more: str) -> list[Json]:
        """Everything that somebody's consent offers, connected."""
        ended = self.return_(self.leave(platform, **more), choose)
        path = f"/connections/{ended['connection']}"
        connection = self.ask("connect_account", "GET", path).json
        if ended["outcome"] == "choose":
            ids = [candidate["id"] for candidate in connection["candidates"]]
            connection = self.ask("connect_account", "POST", f"{path}/accounts", {"ids": ids}).json
        accounts: list[Json] = connection["accounts"]
        assert accounts, connection
        return accounts

    def account(self, account_id: str) -> Json:
        return self.read(f"/accounts/{account_id}")

    def sync(self, account_id: str) -> Json:
        """By hand, to its end."""
        self.cloud.later(minutes=2)
        reply = self.ask("sync_account", "POST", f"/accounts/{account_id}/sync")
        assert reply.status == 202, reply.answer
        assert not self.cloud.deliver("manual")
        return self.account(account_id)

    def disconnect(self, account_id: str) -> Json:
        """The receipt as it was first answered."""
        reply = self.ask("disconnect_account", "DELETE", f"/accounts/{account_id}")
        assert reply.status == 202, reply.answer
        receipt: Json = reply.json
        return receipt

    def wakeup(self, account_id: str) -> Json:
        """What a queue says of the account."""
        life = self.cloud.row(f"USER#{self.user}", f"ACCOUNT#{account_id}")["life"]["S"]
        return {"user": self.user, "kind": "account", "id": account_id, "life": life}

    def receipt(self, receipt: Json) -> Json:
        return self.read(f"/receipts/{receipt['receipt_id']}")


def fault(cloud: Cloud, platform: str, kind: str, **more: Any) -> None:
    """A bad day of a platform."""
    body = {"platform": platform, "kind": kind, **more}
    answer = requests.post(f"{cloud.host.sandbox}/_sandbox/faults", json=body, timeout=30)
    assert answer.status_code == 201, answer.text


def fine_again(cloud: Cloud) -> None:
    requests.delete(f"{cloud.host.sandbox}/_sandbox/faults", timeout=30)


def during(
    cloud: Cloud, function: str, service: str, operation: str, action: Callable[[], object], nth: int = 1
) -> None:
    """Does something once, just before the function's nth call of this operation from now on."""
    events = cloud.clients[function, service].meta.events
    name, seen = f"before-call.{service}.{operation}", count(1)

    def once(**_: object) -> None:
        if next(seen) == nth:
            events.unregister(name, once)
            action()

    events.register(name, once)
