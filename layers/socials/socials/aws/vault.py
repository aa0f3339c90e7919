"""Tokens of grants in Secrets Manager, one secret a grant.

The secret's version ids are derived from our version numbers. Secrets Manager never lets a second value in under one
version id, so storing version n + 1 is a compare-and-swap by itself.
"""

import uuid
from typing import Any

from botocore.exceptions import ClientError

from socials.aws.items.tokens import text_to_tokens, tokens_to_text
from socials.errors import NoSecret
from socials.models.grants import Sealed
from socials.models.readings import Tokens

_VERSIONS = uuid.UUID("5d0b0c5e-3b0d-5f5c-9a57-0f9a7c1f8e21")

# A secret that is marked for deletion answers InvalidRequestException.
_NONE_THERE = frozenset({"ResourceNotFoundException", "InvalidRequestException"})


class SecretsVault:
    """`client`: botocore's Secrets Manager client. `kms_key_id` '' means the account's own key.

    A grant's id alone leads to its secret: it is random and never used again.
    """

    def __init__(self, client: Any, prefix: str, kms_key_id: str = "") -> None:
        self._client, self._prefix, self._kms_key_id = client, prefix, kms_key_id

    def create(self, user: str, grant_id: str, tokens: Tokens) -> Sealed:  # noqa: ARG002 - the id is enough
        name = self._name(grant_id)
        key = {"KmsKeyId": self._kms_key_id} if self._kms_key_id else {}
        self._client.create_secret(Name=name, **key, **_value(name, 1, tokens))
        return Sealed(1, tokens)

    def read(self, user: str, grant_id: str) -> Sealed:  # noqa: ARG002 - the id is enough
        try:
            answer = self._client.get_secret_value(SecretId=self._name(grant_id))
        except ClientError as error:
            raise _translated(error) from None
        return text_to_tokens(answer["SecretString"])

    def store(self, user: str, grant_id: str, tokens: Tokens, after: int) -> Sealed:
        name = self._name(grant_id)
        try:
            answer = self._client.put_secret_value(SecretId=name, **_value(name, after + 1, tokens))
        except ClientError as error:
            if _code(error) != "ResourceExistsException":
                raise _translated(error) from None
            return self.read(user, grant_id)
        # A repeat of our own store is taken as done, also when a newer version is current by now.
        return (
            Sealed(after + 1, tokens) if "AWSCURRENT" in answer.get("VersionStages", ()) else self.read(user, grant_id)
        )

    def destroy(self, user: str, grant_id: str) -> None:  # noqa: ARG002 - the id is enough
        try:
            self._client.delete_secret(SecretId=self._name(grant_id), ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            if _code(error) not in _NONE_THERE:
                raise

    def answers(self, user: str, grant_id: str) -> bool:
        try:
            self.read(user, grant_id)
        except NoSecret:
            return False
        return True

    def _name(self, grant_id: str) -> str:
        return f"{self._prefix}grants/{grant_id}"


def _value(name: str, version: int, tokens: Tokens) -> dict[str, str]:
    """The value and its version id."""
    version_id = str(uuid.uuid5(_VERSIONS, f"{name}:{version}"))
    return {"SecretString": tokens_to_text(version, tokens), "ClientRequestToken": version_id}


def _translated(error: ClientError) -> Exception:
    return NoSecret() if _code(error) in _NONE_THERE else error


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
