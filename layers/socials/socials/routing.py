"""The HTTP API's requests (payload format 2.0) on their way to a handler, and its answers on their way back.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct, field

from socials.encodings import takes_gzip
from socials.values import Discreet

Json = dict[str, Any]
Body = TypeVar("Body")
Handler = TypeVar("Handler", bound=Callable[..., Any])

# In bytes. What tells of one thing is smaller, and stays readable on its way; a page of a list is larger.
LARGEST_PLAIN_BODY = 4_000
_GZIP = 31  # zlib's word for gzip's header around the largest window


class Request(Discreet, frozen=True):
    """What the gateway sent."""

    shown = ()
    event: Mapping[str, Any]

    @property
    def path(self) -> str:
        return str(self.event["rawPath"])

    @property
    def query(self) -> Mapping[str, str]:
        """A name that was given twice has its values with a comma between them."""
        return self.event.get("queryStringParameters") or {}

    @property
    def headers(self) -> Mapping[str, str]:
        """By their names in lower case."""
        return {name.lower(): value for name, value in (self.event.get("headers") or {}).items()}

    @property
    def cookies(self) -> dict[str, str]:
        pairs = (cookie.partition("=") for cookie in self.event.get("cookies") or ())
        return {name.strip(): value for name, _, value in pairs}

    @property
    def sent(self) -> str:
        """The body as the gateway sends it, in base64 or not."""
        return self.event.get("body") or ""

    @property
    def text(self) -> str:
        """The body. Raises ValueError where it is not UTF-8."""
        return base64.b64decode(self.sent).decode() if self.event.get("isBase64Encoded") else self.sent

    @property
    def claims(self) -> Mapping[str, str]:
        """Of the token that the gateway verified. Raises KeyError on an open route."""
        claims: Mapping[str, str] = self.event["requestContext"]["authorizer"]["jwt"]["claims"]
        return claims

    @property
    def request_id(self) -> str:
        return str(self.event["requestContext"]["requestId"])

    @property
    def domain_name(self) -> str:
        return str(self.event["requestContext"]["domainName"])


class Cookie(Discreet, frozen=True):
    """Out of a script's reach, sent along from other sites only where a person follows a link."""

    shown = ("name", "path", "max_age", "secure")
    name: str
    value: str
    path: str
    max_age: int
    secure: bool

    def __str__(self) -> str:
        marks = f"Path={self.path}; Max-Age={self.max_age}; HttpOnly; SameSite=Lax"
        return f"{self.name}={self.value}; {marks}" + ("; Secure" if self.secure else "")


class Response(Discreet, Generic[Body], frozen=True):
    """`body`: text and bytes as they are, anything else as JSON."""

    shown = ("status", "media_type", "cookies")
    status: int
    media_type: str
    body: Body
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Sequence[Cookie] = ()

    def to_gateway(self, accept_encoding: str = "") -> Json:
        """What the gateway is answered: packed if the body is worth it and the request's Accept-Encoding takes gzip."""
        in_base64 = isinstance(self.body, bytes)
        body = self.body if isinstance(self.body, bytes) else _text(self.body).encode()
        headers = {**self.headers, "Content-Type": self.media_type}
        if len(body) > LARGEST_PLAIN_BODY:
            headers["Vary"] = "Accept-Encoding"
            if takes_gzip(accept_encoding):
                headers["Content-Encoding"] = "gzip"
                body, in_base64 = _packed(body), True
        return {
            "statusCode": int(self.status),
            "body": base64.b64encode(body).decode() if in_base64 else body.decode(),
            "isBase64Encoded": in_base64,
            "headers": headers,
            "cookies": [str(cookie) for cookie in self.cookies],
        }


class Route(Struct, frozen=True):
    """`path` as in the template, `{name}` for one part of it."""

    method: str
    path: str
    handler: Callable[..., Response[Any]]

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """What stands where the path has names; None where it is another route."""
        wanted, given = self.path.split("/"), path.split("/")
        if method != self.method or len(wanted) != len(given):
            return None
        pairs = list(zip(wanted, given, strict=True))
        if any(name != part if not name.startswith("{") else not part for name, part in pairs):
            return None
        return {name.strip("{}"): part for name, part in pairs if name.startswith("{")}


class Routes:
    """The routes of one function. A handler takes the request, and by name what stands in its path."""

    def __init__(self) -> None:
        self.all: list[Route] = []

    def get(self, path: str) -> Callable[[Handler], Handler]:
        return self._route("GET", path)

    def post(self, path: str) -> Callable[[Handler], Handler]:
        return self._route("POST", path)

    def delete(self, path: str) -> Callable[[Handler], Handler]:
        return self._route("DELETE", path)

    def _route(self, method: str, path: str) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            self.all.append(Route(method, path, handler))
            return handler

        return add

    def find(self, request: Request) -> Callable[[], Response[Any]] | None:
        """The handler with all it needs; the route with the fewest names in its path counts."""
        method = request.event["requestContext"]["http"]["method"]
        for route in sorted(self.all, key=lambda route: route.path.count("{")):
            named = route.match(method, request.path)
            if named is not None:
                return lambda: route.handler(request, **named)
        return None


def _packed(body: bytes) -> bytes:
    """The body in gzip's format."""
    import zlib  # most answers are small

    return zlib.compress(body, wbits=_GZIP)


def _text(body: object) -> str:
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
