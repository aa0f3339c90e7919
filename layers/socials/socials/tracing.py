"""X-Ray subsegments of what we wait for, sent to the daemon beside the function. Imported only where tracing is on.

AWS's SDK wraps the HTTP library and writes down whole addresses, in which codes and tokens travel. These hold a
platform, the name of a call, a status and ids.
https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

import json
import os
import secrets
import socket
import time
from collections.abc import Mapping
from typing import Any

_HEADER = b'{"format": "json", "version": 1}\n'
_DAEMON = os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000")
_IDS = ("correlation_id", "account_id")


def trace(name: str, milliseconds: int, status: int | None, fields: Mapping[str, Any]) -> None:
    """Tell of a call that has just ended, if this invocation is sampled. Never raises, never waits."""
    header = dict(part.split("=", 1) for part in os.environ.get("_X_AMZN_TRACE_ID", "").split(";") if "=" in part)
    if header.get("Sampled") != "1" or "Root" not in header or "Parent" not in header:
        return
    ended = time.time()
    segment = {
        "type": "subsegment",
        "trace_id": header["Root"],
        "parent_id": header["Parent"],
        "id": secrets.token_hex(8),
        "name": name,
        "namespace": "remote",
        "start_time": ended - milliseconds / 1000,
        "end_time": ended,
        "throttle": status == 429,
        "error": status is not None and 400 <= status < 500,
        "fault": status is None or status >= 500,
        "annotations": {each: fields[each] for each in _IDS if fields.get(each)},
    }
    host, _, port = _DAEMON.rpartition(":")
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
            daemon.setblocking(False)
            daemon.sendto(_HEADER + json.dumps(segment).encode(), (host, int(port)))
    except OSError:
        return
