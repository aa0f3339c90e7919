"""A call of AWS is signed as botocore signs it: whoever sends, on whatever day, with a session's token or without."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st

from socials.aws.signing import Signer
from tests.support.signatures import OfTheseHeaders

MIDNIGHT = datetime(2026, 11, 29, tzinfo=UTC)
HEADERS = {"X-Amz-Target": "DynamoDB_20120810.GetItem", "Content-Type": "application/x-amz-json-1.0"}
KEYS = st.text("ABCDEFabcdef0123456789/+", min_size=1, max_size=40)
SECONDS = st.integers(-100_000, 100_000)
URLS = ["https://dynamodb.eu-west-1.amazonaws.com/", "http://127.0.0.1:8000/", "https://door.example/aws/"]
# Some names go on where others end, and a value may hold more space than counts.
NAMES = st.sampled_from(["X-Amz-Target-B", "X-Amz-Target", "X-Amz-Targets", "X-A", "Accept-Encoding", "accept"])
# Long ones too: of 2,048 bytes and more they are hashed in pieces.
BODIES = st.builds(bytes.__mul__, st.binary(max_size=100), st.integers(1, 100))
MORE = st.dictionaries(NAMES, st.text("ab  =;:/", max_size=12), max_size=4)


def all_sent(
    url: str, headers: dict[str, str], now: datetime, body: bytes, keys: ReadOnlyCredentials
) -> dict[str, str]:
    """The signed headers and those that sign."""
    signing = Signer("dynamodb", "eu-west-1", now.timestamp).signed(url, tuple(headers.items()), body, keys)
    return headers | {"Host": urlsplit(url).netloc} | signing


def botocores(url: str, sent: dict[str, str], body: bytes, keys: ReadOnlyCredentials) -> str:
    unsigned = {name.lower(): value for name, value in sent.items() if name != "Authorization"}
    request = AWSRequest("POST", url, unsigned, body)
    request.context["timestamp"] = sent["X-Amz-Date"]
    auth = OfTheseHeaders(keys, "dynamodb", "eu-west-1")
    text = auth.string_to_sign(request, auth.canonical_request(request))
    names = auth.signed_headers(request.headers)
    signature = auth.signature(text, request)
    return f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={names}, Signature={signature}"


@pytest.mark.parametrize("url", URLS)
@given(KEYS, KEYS, st.none() | KEYS, MORE, BODIES, SECONDS)
def test_it_is_botocores_signature(
    url: str, access: str, secret: str, token: str | None, more: dict[str, str], body: bytes, seconds: int
) -> None:
    now, keys = MIDNIGHT + timedelta(seconds=seconds), ReadOnlyCredentials(access, secret, token)
    sent = all_sent(url, HEADERS | more, now, body, keys)
    assert sent["X-Amz-Date"] == now.strftime("%Y%m%dT%H%M%SZ")
    assert sent["Authorization"] == botocores(url, sent, body, keys)
    assert sent.get("X-Amz-Security-Token") == token


def test_the_next_day_has_a_key_of_its_own() -> None:
    keys, told = ReadOnlyCredentials("AKIA", "s3cr3t", None), set[str]()
    for seconds in (-1, 0):
        now = MIDNIGHT + timedelta(seconds=seconds)
        sent = all_sent(URLS[0], HEADERS, now, b"", keys)
        assert sent["Authorization"] == botocores(URLS[0], sent, b"", keys)
        told.add(sent["Authorization"].rpartition("=")[2])
    assert len(told) == 2
