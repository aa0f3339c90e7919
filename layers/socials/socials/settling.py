"""Ending a grant: what the platform lets us revoke is revoked, then no secret answers any more."""

from socials.errors import NoSecret, PlatformError, RetryLater
from socials.models.receipts import Revocation
from socials.platforms.base import Platform
from socials.ports import Apps, Doors, Vault
from socials.telemetry import logger


def revoke(vault: Vault, apps: Apps, doors: Doors, platform: Platform, grant_id: str) -> Revocation:
    """One call to the platform's revoke, by the platform's fact. UNREACHABLE may be tried again.

    Never raises: whatever goes wrong with a revoke, what we hold is deleted all the same.
    """
    if platform.revoke is None:
        return Revocation.NOT_OFFERED
    try:
        tokens = vault.read(grant_id).tokens
        platform.revoke(doors.open(platform, None), apps.get(platform.slug), tokens)
    except RetryLater:
        return Revocation.UNREACHABLE
    except (NoSecret, PlatformError):
        return Revocation.REFUSED
    except Exception:
        logger.exception("revoke failed")
        return Revocation.UNREACHABLE
    return Revocation.REVOKED


def drop_grant(vault: Vault, apps: Apps, doors: Doors, platform: Platform, grant_id: str) -> None:
    """Leave nothing of a grant that nobody came to live on. The revoke is one best effort; the secret goes in any case."""
    revoke(vault, apps, doors, platform, grant_id)
    vault.destroy(grant_id)
