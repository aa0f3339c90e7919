"""Everything about one account as a file, in pages, with no token in it."""

import base64
import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from socials import exporting
from socials.lines import COLUMNS
from socials.models.accounts import Account
from tests.support.builders import USER, a_post, life_of
from tests.support.doorways import Doorway, Reply
from tests.support.world import World, some_posts


@pytest.fixture
def account(world: World) -> Account:
    """One account with two days, 130 posts, one run, two entries of its diary."""
    world.answer_well(posts=[some_posts(1, 130)])
    account = world.account()
    world.sync(account)
    return account


@pytest.fixture
def door(world: World, monkeypatch: pytest.MonkeyPatch) -> Doorway:
    return Doorway("list_accounts", world, monkeypatch)


def body_of(reply: Reply) -> bytes:
    assert reply.answer["isBase64Encoded"]
    return base64.b64decode(reply.answer["body"])


def pages(door: Doorway, account: Account, **query: str) -> Iterator[Reply]:
    path = f"/accounts/{account.account_id}/export"
    while True:
        reply = door.ask("GET", path, query=query)
        assert reply.status == 200
        yield reply
        if "link" not in reply.headers:
            return
        address, relation = reply.headers["link"].split("; ")
        assert relation == 'rel="next"'
        parts = urlsplit(address.strip("<>"))
        assert parts.path == path
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}


def lines_of(door: Doorway, account: Account) -> list[Any]:
    return [json.loads(line) for page in pages(door, account) for line in body_of(page).decode().splitlines()]


def test_all_that_we_hold_is_in_it(world: World, door: Doorway, account: Account) -> None:
    lines = lines_of(door, account)

    types = [line["type"] for line in lines]
    assert types == ["account", *["day"] * 2, *["event"] * 2, *["post"] * 130, "run"]
    assert lines[0]["account_id"] == account.account_id
    assert (lines[0]["platform_account_id"], lines[0]["scopes"]) == ("1001", ["read", "posts", "write"])
    assert lines[-1]["state"] == "succeeded"
    assert {line["post_id"] for line in lines if line["type"] == "post"} == set(world.posts(account))


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_pages_put_together_are_the_whole_file(
    door: Doorway, account: Account, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [body_of(page) for page in pages(door, account, format=form)]
    monkeypatch.setattr(exporting.Exporting.page, "__defaults__", (5_000,))
    several = [body_of(page) for page in pages(door, account, format=form)]

    assert len(whole) == 1
    assert len(several) >= 5
    assert b"".join(several) == whole[0]
    assert all(len(page) <= 5_000 + 2_000 for page in several)


def test_a_table_has_one_heading_and_a_row_for_everything(door: Doorway, account: Account) -> None:
    [page] = pages(door, account, format="csv")
    rows = list(csv.DictReader(io.StringIO(body_of(page).decode(), newline="")))

    assert page.headers["content-type"].startswith("text/csv")
    assert len(rows) == 1 + 2 + 2 + 130 + 1
    assert all(list(row) == list(COLUMNS) for row in rows)
    post = next(row for row in rows if row["type"] == "post")
    assert (post["likes"], post["views"]) == ("1", "")


def test_every_field_of_the_lines_has_its_column(door: Doorway, account: Account) -> None:
    fields = {name for line in lines_of(door, account) for name in line} - {"metrics"}
    assert fields <= set(COLUMNS)


@pytest.mark.parametrize("title", ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx"])
def test_no_cell_is_a_formula(world: World, door: Doorway, account: Account, title: str) -> None:
    post = a_post(500, title=title)
    world.rows.life(life_of(account)).posts[post.published_at, post.post_id] = post
    [page] = pages(door, account, format="csv")
    rows = csv.DictReader(io.StringIO(body_of(page).decode(), newline=""))

    assert [row["title"] for row in rows if row["post_id"] == post.post_id] == ["'" + title]


def test_ten_thousand_long_posts_come_in_pages_of_at_most_four_megabytes(
    world: World, door: Doorway, account: Account
) -> None:
    rows = world.rows.life(life_of(account)).posts
    for number in range(10_000):
        post = a_post(number, title="ü" * 300)
        rows[post.published_at, post.post_id] = post
    sizes = [(len(body_of(page)), len(page.answer["body"])) for page in pages(door, account)]

    assert sum(size for size, _ in sizes) > 8_000_000
    assert max(size for size, _ in sizes) <= 4_000_000
    assert max(encoded for _, encoded in sizes) < 6_000_000 - 10_000, "what a function may answer"


def test_no_token_is_in_it(world: World, door: Doorway, account: Account) -> None:
    for form in ("jsonl", "csv"):
        text = b"".join(body_of(page) for page in pages(door, account, format=form)).decode()
        for secret in ("access-1", "refresh-1", account.grant_id, account.life, "the-code"):
            assert secret not in text


@pytest.mark.parametrize("form", ["xml", "", "JSONL", "csv "])
def test_a_format_that_there_is_not_is_named(door: Doorway, account: Account, form: str) -> None:
    reply = door.ask("GET", f"/accounts/{account.account_id}/export", query={"format": form})
    assert (reply.status, reply.json["errors"][0]["field"]) == (422, "format")


@pytest.mark.parametrize("cursor", ["", "x", "AAAA"])
def test_a_cursor_that_we_did_not_give_is_a_400(door: Doorway, account: Account, cursor: str) -> None:
    reply = door.ask("GET", f"/accounts/{account.account_id}/export", query={"cursor": cursor})
    assert (reply.status, reply.json["code"]) == (400, "bad_cursor")


def test_an_export_is_nobody_elses_and_ends_with_a_disconnect(world: World, door: Doorway, account: Account) -> None:
    path = f"/accounts/{account.account_id}/export"
    assert door.ask("GET", path, user="user-mallory").status == 404
    world.disconnecting.disconnect(USER, account.account_id)
    assert door.ask("GET", path).status == 404
