"""What schemathesis can't know: who can be connected here, how a platform signs, and two answers of the contract.

Loaded by schemathesis in its own virtual environment, so it imports nothing of the product.
"""

import base64
import hashlib
import hmac
import json
import os
import time
from typing import Any

import requests
import schemathesis
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure

from tests.support.consent import press

PEOPLE: list[dict[str, str]] = json.loads(os.environ["API_PEOPLE"])
FACEBOOK_SECRET = os.environ["API_FACEBOOK_SECRET"].encode()
INSTANCE = "mastodon.social"
UNSPECIFIED_METHOD = "unspecified_http_method"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Keeps every call on this machine, and gives a well-formed body what makes it a true one."""
    if not isinstance(case.body, dict):
        return
    operation = case.operation.definition.raw.get("operationId")
    good = case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE
    if operation == "connect":
        case.body = _known(case.body) if good else _nowhere(case.body)
    if operation in ("deauthorize", "delete") and good and "signed_request" in case.body:
        case.body = {"signed_request": _signed()}


def _known(body: dict[str, Any]) -> dict[str, Any]:
    """Somebody of the sandbox, by what was generated: one of them is refused, the others are let in."""
    if body.get("platform") == "bluesky":
        who = PEOPLE[len(str(body.get("identifier"))) % len(PEOPLE)]
        right = {"identifier": who["handle"], "app_password": who["app_password"]}
        return {name: value for name, value in body.items() if name != "service"} | right
    return body | ({"instance": INSTANCE} if body.get("platform") == "mastodon" else {})


def _nowhere(body: dict[str, Any]) -> dict[str, Any]:
    """A generated host could be anybody's."""
    hosts = {name: "nowhere.invalid" for name in ("instance", "service") if isinstance(body.get(name), str)}
    return body | {name: host for name, host in hosts.items() if body[name]}


def _signed() -> str:
    """As Meta signs, of somebody who is nobody here."""
    said = {"algorithm": "HMAC-SHA256", "user_id": "0", "issued_at": int(time.time())}
    payload = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=")
    mac = base64.urlsafe_b64encode(hmac.digest(FACEBOOK_SECRET, payload, hashlib.sha256)).rstrip(b"=")
    return f"{mac.decode()}.{payload.decode()}"


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Whoever is sent to a consent page says yes there, so that the connection can be looked at and chosen from."""
    if response.status_code != 201 or "authorize_url" not in response.text:
        return
    address = press(response.json()["authorize_url"])
    if "/connections/callback" in address:
        cookie = response.headers["set-cookie"][0].partition(";")[0]
        requests.get(address, headers={"Cookie": cookie}, allow_redirects=False, timeout=30)


@schemathesis.check
def the_gateways_404(context: Any, response: Any, case: Any) -> None:
    """In place of `unsupported_method`, which wants 405: an HTTP API knows routes, and no method of an unknown one."""
    phase = case.meta.phase.data if case.meta else None
    if getattr(phase, "scenario", None) != UNSPECIFIED_METHOD or response.request.method == "HEAD":
        return
    if (response.status_code, response.text) != (404, '{"message":"Not Found"}'):
        message = f"{response.request.method} answered {response.status_code}, not as the gateway does"
        raise Failure(operation=case.operation.label, title="Not the gateway's 404", message=message)


@schemathesis.check
def gone_or_disconnecting(context: Any, response: Any, case: Any) -> None:
    """In place of `use_after_free`: after DELETE an account may be seen, with the status that says so."""
    fenced = getattr(case.operation.schema, "fenced", None)
    if fenced is None:
        fenced = case.operation.schema.fenced = set()
    account_id = (case.path_parameters or {}).get("account_id")
    operation = case.operation.definition.raw.get("operationId")
    if operation == "disconnect" and response.status_code in (200, 202):
        fenced.add(account_id)
    if operation == "get_account" and response.status_code == 200 and account_id in fenced:
        status = response.json()["status"]
        if status != "disconnecting":
            message = f"A disconnected account is shown as {status}"
            raise Failure(operation=case.operation.label, title="Seen after its disconnect", message=message)
