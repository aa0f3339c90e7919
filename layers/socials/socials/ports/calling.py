"""The way to a platform: registrations, clients, the right to call, and the app's budget."""

from typing import Protocol

from socials.models.budgets import Budget
from socials.platforms.base import App, Client, Platform


class Lease(Protocol):
    """A worker's right to call a platform."""

    def cover(self, seconds: int) -> None:
        """Make sure that the lease lasts `seconds` from now, renewing it if need be. Raises Fenced."""
        ...


class Doors(Protocol):
    """Makes clients: the only way to a platform."""

    def open(self, platform: Platform, lease: Lease | None) -> Client:
        """`lease` None: a connect, which owns nothing yet, or an erase that holds its receipt."""
        ...

    def public_url(self, url: str) -> str:
        """An address for a browser to open on the platform; elsewhere where PLATFORM_ORIGINS says so."""
        ...


class Apps(Protocol):
    """Our registrations with the platforms. `registration` names one with a host that a person named."""

    def get(self, slug: str, registration: str | None = None) -> App | None:
        """None where it is not configured. May be cached in the process for minutes."""
        ...

    def keep(self, slug: str, registration: str, app: App) -> App:
        """Keep a registration made just now; the first one kept wins and is returned."""
        ...

    def forget(self, slug: str, registration: str) -> None:
        """Drop one that the host no longer knows. Harmless when gone."""
        ...


class Budgets(Protocol):
    def get(self, platform: str) -> Budget | None: ...

    def wait(self, budget: Budget) -> None:
        """Store it; a later end is never shortened."""
        ...
