"""One tick of the dispatcher with ever more accounts due: its calls, its memory, its CPU.

The function's own handler and adapters run; the index's pages and the queue's answers are made where botocore would
send its request, because no store on one machine holds that much. A page is as DynamoDB would cut it, at one megabyte.

    python -m tests.benchmarks.dispatch [DUE ...]
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import Any

from tests.benchmarks.report import Table, record

SHARDS = 8
PAGE_BYTES = 2**20
DUE = (1_000, 100_000, 1_000_000)
QUICK = (1_000, 8_000)
AT = "2026-11-23T00:00:00Z"
ROOT = Path(__file__).parents[2]

_SENT: dict[str, Any] = {"Successful": [], "Failed": []}
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "TABLE_NAME": "bench",
    "DAILY_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/daily",
    "ERASE_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/erase",
    "MANUAL_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/manual",
}


def entry(shard: int, number: int) -> dict[str, Any]:
    """One entry of the index, of the usual size."""
    return {
        "pk": {"S": f"USER#3f1c2b7e-0a4d-4c55-9b1e-{shard:04}{number:08}"},
        "sk": {"S": f"ACCOUNT#acc_{shard:04}{number:020}"},
        "shard": {"N": str(shard)},
        "wake_at": {"N": "1795392000"},
        "life": {"S": "l_2f6jjq4popltu2swimb7humxbu"},
    }


def size(item: dict[str, Any]) -> int:
    """As DynamoDB counts: names and values; a number half its digits and one."""
    values = (value.get("S") or "0" * (len(value["N"]) // 2 + 1) for value in item.values())
    return sum(map(len, item)) + sum(map(len, values))


class Cloud:
    """DynamoDB and SQS behind botocore's `before-send`. `woken`: how many messages came."""

    def __init__(self, due: int) -> None:
        self._of_shard = [due // SHARDS + (shard < due % SHARDS) for shard in range(SHARDS)]
        self.a_page = PAGE_BYTES // size(entry(0, 0))
        self.calls: Counter[str] = Counter()
        self.woken = 0
        self._counting = Lock()  # batches are sent by several threads

    @property
    def floor(self) -> dict[str, int]:
        """One Query a shard and page, one SendMessageBatch for ten."""
        pages = sum(max(1, -(-due // self.a_page)) for due in self._of_shard)
        return {"Query": pages, "SendMessageBatch": -(-sum(self._of_shard) // 10)}

    def answer(self, request: Any, **_: Any) -> Any:
        from botocore.awsrequest import AWSResponse

        asked, target = json.loads(request.body), request.headers["X-Amz-Target"]
        operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        with self._counting:
            self.calls[operation] += 1
            self.woken += len(asked.get("Entries", ()))
        body = json.dumps(self._page(asked) if operation == "Query" else _SENT).encode()
        return AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, _Raw(body))

    def _page(self, asked: dict[str, Any]) -> dict[str, Any]:
        shard = int(asked["ExpressionAttributeValues"][":shard"]["N"])
        start = int(asked["ExclusiveStartKey"]["sk"]["S"][-20:]) + 1 if "ExclusiveStartKey" in asked else 0
        end = min(start + self.a_page, self._of_shard[shard])
        items = [entry(shard, number) for number in range(start, end)]
        more = {"LastEvaluatedKey": items[-1]} if end < self._of_shard[shard] else {}
        return {"Items": items, "Count": len(items), **more}


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Any:
        yield self._body


class Context:
    """An invocation with all the time it needs: what is measured is the work, not the bound on it."""

    aws_request_id = "bench"

    def get_remaining_time_in_millis(self) -> float:
        return 60_000.0


def tick(due: int, *, traced: bool) -> dict[str, Any]:
    """One tick in this process, with nothing else in it."""
    from functions.dispatch_syncs import app
    from socials import wiring

    cloud = Cloud(due)
    for client in (wiring._clients.dynamodb, wiring._clients.sqs):
        client.meta.events.register("before-send", cloud.answer)
    if traced:
        tracemalloc.start()
    began, cpu = time.perf_counter(), time.process_time()
    assert app.handler({"time": AT, "detail": {"sweep": True}}, Context()) == {"woken": due}
    told: dict[str, Any] = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
    if traced:
        told["peak_mb"] = tracemalloc.get_traced_memory()[1] / 2**20
    told |= {"woken": cloud.woken, "calls": dict(cloud.calls), "floor": cloud.floor}
    return told | {"rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def ticked(due: int, *, traced: bool = False) -> dict[str, Any]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.dispatch", "--one", str(due), str(int(traced))]
    path = os.pathsep.join((str(ROOT), str(ROOT / "layers" / "socials")))
    environment = {**os.environ, **_ENVIRONMENT, "PYTHONPATH": path}
    out = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(out.stdout.strip().splitlines()[-1])
    return told


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        sys.stdout.write(json.dumps(tick(int(sys.argv[2]), traced=sys.argv[3] == "1")) + "\n")
        return
    rows = []
    for due in tuple(map(int, sys.argv[1:])) or DUE:
        told = ticked(due)
        queries, batches = told["calls"]["Query"], told["calls"]["SendMessageBatch"]
        at_floor = "yes" if told["calls"] == told["floor"] else f"no: {told['floor']}"
        cpu, rss = f"{told['cpu_seconds']:.1f}", f"{told['rss_mb']:.0f}"
        rows.append((due, queries, batches, at_floor, rss, cpu, f"{due / told['cpu_seconds']:,.0f}"))
    columns = ("due", "Query", "SendMessageBatch", "at the floor", "peak MB", "CPU s", "wake-ups a CPU second")
    record(
        "dispatch",
        about="One tick of `dispatch_syncs` that finds so many rows due: the function's handler and adapters, index "
        "pages of one megabyte and the queue's answers made at botocore's `before-send`. The floor is one Query a "
        "shard and megabyte, and one SendMessageBatch for ten.",
        commands=["make bench BENCH=dispatch"],
        tables=[Table(columns, tuple(rows))],
        notes=[
            "No network is in these figures. An invocation has 60 s and stops with 10 s left; what it leaves is on the "
            "agenda still (docs/scaling.md says how many a minute can be and what follows).",
            "`tests/integration/test_dispatch_at_scale.py` fails where calls leave the floor or memory grows.",
        ],
    )


if __name__ == "__main__":
    main()
