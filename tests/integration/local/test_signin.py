"""The local sign-in: standard OpenID Connect, with one click."""

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.stack import Person, Stack

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def authorize_path(stack: Stack, **more: str) -> str:
    """The address the page sends a browser to."""
    asked = {
        "client_id": "postloudly-local",
        "response_type": "code",
        "redirect_uri": f"{stack.base}/",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "scope": "openid postloudly/accounts",
        "state": "s1",
        "nonce": "n1",
    }
    return f"/_local/authorize?{urlencode(asked | more)}"


def code_of(location: str) -> str:
    """The code in the address a browser is sent back to."""
    return parse_qs(urlsplit(location).query)["code"][0]


def redeem(browser: Person, code: str, verifier: str = VERIFIER) -> tuple[int, dict[str, str]]:
    """Exchanges a code at the token endpoint."""
    form = {"grant_type": "authorization_code", "client_id": "postloudly-local", "code": code}
    more = {"redirect_uri": f"{browser.base}/", "code_verifier": verifier}
    answer = browser.post("/_local/token", data=form | more)
    return answer.status_code, answer.json()


def test_one_click_signs_in_and_the_token_opens_the_api(stack: Stack) -> None:
    browser = stack.anyone()
    page = browser.get(authorize_path(stack))
    assert "Continue as alice" in page.text
    back = browser.post(authorize_path(stack), data={"user": "alice"})
    assert back.status_code == 303
    assert parse_qs(urlsplit(back.headers["Location"]).query)["state"] == ["s1"]
    status, answer = redeem(browser, code_of(back.headers["Location"]))
    assert status == 200
    browser.token = answer["access_token"]
    assert browser.get("/hello").status_code == 201
    browser.token = answer["id_token"]
    assert browser.get("/hello").status_code == 403


def test_a_remembered_user_continues_at_once_until_logout_or_prompt(stack: Stack) -> None:
    browser = stack.anyone()
    browser.post(authorize_path(stack), data={"user": "bob"})
    assert browser.get(authorize_path(stack)).status_code == 303
    assert browser.get(authorize_path(stack, prompt="login")).status_code == 200
    assert browser.get("/_local/logout").headers["Location"] == f"{stack.base}/"
    assert browser.get(authorize_path(stack)).status_code == 200


def test_a_code_works_once_and_only_with_its_verifier(stack: Stack) -> None:
    browser = stack.anyone()
    code = code_of(browser.post(authorize_path(stack), data={"user": "alice"}).headers["Location"])
    assert redeem(browser, code)[0] == 200
    assert redeem(browser, code) == (400, {"error": "invalid_grant"})
    code = code_of(browser.get(authorize_path(stack)).headers["Location"])
    assert redeem(browser, code, "w" * 43)[0] == 400


def test_a_browser_is_sent_to_the_stacks_own_origin_only(stack: Stack) -> None:
    for target in ("https://example.com/", f"{stack.base}.example.com/", f"{stack.base}@example.com/"):
        assert stack.anyone().get(authorize_path(stack, redirect_uri=target)).status_code == 400
        logout = stack.anyone().get(f"/_local/logout?{urlencode({'post_logout_redirect_uri': target})}")
        assert logout.headers["Location"] == f"{stack.base}/"


def test_discovery_and_keys_are_where_the_issuer_says(stack: Stack) -> None:
    described = stack.anyone().get("/_local/.well-known/openid-configuration").json()
    assert described["issuer"] == f"{stack.base}/_local"
    [key] = stack.anyone().get(described["jwks_uri"]).json()["keys"]
    assert (key["kty"], key["alg"]) == ("RSA", "RS256")


def test_a_program_gets_a_token_for_any_name_of_plain_characters(stack: Stack) -> None:
    assert stack.person("carol").get("/hello").status_code == 201
    assert stack.anyone().get("/_local/token?user=a%23b").status_code == 422
