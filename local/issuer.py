"""The issuer of the local sign-in: who signed in, codes that work once, tokens like Amazon Cognito's."""

import base64
import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass

from local.tokens import Signer

CLIENT_ID = "postloudly-local"
SCOPE = "openid postloudly/accounts"
TOKEN_SECONDS = 3600
CODE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Code:
    """What an authorization code stands for, until it is used or `expires` (monotonic seconds)."""

    user: str
    redirect_uri: str
    challenge: str
    nonce: str | None
    expires: float


class Issuer:
    """The OpenID Connect provider's memory and pen: `issuer` is `<origin>/_local`."""

    def __init__(self, origin: str, signer: Signer) -> None:
        self.origin = origin
        self.issuer = f"{origin}/_local"
        self._signer = signer
        self._codes: dict[str, Code] = {}
        self._lock = threading.Lock()

    def access_token(self, user: str) -> str:
        """An access token for `user`, good for an hour."""
        now = int(time.time())
        return self._signer.sign(
            {
                "sub": user,
                "iss": self.issuer,
                "client_id": CLIENT_ID,
                "scope": SCOPE,
                "token_use": "access",
                "username": user,
                "iat": now,
                "auth_time": now,
                "exp": now + TOKEN_SECONDS,
                "jti": secrets.token_hex(16),
            }
        )

    def id_token(self, user: str, nonce: str | None) -> str:
        """An ID token: for the page to know who signed in, no good for the API."""
        now = int(time.time())
        claims = {"sub": user, "iss": self.issuer, "aud": CLIENT_ID, "token_use": "id", "iat": now}
        name = {"name": user, "exp": now + TOKEN_SECONDS} | ({"nonce": nonce} if nonce else {})
        return self._signer.sign(claims | name)

    def new_code(self, user: str, redirect_uri: str, challenge: str, nonce: str | None) -> str:
        """A code that is good once, for two minutes."""
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = Code(user, redirect_uri, challenge, nonce, time.monotonic() + CODE_SECONDS)
        return code

    def redeem(self, code: str, redirect_uri: str, verifier: str) -> Code | None:
        """What the code stands for, or None where code, address or verifier are wrong."""
        with self._lock:
            found = self._codes.pop(code, None)
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if found is None or found.expires < time.monotonic() or found.redirect_uri != redirect_uri:
            return None
        return found if hmac.compare_digest(digest, found.challenge) else None

    def is_ours(self, address: str) -> bool:
        """Whether a browser may be sent to `address`: only the stack's own origin."""
        return address == self.origin or address.startswith(f"{self.origin}/")
