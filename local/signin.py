"""The local sign-in: a small OpenID Connect provider under /_local, with one click for a sign-in.

Authorization code with PKCE S256 (RFC 7636), discovery, logout; access tokens like Amazon Cognito's.
"""

import base64
import hashlib
import hmac
import re
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, request

from local.tokens import Signer

CLIENT_ID = "postloudly-local"
SCOPE = "openid postloudly/accounts"
TOKEN_SECONDS = 3600
CODE_SECONDS = 120
COOKIE = "local_user"
_USER = re.compile(r"[A-Za-z0-9._@-]{1,64}")
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Local sign-in</title><style>body{{font:16px/1.5 system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem}}
button,input{{font:inherit;padding:.6rem 1rem}}form{{margin:1rem 0}}</style><h1>Local sign-in</h1>
<p>This stands in for the sign-in of the deployed product. Nobody asks for a password here.</p>
<form method="post"><button name="user" value="alice">Continue as alice</button></form>
<form method="post"><label>Another user<br><input name="user" required maxlength="64" pattern="[A-Za-z0-9._@\\-]+"></label>
<button>Continue</button></form>{error}"""


@dataclass(frozen=True, slots=True)
class Code:
    """What an authorization code stands for, until it is used or `expires` (monotonic seconds)."""

    user: str
    redirect_uri: str
    challenge: str
    nonce: str | None
    expires: float


class SignIn:
    """The provider: `issuer` is `<origin>/_local`."""

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


def create_blueprint(provider: SignIn, signer: Signer) -> Blueprint:
    """The provider's pages, to be registered under /_local."""
    blueprint = Blueprint("signin", __name__)
    issuer = provider.issuer

    @blueprint.get("/.well-known/openid-configuration")
    def discovery() -> Any:
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks.json",
            "end_session_endpoint": f"{issuer}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "grant_types_supported": ["authorization_code"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": SCOPE.split(),
        }

    @blueprint.get("/jwks.json")
    @blueprint.get("/.well-known/jwks.json")
    def jwks() -> Any:
        return signer.jwks()

    @blueprint.get("/token")
    def token_for_programs() -> Any:
        user = request.args.get("user", "alice")
        if not _USER.fullmatch(user):
            return {"message": "user: 1 to 64 of A-Z a-z 0-9 . _ @ -"}, 422
        return _unstored({"token": provider.access_token(user)})

    @blueprint.route("/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        asked = request.args
        target = asked.get("redirect_uri", "")
        if asked.get("client_id") != CLIENT_ID or not provider.is_ours(target):
            return Response("Unknown client_id or redirect_uri.", 400, mimetype="text/plain")
        back = {"state": asked["state"]} if "state" in asked else {}
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            return _back(target, back | {"error": "invalid_request"})
        remembered = request.cookies.get(COOKIE, "") if asked.get("prompt") != "login" else ""
        user = request.form.get("user", "").strip() if request.method == "POST" else remembered
        if not _USER.fullmatch(user):
            error = "<p role=alert>Letters, digits, dot, dash, underscore and @ only.</p>" if user else ""
            return _unstored(Response(_PAGE.format(error=error), 422 if user else 200, mimetype="text/html"))
        code = provider.new_code(user, target, asked.get("code_challenge", ""), asked.get("nonce"))
        response = _back(target, back | {"code": code})
        response.set_cookie(COOKIE, user, max_age=30 * 86400, path="/_local", httponly=True, samesite="Lax")
        return response

    @blueprint.post("/token")
    def token() -> Any:
        form = request.form
        if form.get("grant_type") != "authorization_code":
            return {"error": "unsupported_grant_type"}, 400
        found = provider.redeem(form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier", ""))
        if found is None or form.get("client_id") != CLIENT_ID:
            return {"error": "invalid_grant"}, 400
        answer = {"access_token": provider.access_token(found.user), "token_type": "Bearer", "scope": SCOPE}
        return _unstored(answer | {"id_token": provider.id_token(found.user, found.nonce), "expires_in": TOKEN_SECONDS})

    @blueprint.get("/logout")
    def logout() -> Any:
        asked = request.args
        target = asked.get("post_logout_redirect_uri") or asked.get("logout_uri") or f"{provider.origin}/"
        response = redirect(target if provider.is_ours(target) else f"{provider.origin}/", 302)
        response.delete_cookie(COOKIE, path="/_local")
        return response

    return blueprint


def _back(target: str, parameters: dict[str, str]) -> Any:
    return redirect(f"{target}{'&' if '?' in target else '?'}{urlencode(parameters)}", 303)


def _unstored(answer: Any) -> Any:
    response = answer if isinstance(answer, Response) else jsonify(answer)
    response.headers["Cache-Control"] = "no-store"
    return response
