"""The keys that tokens are sealed under (TokenStore=sealed): look, rotate, re-seal, retire. docs/runbook.md says when.

    python -m tools.token_keys --table TABLE --secrets-prefix postloudly/<stage>/ show|rotate|reseal|retire KEY_ID

Nothing has to stop for any of it. Credentials, region and AWS_ENDPOINT_URL come from the environment.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from socials.aws.clients import Clients
from socials.aws.data_keys import KEPT_SECONDS, DataKeys, NoKey, RingChanged
from socials.aws.items import keys
from socials.aws.sealed_vault import SealedVault
from socials.aws.sealing import Unopened
from socials.aws.table.table import Table
from socials.clock import now
from socials.telemetry import pseudonym

# A function may seal under the key that it keeps for this long after a rotation; twice that, to be sure.
SETTLES_IN = timedelta(seconds=2 * KEPT_SECONDS)


def secrets_in(client: Any, table: str) -> Iterator[tuple[str, str, str]]:
    """User, grant and key id of every sealed item."""
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        ConsistentRead=True,
        FilterExpression="begins_with(sk, :secret)",
        ProjectionExpression="pk, sk, key_id",
        ExpressionAttributeValues={":secret": {"S": "SECRET#"}},
    )
    for page in pages:
        for item in page["Items"]:
            grant_id = item["sk"]["S"].removeprefix("SECRET#")
            yield keys.user_of(item["pk"]["S"]), grant_id, item["key_id"]["S"]


class Keeper:
    """`client`: botocore's DynamoDB client."""

    def __init__(self, client: Any, table: str, data_keys: DataKeys) -> None:
        self._client, self._table, self._keys = client, table, data_keys

    def show(self) -> str:
        """Each key and how many grants are sealed under it."""
        ring, used = self._keys.ring(), self._used()
        names = sorted({*ring.keys, *used}, key=lambda name: name != ring.newest)
        return "\n".join(f"{name} {used[name]} grants{', newest' * (name == ring.newest)}" for name in names)

    def rotate(self) -> str:
        return f"{self._keys.rotate()} is the newest key now"

    def reseal(self) -> str:
        """What no refresh has moved to the newest key yet. Raises ValueError for what does not open, after the rest."""
        vault = SealedVault(Table(self._client, self._table), self._keys)
        newest = self._keys.newest()[0]
        old = [(user, grant) for user, grant, key_id in secrets_in(self._client, self._table) if key_id != newest]
        moved, unopened = 0, list[str]()
        for user, grant in old:
            try:
                moved += vault.reseal(user, grant)
            except (NoKey, Unopened):
                unopened.append(f"{pseudonym(user)} {grant}")
        done = f"{moved} of {len(old)} grants re-sealed"
        if unopened:
            raise ValueError("\n".join([done, "these open with no key of the ring (docs/runbook.md):", *unopened]))
        return done

    def retire(self, key_id: str, at: datetime) -> str:
        """Raises ValueError while anything is, or might yet be, sealed under that key. A table in which nothing is
        sealed under the newest one proves nothing: it may be another stage's, or the one before a restore."""
        ring = self._keys.look_again()
        if key_id not in ring.keys:
            raise ValueError(f"there is no key '{key_id}': show names those that there are")
        if key_id == ring.newest:
            raise ValueError(f"{key_id} is the newest key: rotate and re-seal first")
        if ring.written_at is None or at - ring.written_at < SETTLES_IN:
            raise ValueError(f"the keys changed less than {SETTLES_IN} ago: a function may still seal under {key_id}")
        used = self._used()
        if count := used[key_id]:
            raise ValueError(f"{count} grants are sealed under {key_id}: re-seal first")
        if not used[ring.newest]:
            raise ValueError(f"in {self._table} nothing is sealed under these keys: is it the table of this stage?")
        self._keys.retire(key_id)
        return f"{key_id} is gone"

    def _used(self) -> Counter[str]:
        return Counter(key_id for _, _, key_id in secrets_in(self._client, self._table))


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(prog="token_keys", description="The keys that tokens are sealed under.")
    options.add_argument("--table", required=True)
    options.add_argument("--secrets-prefix", required=True, help="postloudly/<stage>/")
    options.add_argument("step", choices=("show", "rotate", "reseal", "retire"))
    options.add_argument("key_id", nargs="?", default="")
    given = options.parse_args(arguments)
    if not given.table or given.secrets_prefix.endswith("//"):
        options.error("which table, of which stage? TABLE=... STAGE=...")
    clients = Clients()
    keeper = Keeper(clients.dynamodb, given.table, DataKeys(clients.secretsmanager, given.secrets_prefix))
    try:
        print(keeper.retire(given.key_id, now()) if given.step == "retire" else getattr(keeper, given.step)())
    except (ValueError, NoKey, RingChanged) as error:
        print(str(error) or "somebody else changed the keys meanwhile: look again")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
