"""DynamoDB's calls without botocore's second look at each value: items are in the service's own JSON already.

botocore walks through all that it sends and reads by the service's description, a tenth of a call's work. By its public
events the walk is spared; what goes out is the same to the byte, what comes back the same value. Only bytes have a form
of their own in JSON. What is refused is left to botocore as it is.
"""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

_ASKED = "postloudly_asked"
_BYTES = re.compile(rb'"BS?"\s*:')


def speak_plainly(dynamodb: Any) -> None:
    """`dynamodb`: a client that is made without validation: that would look at what is left, which is nothing."""
    events = dynamodb.meta.events
    events.register("provide-client-params.dynamodb", _set_aside)
    events.register("before-call.dynamodb", _write)
    events.register("before-parse.dynamodb", _read)


def _set_aside(params: dict[str, Any], context: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Nothing is left for botocore to walk through. No endpoint rules ask for it either (`descriptions.py`)."""
    context[_ASKED] = params
    return {}


def _write(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    params["body"] = _AS_JSON.encode(context[_ASKED]).encode()


def plain_answer(body: bytes, read: Callable[[bytes], Any] = json.loads) -> dict[str, Any] | None:
    """What a success says. None where it is to be read by the service's description. `read`: raises ValueError."""
    if _BYTES.search(body):
        return None
    try:
        answer = read(body)
    except ValueError:
        return None
    return {name: value for name, value in answer.items() if value is not None} if isinstance(answer, dict) else None


def _read(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    answer = plain_answer(response_dict["body"]) if response_dict["status_code"] == 200 else None
    if answer is not None:
        customized_response_dict |= answer
        response_dict["body"] = b""


def in_base64(value: bytes) -> str:
    """How JSON carries bytes."""
    return base64.b64encode(value).decode()


_AS_JSON = json.JSONEncoder(default=in_base64)
