"""A copy with some fields changed, of whatever the product makes of values (msgspec) or of what works (dataclasses)."""

import dataclasses
from typing import TypeVar

from msgspec import Struct, structs

T = TypeVar("T")


def replace(value: T, **changes: object) -> T:
    """Raises TypeError for a field that is not there."""
    if isinstance(value, Struct):
        return structs.replace(value, **changes)
    return dataclasses.replace(value, **changes)  # type: ignore[type-var]
