"""Codes and tokens of platforms with OAuth: issuing, expiry, rotation, and what a person takes back.

Kept in memory only. Times are the stack's, so a jump of its clock expires what a real wait would.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from local.sandbox.issuing import unguessable


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to on the consent page. `person` is their key in the sandbox, `challenge` the PKCE one."""

    person: str
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str = ""

    def proven_by(self, verifier: str) -> bool:
        """Whether the verifier is the one behind the PKCE challenge (S256); True where there was no challenge."""
        digest = hashlib.sha256(verifier.encode()).digest()
        return not self.challenge or self.challenge == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Issued:
    consent: Consent
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Lifetimes:
    code: timedelta
    access: timedelta
    refresh: timedelta


@dataclass(frozen=True, slots=True)
class Pair:
    access: str
    refresh: str
    refresh_expires_at: datetime
    consent: Consent


class Tokens:
    """One platform's. Methods answer None for whatever is unknown, used, expired or taken back."""

    def __init__(
        self,
        now: Callable[[], datetime],
        lifetimes: Lifetimes,
        access_prefix: str,
        refresh_prefix: str,
        code_suffix: str = "",
    ) -> None:
        self._now = now
        self._lifetimes = lifetimes
        self._prefixes = access_prefix, refresh_prefix
        self._code_suffix = code_suffix
        self._codes: dict[str, Issued] = {}
        self._access: dict[str, Issued] = {}
        self._refresh: dict[str, Issued] = {}

    def issue_code(self, consent: Consent) -> str:
        code = unguessable(24) + self._code_suffix
        self._codes[code] = Issued(consent, self._now() + self._lifetimes.code)
        return code

    def redeem(self, code: str) -> Consent | None:
        """Works once, whatever becomes of it."""
        return self._alive(self._codes.pop(code, None))

    def issue(self, consent: Consent) -> Pair:
        access, refresh = (prefix + unguessable(48) for prefix in self._prefixes)
        refresh_expires_at = self._now() + self._lifetimes.refresh
        self._access[access] = Issued(consent, self._now() + self._lifetimes.access)
        self._refresh[refresh] = Issued(consent, refresh_expires_at)
        return Pair(access, refresh, refresh_expires_at, consent)

    def rotate(self, refresh: str, scopes: tuple[str, ...] | None = None) -> Pair | None:
        """A new pair, with fewer `scopes` if given; the refresh token that was sent is dead from now on."""
        consent = self._alive(self._refresh.pop(refresh, None))
        if consent is None:
            return None
        return self.issue(replace(consent, scopes=consent.scopes if scopes is None else scopes))

    def renew(self, refresh: str) -> Pair | None:
        """A new access token, no longer alive than the refresh token, which stays with its end."""
        held = self._refresh.get(refresh)
        consent = self._alive(held)
        if held is None or consent is None:
            return None
        access = self._prefixes[0] + unguessable(48)
        self._access[access] = Issued(consent, min(self._now() + self._lifetimes.access, held.expires_at))
        return Pair(access, refresh, held.expires_at, consent)

    def drop(self, token: str) -> Consent | None:
        """That one token dies, be it an access or a refresh token; whose it was."""
        return self._alive(self._access.pop(token, None)) or self._alive(self._refresh.pop(token, None))

    def of_code(self, code: str) -> Consent | None:
        return self._alive(self._codes.get(code))

    def of_access(self, token: str) -> Consent | None:
        return self._alive(self._access.get(token))

    def of_refresh(self, token: str) -> Consent | None:
        return self._alive(self._refresh.get(token))

    def connected(self, person: str) -> bool:
        """Whether any refresh token of theirs still works."""
        return any(self._alive(issued) and issued.consent.person == person for issued in self._refresh.values())

    def revoke(self, person: str) -> int:
        """The person removes the app in their settings: everything of theirs dies; answers how many tokens that was."""
        count = 0
        for kept in (self._codes, self._access, self._refresh):
            theirs = [token for token, issued in kept.items() if issued.consent.person == person]
            count += len(theirs)
            for token in theirs:
                del kept[token]
        return count

    def _alive(self, issued: Issued | None) -> Consent | None:
        return issued.consent if issued and self._now() < issued.expires_at else None
