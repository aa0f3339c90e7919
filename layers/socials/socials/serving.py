"""One request to an API function: its answer, and the line that tells of it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from socials.telemetry import Unit, invoke, line, pseudonym

# What a caller writes in an address is told only where it has the form of one of our ids: it could be anything.
_ID = re.compile(r"acc_[a-z2-7]{24}(\.[0-9A-Z]{26})?|con_[a-z2-7]{26}|[0-9A-Z]{26}")
_IDS = ("account_id", "connection_id", "run_id", "receipt_id")

Json = dict[str, Any]


def serve(resolve: Callable[[Json], Json], event: Json, context: Any) -> Json:
    """The answer of `resolve` to an event of the HTTP API (payload format 2.0)."""
    asked = event.get("requestContext", {})
    parameters = event.get("pathParameters") or {}
    ids = {name: parameters[name] for name in _IDS if _ID.fullmatch(parameters.get(name, ""))}

    def answered(unit: Unit) -> Json:
        answer = resolve(event)
        line("request", status=answer.get("statusCode"), ms=unit.milliseconds)
        return answer

    fields = {"request_id": asked.get("requestId"), "route": event.get("routeKey"), "user": _caller(asked)}
    return invoke(context, answered, **fields, **ids)


def _caller(asked: Mapping[str, Any]) -> str | None:
    claims = asked.get("authorizer", {}).get("jwt", {}).get("claims", {})
    return pseudonym(str(claims["sub"])) if "sub" in claims else None
