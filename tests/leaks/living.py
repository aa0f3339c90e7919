"""The life of an account on every platform, good days and bad ones, until its end."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import boto3

from socials.platforms.base import Platform
from tests.leaks.quarrelling import bad_connects, quarrel
from tests.leaks.watching import Watched

_KINDS = ("blank", "truncated", "quoting", "lost", "not_json", "503", "401")


def live(watched: Watched, platforms: Sequence[Platform]) -> None:
    """All of it has happened when this returns."""
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda platform: bad_connects(watched, platform), platforms))
        accounts = list(pool.map(lambda platform: watched.person(platform.slug).connect(platform), platforms))
        quarrel(watched)
        first = sum(len(ids) for ids in accounts)  # a tick waits for whatever is under way
        watched.stack.until(lambda: watched.told("run_syncs", "run ended", "run waits") >= first, 240)
        for number, days in enumerate((50, 1)):
            bad_day(watched, platforms, number, timedelta(days=days, hours=1))
        list(pool.map(lambda platform, ids: read_all(watched, platform, ids), platforms, accounts))
        spoil(watched, platforms, accounts[:4])
        end(watched, platforms)


def live_sealed(watched: Watched, platforms: Sequence[Platform]) -> None:
    """The same in short: an app's secret that cannot be read, a connect, a renewal, the end."""
    name = "postloudly/local/platforms/pinterest"
    _secrets_manager(watched).put_secret_value(SecretId=name, SecretString=f'{{"client_secret": "{watched.mark}"')
    refused = watched.person("unlucky").ask("POST", "/connections", json={"platform": "pinterest"})
    assert refused.status_code == 500, refused.text
    for platform in platforms:
        assert watched.person(platform.slug).connect(platform)
        watched.fault(platform.slug, call="profile", kind="quoting")
    watched.stack.tick(watched.stack.now() + timedelta(days=1, hours=1))
    end(watched, platforms)


def bad_day(watched: Watched, platforms: Sequence[Platform], number: int, later: timedelta) -> None:
    """A day, so much `later`, on which each platform fails in two ways, other ones than on the day before."""
    for place, platform in enumerate(platforms):
        watched.fault(platform.slug, call="refresh", kind=_KINDS[(place + 2 * number) % len(_KINDS)])
        watched.fault(platform.slug, call="profile", kind=_KINDS[(place + 2 * number + 3) % len(_KINDS)])
    watched.stack.tick(watched.stack.now() + later)
    watched.stack.anyone().delete("/_sandbox/faults")


def read_all(watched: Watched, platform: Platform, account_ids: Sequence[str]) -> None:
    client = watched.person(platform.slug)
    client.ask("GET", "/accounts")
    for account_id in account_ids:
        for path in ("", "/runs", "/metrics", "/posts", "/events", "/export", "/disconnect-preview"):
            client.ask("GET", f"/accounts/{account_id}{path}")


def spoil(watched: Watched, platforms: Sequence[Platform], accounts: Sequence[Sequence[str]]) -> None:
    """What nobody foresees: grants' secrets that cannot be read."""
    watched.stack.tick(watched.stack.now() + timedelta(minutes=5))  # until when a sync by hand is none too many
    vault = _secrets_manager(watched)
    values = (f'{{"access": "{watched.mark}"', json.dumps({"version": watched.mark}), json.dumps([watched.mark]))
    found = [each["Name"] for page in vault.get_paginator("list_secrets").paginate() for each in page["SecretList"]]
    for number, name in enumerate(sorted(name for name in found if "/grants/" in name)):
        vault.put_secret_value(SecretId=name, SecretString=values[number % 3])
    for platform, account_ids in zip(platforms, accounts, strict=False):
        watched.person(platform.slug).ask("POST", f"/accounts/{account_ids[0]}/sync")
    watched.stack.until(lambda: watched.told("run_syncs", "message failed") >= 1, 60)


def end(watched: Watched, platforms: Sequence[Platform]) -> None:
    """Everybody leaves, and no platform takes the revoke."""
    for place, platform in enumerate(platforms):
        watched.fault(platform.slug, call="revoke", kind=("503", "quoting")[place % 2])
    for platform in platforms:
        watched.person(platform.slug).ask("DELETE", "/accounts")
    done = ("erase done", "erase goes on later")
    watched.stack.until(lambda: watched.told("erase_account", *done) >= len(platforms), 120)


def _secrets_manager(watched: Watched) -> Any:
    return boto3.client(
        "secretsmanager",
        endpoint_url=watched.aws.origin,
        region_name="eu-west-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
