"""Everything we hold about one account, page by page, in lines that put together make one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from socials.clock import Clock
from socials.errors import NotFound
from socials.models.accounts import Account
from socials.models.lives import LifeKey
from socials.platforms import facts_of

if TYPE_CHECKING:
    from socials.ports import Accounts, Entry, History

# 4 MB with a heading: what a function may answer is 6 MB, of which base64 leaves 4.5.
PAGE_BYTES = 3_998_000

Line = Callable[["Account | Entry", date], bytes]

# Before every place in the history.
_AFTER_THE_ACCOUNT = "-"


class ExportPage(Struct, frozen=True):
    """`cursor`: the place to go on after, None at the end. `is_first`: where a heading belongs."""

    lines: bytes
    cursor: str | None
    is_first: bool


@dataclass(frozen=True, slots=True)
class Exporting:
    accounts: Accounts
    history: History
    clock: Clock

    def page(
        self, user: str, account_id: str, line: Line, after: str | None, page_bytes: int = PAGE_BYTES
    ) -> ExportPage:
        """The account, then its days, diary, posts and runs. `line` makes a line of each; its date is today on the
        platform's clock. Raises NotFound, Malformed."""
        account = self.accounts.get(user, account_id)
        if account is None or account.disconnecting:
            raise NotFound("No such account.")
        today = facts_of(account.platform).today(self.clock())
        lines: list[bytes] = []
        size, place = 0, after
        for next_place, entry in self._entries(account, after):
            text = line(entry, today)
            if lines and size + len(text) > page_bytes:
                return ExportPage(b"".join(lines), place, after is None)
            lines.append(text)
            size, place = size + len(text), next_place
        return ExportPage(b"".join(lines), None, after is None)

    def _entries(self, account: Account, after: str | None) -> Iterator[tuple[str, Account | Entry]]:
        if after is None:
            yield _AFTER_THE_ACCOUNT, account
        life = LifeKey(account.user, account.account_id, account.life)
        yield from self.history.everything(life, after or "")
