"""The life of an account on every platform, good days and bad ones, until its end."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import boto3

from socials.platforms.base import Platform
from tests.leaks.quarrelling import bad_connects, quarrel
from tests.leaks.watching import Watched

# What meets the first two calls to each platform, another kind to each, on a day so many days later.
_BAD_DAYS = {
    50: ("blank", "truncated", "quoting", "lost", "not_json", "503"),
    1: ("quoting", "revoked", "503", "truncated", "gone", "redirect"),
}


def live(watched: Watched, platforms: Sequence[Platform]) -> None:
    """All of it has happened when this returns."""
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda platform: bad_connects(watched, platform), platforms))
        accounts = list(pool.map(lambda platform: watched.person(platform.slug).connect(platform), platforms))
        quarrel(watched)
        first_runs(watched, sum(map(len, accounts)))
        for days in _BAD_DAYS:
            bad_day(watched, platforms, days)
        list(pool.map(lambda platform, ids: read_all(watched, platform, ids), platforms, accounts))
    by_slug = {platform.slug: ids for platform, ids in zip(platforms, accounts, strict=True)}
    held = [platform for platform in platforms if platform.revoke is None or platform.slug == "pinterest"]
    end(watched, [platform for platform in platforms if platform not in held])
    spoil(watched, {platform.slug: by_slug[platform.slug] for platform in held})
    end(watched, held)


def live_sealed(watched: Watched, platforms: Sequence[Platform]) -> None:
    """The same in short: an app's secret that cannot be read, a connect, a renewal, the end."""
    name = "postloudly/local/platforms/pinterest"
    _secrets_manager(watched).put_secret_value(SecretId=name, SecretString=f'{{"client_secret": "{watched.mark}"')
    refused = watched.person("unlucky").ask("POST", "/connections", json={"platform": "pinterest"})
    assert refused.status_code == 409, refused.text
    accounts = [watched.person(platform.slug).connect(platform) for platform in platforms]
    first_runs(watched, sum(map(len, accounts)))
    watched.stack.tick(watched.stack.now() + timedelta(days=1, hours=1))
    end(watched, platforms)


def first_runs(watched: Watched, number: int) -> None:
    """A day that comes while a run is under way would wait for its message, which is hidden for long."""
    watched.stack.until(lambda: watched.told("run_syncs", "run ended", "run waits") >= number, 240)


def bad_day(watched: Watched, platforms: Sequence[Platform], days: int) -> None:
    kinds = _BAD_DAYS[days]
    for place, platform in enumerate(platforms):
        for kind in (kinds[place % len(kinds)], kinds[(place + 3) % len(kinds)]):
            watched.fault(platform.slug, kind=kind)
    watched.stack.tick(watched.stack.now() + timedelta(days=days, hours=1))
    watched.stack.anyone().delete("/_sandbox/faults")


def read_all(watched: Watched, platform: Platform, account_ids: Sequence[str]) -> None:
    client = watched.person(platform.slug)
    client.ask("GET", "/accounts")
    for account_id in account_ids:
        for path in ("", "/runs", "/metrics", "/posts", "/events", "/export", "/disconnect-preview"):
            client.ask("GET", f"/accounts/{account_id}{path}")


def spoil(watched: Watched, accounts: Mapping[str, Sequence[str]]) -> None:
    """What nobody foresees: grants' secrets that cannot be read."""
    watched.stack.tick(watched.stack.now() + timedelta(minutes=5))  # until when a sync by hand is one too many
    vault = _secrets_manager(watched)
    values = (f'{{"access": "{watched.mark}"', json.dumps({"version": watched.mark}), json.dumps([watched.mark]))
    found = [each["Name"] for page in vault.get_paginator("list_secrets").paginate() for each in page["SecretList"]]
    for number, name in enumerate(sorted(name for name in found if "/grants/" in name)):
        vault.put_secret_value(SecretId=name, SecretString=values[number % 3])
    for slug, ids in accounts.items():
        watched.person(slug).ask("POST", f"/accounts/{ids[0]}/sync")
    watched.stack.until(lambda: watched.told("run_syncs", "message failed") >= 1, 60)


def end(watched: Watched, platforms: Sequence[Platform]) -> None:
    """Everybody leaves, and no platform takes the revoke."""
    ends = ("erase done", "erase goes on later")
    before = watched.told("erase_account", *ends)
    for place, platform in enumerate(platforms):
        watched.fault(platform.slug, kind=("503", "quoting")[place % 2])
        watched.person(platform.slug).ask("DELETE", "/accounts")
    watched.stack.until(lambda: watched.told("erase_account", *ends) >= before + len(platforms), 120)


def _secrets_manager(watched: Watched) -> Any:
    return boto3.client(
        "secretsmanager",
        endpoint_url=watched.aws.origin,
        region_name="eu-west-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
