"""The least that a reader of many accounts may do, to tell how fast this machine is: requests, prepared once, in twenty
threads, and all that was read written 25 items at a time. It claims nothing, reads no token, looks at nothing that it
gets, and whatever fails ends it.

    python -m tests.benchmarks.sync.lean PORT ACCOUNTS each|few
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import requests
from botocore.config import Config
from botocore.session import get_session

AT_ONCE = 20
_A_WRITE = 25


class Lean:
    """`kind`: `each` asks for the days and for each post's numbers too."""

    def __init__(self, origin: str, kind: str) -> None:
        self._origin, self._each = origin, kind == "each"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=AT_ONCE))
        headers = {"Authorization": "Bearer access"}
        self._prepared = self._session.prepare_request(requests.Request("GET", f"{origin}/", headers=headers))
        self._table = get_session().create_client(
            "dynamodb",
            region_name="eu-west-1",
            endpoint_url=origin,
            aws_access_key_id="bench",
            aws_secret_access_key="bench",
            config=Config(max_pool_connections=AT_ONCE, parameter_validation=False),
        )
        self._unwritten: list[dict[str, Any]] = []
        self._lock = Lock()

    def read_all(self, accounts: range) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._read, accounts))
        if self._unwritten:
            self._write(self._unwritten)
            self._unwritten = []

    def _read(self, account: int) -> None:
        read = {"PROFILE": self._get("profile", account)}
        if self._each:
            read |= {f"DAY#{day['date']}": day for day in self._get("insights", account)["days"]}
        for post in self._get("posts", account)["posts"]:
            numbers = self._get("numbers", account, f"&post={post['id']}") if self._each else {}
            read[f"POST#{post['id']}"] = post | numbers
        items = [_item({"pk": f"ACCOUNT#{account}", "sk": sk, **fields}) for sk, fields in read.items()]
        for batch in self._taken(items):
            self._write(batch)

    def _get(self, call: str, account: int, more: str = "") -> Any:
        request = self._prepared.copy()
        request.url = f"{self._origin}/{call}?account={account}{more}"
        answer = self._session.send(request, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def _taken(self, items: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
        """The full batches that these items bring about."""
        with self._lock:
            self._unwritten += items
            whole = len(self._unwritten) // _A_WRITE * _A_WRITE
            taken, self._unwritten = self._unwritten[:whole], self._unwritten[whole:]
        return [taken[at : at + _A_WRITE] for at in range(0, whole, _A_WRITE)]

    def _write(self, items: list[dict[str, Any]]) -> None:
        self._table.batch_write_item(RequestItems={"bench": [{"PutRequest": {"Item": item}} for item in items]})


def _item(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: {"N": str(value)} if isinstance(value, int) else {"S": str(value)} for name, value in fields.items()}


def main() -> None:
    port, accounts, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    lean = Lean(f"http://127.0.0.1:{port}", kind)
    lean.read_all(range(accounts, accounts + AT_ONCE))
    began, cpu = time.perf_counter(), time.process_time()
    lean.read_all(range(accounts))
    told = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
