"""AWS's signature of a request, version 4, for the one form that our calls have: a POST of JSON without a query.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

The key that signs is made from the secret key by four hashes and holds for a day, so that it is kept. botocore and
libcurl make it anew for each call, which was a fifth of the instructions of a small sync.

Nothing here lets go of the interpreter, as hashlib does for an HMAC in one piece and for a hash of 2,048 bytes or more:
another of the worker's threads would take it in the midst of work.
"""

import hmac
import time
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from urllib.parse import urlsplit

from botocore.credentials import ReadOnlyCredentials

Headers = tuple[tuple[str, str], ...]

_SCHEME = "AWS4-HMAC-SHA256"
_KEEPS_THE_INTERPRETER = 2047


class Signer:
    """Signs one service's calls in one region. Safe for threads. `now`: seconds since 1970, by which AWS judges how old
    a call is."""

    def __init__(self, service: str, region: str, now: Callable[[], float] = time.time) -> None:
        self._service, self._region, self._now = service, region, now
        self._kept: tuple[str, str, hmac.HMAC] | None = None

    def signed(self, url: str, headers: Headers, body: bytes, keys: ReadOnlyCredentials) -> dict[str, str]:
        """The headers that show who sends all this and when: to be sent with `headers` and with the url's host.

        `url`: its path holds nothing to be escaped.
        """
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._now()))
        before, after, names = _around_the_date(url, headers, keys.token)
        scope = f"{at[:8]}/{self._region}/{self._service}/aws4_request"
        request = f"{before}{at}{after}{_hashed(body)}"
        text = f"{_SCHEME}\n{at}\n{scope}\n{sha256(request.encode()).hexdigest()}"
        signing = self._begun(keys.secret_key, scope)
        signing.update(text.encode())
        who = f"Credential={keys.access_key}/{scope}"
        sent = {"X-Amz-Date": at, "X-Amz-Security-Token": keys.token} if keys.token else {"X-Amz-Date": at}
        sent["Authorization"] = f"{_SCHEME} {who}, SignedHeaders={names}, Signature={signing.hexdigest()}"
        return sent

    def _begun(self, secret_key: str, scope: str) -> hmac.HMAC:
        """An HMAC under the day's key. One is kept, in one piece: another one comes with another day, or with other
        credentials."""
        if (kept := self._kept) is None or kept[:2] != (secret_key, scope):
            kept = self._kept = secret_key, scope, hmac.new(_derived(secret_key, scope), digestmod="sha256")
        return kept[2].copy()


@lru_cache(maxsize=64)
def _around_the_date(url: str, headers: Headers, token: str | None) -> tuple[str, str, str]:
    """The request in its canonical form up to its date, what follows up to the hash of its body, and the names of what
    is signed: of one operation nearly always the same."""
    where = urlsplit(url)
    signed = {**dict(headers), "Host": where.netloc, "X-Amz-Date": ""} | (
        {"X-Amz-Security-Token": token} if token else {}
    )
    pairs = sorted((name.lower(), " ".join(value.split())) for name, value in signed.items())
    lines, names = [f"{name}:{value}" for name, value in pairs], ";".join(name for name, _ in pairs)
    date = lines.index("x-amz-date:") + 1
    before = "\n".join(("POST", where.path or "/", "", *lines[:date]))
    return before, "\n".join(("", *lines[date:], "", names, "")), names


def _hashed(body: bytes) -> str:
    hashing = sha256()
    for start in range(0, len(body), _KEEPS_THE_INTERPRETER):
        hashing.update(body[start : start + _KEEPS_THE_INTERPRETER])
    return hashing.hexdigest()


def _derived(secret_key: str, scope: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
