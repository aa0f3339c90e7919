"""Taking tokens that are one account's own out of secrets that stay, once the account does not live on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from socials import ids
from socials.clock import Clock
from socials.errors import NoSecret
from socials.models.connections import ConnectionStatus
from socials.models.grants import Grant, account_of
from socials.models.readings import OF_PAGE
from socials.platforms import platform as platform_named
from socials.telemetry import failed
from socials.values import replace

if TYPE_CHECKING:
    from socials.ports import Accounts, Connections, Grants, Vault


@dataclass(frozen=True, slots=True)
class Pruning:
    accounts: Accounts
    connections: Connections
    grants: Grants
    vault: Vault
    clock: Clock

    def keep_members(self, user: str, platform: str, owner: str, *, ending: str | None = None) -> bool:
        """No secret of this user's on that platform holds a token of an account that does not live on its grant: that
        left it, moved to another one, or was never chosen. `ending`: a grant whose secret goes as a whole.

        On platforms whose grants hold a token of each account (`Facts.own_tokens`); on others there is nothing to do.
        False where a secret is renewed, chosen from or unreadable just now: try again. Harmless when repeated.
        """
        if not platform_named(platform).facts.own_tokens:
            return True
        grants = [grant for grant in self.grants.list(user) if grant.platform == platform]
        kept = [self._keeps_members(grant, owner) for grant in grants if grant.grant_id != ending]
        return all(kept)

    def _keeps_members(self, grant: Grant, owner: str) -> bool:
        """The members are read once nobody can join them any more."""
        if self._may_be_chosen_from(grant):
            return False
        latest = self.grants.get(grant.user, grant.grant_id)
        try:
            return latest is None or self._pruned(latest, owner)
        except NoSecret:
            return True
        except Exception as error:  # noqa: BLE001 - one secret in trouble is no reason to leave the others as they are
            failed("own token not taken out", error)
            return False

    def _may_be_chosen_from(self, grant: Grant) -> bool:
        """More than one transaction takes are joined one after the other, and somebody may have to choose again."""
        rows = (self.accounts.get(grant.user, account_of(member)) for member in grant.members)
        row = next((row for row in rows if row is not None and row.grant_id == grant.grant_id), None)
        connection = None if row is None else self.connections.get(row.user, row.connection_id)
        if connection is None or connection.status is ConnectionStatus.DONE:
            return False
        return not connection.over_at(self.clock())

    def _pruned(self, grant: Grant, owner: str) -> bool:
        """Under the refresh lease, so that no renewed pair is lost to this write."""
        extra = self.vault.read(grant.user, grant.grant_id).tokens.extra
        if _of_members(grant, extra) == extra:
            return True
        lease = self.grants.take_lease(grant.user, grant.grant_id, owner, self.clock())
        if lease is None:
            return False
        try:
            held = self.vault.read(grant.user, grant.grant_id)
            tokens = replace(held.tokens, extra=_of_members(grant, held.tokens.extra))
            stored = self.vault.store(grant.user, grant.grant_id, tokens, held.version).tokens.extra
            return _of_members(grant, stored) == stored
        finally:
            self.grants.release_lease(grant.user, lease, settled=not lease.interrupted)


def _of_members(grant: Grant, extra: Mapping[str, str]) -> Mapping[str, str]:
    """Without the tokens of accounts that are none of the grant's."""
    members = {account_of(member) for member in grant.members}

    def stays(name: str) -> bool:
        own_of = name.removeprefix(OF_PAGE)
        return own_of == name or ids.account_id(grant.user, grant.platform, own_of) in members

    return {name: value for name, value in extra.items() if stays(name)}
