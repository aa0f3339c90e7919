"""AWS's signature of a request, version 4, for the one form that our calls have: a POST of JSON to `/`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

The key that signs is made from the secret key by four hashes and holds for a day, so that it is kept. botocore and
libcurl make it anew for each call, which was a seventh of all that a small sync asks of the processor.
"""

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from urllib.parse import urlsplit

from botocore.credentials import ReadOnlyCredentials

_SCHEME = "AWS4-HMAC-SHA256"


class Signer:
    """Signs one service's calls in one region. `now`: seconds since 1970, by which AWS judges how old a call is."""

    def __init__(self, service: str, region: str, now: Callable[[], float] = time.time) -> None:
        self._service, self._region, self._now = service, region, now

    def signed(self, url: str, headers: Mapping[str, str], body: bytes, keys: ReadOnlyCredentials) -> dict[str, str]:
        """`headers`, and those that show who sends all this and when. `url`: a host, with or without a port."""
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._now()))
        sent = {**headers, "Host": urlsplit(url).netloc, "X-Amz-Date": at}
        if keys.token:
            sent["X-Amz-Security-Token"] = keys.token
        lines = sorted(f"{name.lower()}:{value}" for name, value in sent.items())
        names = ";".join(line.partition(":")[0] for line in lines)
        request = "\n".join(("POST", "/", "", *lines, "", names, sha256(body).hexdigest()))
        scope = f"{at[:8]}/{self._region}/{self._service}/aws4_request"
        text = f"{_SCHEME}\n{at}\n{scope}\n{sha256(request.encode()).hexdigest()}"
        signature = digest(_key(keys.secret_key, scope), text.encode(), "sha256").hex()
        sent["Authorization"] = (
            f"{_SCHEME} Credential={keys.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        return sent


@lru_cache(maxsize=8)
def _key(secret_key: str, scope: str) -> bytes:
    """The day's, of one secret key. Never more than a few are in use: keys are renewed every few hours."""
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = digest(key, part.encode(), "sha256")
    return key
