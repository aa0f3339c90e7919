"""`make bench`: every benchmark one after the other, each in a process of its own, or those that are named."""

from __future__ import annotations

import argparse
import subprocess
import sys

from tests.benchmarks.sections import TITLES


def main() -> int:
    """How many of them failed."""
    parser = argparse.ArgumentParser(description="Measure, and write docs/performance.md.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"some of: {', '.join(TITLES)}")
    names = parser.parse_args().names or list(TITLES)
    unknown = [name for name in names if name not in TITLES]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(TITLES)}")
    failed = 0
    for name in names:
        sys.stdout.write(f"=== {name}\n")
        sys.stdout.flush()
        failed += subprocess.run((sys.executable, "-m", f"tests.benchmarks.{name}"), check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
