"""Leaving over HTTP: what a person sees before it, and what they are left with."""

import json

from tests.e2e.more.test_metas_accounts import connected
from tests.support.product import Json, connect_pinterest, erased, everything, synced
from tests.support.stack import Person, Stack

NOUNS = ("snapshots", "posts", "runs", "events")
RECEIPT = {"receipt_id", "account_id", "platform", "state", "platform_revocation", "deleted", "revocation"}
RECEIPT |= {"backups_until", "requested_at", "finished_at"}


def connect(stack: Stack, person: Person, platform: str, who: str) -> list[Json]:
    return [synced(stack, person, account["account_id"]) for account in connected(person, platform, who)]


def test_the_receipt_counts_what_the_preview_announced(stack: Stack, person: Person) -> None:
    account = synced(stack, person, connect_pinterest(person, choose="ada")["account_id"])
    path = f"/accounts/{account['account_id']}"
    preview = person.get(f"{path}/disconnect-preview").json()
    days = person.get(f"{path}/metrics").json()["days"]
    assert preview["posts"] == len(everything(person, f"{path}/posts", "posts")) > 25
    assert preview["runs"] == 1
    assert preview["events"] == len(everything(person, f"{path}/events", "events"))
    assert preview["first_day"] == days[0]["date"]
    assert (preview["revokes"], preview["shares_with"]) == ("nothing", [])

    asked = person.delete(path)
    assert asked.status_code == 202
    receipt = erased(stack, person, asked.json()["receipt_id"])
    assert {noun: receipt["deleted"][noun] for noun in NOUNS} == {noun: preview[noun] for noun in NOUNS}
    assert receipt["deleted"]["secrets"] == 1
    assert receipt["backups_until"] > receipt["finished_at"]
    assert set(receipt) == RECEIPT
    told = json.dumps({name: value for name, value in receipt.items() if name not in ("revocation", "platform")})
    for name in ("username", "display_name", "avatar_url", "profile_url"):
        assert account[name] and account[name] not in told, "it holds nothing that came from the platform"
    repeated = person.delete(path)
    assert (repeated.status_code, repeated.json()) == (200, receipt)
    for gone in ("", "/disconnect-preview", "/export", "/events", "/posts", "/metrics", "/runs"):
        assert person.get(f"{path}{gone}").status_code == 404, gone


def test_a_preview_names_who_shares_and_so_decides_what_is_revoked(stack: Stack, person: Person) -> None:
    first, second = connect(stack, person, "facebook", "salma")
    preview = person.get(f"/accounts/{first['account_id']}/disconnect-preview").json()
    assert (preview["revokes"], preview["shares_with"]) == ("person", [second["account_id"]])
    erased(stack, person, person.delete(f"/accounts/{second['account_id']}").json()["receipt_id"])
    assert person.get(f"/accounts/{first['account_id']}/disconnect-preview").json()["shares_with"] == []
    assert erased(stack, person, person.delete("/accounts").json()["receipts"][0]["receipt_id"])


def test_leaving_postloudly_gives_a_receipt_for_each_account(stack: Stack, person: Person) -> None:
    mine = [connect_pinterest(person, choose="ada"), *connected(person, "facebook", "salma")]
    for account in mine:
        synced(stack, person, account["account_id"])
    other = stack.person("somebody-who-stays")
    stays = connect_pinterest(other, choose="noor")

    answer = person.delete("/accounts")
    assert answer.status_code == 202
    receipts = answer.json()["receipts"]
    assert {receipt["account_id"] for receipt in receipts} == {account["account_id"] for account in mine}
    done = [erased(stack, person, receipt["receipt_id"]) for receipt in receipts]
    assert sum(receipt["deleted"]["secrets"] for receipt in done) == 2
    assert person.get("/accounts").json()["accounts"] == []
    assert other.get(f"/accounts/{stays['account_id']}").json()["status"] == "connected"
    assert other.get(f"/receipts/{receipts[0]['receipt_id']}").status_code == 404
    assert person.delete("/accounts").json() == {"receipts": []}


def test_a_diary_tells_what_happened(stack: Stack, person: Person) -> None:
    account = synced(stack, person, connect_pinterest(person, choose="ada")["account_id"])
    path = f"/accounts/{account['account_id']}/events"
    assert [event["type"] for event in person.get(path).json()["events"]] == ["synced", "connected"]
    first = person.get(path, params={"limit": "1"}).json()
    rest = person.get(path, params={"limit": "1", "cursor": first["next_cursor"]}).json()
    assert [each["events"][0]["type"] for each in (first, rest)] == ["synced", "connected"]
    assert rest["next_cursor"] is None
    connect_pinterest(person, choose="ada")
    stack.until(lambda: "reconnected" in [event["type"] for event in person.get(path).json()["events"]])
