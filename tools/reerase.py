"""Replays receipts after a point-in-time restore: what was disconnected since comes back with it, and goes again.

    python -m tools.reerase --receipts OLD_TABLE --table RESTORED_TABLE --secrets-prefix postloudly/<stage>/

Run it before any function is pointed at the restored table. It may be killed and run again, also once functions run
there: what has gone on since is left as it is. Credentials, region and
AWS_ENDPOINT_URL come from the environment, as with every AWS tool. Exit code 1: something is left, named by receipt.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from socials.aws.clients import Clients
from socials.aws.items import keys
from socials.aws.items.attributes import decoded
from socials.aws.items.receipts import item_to_receipt
from socials.aws.table.changes import delete, put, update
from socials.aws.table.connections import TableConnections
from socials.aws.table.grants import TableGrants
from socials.aws.table.remains import TableRemains
from socials.aws.table.table import Table
from socials.aws.vault import SecretsVault
from socials.clock import Clock, now
from socials.models.grants import Grant, holding, member
from socials.models.lives import LifeKey
from socials.models.receipts import Receipt, ReceiptState
from socials.ports import Vault
from socials.timing import HEAL_AFTER

_AT_ONCE = 500
# An erase counts each go: one that the restored table has seen more of has gone on there.
_NO_FURTHER = "attribute_not_exists(#pk) OR (#state = :erasing AND #attempts <= :attempts)"


def receipts_in(client: Any, table: str) -> Iterator[dict[str, Any]]:
    """Every receipt of the table as its item, also those that nobody may read any more. Those that still erase come
    last: they set their grant aside for the revoke, which they can only as the last of its accounts."""
    for is_erasing in (False, True):
        for item in _items(client, table, "RECEIPT#"):
            if (item["state"] == ReceiptState.ERASING) is is_erasing:
                yield item


def sealed_in(client: Any, table: str) -> Iterator[dict[str, Any]]:
    """Every sealed secret of the table as its item (none unless TokenStore is sealed)."""
    return _items(client, table, "SECRET#")


def deletions_in(client: Any, table: str) -> Iterator[dict[str, Any]]:
    """What each confirmation code of a deletion stands for, as its item."""
    return (item for item in _items(client, table, "STATE") if "receipts" in item)


def _items(client: Any, table: str, noun: str) -> Iterator[dict[str, Any]]:
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        ConsistentRead=True,
        FilterExpression="begins_with(sk, :noun)",
        ExpressionAttributeValues={":noun": {"S": noun}},
    )
    for page in pages:
        yield from map(decoded, page["Items"])


@dataclass(slots=True)
class Reerasing:
    """`fenced` rows, `items` and `secrets` that had come back and are gone again. `renewed`: tokens that were renewed
    since."""

    table: Table
    vault: Vault
    clock: Clock = now
    receipts: int = 0
    fenced: int = 0
    items: int = 0
    secrets: int = 0
    renewed: int = 0

    def replay(self, item: dict[str, Any]) -> bool:
        """The receipt as it last was, its fence, and what it deleted. Whether nothing of it is left.

        An erase that had only been asked for gets its fence back and goes on by itself, from the agenda. One that has
        done so already is not set back: it would count again what is gone, and revoke with a secret that is no more.
        """
        receipt = item_to_receipt(item)
        self.receipts += 1
        if not self._put_back(item, receipt):
            return True
        self._fence(receipt)
        if receipt.deleted is None:
            return True
        self._delete_data(receipt)
        self._leave_grant(receipt)
        return self._is_gone(receipt)

    def _put_back(self, item: dict[str, Any], receipt: Receipt) -> bool:
        if receipt.state is ReceiptState.DONE:
            return self.table.write(put(item)).done
        seen = {"erasing": ReceiptState.ERASING, "attempts": receipt.attempts}
        return self.table.write(put(item, when=_NO_FURTHER, **seen)).done

    def tell_again(self, item: dict[str, Any]) -> None:
        """A code that somebody was given leads to its deletion."""
        self.table.write(put(item))

    def renew(self, item: dict[str, Any]) -> None:
        """Sealed tokens came back as they were then; a platform that rotates them takes only the newest."""
        _, _, grant_id = item["sk"].partition("#")
        if self.table.get(keys.grant(keys.user_of(item["pk"]), grant_id)) is not None:
            newer = "attribute_not_exists(#version) OR #version < :newest"
            self.renewed += self.table.write(put(item, when=newer, newest=item["version"])).done

    def _fence(self, receipt: Receipt) -> None:
        fields = {"receipt_id": receipt.receipt_id, "wake_at": None}
        key = keys.account(receipt.user, receipt.account_id)
        self.fenced += self.table.write(update(key, fields, when="#life = :seen", seen=receipt.life)).done

    def _delete_data(self, receipt: Receipt) -> None:
        remains, life = TableRemains(self.table), _life(receipt)
        while deleted := remains.delete_some(life, _AT_ONCE):
            self.items += deleted
        remains.delete_account(receipt.user, receipt.account_id, receipt.life)
        TableConnections(self.table).delete(receipt.user, receipt.connection_id)

    def _leave_grant(self, receipt: Receipt) -> None:
        """An erase that still tries to revoke needs the secret: it ends the grant by itself, and no sweep comes before
        its last try."""
        grants, is_done = TableGrants(self.table), receipt.state is ReceiptState.DONE
        me = member(receipt.account_id, receipt.life)
        grant = grants.leave(receipt.user, receipt.grant_id, me, self.clock() if is_done else receipt.settle_at)
        if not is_done or (grant is not None and (grant.members or self._is_anothers(grant, receipt))):
            return
        if self.vault.answers(receipt.user, receipt.grant_id):
            self.vault.destroy(receipt.user, receipt.grant_id)
            self.secrets += 1
        sealed = self.table.write(delete(keys.secret(receipt.user, receipt.grant_id)))
        self.secrets += sealed.item is not None
        if grant is not None and grant.person is not None:
            self._leave_person(grant, grant.person)
        grants.delete(receipt.user, receipt.grant_id)  # last: a repeat knows the person by it

    def _is_anothers(self, grant: Grant, receipt: Receipt) -> bool:
        """Set aside for a sibling's erase, which took the grant along and still tries to revoke with it."""
        return not receipt.takes_grant_along and grant.wake_at is not None and grant.wake_at > self.clock() + HEAL_AFTER

    def _leave_person(self, grant: Grant, person: str) -> None:
        key = keys.person(grant.platform, person)
        gone = frozenset({holding(grant.user, grant.grant_id)})
        self.table.write(update(key, {}, also="DELETE #members :gone", when="attribute_exists(#pk)", gone=gone))
        self.table.write(delete(key, when="attribute_not_exists(#members) AND attribute_not_exists(#revoking_by)"))

    def _is_gone(self, receipt: Receipt) -> bool:
        row = self.table.get(keys.account(receipt.user, receipt.account_id))
        grant = self.table.get(keys.grant(receipt.user, receipt.grant_id))
        sealed = self.table.get(keys.secret(receipt.user, receipt.grant_id))
        held = grant is not None or receipt.state is not ReceiptState.DONE
        return (
            TableRemains(self.table).count(_life(receipt)).items == 0
            and (row is None or row["life"] != receipt.life)
            and (held or (sealed is None and not self.vault.answers(receipt.user, receipt.grant_id)))
        )


def _life(receipt: Receipt) -> LifeKey:
    return LifeKey(receipt.user, receipt.account_id, receipt.life)


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(prog="reerase", description="Replay receipts after a point-in-time restore.")
    options.add_argument("--receipts", required=True, help="the table whose receipts are replayed: the one before")
    options.add_argument("--table", required=True, help="the restored table")
    options.add_argument("--secrets-prefix", required=True, help="postloudly/<stage>/")
    given = options.parse_args(arguments)
    if not (given.receipts and given.table) or given.secrets_prefix.endswith("//"):
        options.error("which tables, of which stage? RECEIPTS=... TABLE=... STAGE=...")
    clients = Clients()
    vault = SecretsVault(clients.secretsmanager, given.secrets_prefix)
    reerasing = Reerasing(Table(clients.dynamodb, given.table), vault)
    left = [
        f"{item['pk']} {item['sk']}"
        for item in receipts_in(clients.dynamodb, given.receipts)
        if not reerasing.replay(item)
    ]
    for item in deletions_in(clients.dynamodb, given.receipts):
        reerasing.tell_again(item)
    for item in sealed_in(clients.dynamodb, given.receipts):
        reerasing.renew(item)
    print(
        f"{reerasing.receipts} receipts replayed: {reerasing.fenced} accounts had come back, "
        f"{reerasing.items} items and {reerasing.secrets} secrets deleted again, "
        f"{reerasing.renewed} newer tokens kept, {len(left)} left something"
    )
    for each in left:
        print(f"left: {each}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
