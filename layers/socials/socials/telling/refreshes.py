"""Tells of renewals of tokens, by outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from socials.errors import ReconnectNeeded, RetryLater
from socials.models.grants import Sealed
from socials.models.readings import Tokens
from socials.platforms.base import Client, Platform
from socials.refreshing import REFRESH_IN_PROGRESS, Holder, Refreshing
from socials.telemetry import measure
from socials.telling.through import Through

if TYPE_CHECKING:
    from socials.ports import Vault


def told_vault(inner: Vault) -> Vault:
    """`inner`, as a renewal sees it: each pair that is stored is told, and whose it was."""
    return cast("Vault", _ToldVault(inner))


class _ToldVault(Through):
    inner: Vault

    def store(self, user: str, grant_id: str, tokens: Tokens, after: int) -> Sealed:
        held = self.inner.store(user, grant_id, tokens, after)
        _tell("stored" if held.tokens == tokens else "adopted", grant_id)
        return held


class ToldRefreshing(Refreshing):
    """Refreshing that also tells where nothing came to be stored."""

    __slots__ = ()

    def fresh(
        self, platform: Platform, client: Client, holder: Holder, held: Sealed, *, refused: bool = False
    ) -> Sealed:
        try:
            return super().fresh(platform, client, holder, held, refused=refused)
        except ReconnectNeeded as error:
            if platform.refresh is not None:
                _tell("refused", holder.grant_id, error.code)
            raise
        except RetryLater as error:
            if error.code != REFRESH_IN_PROGRESS:
                _tell("unavailable", holder.grant_id, error.code)
            raise


def _tell(outcome: str, grant_id: str, code: str | None = None) -> None:
    message = "tokens renewed" if code is None else "tokens not renewed"
    measure(message, {"Refreshes": 1}, outcome=outcome, code=code, grant_id=grant_id)
