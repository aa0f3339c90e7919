"""Taking one account's own token out of a grant that others still live on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from socials import ids
from socials.clock import Clock
from socials.errors import NoSecret
from socials.models.grants import RefreshLease
from socials.models.receipts import Receipt

if TYPE_CHECKING:
    from socials.ports import Accounts, Grants, Vault

_PAGE = "page:"


@dataclass(frozen=True, slots=True)
class Pruning:
    accounts: Accounts
    grants: Grants
    vault: Vault
    clock: Clock

    def forget(self, receipt: Receipt, owner: str) -> bool:
        """The token that belongs to this account alone is gone from the grant's secret. False where another worker
        renews that secret just now: try again. Harmless when repeated."""
        user, grant_id = receipt.user, receipt.grant_id
        if self._lives_on_it_again(receipt):
            return True
        try:
            name = self._name(receipt, self.vault.read(user, grant_id).tokens.extra)
            if name is None:
                return True
            lease = self.grants.take_lease(user, grant_id, owner, self.clock())
            return lease is not None and self._without(user, lease, name)
        except NoSecret:
            return True

    def _lives_on_it_again(self, receipt: Receipt) -> bool:
        """Chosen once more from the same consent: then the token is the new life's."""
        row = self.accounts.get(receipt.user, receipt.account_id)
        return row is not None and row.life != receipt.life and row.grant_id == receipt.grant_id

    def _name(self, receipt: Receipt, extra: Iterable[str]) -> str | None:
        """Found by the account's id, which the receipt has: the row may be another life's by now."""
        for name in extra:
            kind, _, page_id = name.partition(_PAGE)
            if not kind and ids.account_id(receipt.user, receipt.platform, page_id) == receipt.account_id:
                return name
        return None

    def _without(self, user: str, lease: RefreshLease, name: str) -> bool:
        """Under the refresh lease, so that no renewed pair is lost to this write."""
        try:
            held = self.vault.read(user, lease.grant_id)
            extra = {key: value for key, value in held.tokens.extra.items() if key != name}
            stored = self.vault.store(user, lease.grant_id, replace(held.tokens, extra=extra), held.version)
            return name not in stored.tokens.extra
        finally:
            self.grants.release_lease(user, lease, settled=not lease.interrupted)
