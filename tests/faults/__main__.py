"""`make test-faults`: every pair of call and fault, then any faults for the time given, then a storm.

On fakes; where DYNAMODB_ENDPOINT names an engine on the product's own adapters, with moto's vault and queues.
"""

import logging
import os
import sys
import time
from collections import Counter
from math import inf

from socials import telemetry
from tests.faults.checking import EARLY_CALL, FALSE_ERROR, INVARIANTS, LEFTOVER, LOST_UPDATE
from tests.faults.engines import OnFakes
from tests.faults.going import (
    STEPS_A_WORLD,
    STORMY_ACCOUNTS,
    Engine,
    Life,
    Pair,
    Tally,
    go_anywhere,
    go_through_a_storm,
    go_through_pairs,
    life,
    short_life,
)
from tests.faults.kinds import pairs
from tests.faults.on_aws import on_aws


def main() -> int:
    seconds = float(os.environ.get("FAULT_SECONDS") or 120)
    seed = int(os.environ.get("FAULT_SEED") or 20_261_122)
    endpoint = os.environ.get("DYNAMODB_ENDPOINT")
    logging.disable(logging.CRITICAL)  # each fault is logged as it should be
    telemetry._write = lambda *_: None
    tallies = _on_dynamodb(endpoint, seconds, seed) if endpoint else _on_fakes(seconds, seed)
    _print_table(tallies)
    breaches = [breach for tally in tallies for breach in tally.first]
    for breach in breaches[:30]:
        print(f"  {breach}")
    return 1 if breaches else 0


def _on_fakes(seconds: float, seed: int) -> tuple[Tally, ...]:
    by_pairs, storm = _pairs(OnFakes, life, 1, inf), Tally()
    errors, synced = go_through_a_storm(storm, seed)
    print(
        f"Storm over {STORMY_ACCOUNTS} accounts: {storm.fired.total()} faults, {errors} connection errors; "
        f"after it {synced} synced.",
        flush=True,
    )
    if errors or synced != STORMY_ACCOUNTS:
        storm.first.append(f"storm: {errors} connection errors, {synced} synced")
    return by_pairs, storm, _anywhere(seconds, seed, OnFakes, STEPS_A_WORLD)


def _on_dynamodb(endpoint: str, seconds: float, seed: int) -> tuple[Tally, ...]:
    """An engine of its own is slower: many pairs a life, as many lives as PAIR_SECONDS allow (0: all of them, one pair
    a life); then as many worlds as FAULT_SECONDS allow, shorter ones."""
    pair_seconds = float(os.environ.get("PAIR_SECONDS") or 150)
    print(f"On the product's adapters: DynamoDB at {endpoint}, Secrets Manager and SQS of moto.", flush=True)
    with on_aws(endpoint) as engine:
        by_pairs = _pairs(engine, short_life, 12, pair_seconds) if pair_seconds else _pairs(engine, life, 1, inf)
        return by_pairs, _anywhere(seconds, seed, engine, 60)


def _pairs(engine: Engine, a_life: Life, at_once: int, seconds: float) -> Tally:
    tally, began = Tally(), time.monotonic()
    never, wanted = go_through_pairs(tally, engine, a_life, at_once, seconds), pairs()
    came, later = (sum(1 for pair in wanted if tally.fired[pair] > once) for once in (0, 1))
    print(
        f"Pairs of call and fault: {came} of {len(wanted)} came to pass, {later} of them at a later call too; "
        f"no time for {len(tally.untried)}; {time.monotonic() - began:.0f} s.",
        flush=True,
    )
    for call, kinds in _by_call(never).items():
        print(f"  never: {call} / {', '.join(kinds)}")
    return tally


def _anywhere(seconds: float, seed: int, engine: Engine, steps: int) -> Tally:
    tally, worlds, began = Tally(), 0, time.monotonic()
    while worlds == 0 or time.monotonic() - began < seconds:
        go_anywhere(tally, seed + worlds, engine, steps)
        worlds += 1
    print(f"Any order: {tally.fired.total()} faults in {worlds} worlds (FAULT_SEED={seed}).\n")
    return tally


def _by_call(never: list[Pair]) -> dict[str, list[str]]:
    calls: dict[str, list[str]] = {}
    for call, kind in never:
        calls.setdefault(call, []).append(kind)
    return calls


def _print_table(tallies: tuple[Tally, ...]) -> None:
    by_kind: Counter[str] = Counter()
    for tally in tallies:
        for (_, kind), times in tally.fired.items():
            by_kind[kind] += times
    for kind, times in sorted(by_kind.items()):
        print(f"  {kind:24}{times:>8}")
    print(f"  {'faults injected':24}{by_kind.total():>8}")
    print(f"  {'accounts affected':24}{sum(tally.affected for tally in tallies):>8}")
    total: Counter[str] = Counter()
    for tally in tallies:
        total.update(tally.breaches)
    shown = (FALSE_ERROR, LOST_UPDATE, EARLY_CALL, LEFTOVER)
    for name in (*shown, *(each for each in INVARIANTS if each not in shown)):
        print(f"  {name:24}{total[name]:>8}")


if __name__ == "__main__":
    sys.exit(main())
