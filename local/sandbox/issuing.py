"""What nobody may guess: codes, tokens and secrets that the sandbox gives out."""

import os
import secrets

# A word that all of them hold, so that a test can look for it wherever none of them may ever be.
MARK = os.environ.get("SANDBOX_MARK", "")


def unguessable(size: int) -> str:
    """A new one of `size` random bytes, as text for addresses."""
    return MARK + secrets.token_urlsafe(size)
