"""What the use cases need from the outside, as small Protocols. Adapters: `socials.aws`; fakes: `tests/support/fakes`.

Every method is one atomic step unless it says otherwise. All times are UTC in whole seconds. A write that finds the
row changed under it does nothing and says so; nothing is ever half-written.

Type checkers alone read them: a test holds that no function loads one. What goes through them are models.
"""

from socials.ports.accounts import Accounts, WorkedAccounts
from socials.ports.calling import Apps, Budgets, Doors, Lease
from socials.ports.connections import Connections
from socials.ports.grants import Grants, Persons, Vault
from socials.ports.history import Entry, History, Remains
from socials.ports.receipts import Deletions, Receipts
from socials.ports.waking import Agenda, Wakeups

__all__ = [
    "Accounts",
    "Agenda",
    "Apps",
    "Budgets",
    "Connections",
    "Deletions",
    "Doors",
    "Entry",
    "Grants",
    "History",
    "Lease",
    "Persons",
    "Receipts",
    "Remains",
    "Vault",
    "Wakeups",
    "WorkedAccounts",
]
