"""Grants, their tokens, and the persons whom a revoke cuts off."""

from datetime import datetime
from typing import Protocol

from socials.models.grants import Grant, RefreshLease, Sealed
from socials.models.readings import Tokens


class Grants(Protocol):
    """Grant rows."""

    def get(self, user: str, grant_id: str) -> Grant | None: ...

    def list(self, user: str) -> list[Grant]: ...

    def take_lease(self, user: str, grant_id: str, owner: str, now: datetime) -> RefreshLease | None:
        """The lease until now + REFRESH_LEASE_SECONDS, also where it is the owner's already; None while another's is
        alive. Raises NoSecret where the grant is gone. `interrupted`: a lease before this one ended without `settled`;
        it stays true until one is. Asked for again in the same second it is the same lease, not one more."""
        ...

    def release_lease(self, user: str, lease: RefreshLease, *, settled: bool) -> None:
        """Release it if still the owner's. `settled`: the outcome is known (tokens stored, plainly refused, or nothing
        was ever called), so the next holder starts clean; False: the next holder finds `interrupted`. Never raises for
        a lost lease."""
        ...

    def leave(self, user: str, grant_id: str, member: str, now: datetime) -> Grant | None:
        """Take one member out. The last one out retires the grant (retired, wake_at = now + HEAL_AFTER). Repeating
        it is harmless. Returns the grant as it then stands, None if there is none."""
        ...

    def delete(self, user: str, grant_id: str) -> None:
        """Delete a grant row that has no members. Harmless when gone; leaves one with members alone."""
        ...


class Vault(Protocol):
    """Tokens of grants, each its user's. The only place where a token rests."""

    def create(self, user: str, grant_id: str, tokens: Tokens) -> Sealed:
        """Version 1, under a name never used before."""
        ...

    def read(self, user: str, grant_id: str) -> Sealed:
        """Raises NoSecret."""
        ...

    def store(self, user: str, grant_id: str, tokens: Tokens, after: int) -> Sealed:
        """Compare and swap: version after + 1 holds `tokens` unless somebody stored that version first; what the vault
        then holds is returned (the winner's, for a loser). Raises NoSecret."""
        ...

    def destroy(self, user: str, grant_id: str) -> None:
        """Delete for good, without recovery. Harmless when gone."""
        ...

    def answers(self, user: str, grant_id: str) -> bool:
        """Whether a secret can still be read under that name."""
        ...


class Persons(Protocol):
    """Whom a revoke cuts off: every grant of that person to our app, across accounts and across our users.

    `person`: their hash by `ids.person_hash`, as the grants' rows keep it. `holding`: user and grant, by
    `models.grants.holding`; a grant's id is never reused.
    """

    def join(self, platform: str, person: str, holding: str, now: datetime) -> bool:
        """Count this grant among the person's. False while a revoke of that person is under way: tokens got just now
        may be dead already. Repeating it is harmless."""
        ...

    def leave(self, platform: str, person: str, holding: str, now: datetime) -> bool:
        """Take this grant out. True for the last one out (again, if asked again), which may revoke: until `settle`, at
        most for 60 s, nobody can join. False where others stay, or another is revoking."""
        ...

    def holdings(self, platform: str, person: str) -> frozenset[str]:
        """All of the person's grants, each by `models.grants.holding`."""
        ...

    def settle(self, platform: str, person: str, holding: str) -> None:
        """The revoke of the last one out has ended, whatever came of it: the row goes. Harmless when repeated."""
        ...
