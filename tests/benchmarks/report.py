"""What a benchmark measured: printed, kept in `results/<section>.json`, and written into docs/performance.md.

A benchmark calls `record` once, at its end. The page is made of all kept results, so running one benchmark replaces its
own section and leaves the others as they were measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.sections import TITLES

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"

Cell = str | int | float | None

_HEADING = """# Performance

Made by `make bench` (`make bench BENCH=page` for some of it): every figure below was measured by the command beside it,
on the machine and the day that its section names. What is compared was measured in the same run; counts (instructions,
calls, units, bytes) come before seconds, because they are the same on every machine.
"""


@dataclass(frozen=True, slots=True)
class Table:
    """Figures that belong together. A None is an empty cell; numbers get thousands separators."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One benchmark's kept results. `about` and `notes` are Markdown; `commands` as one types them."""

    name: str
    about: str
    commands: tuple[str, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    machine: str
    measured_on: str


def record(
    name: str, *, about: str, commands: Sequence[str], tables: Sequence[Table], notes: Sequence[str] = ()
) -> None:
    """Print a section's figures, keep them, and write docs/performance.md anew. Raises KeyError for an unknown name."""
    title = TITLES[name]
    day = datetime.now(UTC).date().isoformat()
    section = Section(name, about, tuple(commands), tuple(tables), tuple(notes), machine(), day)
    sys.stdout.write(f"\n{title}\n{_figures(section)}")
    RESULTS.mkdir(exist_ok=True)
    kept = json.dumps(asdict(section), indent=1, ensure_ascii=False) + "\n"
    (RESULTS / f"{name}.json").write_text(kept, encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


def skip(name: str, reason: str) -> None:
    """Say in one line why a benchmark can't run here; what was measured elsewhere stays."""
    sys.stdout.write(f"{name}: skipped, {reason}\n")


def page() -> str:
    """docs/performance.md, of the kept results."""
    sections = [section for name in TITLES if (section := kept(name))]
    return "\n".join([_HEADING, *(_written(section) for section in sections)])


def kept(name: str) -> Section | None:
    """A section as it was last recorded; None where it never was."""
    file = RESULTS / f"{name}.json"
    return _section(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else None


def machine() -> str:
    """Processor, cores, memory, system, distribution and Python: what seconds depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release().partition('-')[0]}{_distribution()}"
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {system}, Python {platform.python_version()}"


def _distribution() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ""
    return f" ({release['NAME'].partition(' ')[0]} {release.get('VERSION_ID', '')})"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def _section(value: dict[str, Any]) -> Section:
    tables = tuple(
        Table(tuple(table["columns"]), tuple(map(tuple, table["rows"])), table["title"]) for table in value["tables"]
    )
    return Section(**{**value, "commands": tuple(value["commands"]), "tables": tables, "notes": tuple(value["notes"])})


def _written(section: Section) -> str:
    measured = f"Measured on {section.measured_on}: {section.machine}."
    commands = "".join(f"    {command}\n" for command in section.commands)
    return f"## {TITLES[section.name]}\n\n{section.about}\n\n{commands}\n{measured}\n{_figures(section)}"


def _figures(section: Section) -> str:
    notes = "".join(f"- {note}\n" for note in section.notes)
    return "".join(f"\n{_table(table)}" for table in section.tables) + (f"\n{notes}" if notes else "")


def _table(table: Table) -> str:
    numeric = [all(not isinstance(cell, str) for cell in column) for column in zip(*table.rows, strict=True)]
    rule = ["---:" if number else "---" for number in numeric or [False] * len(table.columns)]
    lines = [table.columns, rule, *([_cell(cell) for cell in row] for row in table.rows)]
    title = f"**{table.title}**\n\n" if table.title else ""
    return title + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else f"{cell:,}"


def main() -> int:
    """`--check`: fail where docs/performance.md is not what the kept results say."""
    parser = argparse.ArgumentParser(description="Write docs/performance.md from the kept results.")
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        return 0 if PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
