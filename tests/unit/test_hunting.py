"""The hunt for secrets finds one in whatever form it was left."""

import base64
import json
from urllib.parse import quote

import pytest

from tests.support.hunting import leaks

SECRET = 'canary/+="ü" 42'

FORMS = {
    "itself": f"code={SECRET}.",
    "an address": f"https://x.example/?code={quote(SECRET, safe='')}&state=1",
    "an address in an address": f"/?next={quote(quote(SECRET, safe=''), safe='')}",
    "JSON": json.dumps({"token": SECRET}, ensure_ascii=False),
    "escaped JSON": "".join(f"\\u{ord(each):04x}" for each in SECRET),
    "a repr": repr({"token": SECRET}),
    "backwards": SECRET[::-1],
    "hex": SECRET.encode().hex(),
    **{
        f"base64 behind {n} bytes": base64.b64encode(b"basic:"[:n] + SECRET.encode() + b"tail").decode()
        for n in range(7)
    },
    **{
        f"base64 for addresses behind {n} bytes": base64.urlsafe_b64encode(b"x" * n + SECRET.encode())
        .decode()
        .rstrip("=")
        for n in range(3)
    },
    **{
        f"base64 behind {n} bytes in base64": base64.b64encode(
            base64.b64encode(b"basic:"[:n] + SECRET.encode() + b"tail")
        ).decode()
        for n in range(4)
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_a_planted_secret_is_found(form: str) -> None:
    assert leaks([SECRET], {"a log": f"before {FORMS[form]} after"})


def test_nothing_is_found_where_nothing_is() -> None:
    assert leaks([SECRET], {"a log": "canary, but another one: " + base64.b64encode(b"canary/42").decode()}) == []


def test_what_is_found_says_where() -> None:
    found = leaks([SECRET], {"clean": "", "table": f"sk = {SECRET}"})
    assert len(found) >= 1
    assert all(each.startswith("table: ") for each in found)


def test_a_secret_that_is_too_short_to_look_for_is_refused() -> None:
    with pytest.raises(AssertionError):
        leaks(["abc"], {})
