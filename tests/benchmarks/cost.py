"""docs/cost.md: dollars an account-month, from what is counted and measured, what is assumed of people, and AWS's list
prices.

python -m tests.benchmarks.cost
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import stored, untaken, watched
from tests.benchmarks.counts import counted
from tests.benchmarks.prices import ASSUMED, DAYS, FEES, PRICES
from tests.benchmarks.reckoning import (
    an_account,
    capacity_paid,
    lines,
    measured_logs,
    requests_paid,
    use,
    worker_paid,
)

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"
SCALES = (1_000, 100_000, 1_000_000, 10_000_000)
GOAL = 0.0003
CAPACITIES: dict[str, dict[str, bool]] = {
    "on demand": {},
    "provisioned": {"provisioned": True},
    "reserved": {"provisioned": True, "reserved": True},
}


def page() -> str:
    met = [an_account(1_000_000, sealed=True, **capacity) for capacity in CAPACITIES.values()]
    said = "met there" if met[2] <= GOAL < met[1] else "met" if met[1] <= GOAL else "not met"
    goal = (
        f"The goal is ${GOAL} an account-month at a million accounts with sealed tokens, AWS all in. On demand it is "
        f"${met[0]:.6f}, with\nprovisioned capacity ${met[1]:.6f}, with that and Lambda's time committed to for a year "
        f"${met[2]:.6f}: {said}. Syncs are "
        "spread evenly over the\nday and night, so nearly all of the capacity is there to be reserved."
    )
    return "\n".join(
        (
            "# What it costs",
            "",
            "Made by `make docs` (`python -m tests.benchmarks.cost`) from the calls and units that `make bench "
            "BENCH=aws_units`\ncounted, what is measured and assumed below, and list prices. Dollars, us-east-1.",
            "",
            "## An account-month",
            "",
            *_table(
                ("accounts", "a secret a grant", *(f"sealed, {name}" for name in CAPACITIES), "platform fees"),
                [
                    (
                        f"{n:,}",
                        f"{an_account(n, sealed=False):.6f}",
                        *(f"{an_account(n, sealed=True, **capacity):.6f}" for capacity in CAPACITIES.values()),
                        "0, but for X",
                    )
                    for n in SCALES
                ],
            ),
            "",
            goal,
            "",
            "A platform's own fees are not AWS's and depend on the account: "
            + "; ".join(f"{name}: ${fee:.2f} a month" for name, fee in FEES.items())
            + ". The other nine charge\nnothing for these calls.",
            "",
            "Above 500,000 grants a secret each is no option in one region: that is Secrets Manager's quota.",
            "",
            "## Where it goes, a million accounts",
            "",
            *_where(),
            "",
            "## Levers",
            "",
            *_levers(),
            "",
            "## Not taken yet",
            "",
            "Where a sync's write units go: the claim 3 (its place on the agenda moves), then a transaction, which "
            "pays twice: the\nrow 2, the week with today and the days before 2, or 4 where a week has just begun, the "
            "run 2, each changed post 2. A row\nof more than 1 KB is 3 more. No lever touches the fence.",
            "",
            *_table(
                ("lever", "dollars an account-month"),
                [(each.name, f"{untaken.worth(each):.6f}") for each in untaken.levers()],
            ),
            "",
            "## Measured",
            "",
            *_table(("what", "figure"), [(name, f"{each:,}") for name, each in _measured().items()]),
            "",
            "Metrics are counted as if each combination occurred in every hour; CloudWatch is paid for those that do "
            "(a small\nstage with three platforms has a third of them). In the logs are the lines of Lambda and of the "
            "gateway, in what is\nstored the 100 bytes that DynamoDB counts beside each item.",
            "",
            "## Assumed",
            "",
            *_table(("what", "figure"), [(name, f"{each:g}") for name, each in ASSUMED.items()]),
            "",
            "## List prices",
            "",
            "Entered on 2026-11-23 from aws.amazon.com/<service>/pricing; check them before you rely on them.",
            "",
            *_table(("what", "dollars"), [(name, f"{each:.10f}".rstrip("0")) for name, each in PRICES.items()]),
            "",
        )
    )


def _measured() -> dict[str, int]:
    each = measured_logs()
    parts = ", ".join(f"{number} {what}" if number > 1 else what for what, number in stored.ITEMS.items())
    return {
        "kinds of metrics (name and dimensions), with every platform, outcome and cause": watched.metrics(),
        "metrics that alarms watch": watched.alarms(),
        "bytes logged a sync": each.sync,
        "bytes logged a renewal of the access": each.renewal,
        "bytes logged a request": each.request,
        f"bytes stored an account after a year ({parts})": stored.stored(),
        **{f"bytes stored, one of these: {what}": stored.bytes_of(what) for what in stored.ITEMS},
    }


def _where() -> list[str]:
    bills = [lines(1_000_000, sealed=False)]
    bills += [lines(1_000_000, sealed=True, **capacity) for capacity in CAPACITIES.values()]
    rows = [(name, *(f"{each[name]:,.0f}" for each in bills)) for name in bills[0]]
    return _table(("dollars a month", "a secret a grant", *(f"sealed, {name}" for name in CAPACITIES)), rows)


def _levers() -> list[str]:
    """On sealed tokens with capacity on demand, but where another is named."""
    whole, used = an_account(1_000_000, sealed=True), use(sealed=True)
    capacity = capacity_paid(used, 1_000_000)
    unchanged = counted()["sync, nothing changed in 20 posts"].writes
    written = counted()["sync, 5 of 20 posts changed"].writes
    million = 1e-6 * PRICES["DynamoDB: a million write request units"]
    levers: list[tuple[str, Callable[[], float]]] = [
        ("`TokenStore=sealed` (taken above)", lambda: an_account(1_000_000, sealed=False) - whole),
        ("provisioned capacity that follows the mean, instead of on demand", lambda: requests_paid(used) - capacity),
        (
            "on top of that, capacity reserved for a year (some 54 % off, by the hundred units)",
            lambda: capacity - capacity_paid(used, 1_000_000, is_reserved=True),
        ),
        (
            "and a Compute Savings Plan for a year (12 % off Lambda's time)",
            lambda: worker_paid(DAYS, used.requests) - worker_paid(DAYS, used.requests, is_planned=True),
        ),
        ("ten accounts side by side in an invocation (taken)", lambda: worker_paid(DAYS, 0) * 9),
        # With twice the memory a batch takes a twelfth less.
        ("`SyncMemory=256` (taken above)", lambda: worker_paid(DAYS, 0) * (2 / 1.09 - 1)),
        (
            "only changed posts written (taken)",
            lambda: DAYS * million * (counted()["sync, 20 posts changed"].writes - written),
        ),
        ("an account whose posts rest: nothing changed", lambda: DAYS * million * (written - unchanged)),
    ]
    return _table(
        ("lever", "dollars an account-month"), [(name, f"{worth():.6f}") for name, worth in levers if worth() > 0]
    )


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    rule = ["---", *["---:"] * (len(columns) - 1)]
    return [f"| {' | '.join(line)} |" for line in (columns, rule, *rows)]


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
