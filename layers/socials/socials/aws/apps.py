"""Our registrations with the platforms, one secret each: written by whoever deploys, or, with a host that a person
named, by ourselves when somebody first connects there."""

import json
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from socials.errors import Busy
from socials.platforms.base import App
from socials.telemetry import line

# By the wall clock: others may stand still while a container is frozen.
KEPT_SECONDS = 300
_NOT_CONFIGURED = frozenset({"ResourceNotFoundException", "InvalidRequestException"})
# Written under a key that is not ours, or under one that was switched off.
_UNREADABLE = frozenset({"AccessDeniedException", "DecryptionFailure"})
# A name is free again only once AWS is through with deleting what had it, which takes seconds: waited between tries.
_NAME_FREE_AFTER = (0.5, 1.0, 2.0)


class SecretsApps:
    """Kept in the process for five minutes, also that there is none: a new registration shows within that time. What
    cannot be read, for they are written by hand, is told in a line and is none: the other platforms go on. Raises
    ClientError where Secrets Manager itself is in trouble.

    `client`: botocore's Secrets Manager client. `kms_key_id` '' means the AWS account's own key.
    """

    def __init__(
        self,
        client: Any,
        prefix: str,
        kms_key_id: str = "",
        seconds: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._prefix, self._kms_key_id = client, prefix, kms_key_id
        self._seconds, self._sleep = seconds, sleep
        self._kept: dict[str, tuple[float, App | None]] = {}

    def get(self, slug: str, registration: str | None = None) -> App | None:
        name = self._name(slug, registration)
        read_at, app = self._kept.get(name, (float("-inf"), None))
        if not 0 <= self._seconds() - read_at < KEPT_SECONDS:
            app = self._read(name)
            self._kept[name] = self._seconds(), app
        return app

    def keep(self, slug: str, registration: str, app: App) -> App:
        """Raises Busy where a registration that was just forgotten has not gone yet."""
        name = self._name(slug, registration)
        kept = app if self._created(name, app) else self._read(name)
        self._kept[name] = self._seconds(), kept
        return kept or app

    def _created(self, name: str, app: App) -> bool:
        """False where another connect was sooner."""
        key = {"KmsKeyId": self._kms_key_id} if self._kms_key_id else {}
        value = json.dumps({"client_id": app.client_id, "client_secret": app.client_secret})
        for pause in (*_NAME_FREE_AFTER, None):
            try:
                self._client.create_secret(Name=name, SecretString=value, **key)
                return True
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "ResourceExistsException":
                    return False
                if code != "InvalidRequestException":
                    raise
            if pause is not None:
                self._sleep(pause)
        raise Busy("a registration is still being deleted")

    def forget(self, slug: str, registration: str) -> None:
        name = self._name(slug, registration)
        self._kept.pop(name, None)
        try:
            self._client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _NOT_CONFIGURED:
                raise

    def _name(self, slug: str, registration: str | None) -> str:
        return f"{self._prefix}instances/{slug}/{registration}" if registration else f"{self._prefix}platforms/{slug}"

    def _read(self, name: str) -> App | None:
        try:
            answer = self._client.get_secret_value(SecretId=name)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _UNREADABLE:
                line("registration unreadable", "ERROR", secret=name, code=code)
                return None
            if code in _NOT_CONFIGURED:
                return None
            raise
        try:
            value = json.loads(answer["SecretString"])
            client_id, client_secret = value.get("client_id"), value.get("client_secret")
        except (ValueError, KeyError, AttributeError):  # none of them may be told: they hold what they could not read
            client_id = client_secret = None
        if all(isinstance(each, str) and each for each in (client_id, client_secret)):
            return App(client_id, client_secret)
        line("registration unreadable", "ERROR", secret=name, wanted='{"client_id": "…", "client_secret": "…"}')
        return None
