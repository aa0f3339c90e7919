"""RS256 tokens: made by the local sign-in, judged as the HTTP API's JWT authorizer judges them."""

import base64
import binascii
import json
import time
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from local.declared import JwtRule

KEY_ID = "local-1"


class Unauthorized(Exception):
    """The token is missing or not good: 401. The message is the reason, for the header only."""


class Forbidden(Exception):
    """The token is good but lacks every scope the route demands: 403."""


class Signer:
    """A key made at start; what it signs, nobody accepts after the stack's end."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.public_key = self._key.public_key()

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A compact JWT of `claims`."""
        header = {"alg": "RS256", "typ": "JWT", "kid": KEY_ID}
        signed = f"{_encode(json.dumps(header).encode())}.{_encode(json.dumps(dict(claims)).encode())}"
        return f"{signed}.{_encode(self._key.sign(signed.encode(), padding.PKCS1v15(), SHA256()))}"

    def jwks(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set."""
        numbers = self.public_key.public_numbers()
        parts = {
            name: _encode(number.to_bytes((number.bit_length() + 7) // 8))
            for name, number in (("n", numbers.n), ("e", numbers.e))
        }
        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, **parts}]}


def judge(authorization: str | None, rule: JwtRule, key: rsa.RSAPublicKey) -> dict[str, Any]:
    """The claims of the token in an Authorization header. Raises Unauthorized or Forbidden.

    The rule is https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html: time is the
    wall clock, whatever the stack's clock says, as the issuer's is.
    """
    scheme, _, rest = (authorization or "").strip().partition(" ")
    claims = _verified(rest.strip() if scheme.lower() == "bearer" else scheme, key)
    if claims.get("iss") != rule.issuer:
        raise Unauthorized("the token has an invalid issuer")
    _check_times(claims)
    if not set(_listed(claims.get("aud") or claims.get("client_id"))) & set(rule.audience):
        raise Unauthorized("the token has an invalid audience")
    if rule.scopes and not set(scopes_of(claims)) & set(rule.scopes):
        raise Forbidden("the token does not have the required scope")
    return claims


def scopes_of(claims: Mapping[str, Any]) -> list[str]:
    """The token's scopes, from `scope` or `scp`."""
    scopes = claims.get("scope") or claims.get("scp")
    return scopes.split() if isinstance(scopes, str) else _listed(scopes)


def _verified(token: str, key: rsa.RSAPublicKey) -> dict[str, Any]:
    try:
        header, payload, signature = token.split(".")
        stated = json.loads(_decode(header))
        if stated.get("alg") != "RS256" or stated.get("kid") != KEY_ID:
            raise Unauthorized("the token has no key or algorithm of the issuer")
        key.verify(_decode(signature), f"{header}.{payload}".encode(), padding.PKCS1v15(), SHA256())
        claims = json.loads(_decode(payload))
    except (ValueError, AttributeError, binascii.Error):
        raise Unauthorized("the token is malformed") from None
    except InvalidSignature:
        raise Unauthorized("the token has an invalid signature") from None
    if not isinstance(claims, dict):
        raise Unauthorized("the token is malformed")
    return claims


def _check_times(claims: Mapping[str, Any]) -> None:
    now = time.time()
    expires, not_before, issued = (claims.get(name, other) for name, other in (("exp", None), ("nbf", 0), ("iat", 0)))
    if not all(isinstance(value, int | float) for value in (expires, not_before, issued)):
        raise Unauthorized("the token has malformed times")
    if expires <= now:
        raise Unauthorized("the token has expired")
    if max(not_before, issued) > now + 1:
        raise Unauthorized("the token is not valid yet")


def _listed(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
