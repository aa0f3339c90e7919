"""What the use cases need from the outside, as small Protocols. Adapters: `socials.aws`; fakes: `tests/support/fakes`.

Every method is one atomic step unless it says otherwise. All times are UTC in whole seconds. A write that finds the
row changed under it does nothing and says so; nothing is ever half-written.
"""

from socials.ports.accounts import Accounts, Checkpoint, Claim, ClaimOutcome
from socials.ports.calling import Apps, Budget, Budgets, Doors, Lease
from socials.ports.connections import Connections, Join
from socials.ports.grants import Grants, Persons, Vault
from socials.ports.history import Entry, History, LifeKey, Page, Remains
from socials.ports.receipts import Deletion, Deletions, Receipts
from socials.ports.waking import Agenda, Kind, Queue, Wakeup, Wakeups

__all__ = [
    "Accounts",
    "Agenda",
    "Apps",
    "Budget",
    "Budgets",
    "Checkpoint",
    "Claim",
    "ClaimOutcome",
    "Connections",
    "Deletion",
    "Deletions",
    "Doors",
    "Entry",
    "Grants",
    "History",
    "Join",
    "Kind",
    "Lease",
    "LifeKey",
    "Page",
    "Persons",
    "Queue",
    "Receipts",
    "Remains",
    "Vault",
    "Wakeup",
    "Wakeups",
]
