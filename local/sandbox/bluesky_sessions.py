"""Sessions of a Bluesky server as the reference server keeps them: app passwords, rotation with two hours of grace."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from local.sandbox import jwt, people
from local.sandbox.chance import letters
from local.sandbox.issuing import MARK
from local.sandbox.people import Person

ACCESS = timedelta(hours=2)
REFRESH = timedelta(days=90)
GRACE = timedelta(hours=2)
FULL, APP, PRIVILEGED, REFRESHING = (
    *("com.atproto.access", "com.atproto.appPass", "com.atproto.appPassPrivileged"),
    "com.atproto.refresh",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One refresh token's row. `next_id` is set by its first use and given again on each further one."""

    did: str
    scope: str
    expires_at: datetime
    next_id: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    did: str
    access: str
    refresh: str


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a token says of itself, once its signature has been checked."""

    did: str
    scope: str
    token_id: str
    expired: bool


_CROWD_DID = re.compile(r"did:plc:crowdz+([a-j]{1,6})")


def did_of(person: Person) -> str:
    """A crowd member's number is readable in the id, so that nobody has to remember who was asked for."""
    if person.key.startswith("crowd-"):
        number = "".join("abcdefghij"[int(digit)] for digit in person.key.removeprefix("crowd-"))
        return f"did:plc:crowd{number:z>19}"
    return f"did:plc:{letters(24, 'did', person.key)}"


def person_of(did: str) -> Person | None:
    if found := _CROWD_DID.fullmatch(did):
        return people.find("crowd-" + "".join(str("abcdefghij".index(letter)) for letter in found[1]))
    return _BY_DID.get(did)


_BY_DID = {did_of(person): person for person in people.CAST}


def app_password(person: Person, number: int = 0) -> str:
    """The person's first, second, ... app password; the first is the one they have when the sandbox opens."""
    word = letters(16, "app password", person.key, number)
    return "-".join(word[place : place + 4] for place in range(0, 16, 4))


def main_password(person: Person) -> str:
    return f"main-password-of-{person.key}"


class Sessions:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._key = secrets.token_bytes(32)
        self._kept: dict[str, Kept] = {}
        self._made: dict[str, int] = {}

    def app_password(self, person: Person) -> str:
        """The one that works now. A person who deletes it makes the next, which is another word."""
        return app_password(person, self._made.get(person.key, 0))

    def delete_app_password(self, person: Person) -> int:
        """Ends every session made from it, but not an access token already given; answers how many sessions."""
        self._made[person.key] = self._made.get(person.key, 0) + 1
        did = did_of(person)
        theirs = [token_id for token_id, kept in self._kept.items() if kept.did == did and kept.scope != FULL]
        for token_id in theirs:
            del self._kept[token_id]
        return len(theirs)

    def create(self, did: str, scope: str) -> Session:
        return self._issued(did, scope, secrets.token_urlsafe(32))

    def rotate(self, token_id: str) -> Session | None:
        """None once the token has been revoked, deleted or used up."""
        kept = self._kept.get(token_id)
        if kept is None:
            return None
        ends = min(self._now() + GRACE, kept.expires_at)
        if ends <= self._now():
            return None
        next_id = kept.next_id or secrets.token_urlsafe(32)
        self._kept[token_id] = replace(kept, expires_at=ends, next_id=next_id)
        return self._issued(kept.did, kept.scope, next_id)

    def delete(self, token_id: str) -> None:
        """That token only: one it was rotated from lives out its grace, as in the reference server."""
        self._kept.pop(token_id, None)

    def connected(self, person: Person) -> bool:
        did, now = did_of(person), self._now()
        return any(kept.did == did and kept.next_id is None and kept.expires_at > now for kept in self._kept.values())

    def read(self, token: str) -> Bearer | None:
        """None for a token that this server did not sign."""
        payload = jwt.opened(token, self._key)
        if payload is None:
            return None
        expired = payload["exp"] <= self._now().timestamp()
        return Bearer(payload["sub"], payload["scope"], payload.get("jti", ""), expired)

    def _issued(self, did: str, scope: str, token_id: str) -> Session:
        now = self._now()
        kept = self._kept.setdefault(token_id, Kept(did, scope, now + REFRESH))
        access = self._signed("at+jwt", {"scope": scope, "sub": did}, now + ACCESS)
        refresh = self._signed("refresh+jwt", {"scope": REFRESHING, "sub": did, "jti": token_id}, kept.expires_at)
        return Session(did, access, refresh)

    def _signed(self, kind: str, claims: dict[str, Any], ends: datetime) -> str:
        issued = int(self._now().astimezone(UTC).timestamp())
        claims = {**claims, "aud": "did:web:bsky.social", "iat": issued, "exp": int(ends.timestamp())}
        claims |= {"mark": MARK} if MARK else {}
        return jwt.sign(kind, claims, self._key)
