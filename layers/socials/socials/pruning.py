"""Taking tokens that are one account's own out of secrets that stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from socials import ids
from socials.clock import Clock
from socials.errors import NoSecret
from socials.models.connections import ConnectionStatus
from socials.models.grants import Grant, account_of
from socials.models.receipts import Receipt
from socials.platforms import platform as platform_named

if TYPE_CHECKING:
    from socials.ports import Accounts, Connections, Grants, Vault

_PAGE = "page:"


@dataclass(frozen=True, slots=True)
class Pruning:
    """On platforms whose grants hold a token of each of their accounts (`Facts.own_tokens`); nothing on the others.

    Both answer False where another worker renews a secret just now: try again. Harmless when repeated.
    """

    accounts: Accounts
    connections: Connections
    grants: Grants
    vault: Vault
    clock: Clock

    def forget(self, receipt: Receipt) -> bool:
        """No secret of the user's that outlives this erase holds the account's own token: neither that of the grant
        which siblings stay on, nor one of a grant that it lived on before, or that was given again for a sibling.

        In the receipt's name: who goes on after a death of this erase need not wait for its lease.
        """
        if not _has_own_tokens(receipt.platform):
            return True
        others = {self._lives_again_on(receipt), receipt.grant_id if receipt.takes_grant_along else None}
        staying = [
            grant
            for grant in self.grants.list(receipt.user)
            if grant.platform == receipt.platform and grant.grant_id not in others
        ]
        mine, owner = receipt.account_id, receipt.receipt_id
        return all(self._without(grant, owner, lambda account_id: account_id == mine) for grant in staying)

    def keep_members(self, grant: Grant, owner: str) -> bool:
        """A living grant's secret holds no token of identities that nobody chose, or that moved to another grant."""
        if not _has_own_tokens(grant.platform) or self._may_be_chosen_from(grant):
            return True
        members = {account_of(member) for member in grant.members}
        return self._without(grant, owner, lambda account_id: account_id not in members)

    def _lives_again_on(self, receipt: Receipt) -> str | None:
        """Where it was chosen once more: there the token is the new life's."""
        row = self.accounts.get(receipt.user, receipt.account_id)
        return row.grant_id if row is not None and row.life != receipt.life else None

    def _may_be_chosen_from(self, grant: Grant) -> bool:
        """More than one transaction takes are joined one after the other, and somebody may have to choose again."""
        rows = (self.accounts.get(grant.user, account_of(member)) for member in grant.members)
        row = next((row for row in rows if row is not None and row.grant_id == grant.grant_id), None)
        connection = None if row is None else self.connections.get(row.user, row.connection_id)
        return connection is not None and connection.status is not ConnectionStatus.DONE

    def _without(self, grant: Grant, owner: str, goes: Callable[[str], bool]) -> bool:
        """Without the tokens of accounts (their ids) that go. Under the refresh lease, so that no renewed pair is lost
        to this write."""

        def without(extra: Mapping[str, str]) -> Mapping[str, str]:
            return {
                name: value
                for name, value in extra.items()
                if not name.startswith(_PAGE)
                or not goes(ids.account_id(grant.user, grant.platform, name.removeprefix(_PAGE)))
            }

        try:
            extra = self.vault.read(grant.user, grant.grant_id).tokens.extra
            if without(extra) == extra:
                return True
            lease = self.grants.take_lease(grant.user, grant.grant_id, owner, self.clock())
            if lease is None:
                return False
            try:
                held = self.vault.read(grant.user, grant.grant_id)
                tokens = replace(held.tokens, extra=without(held.tokens.extra))
                stored = self.vault.store(grant.user, grant.grant_id, tokens, held.version).tokens.extra
                return without(stored) == stored
            finally:
                self.grants.release_lease(grant.user, lease, settled=not lease.interrupted)
        except NoSecret:
            return True


def _has_own_tokens(platform: str) -> bool:
    return platform_named(platform).facts.own_tokens
