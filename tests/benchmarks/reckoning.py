"""What accounts cost in a month, by what is paid for: from counted calls, measured lines and items, and list prices."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from tests.benchmarks import shown, stored, units, watched
from tests.benchmarks.counts import counted
from tests.benchmarks.logged import logged
from tests.benchmarks.prices import ASSUMED, DAYS, HOURS, PRICES

GB = 1e9
# Off the price of capacity that is reserved for a year, by so many units.
RESERVED = 0.54
# Off a GB-second of Lambda's, by a Compute Savings Plan for a year without paying ahead.
SAVINGS_PLAN = 0.12
_RESERVED_BY = 100
_MINUTES = HOURS * 60
_MEGABYTES, _SYNC_MEGABYTES = "MB of any other", "MB of the function that syncs (`SyncMemory`)"
_LOOKS = "looks at an account a month (30 days of metrics, 100 posts)"
_HISTORY = "of those that come to its history (10 runs, 10 diary entries)"
_BY_HAND = "syncs by hand a month"
# Platforms with days of their own tell the last three again: on three days of seven that is a second week's item.
_SECOND_WEEK = 3 / 7
_DIARY_MONTHS = 3
measured_logs = cache(logged)


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
    count, syncs = counted(), syncs_a_month()
    sync, renewing = count["sync, 5 of 20 posts changed"], count["sync, 20 posts changed, with a refresh"]
    renewed = count["sync, 20 posts changed"]
    share = ASSUMED["of those with a renewal of the access"]
    more = {name: getattr(renewing, name) - getattr(renewed, name) for name in ("reads", "writes", "secrets", "keys")}
    presses, by_hand = count["sync asked for"], ASSUMED[_BY_HAND]
    looks, histories, polls = _looked()
    each_look = count["list of 25 accounts"].reads / 25 + count["90 days of metrics"].reads + count["100 posts"].reads
    looked = looks * each_look + histories * (count["25 runs"].reads + count["25 diary entries"].reads)
    # A claimed row of more than 1 KB is a unit more, and in the transaction two.
    larger = ASSUMED["of accounts whose row is over 1 KB"] * (1 + units.IN_TRANSACTION)
    told = stored.ITEMS["diary entries"] / _DIARY_MONTHS
    secret_calls = syncs * (sync.secrets + share * more["secrets"])
    # A seal is under 1 KB: a unit each time it is read, and each time it is stored.
    instead = (syncs * (1 + share * 2), syncs * share) if sealed else (0.0, 0.0)
    return Use(
        writes=syncs * (sync.writes + larger + _SECOND_WEEK * units.IN_TRANSACTION + share * more["writes"])
        + told * units.IN_TRANSACTION
        + presses.writes * by_hand
        + instead[1],
        index_writes=syncs * sync.index_writes + presses.index_writes * by_hand,
        # What a platform asked of the whole app is read once a batch of ten.
        reads=syncs * (sync.reads - 0.9 + share * more["reads"]) + looked + polls * count["25 runs"].reads + instead[0],
        requests=looks * (1 / ASSUMED["accounts a list shows"] + 2) + histories * 2 + by_hand + polls,
        # Sent, received and deleted ten at a time, seen by a second look of the dispatcher half of the time.
        queue=syncs * 0.3 * 1.5,
        secret_calls=0.0 if sealed else secret_calls,
        keys=0.0 if sealed else secret_calls,
        secrets=0.0 if sealed else 1.0,
    )


def lines(accounts: int, *, sealed: bool, provisioned: bool = False, reserved: bool = False) -> dict[str, float]:
    """Dollars a month for all accounts, by what is paid for. `reserved`: the provisioned capacity and
    Lambda's time, for a year."""
    price, used = PRICES, use(sealed=sealed)
    syncs = syncs_a_month()
    per_account = {
        "DynamoDB requests": capacity_paid(used, accounts, is_reserved=reserved)
        if provisioned
        else requests_paid(used),
        "DynamoDB storage and backup": stored.stored() / GB * kept(),
        "Lambda": worker_paid(syncs, used.requests, is_planned=reserved),
        "SQS": used.queue * price["SQS: a million requests"] / 1e6,
        "API Gateway": used.requests * price["API Gateway (HTTP API): a million requests"] / 1e6,
        "Logs": _logs(syncs, used.requests),
        "Data out": (syncs * _sent_a_sync() + _shown()) / GB * price["Data out to the internet: a GB"],
        "Secrets Manager": used.secrets * price["Secrets Manager: a secret for a month"]
        + used.secret_calls / 1e4 * price["Secrets Manager: ten thousand requests"],
        "KMS": used.keys / 1e4 * price["KMS: ten thousand requests"],
    }
    return {name: each * accounts for name, each in per_account.items()} | {
        "What is there anyway": _anyway(provisioned=provisioned)
    }


def syncs_a_month() -> float:
    return DAYS * ASSUMED["syncs a day"] + ASSUMED[_BY_HAND]


def kept() -> float:
    """A GB in the table for a month, with its backup."""
    table, backup = "DynamoDB: a GB stored for a month", "DynamoDB: a GB under point-in-time recovery for a month"
    return PRICES[table] + PRICES[backup]


def requests_paid(used: Use) -> float:
    writes, reads = PRICES["DynamoDB: a million write request units"], PRICES["DynamoDB: a million read request units"]
    return (used.writes * writes + used.reads * reads) / 1e6


def capacity_paid(used: Use, accounts: int, *, is_reserved: bool = False) -> float:
    """An account's share. Syncs are spread evenly over the day, so capacity can follow the mean; table and index each
    have the least that the template begins with."""
    writes, reads = (PRICES[f"DynamoDB: a {kind} capacity unit for an hour"] for kind in ("write", "read"))
    least_writes, least_reads = (watched.default(f"Min{kind}Units") for kind in ("Write", "Read"))

    def there(each: float, least: float) -> float:
        return max(each * accounts / HOURS / 3600 / ASSUMED["how full provisioned capacity is"], least)

    writing = there(used.writes - used.index_writes, least_writes) + there(used.index_writes, least_writes)
    reading = there(used.reads, least_reads) + least_reads
    if is_reserved:
        writing, reading = reserved(writing), reserved(reading)
    return (writing * writes + reading * reads) * HOURS / accounts


def reserved(units_needed: float) -> float:
    """As many units at the usual price as these come to, where what saves by it is reserved."""
    most = math.ceil(units_needed / _RESERVED_BY) * _RESERVED_BY
    return min(
        part * (1 - RESERVED) + max(units_needed - part, 0.0) for part in range(0, most + _RESERVED_BY, _RESERVED_BY)
    )


def worker_paid(syncs: float, requests: float, *, is_planned: bool = False) -> float:
    """A batch of ten syncs is one invocation; a request takes 30 ms."""
    seconds = syncs * ASSUMED["seconds a batch of ten syncs takes, side by side"] / 10
    gigabyte_seconds = (seconds * ASSUMED[_SYNC_MEGABYTES] + requests * 0.03 * ASSUMED[_MEGABYTES]) / 1024
    calls = (syncs / 10 + requests) * PRICES["Lambda: a million requests"] / 1e6
    paid = 1 - SAVINGS_PLAN if is_planned else 1.0
    return gigabyte_seconds * PRICES["Lambda (arm64): a GB-second"] * paid + calls


def _looked() -> tuple[float, float, float]:
    """A month's looks at an account, those that come to its history, and what the page asks about pressed syncs."""
    polls = ASSUMED[_BY_HAND] * ASSUMED["requests of the page about a sync by hand, beside its own"]
    return ASSUMED[_LOOKS], ASSUMED[_LOOKS] * ASSUMED[_HISTORY], polls


def _shown() -> float:
    looks, histories, polls = _looked()
    return looks * (shown.an_account() + shown.numbers()) + histories * shown.history() + polls * shown.an_account()


def _sent_a_sync() -> float:
    calls = ASSUMED["platform calls a sync"] * ASSUMED["bytes sent a call to a platform"]
    renewals = ASSUMED["of those with a renewal of the access"]
    connections = ASSUMED["new connections a sync, beside one a renewal"] + renewals
    renewing = renewals * ASSUMED["bytes sent a call to a platform"]
    return calls + renewing + connections * ASSUMED["bytes sent a new connection to a platform"]


def _logs(syncs: float, requests: float) -> float:
    """Kept compressed, some seven times smaller, for a month."""
    each = measured_logs()
    renewals = syncs * ASSUMED["of those with a renewal of the access"]
    size = (syncs * each.sync + renewals * each.renewal + requests * each.request) / GB
    return size * (
        PRICES["CloudWatch: a GB of logs taken in"] + PRICES["CloudWatch: a GB of logs kept for a month"] / 7
    )


def _anyway(*, provisioned: bool = False) -> float:
    """Whatever the number of accounts: the tick a minute, metrics, alarms, a dashboard, the key and its caches."""
    ticks = _MINUTES * (0.5 * ASSUMED[_MEGABYTES] / 1024 * PRICES["Lambda (arm64): a GB-second"])
    ticks += _MINUTES * 4 * PRICES["DynamoDB: a million read request units"] / 1e6
    alarms = watched.alarms() + (watched.SCALING_ALARMS if provisioned else 0)
    watching = watched.metrics() * PRICES["CloudWatch: a metric for a month"]
    watching += alarms * PRICES["CloudWatch: an alarm for a month"] + PRICES["CloudWatch: a dashboard for a month"]
    # SQS and DynamoDB keep a data key for five minutes; thirty of them at a time.
    keys = PRICES["KMS: a key for a month"] + 30 * HOURS * 12 / 1e4 * PRICES["KMS: ten thousand requests"]
    return ticks + watching + keys + PRICES["Secrets Manager: a secret for a month"] * 12


def an_account(accounts: int, *, sealed: bool, provisioned: bool = False, reserved: bool = False) -> float:
    return sum(lines(accounts, sealed=sealed, provisioned=provisioned, reserved=reserved).values()) / accounts
