"""docs/performance.md says what was measured, and nothing else."""

from pathlib import Path

import pytest

from tests.benchmarks import report
from tests.benchmarks.report import Table
from tests.benchmarks.sections import TITLES


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(report, "PAGE", tmp_path / "performance.md")


def measure(name: str, figure: int) -> None:
    tables = [Table(("what", "figure"), (("accounts", figure),))]
    report.record(name, about=f"About {name}.", commands=[f"make bench BENCH={name}"], tables=tables)


def test_the_page_is_what_the_kept_results_say() -> None:
    assert report.PAGE.read_text(encoding="utf-8") == report.page(), "python -m tests.benchmarks.report writes it"


def test_every_section_says_command_machine_and_day(elsewhere: None) -> None:
    measure("page", 1234)
    text = report.PAGE.read_text(encoding="utf-8")
    assert "    make bench BENCH=page\n" in text
    assert f"{report.machine()}." in text
    assert "| accounts | 1,234 |" in text


def test_a_benchmark_replaces_its_own_section_only(elsewhere: None) -> None:
    for name in ("page", "cold_start"):
        measure(name, 1)
    measure("page", 2)
    text = report.PAGE.read_text(encoding="utf-8")
    assert (text.count("| accounts | 1 |"), text.count("| accounts | 2 |")) == (1, 1)
    assert text.index(TITLES["cold_start"]) < text.index(TITLES["page"])


def test_a_section_that_nobody_listed_is_refused(elsewhere: None) -> None:
    with pytest.raises(KeyError):
        measure("nobody_knows", 1)
