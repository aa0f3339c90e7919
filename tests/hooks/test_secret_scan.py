"""`make lint` looks for secrets with the settings of .secrets.baseline: what is planted must be found."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCAN = ROOT / ".venv-hooks" / "bin" / "detect-secrets-hook"

# Put together here, or this file would be what the scan finds.
PLANTED = {
    "an access key of AWS": "AKIA" + "Q7ZP3M5XWT2R6JUV",
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "a JSON Web Token": "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWl0",
    "a password in an address": "https://ada:" + "correct-horse@example.org/",
    "an app's secret": "'kX9v" + "Q2mZr8LwT4pYb7NcHs6JdF3gEa5U'",
}


def scan(files: Iterable[Path]) -> tuple[int, set[str]]:
    """How the scan ends, and where it found something: `<file>:<line>`."""
    command = (SCAN, "--baseline", ROOT / ".secrets.baseline", *files)
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    places = re.findall(r"^Location: *(\S+)", ended.stdout, re.MULTILINE)
    return ended.returncode, {Path(place).name for place in places}


def test_all_that_is_planted_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("".join(f"value = {value}\n" for value in PLANTED.values()), encoding="utf-8")
    # What one payload may hold is a secret anywhere else.
    moved = tmp_path / "moved.json"
    moved.write_bytes((ROOT / "tests/payloads/bluesky/log_in.json").read_bytes())
    status, places = scan([planted, moved])
    assert status == 1
    assert places >= {f"planted.py:{line}" for line in range(1, len(PLANTED) + 1)}
    assert any(place.startswith("moved.json:") for place in places)


def test_what_is_no_secret_passes(tmp_path: Path) -> None:
    plain = tmp_path / "plain.py"
    plain.write_text("value = 'the quick brown fox'\n", encoding="utf-8")
    assert scan([plain]) == (0, set())
