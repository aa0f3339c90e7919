"""A grant: one set of tokens from one consent. The row never holds a token."""

from dataclasses import dataclass
from datetime import datetime

from socials.models.readings import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`members`: `account_id#life` of each account that lives on it. `retired`: nobody does; it waits to be settled."""

    user: str
    grant_id: str
    platform: str
    members: frozenset[str]
    created_at: datetime
    retired: bool = False
    lease_owner: str | None = None
    lease_until: datetime | None = None
    wake_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the vault holds of a grant: its tokens and their version (1, 2, …; each refresh adds one)."""

    version: int
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class RefreshLease:
    """The right to refresh a grant. `interrupted`: the holder before never released it, so its answer may be lost."""

    grant_id: str
    owner: str
    until: datetime
    interrupted: bool


def member(account_id: str, life: str) -> str:
    return f"{account_id}#{life}"
