"""`make test-disconnect`: all that can meet a disconnect, stopped at each of its calls, and then in any order.

On the fakes, and with the product's own adapters on moto; where DYNAMODB_ENDPOINT names a DynamoDB Local, with the
adapters on that engine alone.
"""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.disconnect.scenes import MEETINGS
from tests.disconnect.shares import SHARES, Told, play_on_aws, play_on_fakes


def _print(engine: str, told: Told, seed: int) -> bool:
    """Whether every pair was covered and nothing was left."""
    print(f"\n{engine}:")
    for name in (meeting.name for meeting in MEETINGS):
        calls, there, stops = told.calls[name]
        print(f"  {name:20}{len(calls):>4} of {len(there):>3} calls, {stops:>4} stops")
    covered, pairs = (sum(len(each[which]) for each in told.calls.values()) for which in (0, 1))
    stops = sum(each[2] for each in told.calls.values())
    print(f"  (operation x call) pairs covered: {covered} of {pairs}, by {stops} stops before and after a call")
    numbers = told.numbers
    print(f"  A sync, a renewal or an erase frozen, and the same identity connected again: {numbers['again']} stops")
    if numbers["within"]:
        print(f"  Each of them run to its end while the disconnect stood at one of its moments: {numbers['within']}")
    if numbers["renewed"]:
        print(f"  A renewed pair stored while the end of its grant stood at one of its moments: {numbers['renewed']}")
    if numbers["kills"]:
        print(f"  Erase killed at each of its moments, alone and with a sibling: {numbers['kills']}")
    print(f"  Random interleavings: {numbers['runs']} ({numbers['moments']} moments, DISCONNECT_SEED={seed})")
    print(f"  Left anything: {len(told.left)}", flush=True)
    for each in told.left[:30]:
        print(f"    {each}")
    return not told.left and covered == pairs


def main() -> int:
    seed = int(os.environ.get("DISCONNECT_SEED") or 1)
    runs, aws_runs = (int(os.environ.get(name) or n) for name, n in (("DISCONNECT_RUNS", 2_000), ("AWS_RUNS", 100)))
    local = os.environ.get("DYNAMODB_ENDPOINT")
    engines: dict[str, tuple[Callable[[int, int, int], Told], int]] = {
        f"The AWS adapters on {'DynamoDB Local' if local else 'moto'}": (play_on_aws, aws_runs)
    }
    if not local:
        engines["The fakes"] = play_on_fakes, runs
    began = time.monotonic()
    with ProcessPoolExecutor(min(os.cpu_count() or 1, SHARES), get_context("spawn")) as pool:
        playing = {
            engine: [pool.submit(play, share, seed, runs) for share in range(SHARES)]
            for engine, (play, runs) in engines.items()
        }
        told = {engine: Told() for engine in engines}
        for engine, shares in playing.items():
            for share in shares:
                told[engine].add(share.result())
    well = [_print(engine, each, seed) for engine, each in told.items()]
    print(f"\n{time.monotonic() - began:.0f} s")
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
