"""Accounts of which one method is a test's own, for what has to happen in the midst of a write."""

from typing import Any


class Saving:
    """The accounts, with another `save`."""

    def __init__(self, accounts: Any, save: Any) -> None:
        self._accounts, self.save = accounts, save

    def __getattr__(self, name: str) -> Any:
        return getattr(self._accounts, name)
