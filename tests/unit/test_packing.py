"""Large answers go packed to whoever takes gzip; everybody is told the same."""

import base64
import gzip
import json

import pytest

from socials.models.accounts import Account
from socials.routing import LARGEST_PLAIN_BODY, Response
from tests.support.builders import a_post, life_of
from tests.support.doorways import Doorway, Reply
from tests.support.world import World


@pytest.fixture
def account(world: World) -> Account:
    """One of which there are a hundred posts and no run."""
    account = world.settled_account()
    rows = world.rows.life(life_of(account)).posts
    for post in map(a_post, range(100)):
        rows[post.published_at, post.post_id] = post
    return account


@pytest.fixture
def door(world: World, monkeypatch: pytest.MonkeyPatch) -> Doorway:
    return Doorway("list_accounts", world, monkeypatch)


def ask(door: Doorway, account: Account, what: str, accepted: str | None) -> Reply:
    headers = {} if accepted is None else {"accept-encoding": accepted}
    query = {"limit": "100"} if what == "posts" else {}
    return door.ask("GET", f"/accounts/{account.account_id}/{what}", query=query, headers=headers)


@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br, zstd", "br;q=1.0, GZIP ; q=0.5", "deflate,gzip;q=1"])
def test_a_large_answer_is_packed_for_whoever_takes_gzip(door: Doorway, account: Account, accepted: str) -> None:
    plain, packed = (ask(door, account, "posts", each) for each in (None, accepted))

    assert packed.status == plain.status == 200
    assert packed.answer["isBase64Encoded"]
    assert packed.headers == plain.headers | {"content-encoding": "gzip"}
    body = base64.b64decode(packed.answer["body"])
    assert gzip.decompress(body).decode() == plain.answer["body"]
    assert len(body) < len(plain.answer["body"]) / 5


@pytest.mark.parametrize(
    "accepted",
    [None, "", "identity", "br, deflate", "gzip;q=0", "br, gzip ; q=0.000", "gzip;Q=0", "gzip;level=9", "gzipped"],
)
def test_it_is_plain_for_anybody_else(door: Doorway, account: Account, accepted: str | None) -> None:
    reply = ask(door, account, "posts", accepted)
    assert not reply.answer["isBase64Encoded"]
    assert "content-encoding" not in reply.headers
    assert reply.headers["vary"] == "Accept-Encoding"
    assert len(reply.json["posts"]) == 100


def test_a_small_answer_is_plain_for_everybody(door: Doorway, account: Account) -> None:
    for accepted in (None, "gzip"):
        reply = ask(door, account, "runs", accepted)
        assert reply.json == {"runs": [], "next_cursor": None}
        assert not reply.answer["isBase64Encoded"]
        assert reply.headers.keys() == {"cache-control", "content-type"}


def test_what_counts_is_bytes_not_characters() -> None:
    longest = "ü" * ((LARGEST_PLAIN_BODY - 2) // 2)  # in quotes
    assert "Vary" not in Response(200, "application/json", [longest[1:]]).to_gateway("gzip")["headers"]
    packed = Response(200, "application/json", [longest]).to_gateway("gzip")
    assert json.loads(gzip.decompress(base64.b64decode(packed["body"]))) == [longest]


def test_a_page_of_an_export_is_packed_too(door: Doorway, account: Account) -> None:
    plain, packed = (ask(door, account, "export", each) for each in (None, "gzip"))
    assert plain.answer["isBase64Encoded"]
    assert packed.headers == plain.headers | {"content-encoding": "gzip"}
    assert gzip.decompress(base64.b64decode(packed.answer["body"])) == base64.b64decode(plain.answer["body"])
