"""The product's own worker over many accounts: `functions/run_syncs`, its adapters, its door.

One process is one of Lambda's containers: one invocation after the other, a batch of accounts each. It says READY once
it has been warmed up, begins at a line on its standard input, and prints JSON.

    python -m tests.benchmarks.sync.ours PORT each|few FIRST_ACCOUNT ACCOUNTS BATCH first|next

`first`: the first sync after a connect, which stores all that the platform tells; `next`: the one after it,
which finds its posts stored and unchanged.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import UTC, datetime
from typing import Any

_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "TABLE_NAME": "bench",
    "SECRETS_PREFIX": "bench/",
    "LOG_LEVEL": "ERROR",
    # What `SyncMemory` is unless told otherwise; by it a worker knows its share of a processor.
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
}


class _Nowhere:
    """Where the worker's log lines go, written and not kept."""

    def write(self, text: str) -> int:
        return len(text.encode())

    def flush(self) -> None:
        return


class Context:
    """An invocation that has just begun."""

    aws_request_id = "bench"
    function_name = "run_syncs"

    def __init__(self) -> None:
        self._ends = time.monotonic() + 120

    def get_remaining_time_in_millis(self) -> float:
        return (self._ends - time.monotonic()) * 1000


def main() -> None:
    result, sys.stdout = sys.stdout, _Nowhere()
    port, kind, first, accounts, batch, which = sys.argv[1:7]
    origin = f"http://127.0.0.1:{port}"
    origins = json.dumps({"https://bench.example": origin})
    os.environ.update(_ENVIRONMENT, AWS_ENDPOINT_URL=origin, PLATFORM_ORIGINS=origins)
    from functions.run_syncs import app
    from socials import platforms
    from tests.benchmarks.sync.platform import bench_platform

    platforms.registered["bench"] = bench_platform(each_post=kind == "each")
    warm, *events = _seeded(int(first), int(accounts), int(batch))
    for event in (warm, *events) if which == "next" else (warm,):
        _invoke(app, event)
    result.write("READY\n")
    result.flush()
    sys.stdin.readline()
    began, cpu = time.perf_counter(), time.process_time()
    peaks = [_invoke(app, event) for event in events]
    told = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
    told |= {"rss_mb": peaks[-1] / 1024, "rss_mb_at_a_quarter": peaks[len(peaks) // 4] / 1024}
    result.write(json.dumps(told) + "\n")


def _invoke(app: Any, event: dict[str, Any]) -> int:
    """The peak of resident memory so far, in KB. Raises AssertionError where a message was given back."""
    answer = app.handler(event, Context())
    assert answer == {"batchItemFailures": []}, answer
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _seeded(first: int, accounts: int, batch: int) -> list[dict[str, Any]]:
    """Connected accounts with a grant and its secret each, due now: an event to warm up with, then all the others."""
    from socials import wiring
    from socials.aws.items.accounts import account_to_item
    from socials.aws.table.changes import put
    from socials.models.accounts import Account
    from socials.models.readings import Tokens
    from socials.models.runs import Run, RunState, Trigger

    now = datetime.now(UTC).replace(microsecond=0)
    records = []
    for n in range(first, first + accounts + batch):
        user, account_id = f"user-{n}", f"acc_{n}"
        account = Account(
            user=user,
            account_id=account_id,
            life="life",
            platform="bench",
            platform_account_id=str(n),
            username=f"user{n}",
            display_name=f"User {n}",
            grant_id=f"grant_{n}",
            connection_id=f"con_{n}",
            connected_at=now,
            run=Run(
                run_id=f"run_{n}", account_id=account_id, trigger=Trigger.CONNECT, state=RunState.QUEUED, queued_at=now
            ),
            wake_at=now,
        )
        wiring._table().write(put(account_to_item(account)))
        wiring._vault().create(user, f"grant_{n}", Tokens(access=f"access-{n}"))
        body = json.dumps({"user": user, "kind": "account", "id": account_id, "life": "life"})
        records.append(
            {"messageId": str(n), "receiptHandle": "h", "body": body, "eventSourceARN": "arn:aws:sqs:eu-west-1:1:daily"}
        )
    return [{"Records": records[at : at + batch]} for at in range(0, len(records), batch)]


if __name__ == "__main__":
    main()
