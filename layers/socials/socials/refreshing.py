"""Keeping a grant's tokens fresh without ever losing a rotated one.

The secret is the only truth; the grant's row holds the lease. Nothing stands between the answer and the store.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from socials.clock import Clock
from socials.errors import RATE_LIMITED, Fenced, NoSecret, OutOfTime, PlatformError, ReconnectNeeded, RetryLater
from socials.models.grants import RefreshLease, Sealed
from socials.models.readings import Tokens
from socials.platforms.base import App, Client, Platform
from socials.timing import REFRESH_LEASE_SECONDS
from socials.values import replace

if TYPE_CHECKING:
    from socials.ports import Apps, Doors, Grants, Vault

REFRESH_INTERRUPTED = "refresh_interrupted"
_STORE_TRIES = 3
REFRESH_IN_PROGRESS = "refresh_in_progress"
STORE_SETTLING = "secret_settling"

# Waits that no platform asked for: they are about one grant's tokens, and end with it.
OF_THE_GRANT = frozenset({REFRESH_INTERRUPTED, REFRESH_IN_PROGRESS, STORE_SETTLING})

# Five looks outlast the lease of a refresher that died.
_LOOK_AGAIN_IN = timedelta(seconds=30)


class Holder(Struct, frozen=True):
    """Who asks: the user's grant, the worker, and whether it waited once already for an interrupted refresh."""

    user: str
    grant_id: str
    owner: str
    waited: bool = False


@dataclass(frozen=True, slots=True)
class Refreshing:
    grants: Grants
    vault: Vault
    apps: Apps
    doors: Doors
    clock: Clock

    def fresh(
        self, platform: Platform, client: Client, holder: Holder, held: Sealed, *, refused: bool = False
    ) -> Sealed:
        """Tokens that work for the next calls. `refused`: the platform no longer takes the access token of `held`.

        Raises ReconnectNeeded on proof only, RetryLater while another worker refreshes or the platform is away,
        Fenced where the grant is gone.
        """
        if not refused and not self.expires_soon(platform, held.tokens):
            return held
        if platform.refresh is None:
            return self._as_it_is(held, refused)
        lease = self._take_lease(holder)
        if lease is None:
            raise RetryLater(
                "Another sync is renewing the access just now.",
                code=REFRESH_IN_PROGRESS,
                until=self.clock() + _LOOK_AGAIN_IN,
                platform=platform.slug,
            )
        settled = False
        try:
            fresh = self._refresh(platform, client, holder, held, lease)
            settled = True
            return fresh
        except (PlatformError, OutOfTime) as error:
            settled = not lease.interrupted if _was_not_made(error) else not isinstance(error, RetryLater)
            raise
        finally:
            self.grants.release_lease(holder.user, lease, settled=settled)

    def expires_soon(self, platform: Platform, tokens: Tokens) -> bool:
        """Whether the access ends so soon that it is renewed before anything is asked with it."""
        expiry = tokens.access_expires_at
        return expiry is not None and expiry - self.clock() < platform.facts.refresh_before

    def _take_lease(self, holder: Holder) -> RefreshLease | None:
        try:
            return self.grants.take_lease(holder.user, holder.grant_id, holder.owner, self.clock())
        except NoSecret:
            raise Fenced from None

    def _refresh(self, platform: Platform, client: Client, holder: Holder, held: Sealed, lease: RefreshLease) -> Sealed:
        current = self._read(holder)
        if current.version != held.version and not self.expires_soon(platform, current.tokens):
            return current
        assert platform.refresh is not None
        try:
            answer = platform.refresh(client, self._app(platform, current.tokens), current.tokens)
        except ReconnectNeeded:
            newer = self._after_refusal(holder, current, lease, platform)
            if newer is None:
                raise
            return newer
        return self._store(platform, holder, renewed(current.tokens, answer), current.version)

    def _after_refusal(self, holder: Holder, current: Sealed, lease: RefreshLease, platform: Platform) -> Sealed | None:
        """Refused is proof (None) only if nobody stored a newer pair and nobody before us may have lost one. Where a
        renewal takes nothing away there is nothing to lose: what the platform says is the reason, once the wait is
        over."""
        again = self._read(holder)
        if again.version != current.version:
            return again
        if not lease.interrupted or (holder.waited and not platform.facts.rotates):
            return None
        if holder.waited:
            raise ReconnectNeeded(
                "A renewal of the access was cut off and its answer is lost.",
                code=REFRESH_INTERRUPTED,
                platform=platform.slug,
            )
        raise RetryLater(
            "A renewal of the access was cut off; we look again shortly.",
            code=REFRESH_INTERRUPTED,
            until=self.clock() + timedelta(seconds=REFRESH_LEASE_SECONDS),
            platform=platform.slug,
        )

    def _store(self, platform: Platform, holder: Holder, tokens: Tokens, after: int) -> Sealed:
        """Nobody else has this pair: a vault in trouble is asked again. Repeating it is a compare-and-swap as well."""
        for tries_left in reversed(range(_STORE_TRIES)):
            try:
                return self.vault.store(holder.user, holder.grant_id, tokens, after)
            except NoSecret:
                self._revoke_in_hand(platform, tokens)
                raise Fenced from None
            except Exception:
                if not tries_left:
                    raise
        raise AssertionError("unreachable")

    def _revoke_in_hand(self, platform: Platform, tokens: Tokens) -> None:
        """The grant was erased while the platform renewed it: nobody may be left holding the new pair. Where a revoke
        ends every grant of the person, that was the erase's to decide."""
        if platform.revoke is not None and platform.facts.revokes != "person":
            with suppress(PlatformError):
                platform.revoke(self.doors.open(platform, None), self._app(platform, tokens), tokens)

    def _read(self, holder: Holder) -> Sealed:
        try:
            return self.vault.read(holder.user, holder.grant_id)
        except NoSecret:
            raise Fenced from None

    def _app(self, platform: Platform, tokens: Tokens) -> App | None:
        return self.apps.get(platform.slug, tokens.extra.get("registration"))

    def _as_it_is(self, held: Sealed, refused: bool) -> Sealed:
        if refused or _expired(held.tokens, self.clock()):
            raise ReconnectNeeded("The access has ended and cannot be renewed.", code="token_expired")
        return held


def renewed(old: Tokens, new: Tokens) -> Tokens:
    """The new tokens, with the old value where the platform left one blank. RetryLater without an access token."""
    if not new.access:
        raise RetryLater("The platform answered a renewal without a token.", code="unreadable_answer")
    is_same = not new.refresh or new.refresh == old.refresh
    return replace(
        new,
        refresh=new.refresh or old.refresh,
        refresh_expires_at=new.refresh_expires_at or (old.refresh_expires_at if is_same else None),
        scopes=new.scopes or old.scopes,
        extra={**old.extra, **new.extra},
    )


def _was_not_made(error: Exception) -> bool:
    """No token was looked at: it was too late for the call, or a limit turned it away."""
    limited = isinstance(error, RetryLater) and (error.http_status == 429 or error.code == RATE_LIMITED)
    return limited or isinstance(error, OutOfTime)


def _expired(tokens: Tokens, now: datetime) -> bool:
    return tokens.access_expires_at is not None and tokens.access_expires_at <= now
