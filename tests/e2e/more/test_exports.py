"""An export over HTTP: everything, page by page, and no token."""

import csv
import io
import json
from collections.abc import Sequence
from urllib.parse import urljoin

import pytest
from botocore.session import get_session

from local.stack import CONTAINER_HOST
from local.template import REGION
from socials.aws.items.accounts import item_to_account
from socials.aws.items.attributes import decoded, encoded
from socials.aws.items.history import post_to_item
from socials.models.lives import LifeKey
from socials.models.readings import Post
from tests.support.builders import a_post
from tests.support.product import connect_pinterest, everything, synced
from tests.support.stack import Person, Stack


def test_an_export_is_everything_page_by_page_and_holds_no_token(stack: Stack, person: Person) -> None:
    account = synced(stack, person, connect_pinterest(person, choose="bruno")["account_id"])
    path = f"/accounts/{account['account_id']}"
    preview = person.get(f"{path}/disconnect-preview").json()

    lines = [json.loads(line) for line in exported(person, path, "jsonl").decode().splitlines()]
    by_type = {kind: [line for line in lines if line["type"] == kind] for kind in ("account", "day", "post", "run")}
    assert [line["account_id"] for line in by_type["account"]] == [account["account_id"]]
    assert len(by_type["day"]) == preview["snapshots"]
    assert len(by_type["post"]) == preview["posts"] > 300
    assert len(by_type["run"]) == preview["runs"]
    posts = everything(person, f"{path}/posts", "posts")
    assert sorted(line["post_id"] for line in by_type["post"]) == sorted(post["post_id"] for post in posts)

    table = exported(person, path, "csv")
    rows = list(csv.DictReader(io.StringIO(table.decode(), newline="")))
    assert len(rows) == len(lines)
    assert [row["type"] for row in rows] == [line["type"] for line in lines]
    whole = (json.dumps(lines) + table.decode()).lower()
    for secret in ("access_token", "refresh_token", "bearer", "pina_", "pinr."):
        assert secret not in whole, secret


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_larger_than_an_answer_can_be_comes_in_pages(stack: Stack, person: Person, form: str) -> None:
    account = connect_pinterest(person, choose="ada")
    synced(stack, person, account["account_id"])
    own = {post["post_id"] for post in everything(person, f"/accounts/{account['account_id']}/posts", "posts")}
    many = [a_post(number, title=f"{number} " + "ü" * 20_000) for number in range(130)]
    put_posts(stack, account["account_id"], many)

    pages = exported_pages(person, f"/accounts/{account['account_id']}", form)
    assert len(pages) > 1
    whole = b"".join(pages).decode()
    if form == "jsonl":
        lines = [json.loads(line) for line in whole.splitlines()]
    else:
        lines = list(csv.DictReader(io.StringIO(whole, newline="")))
    told = [line["post_id"] for line in lines if line["type"] == "post"]
    assert len(told) == len(set(told))
    assert set(told) == own | {post.post_id for post in many}
    assert [line["type"] for line in lines].count("account") == 1


def put_posts(stack: Stack, account_id: str, posts: Sequence[Post]) -> None:
    """Past the product, into the stack's own table."""
    environments = json.loads((stack.folder / "env.json").read_text())["ListAccounts"]
    endpoint, table = environments["AWS_ENDPOINT_URL"].replace(CONTAINER_HOST, "127.0.0.1"), environments["TABLE_NAME"]
    local = {"region_name": REGION, "aws_access_key_id": "local", "aws_secret_access_key": "local"}
    dynamodb = get_session().create_client("dynamodb", endpoint_url=endpoint, **local)
    rows = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="begins_with(sk, :row)",
        ExpressionAttributeValues={":row": {"S": f"ACCOUNT#{account_id}"}},
    )
    row = item_to_account(decoded(next(item for page in rows for item in page["Items"])))
    life = LifeKey(row.user, row.account_id, row.life)
    for start in range(0, len(posts), 25):
        puts = [{"PutRequest": {"Item": encoded(post_to_item(life, post))}} for post in posts[start : start + 25]]
        assert not dynamodb.batch_write_item(RequestItems={table: puts})["UnprocessedItems"]


def exported(person: Person, path: str, form: str) -> bytes:
    return b"".join(exported_pages(person, path, form))


def exported_pages(person: Person, path: str, form: str) -> list[bytes]:
    """Following `Link`, as the page does."""
    address: str | None = f"{person.base}{path}/export?format={form}"
    pages = []
    while address is not None:
        answer = person.get(address)
        assert answer.status_code == 200, answer.text
        assert len(answer.content) <= 4_000_000
        pages.append(answer.content)
        link = answer.links.get("next")
        address = urljoin(address, link["url"]) if link else None
    return pages
