"""One account's life, told by the events: each test goes on where the one before ended, in this file's order."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from tests.sam.conftest import Invoke
from tests.support.host import ROOT, Host

USER = "5f0c1b7e-7d5e-4d0a-9d53-6f1a3a2b9c10"
ACCOUNT = "acc_zyvyaxs7opeb7y4dmlpxrf22"
EVENTS = {path.stem for path in (ROOT / "events").glob("*.json")}


def body(answer: dict[str, Any], status: int) -> Any:
    assert answer["statusCode"] == status, answer
    return json.loads(answer["body"])


def problem(answer: dict[str, Any], status: int) -> Any:
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    assert headers["content-type"].startswith("application/problem+json")
    return body(answer, status)


def rows(host: Host) -> list[dict[str, Any]]:
    """Every item of the table, its strings and numbers as they are."""
    table = host.client("dynamodb")
    items = table.scan(TableName=host.resolver.name("Table"), ConsistentRead=True)["Items"]
    return [{name: next(iter(value.values())) for name, value in item.items()} for item in items]


def row(host: Host, prefix: str) -> dict[str, Any]:
    [found] = [each for each in rows(host) if each["sk"].startswith(prefix)]
    return found


def messages(host: Host, queue: str) -> list[dict[str, Any]]:
    """Takes what waits in a queue, as the records of a Lambda event."""
    sqs, url = host.client("sqs"), host.resolver.references[queue]
    taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    template = json.loads((ROOT / "events" / "run_syncs.json").read_text(encoding="utf-8"))["Records"][0]
    arn = host.resolver.resolve({"Fn::GetAtt": [queue, "Arn"]})
    records = []
    for message in taken:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        own = {"messageId": message["MessageId"], "body": message["Body"], "md5OfBody": message["MD5OfBody"]}
        records.append(template | own | {"eventSourceARN": arn})
    return records


def test_the_page_is_served(invoke: Invoke) -> None:
    answer = invoke("web")
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"].startswith("text/html")


def test_the_page_learns_where_to_sign_in(invoke: Invoke) -> None:
    settings = body(invoke("web-config"), 200)
    assert settings["issuer"] == "https://id.example.com"
    assert settings["client_id"] == "postloudly-local"
    assert "postloudly/accounts" in settings["scopes"]


def test_the_description_of_the_api_is_served(invoke: Invoke) -> None:
    assert body(invoke("web-openapi"), 200)["openapi"] == "3.1.0"


def test_the_platforms_are_listed_and_configured(invoke: Invoke) -> None:
    platforms = body(invoke("connect_account-platforms"), 200)["platforms"]
    assert {"bluesky", "pinterest"} <= {each["slug"] for each in platforms if each["configured"]}


def test_nobody_has_accounts_at_first(invoke: Invoke) -> None:
    answer = body(invoke("list_accounts"), 200)
    assert answer["accounts"] == []
    assert answer["next_cursor"] is None


def test_an_unknown_account_is_a_problem(invoke: Invoke) -> None:
    assert problem(invoke("list_accounts-unknown"), 404)["code"] == "not_found"


def test_bad_input_names_its_fields(invoke: Invoke) -> None:
    errors = problem(invoke("connect_account-invalid"), 422)["errors"]
    assert {each["field"] for each in errors} == {"identifier", "app_password"}


def test_a_consent_sends_the_person_to_the_platform(invoke: Invoke) -> None:
    answer = invoke("connect_account-consent")
    leaving = body(answer, 201)
    assert "code_challenge" in leaving["authorize_url"] or "state=" in leaving["authorize_url"]
    assert any(cookie.startswith(f"connect_{leaving['connection_id']}=") for cookie in answer["cookies"])


def test_a_callback_with_an_unknown_state_goes_back_to_the_page(invoke: Invoke) -> None:
    answer = invoke("connect_account-callback")
    assert answer["statusCode"] == 303
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    assert headers["location"].startswith("/?outcome=failed")


def test_an_app_password_connects_an_account(invoke: Invoke, host: Host) -> None:
    [account] = body(invoke("connect_account"), 201)["accounts"]
    assert (account["account_id"], account["username"]) == (ACCOUNT, "ada.test")
    assert account["current_run"]["trigger"] == "connect"
    assert row(host, "ACCOUNT#")["pk"] == f"USER#{USER}"


def test_pressing_sync_meets_the_run_that_connecting_queued(invoke: Invoke) -> None:
    run = body(invoke("sync_account"), 202)
    assert (run["account_id"], run["state"], run["trigger"]) == (ACCOUNT, "queued", "connect")


def test_a_wake_up_of_another_life_is_acknowledged_and_does_nothing(invoke: Invoke, host: Host) -> None:
    before = rows(host)
    assert invoke("run_syncs") == {"batchItemFailures": []}
    assert rows(host) == before


def test_the_worker_runs_the_sync_that_its_queue_wakes(invoke: Invoke, host: Host) -> None:
    waiting = messages(host, "ManualQueue")
    assert waiting
    assert invoke("run_syncs", Records=waiting) == {"batchItemFailures": []}


def test_the_account_shows_what_was_synced(invoke: Invoke) -> None:
    account = body(invoke("list_accounts-account"), 200)
    assert account["status"] == "connected"
    assert account["current_run"] is None
    assert account["follower_count"] > 0
    assert account["last_synced_at"]


def test_the_run_succeeded(invoke: Invoke) -> None:
    [run] = body(invoke("list_accounts-runs"), 200)["runs"]
    assert run["state"] == "succeeded"


def test_the_posts_have_their_numbers(invoke: Invoke) -> None:
    posts = body(invoke("list_accounts-posts"), 200)["posts"]
    assert len(posts) == 25
    assert all(post["metrics"]["likes"] is not None for post in posts)


def test_the_day_has_its_snapshot(invoke: Invoke) -> None:
    days = body(invoke("list_accounts-metrics"), 200)["days"]
    assert days
    assert days[-1]["followers"] > 0


def test_the_diary_tells_of_the_connect_and_the_sync(invoke: Invoke) -> None:
    events = body(invoke("list_accounts-events"), 200)["events"]
    assert [event["type"] for event in events] == ["synced", "connected"]


def test_a_disconnect_can_be_looked_at_before(invoke: Invoke) -> None:
    [run] = body(invoke("list_accounts-runs"), 200)["runs"]
    preview = body(invoke("list_accounts-preview"), 200)
    assert (preview["posts"], preview["runs"], preview["events"]) == (run["parts"]["posts"]["done"], 1, 2)
    assert (preview["revokes"], preview["shares_with"]) == ("token", [])


def test_all_that_is_held_can_be_taken_home(invoke: Invoke) -> None:
    answer = invoke("list_accounts-export")
    assert answer["statusCode"] == 200
    assert base64.b64decode(answer["body"]).startswith(b"type,account_id,")


def test_the_dispatcher_wakes_nobody_before_the_time(invoke: Invoke) -> None:
    assert invoke("dispatch_syncs", time="2020-01-01T00:00:00Z") == {"woken": 0}


def test_the_dispatcher_wakes_the_account_at_its_own_minute(invoke: Invoke, host: Host) -> None:
    due = json.loads((ROOT / "events" / "dispatch_syncs.json").read_text(encoding="utf-8"))
    due["time"] = moment(int(row(host, "ACCOUNT#")["wake_at"]))
    assert invoke("dispatch_syncs", **due)["woken"] >= 1
    assert [json.loads(each["body"])["id"] for each in messages(host, "DailyQueue")] == [ACCOUNT]


def test_a_disconnect_answers_with_its_receipt(invoke: Invoke) -> None:
    receipt = body(invoke("disconnect_account"), 202)
    assert (receipt["account_id"], receipt["state"]) == (ACCOUNT, "erasing")


def test_a_wake_up_for_no_receipt_is_acknowledged(invoke: Invoke) -> None:
    assert invoke("erase_account") == {"batchItemFailures": []}


def test_the_erase_leaves_the_receipt_and_no_secret(invoke: Invoke, host: Host) -> None:
    # An erase begins when every lease of a run in flight would be over; this account has none.
    waiting = messages(host, "EraseQueue")
    assert invoke("erase_account", Records=waiting) == {"batchItemFailures": []}
    erased = ("ACCOUNT#", "GRANT#", "DAY#", "POST#", "RUN#", "EVENT#")
    assert not [each for each in rows(host) if each["sk"].startswith(erased)]
    assert row(host, "RECEIPT#")["pk"] == f"USER#{USER}"
    secrets = host.client("secretsmanager").list_secrets()["SecretList"]
    assert not [each["Name"] for each in secrets if "/grants/" in each["Name"]]


def test_a_callback_that_the_platform_did_not_sign_is_refused(invoke: Invoke) -> None:
    assert invoke("hear_platform")["statusCode"] == 403


def test_disconnecting_everything_of_nobody_gives_no_receipts(invoke: Invoke) -> None:
    assert body(invoke("disconnect_account-all"), 202) == {"receipts": []}


def test_every_event_ran(invoked: set[str]) -> None:
    assert invoked == EVENTS


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
