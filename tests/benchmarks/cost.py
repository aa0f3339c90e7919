"""docs/cost.md: dollars an account-month, from what is counted and measured, what is assumed of people, and AWS's list
prices.

python -m tests.benchmarks.cost
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.benchmarks import stored, watched
from tests.benchmarks.counts import counted
from tests.benchmarks.logged import logged

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"
SCALES = (1_000, 100_000, 1_000_000, 10_000_000)
GOAL = 0.0003
DAYS = 30.4
HOURS = 730
MINUTES = HOURS * 60
_GB = 1e9

# us-east-1, list prices without free tiers or discounts, entered on 2026-11-23 from aws.amazon.com/<service>/pricing.
PRICES = {
    "DynamoDB: a million write request units": 0.625,
    "DynamoDB: a million read request units": 0.125,
    "DynamoDB: a write capacity unit for an hour": 0.00065,
    "DynamoDB: a read capacity unit for an hour": 0.00013,
    "DynamoDB: a GB stored for a month": 0.25,
    "DynamoDB: a GB under point-in-time recovery for a month": 0.20,
    "Lambda (arm64): a GB-second": 0.0000133334,
    "Lambda: a million requests": 0.20,
    "SQS: a million requests": 0.40,
    "API Gateway (HTTP API): a million requests": 1.00,
    "CloudWatch: a GB of logs taken in": 0.50,
    "CloudWatch: a GB of logs kept for a month": 0.03,
    "CloudWatch: a metric for a month": 0.30,
    "CloudWatch: an alarm for a month": 0.10,
    "CloudWatch: a dashboard for a month": 3.00,
    "KMS: a key for a month": 1.00,
    "KMS: ten thousand requests": 0.03,
    "Secrets Manager: a secret for a month": 0.40,
    "Secrets Manager: ten thousand requests": 0.05,
    "Data out to the internet: a GB": 0.09,
}

# What an account and its person do in a month. Change them and run this again.
ASSUMED = {
    "syncs a day": 1.0,
    "of those with a renewal of the access": 0.5,
    "syncs by hand a month": 1.0,
    "looks at the page a month (list, account, metrics, posts)": 4.0,
    "accounts a list shows": 3.0,
    "platform calls a sync": 4.0,
    "bytes sent a platform call (request, TLS)": 1_500.0,
    "seconds a batch of ten syncs takes, side by side": 2.5,
    "MB of the worker": 512.0,
    "how full provisioned capacity is": 0.7,
}

# Dollars an account-month that a platform itself charges; the others charge nothing for these calls.
FEES = {"X, pay per use: 20 posts and one user a day": DAYS * (20 * 0.005 + 0.010)}


@dataclass(frozen=True, slots=True)
class Use:
    """What one account asks for in a month. `index_writes`: those of `writes` that are the index's. `secrets`: how many
    of its own it has."""

    writes: float
    index_writes: float
    reads: float
    requests: float
    queue: float
    secret_calls: float
    keys: float
    secrets: float


def use(*, sealed: bool) -> Use:
    """A sealed token is read and stored in the table: one unit a read, as many as its KB a write."""
    count, syncs = counted(), DAYS * ASSUMED["syncs a day"] + ASSUMED["syncs by hand a month"]
    sync, renewing = count["sync, 5 of 20 posts changed"], count["sync, 20 posts changed, with a refresh"]
    renewed = count["sync, 20 posts changed"]
    share = ASSUMED["of those with a renewal of the access"]
    more = {name: getattr(renewing, name) - getattr(renewed, name) for name in ("reads", "writes", "secrets", "keys")}
    looks, presses = ASSUMED["looks at the page a month (list, account, metrics, posts)"], count["sync asked for"]
    shown = [count[name] for name in ("one account", "90 days of metrics", "25 posts")]
    listed = count["list of 25 accounts"].reads / 25
    secret_calls = syncs * (sync.secrets + share * more["secrets"])
    # A seal is under 2 KB: one read unit each time it is read, two write units each time it is stored.
    instead = (syncs * (1 + share * 2), syncs * share * 2) if sealed else (0.0, 0.0)
    return Use(
        writes=syncs * (sync.writes + share * more["writes"])
        + presses.writes * ASSUMED["syncs by hand a month"]
        + instead[1],
        index_writes=syncs * sync.index_writes + presses.index_writes * ASSUMED["syncs by hand a month"],
        reads=syncs * (sync.reads + share * more["reads"])
        + looks * (listed + sum(each.reads for each in shown))
        + instead[0],
        requests=looks * (1 / ASSUMED["accounts a list shows"] + len(shown)) + ASSUMED["syncs by hand a month"],
        # Sent, received and deleted ten at a time, seen by a second look of the dispatcher half of the time.
        queue=syncs * 0.3 * 1.5,
        secret_calls=0.0 if sealed else secret_calls,
        keys=0.0 if sealed else secret_calls,
        secrets=0.0 if sealed else 1.0,
    )


def lines(accounts: int, *, sealed: bool, provisioned: bool = False) -> dict[str, float]:
    """Dollars a month for all accounts, by what is paid for."""
    price, used = PRICES, use(sealed=sealed)
    syncs = DAYS * ASSUMED["syncs a day"] + ASSUMED["syncs by hand a month"]
    per_account = {
        "DynamoDB requests": _capacity(used, accounts) if provisioned else _requests(used),
        "DynamoDB storage and backup": stored.stored()
        / _GB
        * (
            price["DynamoDB: a GB stored for a month"]
            + price["DynamoDB: a GB under point-in-time recovery for a month"]
        ),
        "Lambda": _lambda(syncs, used.requests),
        "SQS": used.queue * price["SQS: a million requests"] / 1e6,
        "API Gateway": used.requests * price["API Gateway (HTTP API): a million requests"] / 1e6,
        "Logs": _logs(syncs, used.requests),
        "Data out": syncs
        * ASSUMED["platform calls a sync"]
        * ASSUMED["bytes sent a platform call (request, TLS)"]
        / _GB
        * price["Data out to the internet: a GB"],
        "Secrets Manager": used.secrets * price["Secrets Manager: a secret for a month"]
        + used.secret_calls / 1e4 * price["Secrets Manager: ten thousand requests"],
        "KMS": used.keys / 1e4 * price["KMS: ten thousand requests"],
    }
    return {name: each * accounts for name, each in per_account.items()} | {
        "What is there anyway": _anyway(provisioned=provisioned)
    }


def _requests(used: Use) -> float:
    writes, reads = PRICES["DynamoDB: a million write request units"], PRICES["DynamoDB: a million read request units"]
    return (used.writes * writes + used.reads * reads) / 1e6


def _capacity(used: Use, accounts: int) -> float:
    """An account's share. Syncs are spread evenly over the day, so capacity can follow the mean; table and index each
    have the least that the template begins with."""
    writes, reads = (PRICES[f"DynamoDB: a {kind} capacity unit for an hour"] for kind in ("write", "read"))
    least_writes, least_reads = (watched.default(f"Min{kind}Units") for kind in ("Write", "Read"))

    def hours(units: float, least: float) -> float:
        return max(units / 3600 / ASSUMED["how full provisioned capacity is"], least * HOURS / accounts)

    writing = hours(used.writes - used.index_writes, least_writes) + hours(used.index_writes, least_writes)
    return writing * writes + (hours(used.reads, least_reads) + least_reads * HOURS / accounts) * reads


def _lambda(syncs: float, requests: float) -> float:
    """A batch of ten syncs is one invocation; a request takes 30 ms."""
    gigabytes = ASSUMED["MB of the worker"] / 1024
    seconds = syncs * ASSUMED["seconds a batch of ten syncs takes, side by side"] / 10 + requests * 0.03
    calls = (syncs / 10 + requests) * PRICES["Lambda: a million requests"] / 1e6
    return seconds * gigabytes * PRICES["Lambda (arm64): a GB-second"] + calls


def _logs(syncs: float, requests: float) -> float:
    """Kept compressed, some seven times smaller, for a month."""
    each = _logged()
    renewals = syncs * ASSUMED["of those with a renewal of the access"]
    size = (syncs * each.sync + renewals * each.renewal + requests * each.request) / _GB
    return size * (
        PRICES["CloudWatch: a GB of logs taken in"] + PRICES["CloudWatch: a GB of logs kept for a month"] / 7
    )


_logged = cache(logged)


def _anyway(*, provisioned: bool = False) -> float:
    """Whatever the number of accounts: the tick a minute, metrics, alarms, a dashboard, the key and its caches."""
    ticks = MINUTES * (0.5 * ASSUMED["MB of the worker"] / 1024 * PRICES["Lambda (arm64): a GB-second"])
    ticks += MINUTES * 4 * PRICES["DynamoDB: a million read request units"] / 1e6
    alarms = watched.alarms() + (watched.SCALING_ALARMS if provisioned else 0)
    watching = watched.metrics() * PRICES["CloudWatch: a metric for a month"]
    watching += alarms * PRICES["CloudWatch: an alarm for a month"] + PRICES["CloudWatch: a dashboard for a month"]
    # SQS and DynamoDB keep a data key for five minutes; thirty of them at a time.
    keys = PRICES["KMS: a key for a month"] + 30 * HOURS * 12 / 1e4 * PRICES["KMS: ten thousand requests"]
    return ticks + watching + keys + PRICES["Secrets Manager: a secret for a month"] * 12


def an_account(accounts: int, *, sealed: bool, provisioned: bool = False) -> float:
    return sum(lines(accounts, sealed=sealed, provisioned=provisioned).values()) / accounts


def page() -> str:
    met = [an_account(1_000_000, sealed=True, provisioned=provisioned) for provisioned in (False, True)]
    goal = (
        f"The goal is ${GOAL} an account-month at a million accounts with sealed tokens. On demand it is "
        f"${met[0]:.6f}, with provisioned capacity ${met[1]:.6f}: {'met' if min(met) <= GOAL else 'not met'}."
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
                ("accounts", "a secret a grant", "sealed", "sealed, provisioned capacity", "platform fees"),
                [
                    (
                        f"{n:,}",
                        f"{an_account(n, sealed=False):.6f}",
                        f"{an_account(n, sealed=True):.6f}",
                        f"{an_account(n, sealed=True, provisioned=True):.6f}",
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
            "## Levers, in order of worth",
            "",
            *_levers(),
            "",
            "Not taken yet: a sync reads each of its posts back (a unit each) to write only what changed, where one "
            "item\nwith their fingerprints would do; and its transaction pays every write twice, also the run and the "
            "diary\nentry of a day on which nothing happened.",
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
    each = _logged()
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
    by_secrets, sealed = lines(1_000_000, sealed=False), lines(1_000_000, sealed=True)
    provisioned = lines(1_000_000, sealed=True, provisioned=True)
    rows = [(name, *(f"{each[name]:,.0f}" for each in (by_secrets, sealed, provisioned))) for name in sealed]
    return _table(("dollars a month", "a secret a grant", "sealed", "sealed, provisioned"), rows)


def _levers() -> list[str]:
    """Each by itself, on sealed tokens with capacity on demand."""
    whole, used = an_account(1_000_000, sealed=True), use(sealed=True)
    capacity = _capacity(used, 1_000_000)
    unchanged = counted()["sync, nothing changed in 20 posts"].writes
    written = counted()["sync, 5 of 20 posts changed"].writes
    million = 1e-6 * PRICES["DynamoDB: a million write request units"]
    levers: list[tuple[str, Callable[[], float]]] = [
        ("`TokenStore=sealed` (taken above)", lambda: an_account(1_000_000, sealed=False) - whole),
        ("provisioned capacity that follows the mean, instead of on demand", lambda: _requests(used) - capacity),
        ("on top of that, capacity reserved for a year (some 54 % off)", lambda: 0.54 * capacity),
        ("ten accounts side by side in an invocation (taken)", lambda: _lambda(DAYS, 0) * 9),
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
