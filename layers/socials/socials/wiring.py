"""The composition: which adapters stand behind the ports. Only the functions ask for it, once, at import.

Each function imports just what its own work needs: the imports stand inside the makers to keep cold starts short.
"""

import os
from functools import cache
from typing import TYPE_CHECKING

from socials import clock, telemetry
from socials.aws.clients import Clients
from socials.settings import read_settings
from socials.timing import STOP_BEFORE_SECONDS

if TYPE_CHECKING:
    from socials.aws.table.table import Table
    from socials.browsing import Browsing
    from socials.budgeting import BudgetBook
    from socials.connecting import Connecting
    from socials.disconnecting import Disconnecting
    from socials.dispatching import Dispatching
    from socials.erasing import Erasing
    from socials.exporting import Exporting
    from socials.listing import Listing
    from socials.parting import Parting
    from socials.ports import (
        Accounts,
        Apps,
        Connections,
        Doors,
        Grants,
        Persons,
        Receipts,
        Vault,
        Wakeups,
        WorkedAccounts,
    )
    from socials.previewing import Previewing
    from socials.pruning import Pruning
    from socials.receipting import Receipting
    from socials.requesting import Requesting
    from socials.settling import Settling
    from socials.sweeping import Sweeping
    from socials.syncing import Syncing
    from socials.worker import Worker

settings = read_settings(os.environ)
_clients = Clients()


def listing() -> "Listing":
    from socials.listing import Listing

    return Listing(_accounts(), clock.now)


def browsing() -> "Browsing":
    from socials.aws.table.history import TableHistory
    from socials.browsing import Browsing

    return Browsing(listing(), TableHistory(_table(), clock.now), clock.now)


def previewing() -> "Previewing":
    from socials.aws.table.history import TableHistory
    from socials.aws.table.remains import TableRemains
    from socials.previewing import Previewing

    history, remains = TableHistory(_table(), clock.now), TableRemains(_table())
    return Previewing(_accounts(), _grants(), _persons(), history, remains, clock.now)


def exporting() -> "Exporting":
    from socials.aws.table.history import TableHistory
    from socials.exporting import Exporting

    return Exporting(_accounts(), TableHistory(_table(), clock.now), clock.now)


def receipting() -> "Receipting":
    from socials.receipting import Receipting

    return Receipting(_receipts(), clock.now)


def requesting() -> "Requesting":
    from socials.requesting import Requesting

    return Requesting(_accounts(), _wakeups(), clock.now)


def disconnecting() -> "Disconnecting":
    from socials.disconnecting import Disconnecting

    return Disconnecting(_accounts(), _receipts(), _wakeups(), clock.now, settings.backup_days)


def parting() -> "Parting":
    from socials.aws.table.deletions import TableDeletions
    from socials.parting import Parting
    from socials.telling.runs import told_accounts

    deletions = TableDeletions(_table())
    return Parting(
        told_accounts(_worked_accounts()), _grants(), _persons(), _apps(), deletions, disconnecting(), clock.now
    )


def connecting() -> "Connecting":
    from socials.connecting import Connecting
    from socials.joining import Joining
    from socials.registering import Registering

    joining = Joining(_accounts(), _connections(), _wakeups(), clock.now)
    return Connecting(
        _accounts(),
        _connections(),
        _vault(),
        _doors(),
        _persons(),
        Registering(_apps(), _doors()),
        joining,
        _settling(),
        clock.now,
    )


def dispatching() -> "Dispatching":
    from socials.aws.table.agenda import TableAgenda
    from socials.dispatching import Dispatching

    return Dispatching(TableAgenda(_table()), _wakeups())


def syncing() -> "Syncing":
    from socials.aws.quick_json import line_of
    from socials.aws.table.history import TableHistory
    from socials.syncing import Syncing
    from socials.telling.refreshes import ToldRefreshing, told_vault
    from socials.telling.runs import told_accounts

    _clients.hurry()
    telemetry.write_by(line_of)
    refreshing = ToldRefreshing(_grants(), told_vault(_vault()), _apps(), _doors(), clock.now)
    history = TableHistory(_table(), clock.now)
    return Syncing(
        told_accounts(_worked_accounts()), history, _receipts(), _vault(), _doors(), refreshing, _wakeups(), clock.now
    )


def budget_book() -> "BudgetBook":
    """A new one for each invocation."""
    from socials.aws.table.budgets import TableBudgets
    from socials.budgeting import BudgetBook

    return BudgetBook(TableBudgets(_table()), clock.now)


def erasing() -> "Erasing":
    from socials.aws.table.remains import TableRemains
    from socials.erasing import Erasing
    from socials.telling.erases import told_receipts

    return Erasing(
        told_receipts(_receipts()),
        TableRemains(_table()),
        _grants(),
        _connections(),
        _vault(),
        _settling(),
        _pruning(),
        _wakeups(),
        clock.now,
    )


def sweeping() -> "Sweeping":
    from socials.sweeping import Sweeping

    return Sweeping(_connections(), _grants(), _vault(), _settling(), _pruning(), clock.now)


def worker(at_once: int = 1, stop_before: float = STOP_BEFORE_SECONDS) -> "Worker":
    from socials.worker import Worker

    return Worker(_wakeups(), clock.now, at_once, stop_before)


@cache
def _table() -> "Table":
    from socials.aws.table.table import Table

    return Table(_clients.dynamodb, settings.table)


@cache
def _accounts() -> "Accounts":
    from socials.aws.table.accounts import TableAccounts

    return TableAccounts(_table())


@cache
def _worked_accounts() -> "WorkedAccounts":
    from socials.aws.table.worked_accounts import TableWorkedAccounts

    return TableWorkedAccounts(_table())


@cache
def _connections() -> "Connections":
    from socials.aws.table.connections import TableConnections

    return TableConnections(_table())


@cache
def _grants() -> "Grants":
    from socials.aws.table.grants import TableGrants

    return TableGrants(_table())


@cache
def _receipts() -> "Receipts":
    from socials.aws.table.receipts import TableReceipts

    return TableReceipts(_table())


@cache
def _vault() -> "Vault":
    if settings.seals_tokens:
        from socials.aws.data_keys import DataKeys
        from socials.aws.sealed_vault import SealedVault

        return SealedVault(_table(), DataKeys(_clients.secretsmanager, settings.secrets_prefix, settings.kms_key))

    from socials.aws.vault import SecretsVault

    return SecretsVault(_clients.secretsmanager, settings.secrets_prefix, settings.kms_key)


@cache
def _apps() -> "Apps":
    from socials.aws.apps import SecretsApps

    return SecretsApps(_clients.secretsmanager, settings.secrets_prefix, settings.kms_key)


@cache
def _persons() -> "Persons":
    from socials.aws.table.persons import TablePersons

    return TablePersons(_table())


@cache
def _pruning() -> "Pruning":
    from socials.pruning import Pruning

    return Pruning(_accounts(), _connections(), _grants(), _vault(), clock.now)


@cache
def _settling() -> "Settling":
    from socials.settling import Settling

    return Settling(_grants(), _vault(), _apps(), _doors(), _persons(), clock.now)


@cache
def _wakeups() -> "Wakeups":
    from socials.aws.wakeups import QueueWakeups

    return QueueWakeups(_clients.sqs, settings.queue_urls)


@cache
def _doors() -> "Doors":
    from socials.platforms.client import Door

    private, contact = settings.allow_private_hosts, settings.public_origin
    return Door(clock.now, origins=settings.platform_origins, allow_private_hosts=private, contact=contact)
