"""The environment of a function, read once. Names as in template.yaml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from socials.models.wakeups import Queue

_TOKEN_STORES = {"": False, "secrets-manager": False, "sealed": True}


class Settings(Struct, frozen=True):
    """`platform_origins` and `allow_private_hosts` are for the local stack and empty in the cloud.

    `seals_tokens`: tokens rest sealed in the table, not each in a secret of its own.
    """

    table: str
    secrets_prefix: str
    public_origin: str
    backup_days: int
    queue_urls: Mapping[Queue, str]
    platform_origins: Mapping[str, str]
    allow_private_hosts: bool
    kms_key: str
    seals_tokens: bool


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Raises ValueError where PLATFORM_ORIGINS is no JSON object of strings, KeyError for an unknown TOKEN_STORE."""
    queues: dict[Queue, str] = {"manual": "MANUAL_QUEUE_URL", "daily": "DAILY_QUEUE_URL", "erase": "ERASE_QUEUE_URL"}
    return Settings(
        table=environment.get("TABLE_NAME", ""),
        secrets_prefix=environment.get("SECRETS_PREFIX", ""),
        public_origin=environment.get("PUBLIC_ORIGIN", "").rstrip("/"),
        backup_days=int(environment.get("BACKUP_DAYS") or 7),
        queue_urls={name: environment.get(variable, "") for name, variable in queues.items()},
        platform_origins=_origins(environment.get("PLATFORM_ORIGINS", "")),
        allow_private_hosts=environment.get("ALLOW_PRIVATE_HOSTS", "") == "1",
        kms_key=environment.get("KMS_KEY_ID", ""),
        seals_tokens=_TOKEN_STORES[environment.get("TOKEN_STORE", "")],
    )


def _origins(text: str) -> Mapping[str, str]:
    origins = json.loads(text) if text.strip() else {}
    if not isinstance(origins, dict) or not all(isinstance(value, str) for value in origins.values()):
        raise ValueError("PLATFORM_ORIGINS: a JSON object, origin to origin")
    return {origin.rstrip("/"): to.rstrip("/") for origin, to in origins.items()}
