"""Names of things: derived where the same thing must always get the same name, random where nobody may guess it,
counted where it only must never come twice."""

import hashlib
import os
import secrets
from base64 import b32encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from itertools import count

AGENDA_SHARDS = 8
_MINUTES_A_DAY = 1440
# Crockford's base 32, in which ULIDs are written (https://github.com/ulid/spec), and how Python writes the same digits.
_CROCKFORDS = "0123456789" + "ABCDEFGHJKMNPQRSTVWXYZ"
_AS_PYTHON_COUNTS = str.maketrans(_CROCKFORDS, "0123456789abcdefghijklmnopqrstuv")


class _Process:
    """What tells this process's names from all others', and the number of those made so far. To ask the system for
    random bits anew for each is to let other threads go first."""

    def __init__(self) -> None:
        self.name, self.bits, self.made = secrets.token_hex(10), secrets.randbits(48), count()
        self.letters = _letters(self.bits >> 3, 9)


@cache
def _process() -> _Process:
    """Made for the first name, not before: a container may begin as a copy of one that had started (SnapStart)."""
    return _Process()


os.register_at_fork(after_in_child=_process.cache_clear)


def account_id(user: str, platform: str, platform_account_id: str) -> str:
    """The same identity connected by the same user is always the same account."""
    digest = _digest(user, platform, platform_account_id)
    return "acc_" + b32encode(digest[:15]).decode().lower()


def random_id(prefix: str) -> str:
    """`<prefix>_` and 130 random bits, never reused: lives, grants, connections."""
    return f"{prefix}_{b32encode(secrets.token_bytes(16)).decode().lower().rstrip('=')}"


def unique(prefix: str) -> str:
    """`<prefix>_` and what no other call brings, here or elsewhere; who sees one can tell the next. 29 letters
    more than the prefix."""
    process = _process()
    return f"{prefix}_{process.name}{next(process.made):08x}"


def time_ordered_id(now: datetime) -> str:
    """A ULID: sorts by time, for runs, receipts and events. Those that one process makes of one time sort in the order
    in which it made them."""
    process = _process()
    last = (process.bits & 7) << 32 | next(process.made) & 0xFFFF_FFFF
    return f"{_time_letters(int(now.timestamp() * 1000))}{process.letters}{_letters(last, 7)}"


@lru_cache(maxsize=64)
def _time_letters(milliseconds: int) -> str:
    """Most of what a sync names is of one second."""
    return _letters(milliseconds, 10)


def _letters(number: int, many: int) -> str:
    """So many letters of Crockford's, five bits each."""
    return "".join([_CROCKFORDS[number >> bits & 31] for bits in range(5 * many - 5, -1, -5)])


def receipt_id(of_account: str, now: datetime) -> str:
    """`<account_id>.<ULID>`: begins with the account's id and sorts by time."""
    return f"{of_account}.{time_ordered_id(now)}"


def time_of(time_ordered: str) -> datetime:
    """When a ULID of ours, or a receipt id that ends in one, was made: its first ten letters are milliseconds."""
    letters = time_ordered.rpartition(".")[2][:10]
    return datetime.fromtimestamp(int(letters.translate(_AS_PYTHON_COUNTS), 32) // 1000, UTC)


def registration(instance: str, redirect_uri: str) -> str:
    """Under which our registration with a host that a person named is kept: it holds for one callback address."""
    return _digest(instance, redirect_uri)[:16].hex()


def person_of(platform: str, extra: Mapping[str, str]) -> str | None:
    """The hash of whom a grant came from, by what its tokens carry; None where the platform did not say."""
    person = extra.get("person")
    return person_hash(platform, person) if person else None


def person_hash(platform: str, person: str) -> str:
    """What we keep of the platform's own name of a person."""
    return _digest("person", platform, person)[:20].hex()


def secret_hash(value: str) -> str:
    """What we keep of a state or verifier in place of itself (hex SHA-256)."""
    return hashlib.sha256(value.encode()).hexdigest()


def shard(item_id: str) -> int:
    """The agenda partition of an item."""
    return _digest("shard", item_id)[0] % AGENDA_SHARDS


def next_daily(of_account: str, after: datetime) -> datetime:
    """The account's own minute of the day, next time it comes after `after`: spreads the load over 24 hours."""
    minute = _minute(of_account)
    due = after.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
    return due if due > after else due + timedelta(days=1)


@lru_cache(maxsize=64)
def _minute(of_account: str) -> int:
    """Asked as its sync begins and as it ends."""
    return int.from_bytes(_digest("minute", of_account)[:4]) % _MINUTES_A_DAY


def spread(of_account: str, seconds: int) -> timedelta:
    """A stable share of `seconds`, so that accounts told to wait do not all wake at one second."""
    return timedelta(seconds=int.from_bytes(_digest("spread", of_account)[:4]) % max(1, seconds))


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode()).digest()
