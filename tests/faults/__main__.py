"""`make test-faults`: every pair of call and fault once, then any faults for the time given, then a storm."""

import logging
import os
import sys
import time
from collections import Counter

from tests.faults.checking import EARLY_CALL, FALSE_ERROR, INVARIANTS, LEFTOVER, LOST_UPDATE
from tests.faults.going import (
    STEPS_A_WORLD,
    STORMY_ACCOUNTS,
    Inner,
    Tally,
    go_anywhere,
    go_through_a_storm,
    go_through_pairs,
)
from tests.faults.kinds import pairs
from tests.faults.on_dynamodb import tables


def main() -> int:
    seconds = float(os.environ.get("FAULT_SECONDS") or 120)
    seed = int(os.environ.get("FAULT_SEED") or 20_261_122)
    endpoint = os.environ.get("DYNAMODB_ENDPOINT")
    logging.disable(logging.CRITICAL)  # each fault is logged as it should be
    tallies = _on_dynamodb(endpoint, seconds, seed) if endpoint else _on_fakes(seconds, seed)
    _print_table(tallies)
    breaches = [breach for tally in tallies for breach in tally.first]
    for breach in breaches[:30]:
        print(f"  {breach}")
    return 1 if breaches else 0


def _on_fakes(seconds: float, seed: int) -> tuple[Tally, ...]:
    by_pairs, storm = Tally(), Tally()
    never = go_through_pairs(by_pairs)
    print(f"Pairs of call and fault: {len(pairs()) - len(never)} of {len(pairs())} came to pass.", flush=True)
    for call, kinds in _by_call(never).items():
        print(f"  never: {call} / {', '.join(kinds)}")
    errors, synced = go_through_a_storm(storm, seed)
    print(
        f"Storm over {STORMY_ACCOUNTS} accounts: {storm.fired.total()} faults, {errors} connection errors; "
        f"after it {synced} synced.",
        flush=True,
    )
    if errors or synced != STORMY_ACCOUNTS:
        storm.first.append(f"storm: {errors} connection errors, {synced} synced")
    return by_pairs, storm, _anywhere(seconds, seed, None, STEPS_A_WORLD)


def _on_dynamodb(endpoint: str, seconds: float, seed: int) -> tuple[Tally, ...]:
    """An engine of its own is slower: as many worlds as the time allows, shorter ones."""
    print(f"On {endpoint}:", flush=True)
    return (_anywhere(seconds, seed, tables(endpoint), 60),)


def _anywhere(seconds: float, seed: int, inner: Inner | None, steps: int) -> Tally:
    tally, worlds, began = Tally(), 0, time.monotonic()
    while worlds == 0 or time.monotonic() - began < seconds:
        go_anywhere(tally, seed + worlds, inner, steps)
        worlds += 1
    print(f"Any order: {tally.fired.total()} faults in {worlds} worlds (FAULT_SEED={seed}).\n")
    return tally


def _by_call(never: list[tuple[str, str]]) -> dict[str, list[str]]:
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
