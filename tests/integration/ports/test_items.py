"""The items as they lie in the table: their size, their keys, their end, and what is never in them."""

from datetime import date, timedelta
from typing import Any

import pytest

from socials import ids
from socials.aws.items import keys
from socials.aws.items.attributes import encoded
from socials.clock import epoch
from socials.models.accounts import Cause, FollowerPoint, Wait
from socials.models.claims import Checkpoint
from socials.models.parts import Part
from socials.models.readings import METRIC_NAMES, Metrics
from socials.models.receipts import ReceiptState
from socials.models.runs import PartProgress, PartState, Problem, RunState, Trigger
from socials.timing import RECEIPT_LIVES, RUN_LIVES
from tests.support.aws_ports import AwsPorts
from tests.support.builders import NOW, TODAY, USER, a_connection, a_day, a_post, a_run, an_account, life_of
from tests.support.changing import replace
from tests.support.seeding import claimed, disconnecting, keep, seed, stored

SENTENCE = "Pinterest is out of reach at the moment; we try again by ourselves."


def size(item: dict[str, Any]) -> int:
    """Bytes as DynamoDB counts them (Developer Guide, "DynamoDB item sizes and formats")."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(attribute: dict[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return len(value) // 2 + 2
        case "M":
            return 3 + size(value) + len(value)
        case "L":
            return 3 + sum(map(value_size, value)) + len(value)
        case _:
            return 1


def by_sort_key(aws: AwsPorts, begins: str) -> dict[str, Any]:
    (found,) = (item for item in aws.items() if item["sk"]["S"].startswith(begins))
    return found


def test_a_full_account_row_is_under_two_kilobytes(aws: AwsPorts) -> None:
    problem = Problem("platform_unavailable", SENTENCE)
    parts = {
        Part.PROFILE: PartProgress(state=PartState.SUCCEEDED, done=1, total=1),
        Part.INSIGHTS: PartProgress(state=PartState.FAILED, error=problem),
        Part.POSTS: PartProgress(state=PartState.WAITING, done=9_999, total=10_000, error=problem, cursor="x" * 120),
    }
    account = an_account(
        user="01234567-89ab-cdef-0123-456789abcdef",
        life=ids.random_id("l"),
        grant_id=ids.random_id("grant"),
        connection_id=ids.random_id("connection"),
        platform_account_id="did:plc:abcdefghijklmnopqrstuvwx",
        username="a" * 30,
        display_name="b" * 60,
        avatar_url="https://cdn.example/" + "c" * 150,
        profile_url="https://platform.example/" + "d" * 40,
        scopes=tuple(f"scope{n}:read" for n in range(8)),
        follower_count=1_234_567,
        followers=tuple(FollowerPoint(TODAY - timedelta(days=29 - n), 1_234_567 + n) for n in range(30)),
        last_synced_at=NOW,
        last_run_finished_at=NOW,
        insights_through=TODAY,
        estimates=frozenset(METRIC_NAMES),
        failure=Cause("platform_unavailable", SENTENCE, NOW),
        wait=Wait("platform_unavailable", SENTENCE, NOW, NOW),
        run=a_run(parts=parts, state=RunState.RUNNING, started_at=NOW),
        lease_owner="e" * 40,
        lease_until=NOW,
        attempts=3,
    )
    seed(aws, account)
    assert size(by_sort_key(aws, "ACCOUNT#")) < 2048


def test_every_item_lies_where_the_map_says(aws: AwsPorts) -> None:
    account = seed(aws, an_account())
    keep(aws, account, days=(a_day(),), posts=(a_post(1),))
    aws.connections.start(a_connection())
    receipt = disconnecting(aws, account)
    life = f"USER#{USER}#{account.life}"
    ulid = receipt.receipt_id.rpartition(".")[2]
    keys = {(item["pk"]["S"], item["sk"]["S"]) for item in aws.items()}
    run = by_sort_key(aws, "RUN#")["sk"]["S"]
    assert keys == {
        (f"USER#{USER}", f"ACCOUNT#{account.account_id}"),
        (f"USER#{USER}", f"GRANT#{account.grant_id}"),
        (f"USER#{USER}", "CONNECTION#connection_first"),
        (f"USER#{USER}", f"RECEIPT#{account.account_id}#{ulid}"),
        (f"STATE#{ids.secret_hash('state')}", "STATE"),
        (life, "DAY#2026-11-16"),
        (life, "POST#2026-10-01T01:00:00Z#post-00001"),
        (life, run),
    }


def test_what_ends_by_itself_carries_its_end(aws: AwsPorts) -> None:
    account = seed(aws, an_account())
    keep(aws, account, run=a_run(account))
    connection = a_connection()
    aws.connections.start(connection)
    receipt = disconnecting(aws, account)
    assert "expires_at" not in by_sort_key(aws, "RECEIPT#")
    _, mine = aws.receipts.claim(USER, receipt.receipt_id, "w", NOW)
    aws.receipts.save(replace(mine, state=ReceiptState.DONE), "w")
    ends = {item["sk"]["S"].split("#")[0]: int(item["expires_at"]["N"]) for item in aws.items() if "expires_at" in item}
    assert ends == {
        "STATE": epoch(connection.expires_at),
        "CONNECTION": epoch(connection.created_at + timedelta(minutes=15, days=2)),
        "RUN": epoch(NOW + RUN_LIVES),
        "RECEIPT": epoch(NOW + RECEIPT_LIVES),
    }


def test_no_day_of_a_week_is_kept_longer_than_its_first_one_may_be(aws: AwsPorts) -> None:
    account, wednesday = seed(aws, an_account()), date(2026, 11, 18)
    for read, day in enumerate((wednesday, wednesday + timedelta(days=2), wednesday + timedelta(days=5))):
        now = NOW + timedelta(days=read)
        keep(aws, account, days=(a_day(day),), now=now, days_until=now + timedelta(days=365))
    ends = {item["sk"]["S"]: int(item["expires_at"]["N"]) for item in aws.items() if item["sk"]["S"][:4] == "DAY#"}
    assert ends == {
        "DAY#2026-11-16": epoch(NOW + timedelta(days=365)),
        "DAY#2026-11-23": epoch(NOW + timedelta(days=367)),
    }


def test_a_day_that_an_older_version_stored_is_counted_and_erased_and_never_in_the_way(aws: AwsPorts) -> None:
    account = seed(aws, an_account())
    keep(aws, account, days=(a_day(),))
    life = life_of(account)
    old = {"pk": keys.life_pk(life), "sk": "DAY#2026-11-01", "followers": 7, "provisional": True}
    aws.dynamodb.put_item(TableName=aws.table_name, Item=encoded(old))

    assert aws.remains.count(life).snapshots == 2
    assert aws.history.first_day(life) == TODAY
    assert aws.history.days(life, date(2026, 1, 1), TODAY) == [a_day()]
    assert [place for place, _ in aws.history.everything(life, "") if place[:3] == "DAY"] == [f"DAY#{TODAY}"]
    assert aws.remains.delete_some(life, 100) == 3


def test_attributes_read_as_they_were_written() -> None:
    item = {"s": "", "n": -1, "b": True, "none": None, "list": [1, None, {"x": "y"}], "set": frozenset({"a", "b"})}
    assert encoded({"when": NOW, "state": RunState.QUEUED}) == {
        "when": {"N": str(epoch(NOW))},
        "state": {"S": "queued"},
    }
    assert encoded(item)["list"] == {"L": [{"N": "1"}, {"NULL": True}, {"M": {"x": {"S": "y"}}}]}


def test_a_row_and_a_run_of_an_older_version_are_read_and_taken_over(aws: AwsPorts) -> None:
    points = (FollowerPoint(TODAY - timedelta(days=3), 7), FollowerPoint(TODAY - timedelta(days=1), None))
    row = an_account(followers=points, insights_through=TODAY, full_read_on=TODAY, wake_at=NOW)
    account = seed(aws, replace(row, last_synced_at=NOW - timedelta(days=1), last_run_finished_at=NOW))
    old = {
        "followers_from": (TODAY - timedelta(days=3)).isoformat(),
        "followers": [7, -1, None],
        "insights_through": TODAY.isoformat(),
        "full_read_on": TODAY.isoformat(),
    }
    aws.dynamodb.put_item(TableName=aws.table_name, Item=by_sort_key(aws, "ACCOUNT#") | encoded(old))
    assert stored(aws, account) == account
    mine = claimed(aws, account)
    aws.accounts.save(Checkpoint(account=mine), mine.lease_owner)
    assert stored(aws, account) == mine
    assert mine.followers == points
    assert "followers_from" not in by_sort_key(aws, "ACCOUNT#")

    run = a_run(trigger=Trigger.DAILY, state=RunState.SUCCEEDED, started_at=NOW, finished_at=NOW)
    old_run = {"run_id": run.run_id, "trigger": "daily", "queued_at": run.queued_at, "state": run.state}
    old_run |= {"started_at": NOW, "finished_at": run.finished_at, "expires_at": NOW + RUN_LIVES}
    old_run["parts"] = {part.value: {"state": progress.state} for part, progress in run.parts.items()}
    life = life_of(account)
    key = {"pk": keys.life_pk(life), "sk": keys.run_sk(run.run_id)}
    aws.dynamodb.put_item(TableName=aws.table_name, Item=encoded(key | old_run))
    assert aws.history.run(life, run.run_id) == run


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING, RunState.WAITING])
def test_a_run_that_an_older_version_queued_or_began_is_claimed_as_it_is(aws: AwsPorts, state: RunState) -> None:
    begun = None if state is RunState.QUEUED else NOW
    run = a_run(trigger=Trigger.DAILY, state=state, queued_at=NOW - timedelta(minutes=1), started_at=begun)
    account = seed(aws, an_account(run=run, wake_at=NOW))
    parts = {part.value: {"state": "queued"} for part in Part}
    old = {"run_id": run.run_id, "trigger": "daily", "queued_at": run.queued_at, "parts": parts}
    aws.dynamodb.put_item(TableName=aws.table_name, Item=by_sort_key(aws, "ACCOUNT#") | encoded({"run": old}))

    assert stored(aws, account) == account
    assert claimed(aws, account).run == replace(run, state=RunState.RUNNING, started_at=NOW)


def test_a_life_of_an_older_version_stays_where_it_lies_and_keeps_its_numbers(aws: AwsPorts) -> None:
    account = seed(aws, an_account(life="life_aaaabbbbccccddddeeeeffffgg"))
    partition = {"pk": f"USER#{USER}#ACCOUNT#{account.account_id}#{account.life}"}
    week = {"sk": "DAY#2026-11-16", "days": frozenset({"20", "22"}), "likes20": 3, "likes22": 7, "followers22": 5}
    post = {"sk": keys.post_sk(a_post(1)), "permalink": "https://platform.example/1", "likes": 9, "reach": 0}
    for item in (week, post):
        aws.dynamodb.put_item(TableName=aws.table_name, Item=encoded(partition | item))
    keep(aws, account, days=(a_day(followers=None, metrics=Metrics(likes=8)),))

    life = life_of(account)
    days = aws.history.days(life, date(2026, 11, 16), TODAY)
    assert [(day.followers, day.metrics) for day in days] == [(None, Metrics(likes=3)), (5, Metrics(likes=8))]
    assert aws.history.posts(life, 10, None).items[0].metrics == Metrics(likes=9, reach=0)
    assert aws.remains.delete_some(life, 100) == 3
    assert not [item for item in aws.items() if item["pk"]["S"] == partition["pk"]]
