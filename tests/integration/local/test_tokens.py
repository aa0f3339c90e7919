"""The JWT rule of the local HTTP API, which is the real one's."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from local.declared import JwtRule
from local.tokens import KEY_ID, Forbidden, Signer, Unauthorized, judge
from tests.support.stack import Person, Stack

ISSUER = "http://127.0.0.1:3000/_local"
RULE = JwtRule(ISSUER, ("postloudly-local",), ("postloudly/accounts",))
SIGNER = Signer()


def claims(**changed: Any) -> dict[str, Any]:
    """Good claims with some changed; None leaves one out."""
    now = int(time.time())
    good = {"sub": "alice", "iss": ISSUER, "client_id": "postloudly-local", "scope": "openid postloudly/accounts"}
    return {
        name: value for name, value in ({**good, "iat": now, "exp": now + 60} | changed).items() if value is not None
    }


def part(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def with_header(header: dict[str, Any], sign: Any = lambda _signed: b"") -> str:
    """A token with another header, signed by `sign`."""
    signed = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims()).encode())}"
    return f"{signed}.{part(sign(signed.encode()))}"


def signed_with_the_public_key_as_secret() -> str:
    """The classic confusion: HS256 with the bytes of the RSA public key."""
    pem = SIGNER.public_key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return with_header({"alg": "HS256", "kid": KEY_ID}, lambda signed: hmac.digest(pem, signed, hashlib.sha256))


def forged() -> str:
    """Good claims with bob's name under alice's signature."""
    header, _, signature = SIGNER.sign(claims()).split(".")
    return f"{header}.{part(json.dumps(claims(sub='bob')).encode())}.{signature}"


def test_a_good_token_passes_with_or_without_the_word_bearer() -> None:
    token = SIGNER.sign(claims())
    for header in (f"Bearer {token}", f"bearer {token}", token):
        assert judge(header, RULE, SIGNER.public_key)["sub"] == "alice"


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "postloudly-local", "client_id": None},
        {"aud": ["other", "postloudly-local"]},
        {"scope": None, "scp": ["postloudly/accounts"]},
    ],
)
def test_audience_and_scope_have_two_spellings(changed: dict[str, Any]) -> None:
    assert judge(f"Bearer {SIGNER.sign(claims(**changed))}", RULE, SIGNER.public_key)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "abc",
        "a.b.c",
        forged(),
        Signer().sign(claims()),
        with_header({"alg": "none", "kid": KEY_ID}),
        with_header({"alg": "RS256", "kid": KEY_ID}),
        signed_with_the_public_key_as_secret(),
        SIGNER.sign(claims(exp=int(time.time()) - 1)),
        SIGNER.sign(claims(exp=None)),
        SIGNER.sign(claims(exp="never")),
        SIGNER.sign(claims(nbf=int(time.time()) + 60)),
        SIGNER.sign(claims(iss="https://example.com")),
        SIGNER.sign(claims(client_id="another")),
        SIGNER.sign(claims(client_id=None)),
        SIGNER.sign(claims(aud="another")),
    ],
)
def test_a_token_that_is_not_good_is_unauthorized(token: str) -> None:
    with pytest.raises(Unauthorized):
        judge(f"Bearer {token}", RULE, SIGNER.public_key)


@pytest.mark.parametrize("scope", [None, "openid", "postloudly/accounts.read"])
def test_a_token_without_the_routes_scope_is_forbidden(scope: str | None) -> None:
    with pytest.raises(Forbidden):
        judge(f"Bearer {SIGNER.sign(claims(scope=scope))}", RULE, SIGNER.public_key)


def test_the_gateway_answers_401_without_a_good_token(stack: Stack, alice: Person) -> None:
    missing = stack.anyone().get("/hello")
    broken = stack.anyone().get("/hello", headers={"Authorization": f"Bearer {alice.token}x"})
    for answer in (missing, broken):
        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_open_route_needs_no_token(stack: Stack) -> None:
    assert stack.anyone().get("/files/a").status_code == 201
