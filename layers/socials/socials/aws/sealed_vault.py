"""Tokens of grants in the table, sealed under a data key that rests in Secrets Manager.

One item a grant instead of one secret: $0.40 a month less each, and no quota of secrets. Storing version n + 1 is a
write under the condition that version n lies there.
"""

from socials.aws.data_keys import DataKeys
from socials.aws.items import keys
from socials.aws.items.attributes import Item, stands_so
from socials.aws.items.tokens import text_to_tokens, tokens_to_text
from socials.aws.sealing import opened, seal
from socials.aws.table.changes import GONE, delete, put
from socials.aws.table.table import Table
from socials.errors import NoSecret
from socials.models.grants import Sealed
from socials.models.readings import Tokens


class NameTaken(Exception):
    """A grant's name is never used again; this one was."""


class SealedVault:
    """The same port as `SecretsVault`."""

    def __init__(self, table: Table, data_keys: DataKeys) -> None:
        self._table, self._keys = table, data_keys

    def create(self, user: str, grant_id: str, tokens: Tokens) -> Sealed:
        self._keys.ensure()
        item = self._item(user, grant_id, 1, tokens)
        written = self._table.write(put(item, when=GONE))
        if not written.done and not stands_so(written.item, item):  # no two seals are the same
            raise NameTaken
        return Sealed(1, tokens)

    def read(self, user: str, grant_id: str) -> Sealed:
        return self._opened(user, grant_id, self._table.get(keys.secret(user, grant_id)))

    def store(self, user: str, grant_id: str, tokens: Tokens, after: int) -> Sealed:
        change = put(self._item(user, grant_id, after + 1, tokens), when="#version = :after", after=after)
        written = self._table.write(change)
        return Sealed(after + 1, tokens) if written.done else self._opened(user, grant_id, written.item)

    def destroy(self, user: str, grant_id: str) -> None:
        self._table.write(delete(keys.secret(user, grant_id)))

    def answers(self, user: str, grant_id: str) -> bool:
        """Also where what lies there cannot be opened just now."""
        return self._table.get(keys.secret(user, grant_id)) is not None

    def reseal(self, user: str, grant_id: str) -> bool:
        """The same version under the newest key. False where it already is, or somebody stored or destroyed it
        meanwhile (what is stored is sealed under the newest key anyway)."""
        item = self._table.get(keys.secret(user, grant_id))
        if item is None or item["key_id"] == self._keys.newest()[0]:
            return False
        held = self._opened(user, grant_id, item)
        again = self._item(user, grant_id, held.version, held.tokens)
        unchanged = "#version = :seen AND #key_id = :old"
        written = self._table.write(put(again, when=unchanged, seen=held.version, old=item["key_id"]))
        return written.done or stands_so(written.item, again)

    def _item(self, user: str, grant_id: str, version: int, tokens: Tokens) -> Item:
        key_id, key = self._keys.newest()
        text = tokens_to_text(version, tokens).encode()
        sealed = seal(key, text, user, grant_id, version, key_id)
        return {**keys.secret(user, grant_id), "version": version, "key_id": key_id, "sealed": sealed}

    def _opened(self, user: str, grant_id: str, item: Item | None) -> Sealed:
        if item is None:
            raise NoSecret
        version, key_id = item["version"], item["key_id"]
        plain = opened(self._keys.named(key_id), item["sealed"], user, grant_id, version, key_id)
        return text_to_tokens(plain.decode())
