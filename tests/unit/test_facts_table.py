"""platforms/facts_table.py is what the platforms' own files say."""

import pytest

from socials import platforms
from socials.errors import Invalid
from socials.platforms import every_platform, facts_of, platform
from tests.support.changing import replace
from tools.facts_table import TABLE, table


def test_the_table_is_up_to_date() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(), "run make docs"


def test_the_table_says_of_each_platform_what_its_own_file_says(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {each.slug: each.facts for each in every_platform()}
    monkeypatch.setattr(platforms, "registered", {})
    assert {slug: facts_of(slug) for slug in ours} == ours


def test_a_platform_of_a_tests_own_tells_its_own_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    own = replace(platform("pinterest"), facts=replace(platform("pinterest").facts, slug="own"))
    monkeypatch.setitem(platforms.registered, "own", own)
    assert facts_of("own") == own.facts


def test_nobody_knows_the_facts_of_an_unknown_platform() -> None:
    with pytest.raises(Invalid):
        facts_of("friendster")
