"""A grant: one set of tokens from one consent. The row never holds a token."""

from datetime import datetime

from msgspec import Struct

from socials.models.readings import Tokens


class Grant(Struct, frozen=True, kw_only=True):
    """`members`: `account_id#life` of each account that lives on it. `retired`: nobody does; it waits to be settled.
    `person`: the hash of whom the consent came from, where the platform says it."""

    user: str
    grant_id: str
    platform: str
    members: frozenset[str]
    created_at: datetime
    person: str | None = None
    retired: bool = False
    lease_owner: str | None = None
    lease_until: datetime | None = None
    wake_at: datetime | None = None


class Sealed(Struct, frozen=True):
    """What the vault holds of a grant: its tokens and their version (1, 2, …; each refresh adds one)."""

    version: int
    tokens: Tokens


class RefreshLease(Struct, frozen=True):
    """The right to refresh a grant. `interrupted`: the holder before never released it, so its answer may be lost."""

    grant_id: str
    owner: str
    until: datetime
    interrupted: bool


def holding(user: str, grant_id: str) -> str:
    """How a person's row names one of their grants."""
    return f"{user}#{grant_id}"


def held(text: str) -> tuple[str, str]:
    """User and grant of `holding`; a grant's id holds no `#`."""
    user, _, grant_id = text.rpartition("#")
    return user, grant_id


def member(account_id: str, life: str) -> str:
    return f"{account_id}#{life}"


def account_of(member: str) -> str:
    """The account_id of `member`."""
    return member.partition("#")[0]
