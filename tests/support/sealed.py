"""The vault that seals tokens into the table, in place of the one with a secret each."""

from typing import Any

from socials.aws.data_keys import DataKeys
from socials.aws.sealed_vault import SealedVault
from socials.aws.table.table import Table


def sealed_vault(aws: Any) -> SealedVault:
    """On the clients, the table and the prefix of `AwsPorts`."""
    return SealedVault(Table(aws.dynamodb, aws.table_name), data_keys(aws))


def data_keys(aws: Any) -> DataKeys:
    """As another process would have them: nothing read yet."""
    return DataKeys(aws.secretsmanager, aws.prefix)
