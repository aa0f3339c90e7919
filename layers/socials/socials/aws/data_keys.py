"""The keys that tokens are sealed under: one secret for the whole stage, a ring of keys by their ids.

What is new is sealed under the newest key; what is older opens with its own, so a rotation has no moment at which
anything fails. A ring's version id in Secrets Manager follows from its number, as with any token: of two rotations at
once one loses and is told.
"""

import base64
import json
import os
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from socials.values import Discreet, replace

KEY_BYTES = 32
# By the wall clock: others may stand still while a container is frozen.
KEPT_SECONDS = 300
_VERSIONS = uuid.UUID("2f5d9a0e-6a51-5b0f-8a53-3a7c1f1d8b44")


class NoKey(Exception):
    """The ring, or one key of it, is not there. No proof that a grant is gone: whoever asked has to come back."""


class RingChanged(Exception):
    """Somebody else wrote the ring meanwhile: look again."""


class Ring(Discreet, frozen=True):
    """`keys`: 32 bytes each, by key id. `number`: how often the ring was written; `written_at`: the last time."""

    shown = ("number", "newest", "written_at")
    number: int
    newest: str
    keys: Mapping[str, bytes]
    written_at: datetime | None = None


class DataKeys:
    """Kept in the process for five minutes; an id that is not in the kept ring has it read again at once.

    `client`: botocore's Secrets Manager client. `kms_key_id` '' means the AWS account's own key.
    """

    def __init__(
        self, client: Any, prefix: str, kms_key_id: str = "", seconds: Callable[[], float] = time.time
    ) -> None:
        self._client, self._name, self._kms_key_id, self._seconds = client, f"{prefix}keys/tokens", kms_key_id, seconds
        self._kept: tuple[float, Ring] | None = None

    def newest(self) -> tuple[str, bytes]:
        """The key for whatever is sealed now, and its id. Raises NoKey."""
        ring = self.ring()
        return ring.newest, ring.keys[ring.newest]

    def named(self, key_id: str) -> bytes:
        """Raises NoKey."""
        ring = self.ring()
        if key_id not in ring.keys:
            ring = self.look_again()
        if key_id not in ring.keys:
            raise NoKey(f"no data key {key_id}")
        return ring.keys[key_id]

    def ring(self) -> Ring:
        """Raises NoKey."""
        if self._kept is None or not 0 <= self._seconds() - self._kept[0] < KEPT_SECONDS:
            return self.look_again()
        return self._kept[1]

    def ensure(self) -> None:
        """Make the stage's first key if there is none; of several makers one wins."""
        try:
            self.ring()
        except NoKey:
            key = {"KmsKeyId": self._kms_key_id} if self._kms_key_id else {}
            try:
                self._client.create_secret(Name=self._name, **key, **self._value(_with_new_key(Ring(0, "", {}))))
            except ClientError as error:
                if _code(error) != "ResourceExistsException":
                    raise

    def rotate(self) -> str:
        """A new key for whatever is sealed from now on; its id. Raises NoKey, RingChanged."""
        ring = _with_new_key(self.look_again())
        self._write(ring)
        return ring.newest

    def retire(self, key_id: str) -> None:
        """Take an old key out of the ring: what is sealed under it opens no more. Raises NoKey, RingChanged."""
        ring = self.look_again()
        if key_id == ring.newest or key_id not in ring.keys:
            raise NoKey(f"{key_id} is not an old key")
        left = {name: key for name, key in ring.keys.items() if name != key_id}
        self._write(replace(ring, number=ring.number + 1, keys=left))

    def _write(self, ring: Ring) -> None:
        try:
            self._client.put_secret_value(SecretId=self._name, **self._value(ring))
        except ClientError as error:
            if _code(error) == "ResourceExistsException":
                raise RingChanged from None
            raise
        self._kept = self._seconds(), ring

    def look_again(self) -> Ring:
        """Raises NoKey."""
        try:
            answer = self._client.get_secret_value(SecretId=self._name)
        except ClientError as error:
            if _code(error) in ("ResourceNotFoundException", "InvalidRequestException"):
                raise NoKey(f"there is no secret {self._name}") from None
            raise
        value = json.loads(answer["SecretString"])
        ring_keys = {name: base64.b64decode(key) for name, key in value["keys"].items()}
        ring = Ring(value["number"], value["newest"], ring_keys, _moment(answer["CreatedDate"]))
        self._kept = self._seconds(), ring
        return ring

    def _value(self, ring: Ring) -> dict[str, str]:
        keys = {name: base64.b64encode(key).decode() for name, key in ring.keys.items()}
        text = json.dumps({"number": ring.number, "newest": ring.newest, "keys": keys}, sort_keys=True)
        return {"SecretString": text, "ClientRequestToken": str(uuid.uuid5(_VERSIONS, f"{self._name}:{ring.number}"))}


def _with_new_key(ring: Ring) -> Ring:
    """A key's id is random: a ring that somebody deleted and made anew must not answer to the old names."""
    name = uuid.uuid4().hex[:8]
    return Ring(ring.number + 1, name, {**ring.keys, name: os.urandom(KEY_BYTES)})


def _moment(created: datetime | float) -> datetime:
    """By libcurl a time stays the number that it is in JSON."""
    return created if isinstance(created, datetime) else datetime.fromtimestamp(created, UTC)


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
