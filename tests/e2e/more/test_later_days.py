"""What the daily rule brings as days and months go by."""

from datetime import timedelta

from tests.support.product import connect_pinterest, synced
from tests.support.stack import Stack


def test_the_next_days_bring_growth(own_stack: Stack) -> None:
    person = own_stack.person("growing")
    account = synced(own_stack, person, connect_pinterest(person, choose="ada")["account_id"])
    for _ in range(7):
        own_stack.tick(own_stack.now() + timedelta(days=1))
        account = synced(own_stack, person, account["account_id"], newer_than=account["last_synced_at"])
    days = person.get(f"/accounts/{account['account_id']}/metrics").json()
    known = [day for day in days["days"] if day["followers"] is not None]
    assert len(known) == 8
    assert days["growth"]["followers"]["change"] == known[-1]["followers"] - known[0]["followers"]
    assert account["follower_change_7d"] == known[-1]["followers"] - known[0]["followers"]
    runs = person.get(f"/accounts/{account['account_id']}/runs").json()["runs"]
    assert [run["trigger"] for run in runs] == ["daily"] * 7 + ["connect"]


def test_a_whole_month_later_the_access_was_renewed_on_the_way(own_stack: Stack) -> None:
    person = own_stack.person("renewing")
    account = synced(own_stack, person, connect_pinterest(person, choose="ada")["account_id"])
    for days in (29, 30, 32):
        start = account["last_synced_at"]
        own_stack.tick(own_stack.now() + timedelta(days=days))
        account = synced(own_stack, person, account["account_id"], newer_than=start)
    assert account["status"] == "connected"
