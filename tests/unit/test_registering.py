"""Our registrations with hosts that people name: one for what is asked of them, and each grant keeps its own."""

from dataclasses import replace
from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest

from socials.connecting import Leaving
from socials.models.accounts import Account
from socials.models.receipts import Revocation
from socials.platforms import platform
from socials.platforms.base import Answer, App, Request
from socials.platforms.mastodon import MASTODON
from socials.refreshing import Holder
from tests.support.world import World

CALLBACK = "https://app.example/connections/callback"
HOST = "social.example.org"
MORE = replace(MASTODON.facts, needed_scopes=("read:notifications", *MASTODON.facts.needed_scopes))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A server that knows each registration by a number, and whose tokens end."""
    world, numbers = World(monkeypatch), count(1)

    def register(request: Request) -> Answer:
        return world.network.answer({"client_id": f"client-{next(numbers)}", "client_secret": "secret"})

    def exchange(request: Request) -> Answer:
        client = (request.form or {})["client_id"]
        body = {"access_token": f"access-{client}", "refresh_token": f"refresh-{client}", "expires_in": 3_600}
        return world.network.answer(body)

    world.offer(MASTODON)
    world.script("instance", {"version": "4.7.0"})
    world.script("register", register)
    world.script("exchange", exchange)
    world.script("refresh", {"access_token": "access-again"})
    world.script("profile", {"id": "1", "username": "tilda"})
    return world


def leave(world: World, user: str) -> Leaving:
    return world.connecting.leave(user, "mastodon", CALLBACK, HOST)


def connected(world: World, user: str) -> Account:
    assert world.consent(user, leave(world, user)).outcome == "done"
    return next(row for row in world.rows.accounts.values() if row.user == user)


def client_of(leaving: Leaving) -> str:
    return parse_qs(urlsplit(leaving.authorize_url).query)["client_id"][0]


def clients_told(world: World, call: str) -> list[str]:
    return [(request.form or {})["client_id"] for request in world.network.requests if request.call == call]


def renew(world: World, account: Account) -> None:
    of = platform("mastodon")
    holder, held = Holder(account.user, account.grant_id, "one"), world.secrets[account.grant_id]
    world.refreshing.fresh(of, world.ports.doors.open(of, None), holder, held, refused=True)


def test_one_registration_serves_everybody_as_long_as_the_same_is_asked_for(world: World) -> None:
    world.offer(replace(MASTODON, facts=replace(MASTODON.facts, publish_scopes=MASTODON.facts.publish_scopes[::-1])))
    first = leave(world, "user-anna")
    world.offer(MASTODON)
    assert client_of(first) == client_of(leave(world, "user-bert")) == "client-1"


def test_a_new_set_of_scopes_is_registered_for_anew_and_older_grants_keep_theirs(world: World) -> None:
    older = connected(world, "user-anna")
    world.offer(replace(MASTODON, facts=MORE))
    world.script("profile", {"id": "2", "username": "otto"})
    newer = connected(world, "user-bert")
    assert clients_told(world, "exchange") == ["client-1", "client-2"]

    for account in (older, newer, older):
        renew(world, account)
    assert clients_told(world, "refresh") == ["client-1", "client-2", "client-1"]
    world.erase(receipt := world.disconnecting.disconnect(older.user, older.account_id))
    assert world.receipt(receipt.receipt_id, older.user).revocation is Revocation.REVOKED
    assert set(clients_told(world, "revoke")) == {"client-1"}


def test_a_grant_finds_the_registration_that_was_kept_under_a_name_without_scopes(world: World) -> None:
    account = connected(world, "user-anna")
    held = world.secrets[account.grant_id]
    before = replace(held.tokens, extra={**held.tokens.extra, "registration": "0123456789abcdef"})
    world.ports.vault.store(account.user, account.grant_id, before, held.version)
    world.ports.registrations.keep("mastodon", "0123456789abcdef", App("client-of-old", "secret"))
    renew(world, account)
    assert clients_told(world, "refresh") == ["client-of-old"]


def test_a_server_that_forgot_us_is_registered_with_anew_for_the_scopes_of_now_alone(world: World) -> None:
    connected(world, "user-anna")
    world.offer(replace(MASTODON, facts=MORE))
    leaving = leave(world, "user-bert")
    world.script("exchange", world.network.answer({"error": "invalid_client"}, 401))
    assert world.consent("user-bert", leaving).error == "app_unknown"
    assert client_of(leave(world, "user-bert")) == "client-3"
    world.offer(MASTODON)
    assert client_of(leave(world, "user-carl")) == "client-1"
