"""Persons in memory."""

from datetime import datetime, timedelta

from socials.models.receipts import Deletion
from socials.timing import RECEIPT_LIVES
from tests.support.fakes.rows import Rows

_REVOKING = timedelta(seconds=60)


class FakePersons:
    """Kept in `rows.persons` (members) and `rows.revoking` (who revokes, until when)."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def join(self, platform: str, person: str, holding: str, now: datetime) -> bool:
        with self._rows.lock:
            _, until = self._rows.revoking.get((platform, person), ("", now))
            if until > now:
                return False
            self._rows.revoking.pop((platform, person), None)
            self._rows.persons.setdefault((platform, person), set()).add(holding)
            return True

    def leave(self, platform: str, person: str, holding: str, now: datetime) -> bool:
        key = (platform, person)
        with self._rows.lock:
            members = self._rows.persons.get(key, set())
            by, until = self._rows.revoking.get(key, (holding, now))
            if members - {holding} or (not members and by != holding and until > now):
                members.discard(holding)
                return False
            self._rows.persons.pop(key, None)
            self._rows.revoking[key] = (holding, now + _REVOKING)
            return True

    def holdings(self, platform: str, person: str) -> frozenset[str]:
        return frozenset(self._rows.persons.get((platform, person), ()))

    def settle(self, platform: str, person: str, holding: str) -> None:
        key = (platform, person)
        with self._rows.lock:
            if self._rows.revoking.get(key, ("", None))[0] == holding and key not in self._rows.persons:
                del self._rows.revoking[key]


class FakeDeletions:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def keep(self, code_hash: str, deletion: Deletion) -> None:
        self._rows.deletions[code_hash] = deletion

    def find(self, code_hash: str, now: datetime) -> Deletion | None:
        found = self._rows.deletions.get(code_hash)
        return found if found is not None and found.requested_at + RECEIPT_LIVES > now else None
