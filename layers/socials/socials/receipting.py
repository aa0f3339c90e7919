"""Looking at what a disconnect did. It needs no queue, so that who only looks makes no client for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from socials.clock import Clock
from socials.errors import NotFound
from socials.models.receipts import Receipt

if TYPE_CHECKING:
    from socials.ports import Receipts


@dataclass(frozen=True, slots=True)
class Receipting:
    receipts: Receipts
    clock: Clock

    def find(self, user: str, receipt_id: str) -> Receipt:
        """Raises NotFound, also after 30 days."""
        receipt = self.receipts.get(user, receipt_id, self.clock())
        if receipt is None:
            raise NotFound("No such receipt.")
        return receipt
