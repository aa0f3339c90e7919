"""`make check-api`: fails where the description breaks what the last one promised and the version does not say so.

The last one is that of the newest tag before this commit: where this one has a tag, what it releases is checked. Where
nothing was tagged before, each that was ever committed, so that one more commit hides no break.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.openapi.breaking import announced, breaks
from tools.openapi.document import PAGE, document
from tools.openapi.handlers import ROOT

Json = dict[str, Any]
_FAR_ENOUGH = 100
_PATH = PAGE.relative_to(ROOT).as_posix()


def _git(folder: Path, *arguments: str) -> str | None:
    ran = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603, S607
    return ran.stdout if ran.returncode == 0 else None


def earlier(folder: Path = ROOT) -> list[tuple[str, Json]]:
    """Where each was found, and what it said; the same text once."""
    own = (_git(folder, "tag", "--points-at", "HEAD") or "").split()
    before = (_git(folder, "describe", "--tags", "--abbrev=0", *(f"--exclude={each}" for each in own)) or "").split()
    commits = (_git(folder, "log", "-n", str(_FAR_ENOUGH), "--format=%h", "--", _PATH) or "").split()
    texts = {place: _git(folder, "show", f"{place}:{_PATH}") for place in (own[:1] + before if before else commits)}
    return [(place, json.loads(text)) for place, text in texts.items() if text is not None]


def verdict(old: Json, new: Json) -> tuple[bool, list[str]]:
    """Whether it may be released, and what it breaks."""
    found = breaks(old, new)
    return not found or announced(old["info"]["version"], new["info"]["version"]), found


def main() -> int:
    found = earlier()
    failed = 0
    for place, old in found:
        good, broken = verdict(old, document())
        if not good:
            failed += 1
            print(f"since {place} (version {old['info']['version']}):", *broken, sep="\n  ")
    says = "which the version does not announce: count it up in pyproject.toml" if failed else "or all are announced"
    print(f"check-api: {failed or 'no'} of {len(found)} earlier descriptions broken, {says}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
