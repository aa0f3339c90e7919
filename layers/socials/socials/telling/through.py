"""What a telling port does not tell of goes through to the port that it wraps."""

from typing import Any


class Through:
    """`inner` is a port; a subclass overrides the methods that it tells of."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)
