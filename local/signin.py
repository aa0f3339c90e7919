"""The local sign-in: a small OpenID Connect provider under /_local, with one click for a sign-in.

Authorization code with PKCE S256 (RFC 7636), discovery, logout; access tokens like Amazon Cognito's.
"""

import re
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, request

from local.issuer import CLIENT_ID, SCOPE, TOKEN_SECONDS, Issuer
from local.tokens import Signer

COOKIE = "local_user"
_USER = re.compile(r"[A-Za-z0-9._@-]{1,128}")
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Local sign-in</title><style>body{{font:16px/1.5 system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem}}
button,input{{font:inherit;padding:.6rem 1rem}}form{{margin:1rem 0}}</style><h1>Local sign-in</h1>
<p>This stands in for the sign-in of the deployed product. Nobody asks for a password here.</p>
<form method="post"><button name="user" value="alice">Continue as alice</button></form>
<form method="post"><label>Another user<br>
<input name="user" required maxlength="128" pattern="[A-Za-z0-9._@\\-]+"></label>
<button>Continue</button></form>{error}"""


class Pages:
    """The provider's addresses."""

    def __init__(self, provider: Issuer) -> None:
        self._provider = provider

    def discovery(self) -> Any:
        """OpenID Connect discovery."""
        issuer = self._provider.issuer
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

    def token_for_programs(self) -> Any:
        """`GET /_local/token?user=alice`: an access token at once."""
        user = request.args.get("user", "alice")
        if not _USER.fullmatch(user):
            return {"message": "user: 1 to 128 of A-Z a-z 0-9 . _ @ -"}, 422
        return _unstored({"token": self._provider.access_token(user)})

    def authorize(self) -> Any:
        """The page with one click; with a remembered user it sends the browser back at once."""
        asked = request.args
        target = asked.get("redirect_uri", "")
        if asked.get("client_id") != CLIENT_ID or not self._provider.is_ours(target):
            return Response("Unknown client_id or redirect_uri.", 400, mimetype="text/plain")
        back = {"state": asked["state"]} if "state" in asked else {}
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            return _back(target, back | {"error": "invalid_request"})
        user = _chosen_user()
        if not _USER.fullmatch(user):
            error = "<p role=alert>Letters, digits, dot, dash, underscore and @ only.</p>" if user else ""
            return _unstored(Response(_PAGE.format(error=error), 422 if user else 200, mimetype="text/html"))
        code = self._provider.new_code(user, target, asked.get("code_challenge", ""), asked.get("nonce"))
        response = _back(target, back | {"code": code})
        response.set_cookie(COOKIE, user, max_age=30 * 86400, path="/_local", httponly=True, samesite="Lax")
        return response

    def token(self) -> Any:
        """The token endpoint: a code and its verifier for an access and an ID token."""
        form = request.form
        if form.get("grant_type") != "authorization_code":
            return {"error": "unsupported_grant_type"}, 400
        code, verifier = form.get("code", ""), form.get("code_verifier", "")
        found = self._provider.redeem(code, form.get("redirect_uri", ""), verifier)
        if found is None or form.get("client_id") != CLIENT_ID:
            return {"error": "invalid_grant"}, 400
        tokens = {
            "access_token": self._provider.access_token(found.user),
            "id_token": self._provider.id_token(found.user, found.nonce),
        }
        return _unstored(tokens | {"token_type": "Bearer", "scope": SCOPE, "expires_in": TOKEN_SECONDS})

    def logout(self) -> Any:
        """Forgets the user and sends the browser back."""
        home = f"{self._provider.origin}/"
        target = request.args.get("post_logout_redirect_uri") or request.args.get("logout_uri") or home
        response = redirect(target if self._provider.is_ours(target) else home, 302)
        response.delete_cookie(COOKIE, path="/_local")
        return response


def create_blueprint(provider: Issuer, signer: Signer) -> Blueprint:
    """The provider's pages, to be registered under /_local."""
    blueprint = Blueprint("signin", __name__)
    pages = Pages(provider)
    blueprint.get("/.well-known/openid-configuration")(pages.discovery)
    blueprint.get("/jwks.json", endpoint="jwks")(signer.jwks)
    blueprint.get("/.well-known/jwks.json", endpoint="well_known_jwks")(signer.jwks)
    blueprint.get("/token")(pages.token_for_programs)
    blueprint.post("/token")(pages.token)
    blueprint.route("/authorize", methods=["GET", "POST"])(pages.authorize)
    blueprint.get("/logout")(pages.logout)
    return blueprint


def _chosen_user() -> str:
    if request.method == "POST":
        return request.form.get("user", "").strip()
    return request.cookies.get(COOKIE, "") if request.args.get("prompt") != "login" else ""


def _back(target: str, parameters: dict[str, str]) -> Any:
    return redirect(f"{target}{'&' if '?' in target else '?'}{urlencode(parameters)}", 303)


def _unstored(answer: Any) -> Any:
    response = answer if isinstance(answer, Response) else jsonify(answer)
    response.headers["Cache-Control"] = "no-store"
    return response
