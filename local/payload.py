"""HTTP requests and answers as Lambda sees them: the HTTP API's payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import json
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from local.resolving import ACCOUNT
from local.tokens import scopes_of

_TEXT = re.compile(r"text/|application/(.+\+)?(json|xml|javascript)\b")


def event_of(
    request: Request, route_key: str, path_parameters: Mapping[str, str], claims: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The event of one request; `claims` are those of a verified token, None on an open route."""
    now = datetime.now(UTC)
    context: dict[str, Any] = {
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": request.host,
        "domainPrefix": "local",
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": request.environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "sourceIp": request.remote_addr,
            "userAgent": request.headers.get("User-Agent", ""),
        },
        "requestId": str(uuid.uuid4()),
        "routeKey": route_key,
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }
    if claims is not None:
        strings = {name: _claim(value) for name, value in claims.items()}
        context["authorizer"] = {"jwt": {"claims": strings, "scopes": scopes_of(claims)}}
    event = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,
        "rawQueryString": request.query_string.decode("latin-1"),
        "headers": _headers(request),
        "requestContext": context,
        "isBase64Encoded": False,
    }
    return event | _optional(request, path_parameters) | _body(request)


def _headers(request: Request) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.lower()
        if key != "cookie":
            headers[key] = f"{headers[key]},{value}" if key in headers else value
    forwarded = {"x-forwarded-for": request.remote_addr or "", "x-forwarded-proto": request.scheme}
    return headers | forwarded | {"x-forwarded-port": request.host.partition(":")[2] or "80"}


def _optional(request: Request, path_parameters: Mapping[str, str]) -> dict[str, Any]:
    cookies = [each.strip() for each in request.headers.get("Cookie", "").split(";") if each.strip()]
    query = {name: ",".join(values) for name, values in request.args.lists()}
    parts = {"cookies": cookies, "queryStringParameters": query, "pathParameters": dict(path_parameters)}
    return {name: value for name, value in parts.items() if value}


def _body(request: Request) -> dict[str, Any]:
    data = request.get_data()
    if not data:
        return {}
    if _TEXT.match(request.content_type or ""):
        try:
            return {"body": data.decode("utf-8")}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(data).decode(), "isBase64Encoded": True}


def _claim(value: Any) -> str:
    if isinstance(value, list):
        return f"[{' '.join(map(str, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def response_of(result: Any) -> Response:
    """The HTTP answer to a function's result. Raises ValueError for a result of the wrong form."""
    if not (isinstance(result, dict) and "statusCode" in result):
        return Response(json.dumps(result), mimetype="application/json")
    body = result.get("body") or ""
    if not isinstance(body, str):
        raise ValueError("the body is not a string")
    data = base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()
    response = Response(data, status=int(result["statusCode"]))
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    for name, value in (result.get("headers") or {}).items():
        response.headers[name] = str(value)
    for cookie in result.get("cookies") or ():
        response.headers.add("Set-Cookie", cookie)
    return response
