"""An Airbyte connector made with its CDK (a low-code manifest), reading the benchmarks' platform; its messages are
written as its entrypoint writes them, to nowhere.

    .venv-bench/bin/python with_airbyte.py PORT ACCOUNTS each|few default|tuned
"""

import json
import logging
import os
import sys
import time
from pathlib import Path

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource

PORT, ACCOUNTS, KIND, HOW = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
LISTED = {"type": "ListPartitionRouter", "values": [str(n) for n in range(ACCOUNTS)], "cursor_field": "account"}
ASKED = {"account": "{{ stream_partition.account }}"}
SCHEMA = {"type": "InlineSchemaLoader", "schema": {"type": "object", "additionalProperties": True, "properties": {}}}


def stream(name, path, field, router, query):
    return {
        "type": "DeclarativeStream",
        "name": name,
        "primary_key": [],
        "schema_loader": SCHEMA,
        "retriever": {
            "type": "SimpleRetriever",
            "partition_router": router,
            "requester": {
                "type": "HttpRequester",
                "url_base": f"http://127.0.0.1:{PORT}",
                "path": path,
                "http_method": "GET",
                "request_parameters": query,
            },
            "record_selector": {"type": "RecordSelector", "extractor": {"type": "DpathExtractor", "field_path": field}},
        },
    }


profiles = stream("profiles", "/profile", [], LISTED, ASKED)
posts = stream("posts", "/posts", ["posts"], LISTED, ASKED)
streams = [profiles, posts]
if KIND == "each":
    # A post's id begins with its account's number, which the parent's partition also holds.
    parent = {"type": "ParentStreamConfig", "stream": posts, "parent_key": "id", "partition_field": "post"}
    of_posts = {"type": "SubstreamPartitionRouter", "parent_stream_configs": [parent]}
    asked = {"account": "{{ stream_partition.post.split('_')[0] }}", "post": "{{ stream_partition.post }}"}
    streams += [stream("days", "/insights", ["days"], LISTED, ASKED)]
    streams += [stream("numbers", "/numbers", [], of_posts, asked)]
manifest = {
    "version": "6.0.0",
    "type": "DeclarativeSource",
    "check": {"type": "CheckStream", "stream_names": ["profiles"]},
    "streams": streams,
    "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}},
}
if HOW == "tuned":
    manifest["concurrency_level"] = {"type": "ConcurrencyLevel", "default_concurrency": 20, "max_concurrency": 20}
listed = [
    {
        "stream": {"name": each["name"], "json_schema": {}, "supported_sync_modes": ["full_refresh"]},
        "sync_mode": "full_refresh",
        "destination_sync_mode": "append",
    }
    for each in streams
    # The numbers' stream reads the posts by itself: asking for both would ask the platform twice.
    if not (KIND == "each" and each["name"] == "posts")
]
logging.disable(logging.CRITICAL)
source = ConcurrentDeclarativeSource(
    config={}, catalog=ConfiguredAirbyteCatalogSerializer.load({"streams": listed}), state=[], source_config=manifest
)
entry = AirbyteEntrypoint(source)
spec = source.spec(logging.getLogger("airbyte"))
catalog = ConfiguredAirbyteCatalogSerializer.load({"streams": listed})
nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
began, cpu = time.perf_counter(), time.process_time()
count = 0
for message in entry.read(spec, {}, catalog, []):
    nowhere.write(entry.airbyte_message_to_string(message) + "\n")
    count += 1
told = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu, "messages": count}
print("RESULT " + json.dumps(told), flush=True)
