"""docs/cost.md says what the counted calls come to, and nothing else."""

import re
from pathlib import Path

import pytest

from socials.measures import METRICS
from socials.models.runs import RunState
from socials.telling import refreshes
from tests.benchmarks import cost, logged, reckoning, sent, stored, watched
from tests.benchmarks.prices import ASSUMED
from tests.support.builders import a_run


def test_the_page_is_what_calls_assumptions_and_prices_come_to() -> None:
    assert cost.PAGE.read_text(encoding="utf-8") == cost.page(), "make docs writes it"


def test_a_sealed_token_takes_nearly_the_whole_bill_away() -> None:
    secrets, sealed = (cost.an_account(1_000_000, sealed=sealed) for sealed in (False, True))
    assert sealed < secrets / 300


def test_what_an_account_costs_falls_with_their_number_and_then_stays() -> None:
    costs = [cost.an_account(number, sealed=True) for number in cost.SCALES]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] > costs[-2] * 0.9


def test_provisioned_capacity_costs_a_small_stage_more_and_a_large_one_less() -> None:
    for accounts, is_less in ((1_000, False), (100_000, True), (1_000_000, True)):
        on_demand, provisioned = (cost.an_account(accounts, sealed=True, provisioned=each) for each in (False, True))
        assert (provisioned < on_demand) is is_less, accounts


def test_a_line_is_measured_where_its_time_does_not_count() -> None:
    assert logged.logged() == logged.logged()


def test_the_door_sends_what_the_page_assumes() -> None:
    one, more = sent.sent(1), sent.sent(5)
    call, connection = ASSUMED["bytes sent a call to a platform"], ASSUMED["bytes sent a new connection to a platform"]
    assert 0.8 * call < (more - one) / 4 <= call
    assert 0.8 * connection < one - (more - one) / 4 <= connection


def test_capacity_is_reserved_by_the_hundred_and_only_where_that_saves() -> None:
    assert reckoning.reserved(38) == pytest.approx(38)
    assert reckoning.reserved(100) == pytest.approx(46)
    assert reckoning.reserved(357) == pytest.approx(400 * 0.46)
    assert reckoning.reserved(310) == pytest.approx(300 * 0.46 + 10)


def test_a_seal_is_one_unit() -> None:
    assert stored.bytes_of("sealed tokens") - stored.BESIDE <= 1024


def test_the_kinds_of_metrics_are_those_that_the_product_can_tell() -> None:
    ends = {state for state in RunState if not a_run(state=state).active}
    assert ends == watched.ENDS
    code = Path(refreshes.__file__).read_text(encoding="utf-8")
    told = {each for line in re.findall(r"_tell\(.+\)", code) for each in re.findall(r'"(\w+)"', line)}
    assert told == watched.RENEWALS
    outcomes = {name for name, metric in METRICS.items() if any("outcome" in by for by in metric.by)}
    assert outcomes == {"Runs", "Refreshes"}
