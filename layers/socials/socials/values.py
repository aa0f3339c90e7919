"""Values: records that never change, made, compared and copied in C (msgspec).

A dataclass does all of it in Python: for the thirty fields of an account 6 us to make one and 13 to copy it, and 1 ms
to define the class, which each cold start pays. What has work to do, and what changes, is a dataclass as ever.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct

if TYPE_CHECKING:  # to a checker both do the same, and of this one it knows the fields
    from dataclasses import replace
else:
    from msgspec.structs import replace


__all__ = ["Discreet", "replace"]


class Discreet(Struct, frozen=True):
    """A value of which a traceback shows only what is no secret.

    `shown`: the fields that its repr tells. Any other, one that somebody adds among them, stays untold.
    """

    shown: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({told})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """What rich shows of it: of any other struct that is all."""
        return [(name, getattr(self, name)) for name in self.shown]
