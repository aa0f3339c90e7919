"""Signatures of AWS's calls as botocore makes them."""

from typing import Any

from botocore.auth import SigV4Auth


class OfTheseHeaders(SigV4Auth):
    """botocore's own signature, over the headers that somebody else chose."""

    def headers_to_sign(self, request: Any) -> Any:
        return request.headers
