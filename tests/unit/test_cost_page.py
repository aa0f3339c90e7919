"""docs/cost.md says what the counted calls come to, and nothing else."""

from tests.benchmarks import cost


def test_the_page_is_what_calls_assumptions_and_prices_come_to() -> None:
    assert cost.PAGE.read_text(encoding="utf-8") == cost.page(), "make docs writes it"


def test_a_sealed_token_takes_nearly_the_whole_bill_away() -> None:
    secrets, sealed = (cost.an_account(1_000_000, sealed=sealed) for sealed in (False, True))
    assert sealed < secrets / 300


def test_what_an_account_costs_falls_with_their_number_and_then_stays() -> None:
    costs = [cost.an_account(number, sealed=True) for number in cost.SCALES]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] > costs[-2] * 0.9
