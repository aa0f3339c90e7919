"""Whatever is installed, in Lambda or beside it, is the very file that was looked at when its version was pinned."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "layers" / "dependencies" / "requirements.txt"
LISTS = [SHIPPED, *sorted(ROOT.glob("requirements-*.txt"))]
BUILDS = [ROOT / "Makefile", ROOT / "layers" / "dependencies" / "build.mk"]


def packages(path: Path) -> dict[str, str]:
    """Each package with all that its list says of it."""
    entries = re.split(r"\n(?=\S)", path.read_text(encoding="utf-8").strip())
    return {entry.partition("==")[0]: entry for entry in entries}


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_each_package_of_a_list_has_its_hashes(path: Path) -> None:
    without = [name for name, entry in packages(path).items() if "--hash=sha256:" not in entry]
    assert without == []


def test_no_list_is_installed_without_its_hashes() -> None:
    texts = [re.sub(r"\\\n\s*", " ", path.read_text(encoding="utf-8")) for path in BUILDS]
    installs = [line for text in texts for line in text.splitlines() if "pip install" in line]
    assert len(installs) >= 4
    assert all(line.count("pip install") == line.count("--require-hashes") for line in installs)


def test_what_is_shipped_is_what_is_tested() -> None:
    """The same versions and the same files of them."""
    tested = packages(ROOT / "requirements-dev.txt")
    hashes = {name: re.findall(r"sha256:\w+", entry) for name, entry in packages(SHIPPED).items()}
    assert hashes == {name: re.findall(r"sha256:\w+", tested[name]) for name in hashes}
