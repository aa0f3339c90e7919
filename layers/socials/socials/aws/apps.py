"""Our registrations with the platforms: one secret each, written by whoever deploys, read here."""

import json
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from socials.platforms.base import App

KEPT_SECONDS = 300
_NOT_CONFIGURED = frozenset({"ResourceNotFoundException", "InvalidRequestException"})


class SecretsApps:
    """Kept in the process for five minutes, also that there is none: a new registration shows within that time."""

    def __init__(self, client: Any, prefix: str, seconds: Callable[[], float] = time.monotonic) -> None:
        self._client, self._prefix, self._seconds = client, prefix, seconds
        self._kept: dict[str, tuple[float, App | None]] = {}

    def get(self, slug: str) -> App | None:
        read_at, app = self._kept.get(slug, (float("-inf"), None))
        if self._seconds() - read_at >= KEPT_SECONDS:
            app = self._read(slug)
            self._kept[slug] = self._seconds(), app
        return app

    def _read(self, slug: str) -> App | None:
        try:
            answer = self._client.get_secret_value(SecretId=f"{self._prefix}platforms/{slug}")
        except ClientError as error:
            if error.response["Error"]["Code"] in _NOT_CONFIGURED:
                return None
            raise
        value = json.loads(answer["SecretString"])
        client_id, client_secret = value.get("client_id"), value.get("client_secret")
        return App(client_id, client_secret) if client_id and client_secret else None
