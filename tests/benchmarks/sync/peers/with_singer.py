"""A Singer tap made with Meltano's SDK, reading the benchmarks' platform; its messages go to standard output, unread.

The SDK has no concurrency of its own: tuned is the same tap, sharing one session (its default already).

    .venv-bench/bin/python with_singer.py PORT ACCOUNTS each|few default
"""

import json
import os
import sys
import time

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th

PORT, ACCOUNTS, KIND, _ = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
ANY = th.CustomType({"type": ["string", "integer", "null"]})


def schema(*names):
    return th.PropertiesList(*(th.Property(name, ANY) for name in names)).to_dict()


class Asking(RESTStream):
    url_base = f"http://127.0.0.1:{PORT}"

    def get_url_params(self, context, next_page_token):
        return dict(context or {})


class Profiles(Asking):
    name, path, records_jsonpath = "profiles", "/profile", "$"
    schema = schema("id", "username", "name", "followers", "account")

    @property
    def partitions(self):
        return [{"account": account} for account in range(ACCOUNTS)]


class Days(Profiles):
    name, path, records_jsonpath = "days", "/insights", "$.days[*]"
    schema = schema("date", "impressions", "reach", "account")


class Posts(Profiles):
    name, path, records_jsonpath = "posts", "/posts", "$.posts[*]"
    schema = schema("id", "created_at", "title", "url", "type", "likes", "comments", "account")

    def get_child_context(self, record, context):
        return {"account": context["account"], "post": record["id"]}


class Numbers(Asking):
    name, path, records_jsonpath, parent_stream_type = "numbers", "/numbers", "$", Posts
    schema = schema("impressions", "reach", "saves", "shares", "account", "post")


class Bench(Tap):
    name = "tap-bench"
    config_jsonschema = {"properties": {}}  # noqa: RUF012

    def discover_streams(self):
        kinds = [Profiles, Days, Posts, Numbers] if KIND == "each" else [Profiles, Posts]
        return [kind(tap=self) for kind in kinds]


tap = Bench(config={})
out = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
began, cpu = time.perf_counter(), time.process_time()
tap.sync_all()
told = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
os.write(out, b"RESULT " + json.dumps(told).encode() + b"\n")
