"""dlt reading the benchmarks' platform into duckdb, as its documentation has one do it. Prints seconds and CPU as JSON.

.venv-bench/bin/python with_dlt.py PORT ACCOUNTS each|few default|tuned
"""

import json
import sys
import tempfile
import time

import dlt
import requests
from dlt.sources.helpers import requests as dlt_requests

PORT, ACCOUNTS, KIND, HOW = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
TUNED = HOW == "tuned"
BASE = f"http://127.0.0.1:{PORT}"
session = requests.Session() if TUNED else dlt_requests
if TUNED:
    adapter = requests.adapters.HTTPAdapter(pool_connections=20, pool_maxsize=20)
    session.mount("http://", adapter)


def get(call, account, **query):
    answer = session.get(f"{BASE}/{call}", params={"account": account, **query})
    answer.raise_for_status()
    return answer.json()


def read(account):
    yield {"kind": "profiles", **get("profile", account)}
    if KIND == "each":
        for day in get("insights", account)["days"]:
            yield {"kind": "days", "account": account, **day}
    for post in get("posts", account)["posts"]:
        numbers = get("numbers", account, post=post["id"]) if KIND == "each" else {}
        yield {"kind": "posts", "account": account, **post, **numbers}


@dlt.resource(selected=False)
def accounts():
    yield from range(ACCOUNTS)


def in_threads(account):
    @dlt.defer
    def one():
        return list(read(account))

    return one()


@dlt.source
def platform():
    reading = dlt.transformer(in_threads if TUNED else read, name="everything", table_name=lambda row: row["kind"])
    return accounts | reading


if TUNED:
    dlt.config["extract.workers"] = 20
    dlt.config["extract.max_parallel_items"] = 40
    dlt.config["normalize.workers"] = 1
with tempfile.TemporaryDirectory() as folder:
    pipeline = dlt.pipeline("bench", destination=dlt.destinations.duckdb(f"{folder}/b.duckdb"), pipelines_dir=folder)
    began, cpu = time.perf_counter(), time.process_time()
    pipeline.run(platform())
    told = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
    print("RESULT " + json.dumps(told), flush=True)
