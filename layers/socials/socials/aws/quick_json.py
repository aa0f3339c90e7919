"""JSON by orjson, in a tenth of the time: for functions that call much, since it wants loading."""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from socials.aws.plain_json import in_base64
from socials.telemetry import in_json, kind_only

read = orjson.loads


# Of what is no JSON a line tells the kind, of values of ours too.
_NO_MORE = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def line_of(facts: Mapping[str, Any]) -> str:
    """A log line, as `telemetry` writes it. What orjson refuses, a number beyond 64 bits, goes by the other one."""
    try:
        return orjson.dumps(facts, default=kind_only, option=_NO_MORE).decode()
    except orjson.JSONEncodeError:
        return in_json(facts)


def written(asked: Any) -> bytes:
    """Lone surrogates are no text for orjson; the service shall say what it makes of them."""
    try:
        return orjson.dumps(asked, default=in_base64)
    except orjson.JSONEncodeError:
        return json.dumps(asked, default=in_base64).encode()
