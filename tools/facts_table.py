"""Writes platforms/facts_table.py from the platforms' own files (`make docs`): their facts without what calls them."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from socials.platforms import every_platform

TABLE = Path(__file__).parents[1] / "layers" / "socials" / "socials" / "platforms" / "facts_table.py"

_HEAD = '''"""What every platform's own file says of it, by its slug. Made by `make docs`; not written by hand."""

from datetime import timedelta

from socials.models.parts import Part
from socials.platforms.facts import Facts, Keeping, RevocationHelp

FACTS = {
'''


def table() -> str:
    """The whole module."""
    lines = [f"{platform.slug!r}: {_written(platform.facts)}," for platform in every_platform()]
    return _formatted("".join((_HEAD, *lines, "}")))


def _written(value: Any) -> str:
    """The value as it is written in a source. Sets are in order, so that the same facts are the same text."""
    match value:
        case Enum():
            return str(f"{type(value).__name__}.{value.name}")
        case timedelta():
            return f"timedelta(seconds={value.total_seconds():.0f})"
        case frozenset():
            return f"frozenset({{{', '.join(map(_written, sorted(value)))}}})" if value else "frozenset()"
        case tuple():
            return f"({', '.join(map(_written, value))}{',' if len(value) == 1 else ''})"
        case Mapping():
            return "{" + ", ".join(f"{_written(key)}: {_written(inner)}" for key, inner in value.items()) + "}"
    return _made(value) if isinstance(value, Struct) else repr(value)


def _made(value: Any) -> str:
    """With what differs from a default."""
    given = ((field, getattr(value, field.name)) for field in fields(value))
    said = (f"{field.name}={_written(what)}" for field, what in given if what != _default(field))
    return f"{type(value).__name__}({', '.join(said)})"


def _default(field: FieldInfo) -> Any:
    return field.default if field.default_factory is NODEFAULT else field.default_factory()


def _formatted(source: str) -> str:
    command = (sys.executable, "-m", "ruff", "format", "-")
    return subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout  # noqa: S603


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
    sys.stdout.write(f"{TABLE.name} written\n")
