"""A user of the real local stack whose accounts are in every condition: days go by, bad ones among them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from tests.support.consent import come_back, press
from tests.support.product import connect_bluesky
from tests.support.stack import Person, Stack

Json = dict[str, Any]

# A Facebook access lasts 60 days from the consent and is announced to end 14 days before.
OLDEST = timedelta(days=48)
# Hours before and after it are one day both here and in the zones that platforms count their days in.
MIDDAY = 14
INSIGHTS_OF_THREADS = "threads_manage_insights"


def connect(stack: Stack, person: Person, platform: str, who: str, **more: Any) -> Json:
    """The first account that somebody's consent offers. `instance`: a server; `without`: scopes they take away."""
    if platform == "bluesky":
        told = stack.anyone().get(f"/_sandbox/people/bluesky/{who}").json()
        return connect_bluesky(person, told["handle"], told["app_password"])
    without: Collection[str] = more.pop("without", ())
    leaving = person.post("/connections", json={"platform": platform, **more})
    assert leaving.status_code == 201, leaving.text
    ended = come_back(person, press(leaving.json()["authorize_url"], choose=who, without=without))
    path = f"/connections/{ended['connection']}"
    connection: Json = person.get(path).json()
    if ended["outcome"] == "choose":
        connection = person.post(f"{path}/accounts", json={"ids": [connection["candidates"][0]["id"]]}).json()
    account: Json = connection["accounts"][0]
    return account


def calm(stack: Stack, person: Person) -> list[Json]:
    """The accounts once no sync of theirs is about to begin or running."""

    def look() -> list[Json] | None:
        accounts: list[Json] = person.get("/accounts", params={"limit": "100"}).json()["accounts"]
        return (
            accounts
            if all((each["current_run"] or {}).get("state") in (None, "waiting") for each in accounts)
            else None
        )

    found: list[Json] = stack.until(look, 120)
    return found


def let_days_pass(stack: Stack, days: int, at_once: bool = False) -> None:
    """Each day with its daily sync; `at_once`: nobody looked in between, so the days before the last stay unknown."""
    for _ in range(1 if at_once else days):
        stack.tick(stack.now() + timedelta(days=days if at_once else 1))


def bad_day(stack: Stack, platform: str, person: str, **fault: Any) -> None:
    asked = stack.anyone().post("/_sandbox/faults", json={"platform": platform, "person": person, **fault})
    assert asked.status_code == 201, asked.text


def next_midday(now: datetime) -> datetime:
    midday = now.replace(hour=MIDDAY, minute=0, second=0, microsecond=0)
    return midday if midday > now else midday + timedelta(days=1)


def settle(stack: Stack, user: str, days: int = 2) -> Person:
    """One account of each platform, in each condition that an account can rest in. `days`: before and after a gap."""
    person = stack.person(user)
    stack.tick(next_midday(stack.now()))
    connect(stack, person, "facebook", "bruno")
    calm(stack, person)
    stack.tick(stack.now() + OLDEST - timedelta(days=2 * days + 3))
    connect(stack, person, "instagram", "ada")
    connect(stack, person, "youtube", "bruno")
    connect(stack, person, "bluesky", "noor")
    connect(stack, person, "pinterest", "zora")
    connect(stack, person, "mastodon", "salma", instance="mastodon.social")
    connect(stack, person, "linkedin", "pia")
    connect(stack, person, "threads", "ada", without=(INSIGHTS_OF_THREADS,))
    connect(stack, person, "x", "pia")
    connect(stack, person, "tiktok", "salma")
    calm(stack, person)
    let_days_pass(stack, days)
    let_days_pass(stack, 3, at_once=True)
    let_days_pass(stack, days - 1)
    bad_day(stack, "tiktok", "salma", call="user_info", kind="503", times=None)
    let_days_pass(stack, 1)
    stack.anyone().post("/_sandbox/people/youtube/bruno/revoke")
    stack.tick(stack.now() + timedelta(hours=5))  # longer than an access token lives
    stack.pass_time(2, person)  # longer than one waits between two syncs
    accounts = {account["platform"]: account["account_id"] for account in calm(stack, person)}
    bad_day(stack, "x", "pia", kind="429", retry_after=2400)
    for platform in ("youtube", "x"):
        asked = person.post(f"/accounts/{accounts[platform]}/sync")
        assert asked.status_code == 202 or asked.json()["code"] == "reconnect_needed", asked.text
    calm(stack, person)
    return person
