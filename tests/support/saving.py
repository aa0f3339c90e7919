"""A port with another `save`."""

from typing import Any


class Saving:
    """The accounts, with another `save`."""

    def __init__(self, accounts: Any, save: Any) -> None:
        self._accounts, self.save = accounts, save

    def __getattr__(self, name: str) -> Any:
        return getattr(self._accounts, name)
