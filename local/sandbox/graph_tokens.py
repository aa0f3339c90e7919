"""Tokens of Meta's Graph APIs: short ones, long ones that renew themselves, and a Page's own without an end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from local.sandbox.issuing import unguessable
from local.sandbox.tokens import Consent, Issued, Lifetimes, Tokens

SHORT, LONG = timedelta(hours=1), timedelta(days=60)
YOUNGEST_RENEWED = timedelta(hours=24)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class GraphTokens(Tokens):
    """A long token is its own refresh token. `dead_because` tells the subcode of one that no longer works."""

    def __init__(self, now: Callable[[], datetime], prefix: str) -> None:
        super().__init__(now, Lifetimes(timedelta(hours=1), SHORT, LONG), prefix, prefix)
        self._issued_at: dict[str, datetime] = {}
        self._pages: dict[str, str] = {}
        self._removed: set[str] = set()

    def short(self, consent: Consent) -> str:
        return self._made(consent, self._now() + SHORT)

    def long(self, consent: Consent) -> str:
        token = self._made(consent, self._now() + LONG)
        self._refresh[token] = self._access[token]
        return token

    def renewed(self, token: str) -> str | None:
        """A new long token for one of at least 24 hours. Careful: the one that was sent is dead from here on."""
        consent = self.of_refresh(token)
        if consent is None or self._now() - self._issued_at[token] < YOUNGEST_RENEWED:
            return None
        del self._access[token], self._refresh[token]
        return self.long(consent)

    def page(self, consent: Consent, page: str) -> str:
        """A token of one Page, made from the person's."""
        token = self._made(consent, _NEVER)
        self._pages[token] = page
        return token

    def page_of(self, token: str) -> str | None:
        return self._pages.get(token)

    def revoke(self, person: str) -> int:
        self._removed |= {token for token, held in self._access.items() if held.consent.person == person}
        return super().revoke(person)

    def dead_because(self, token: str) -> int | None:
        """458: the app was removed, 463: expired, None: never heard of."""
        if token in self._removed:
            return 458
        return 463 if token in self._access else None

    def _made(self, consent: Consent, expires_at: datetime) -> str:
        token = self._prefixes[0] + unguessable(60)
        self._access[token] = Issued(consent, expires_at)
        self._issued_at[token] = self._now()
        return token
