"""Taking one account's own token out of a grant that others still live on."""

from dataclasses import dataclass, replace

from socials.clock import Clock
from socials.errors import NoSecret
from socials.models.grants import RefreshLease
from socials.ports import Accounts, Grants, Vault

_PAGE = "page:"


@dataclass(frozen=True, slots=True)
class Pruning:
    accounts: Accounts
    grants: Grants
    vault: Vault
    clock: Clock

    def forget(self, user: str, account_id: str, life: str, grant_id: str, owner: str) -> bool:
        """The token that belongs to this account alone is gone from the grant's secret. False where another worker
        renews that secret just now: try again. Harmless when repeated, while the account's row is still there."""
        account = self.accounts.get(user, account_id)
        if account is None or account.life != life:
            return True
        name = _PAGE + account.platform_account_id
        try:
            if name not in self.vault.read(user, grant_id).tokens.extra:
                return True
            lease = self.grants.take_lease(user, grant_id, owner, self.clock())
            return lease is not None and self._without(user, lease, name)
        except NoSecret:
            return True

    def _without(self, user: str, lease: RefreshLease, name: str) -> bool:
        """Under the refresh lease, so that no renewed pair is lost to this write."""
        try:
            held = self.vault.read(user, lease.grant_id)
            extra = {key: value for key, value in held.tokens.extra.items() if key != name}
            stored = self.vault.store(user, lease.grant_id, replace(held.tokens, extra=extra), held.version)
            return name not in stored.tokens.extra
        finally:
            self.grants.release_lease(user, lease, settled=not lease.interrupted)
