"""`make check-api`: fails where the description breaks what the last one promised and the version does not say so.

The last one is that of the newest tag; where nothing is tagged yet, the one before the last change of the file.
"""

import json
import subprocess
import sys
from typing import Any

from tools.openapi.breaking import announced, breaks
from tools.openapi.document import PAGE, document
from tools.openapi.handlers import ROOT

Json = dict[str, Any]
_PATH = PAGE.relative_to(ROOT).as_posix()


def _git(*arguments: str) -> str | None:
    ran = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603, S607
    return ran.stdout if ran.returncode == 0 else None


def last() -> tuple[str, Json] | None:
    """Where it was found, and what it said; None where there is none."""
    tag = (_git("describe", "--tags", "--abbrev=0") or "").strip()
    commits = (_git("log", "-n", "10", "--format=%h", "--", _PATH) or "").split()
    for place in ([tag] if tag else []) + commits:
        text = _git("show", f"{place}:{_PATH}")
        if text is not None and (place == tag or json.loads(text) != document()):
            return place, json.loads(text)
    return None


def verdict(old: Json, new: Json) -> tuple[bool, list[str]]:
    """Whether it may be released, and what it breaks."""
    found = breaks(old, new)
    return not found or announced(old["info"]["version"], new["info"]["version"]), found


def main() -> int:
    found = last()
    if found is None:
        print("check-api: no earlier description to compare with")
        return 0
    place, old = found
    good, broken = verdict(old, document())
    for each in broken:
        print(each)
    says = "announced by the version" if good else "NOT announced: count the version up in pyproject.toml"
    print(f"check-api: {len(broken)} breaking changes since {place}" + (f", {says}" if broken else ""))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
