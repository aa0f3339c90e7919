"""The HTTP API: the template's routes with their JWT rule, each answered by its function."""

import re
from collections.abc import Callable, Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.wrappers import Request, Response

from local.declared import JwtRule, Route
from local.functions import Function, InvocationError
from local.payload import event_of, response_of
from local.reporting import say
from local.throttling import UNLIMITED, Throttle
from local.tokens import Forbidden, Unauthorized, judge

LARGEST_BODY = 10 * 1024 * 1024
LARGEST_EVENT = 6 * 1024 * 1024  # what Lambda takes, in which a body that is no text is a third larger
_PARAMETER = re.compile(r"\\\{(\w+)(\\\+)?\\\}")


class Gateway:
    """Answers requests as the HTTP API does, its own errors (`{"message"}`) included.

    `after` is called when an invocation has ended: it may have sent messages.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        functions: Mapping[str, Function],
        key: rsa.RSAPublicKey,
        after: Callable[[], None],
        throttle: Throttle = UNLIMITED,
    ) -> None:
        ordered = sorted(routes, key=lambda route: ("{" in route.path, "+}" in route.path, -len(route.path)))
        self._routes = [(route, re.compile(_pattern(route.path))) for route in ordered]
        self._functions = functions
        self._key = key
        self._after = after
        self._throttle = throttle

    def answer(self, request: Request) -> Response:
        """The answer to one request; never raises."""
        found = self._find(request.method, request.path)
        if found is None:
            return _message(404, "Not Found")
        route, parameters = found
        if not self._throttle.takes(f"{route.method} {route.path}"):
            return _message(429, "Too Many Requests")
        try:
            claims = judge(request.headers.get("Authorization"), route.rule, self._key) if route.rule else None
        except Unauthorized as error:
            return _refusal(401, "Unauthorized", request, "invalid_token", str(error))
        except Forbidden as error:
            return _refusal(403, "Forbidden", request, "insufficient_scope", str(error), route.rule)
        return self._pass_on(request, route, parameters, claims)

    def _pass_on(
        self, request: Request, route: Route, parameters: Mapping[str, str], claims: Mapping[str, object] | None
    ) -> Response:
        if (request.content_length or 0) <= LARGEST_BODY:
            event = event_of(request, f"{route.method} {route.path}", parameters, claims)
            if len(event.get("body", "")) <= LARGEST_EVENT:
                return self._invoke(self._functions[route.function], event)
        return _message(413, "Request Entity Too Large")

    def _find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        for route, pattern in self._routes:
            if route.method in (method, "ANY") and (match := pattern.fullmatch(path)):
                return route, match.groupdict()
        return None

    def _invoke(self, function: Function, event: dict[str, object]) -> Response:
        try:
            return response_of(function.invoke(event))
        except (InvocationError, ValueError, TypeError) as error:
            say(f"{function.spec.label}: {error} (see its log)")
            return _message(500, "Internal Server Error")
        finally:
            self._after()


def _pattern(path: str) -> str:
    return _PARAMETER.sub(lambda match: f"(?P<{match[1]}>{'.+' if match[2] else '[^/]+'})", re.escape(path))


def _message(status: int, message: str) -> Response:
    return Response(f'{{"message":"{message}"}}', status=status, mimetype="application/json")


def _refusal(
    status: int, message: str, request: Request, error: str, description: str, rule: JwtRule | None = None
) -> Response:
    response = _message(status, message)
    scope = f'scope="{" ".join(rule.scopes)}" ' if rule else ""
    detail = f' {scope}error="{error}" error_description="{description}"' if "Authorization" in request.headers else ""
    response.headers["WWW-Authenticate"] = f"Bearer{detail}"
    return response
