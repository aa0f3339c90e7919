"""Puts the description together: OpenAPI 3.1, one operation a route of the template."""

import json
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from socials import shapes
from tools.openapi.examples import EXAMPLES, REQUESTS
from tools.openapi.handlers import ROOT, Handler, handlers
from tools.openapi.operations import HEADERS, OPERATIONS, PATH_PARAMETERS, SLUGS, WEB, Link, Operation
from tools.openapi.problems import ALWAYS, GATEWAY, OPEN_CODES, PROBLEMS, example, status_of_code
from tools.openapi.schemas import components, name_of, reference

PAGE = ROOT / "functions" / "web" / "openapi.json"
NOT_MODIFIED, UNAUTHORIZED, FORBIDDEN, TOO_LARGE, THROTTLED = 304, 401, 403, 413, 429

Json = dict[str, Any]


def text() -> str:
    """The file as it is committed and served."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


@cache
def document() -> Json:
    """The whole description."""
    routes = handlers()
    paths: Json = {}
    for route in routes:
        paths.setdefault(route.path.replace("+}", "}"), {})[route.method.lower()] = _operation(route)
    used = [shape for route in routes for shape in _answers(route)]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PostLoudly accounts",
            "version": version(ROOT),
            "summary": "Connect, see, sync and disconnect social media accounts",
            "description": "JSON, times in UTC. Problems are RFC 9457 with a stable `code`; what the gateway answers "
            "by itself is a `message`. Another user's id is answered exactly like one that does not exist. "
            "A route that describes no body reads none: one that is sent is passed over.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"access_token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in OPERATIONS.values())],
        "paths": {path: paths[path] for path in sorted(paths)},
        "components": {
            "schemas": components([shape for shape in used if isinstance(shape, type) and issubclass(shape, dict)]),
            "responses": {_named(status): _shared(status) for status in GATEWAY},
            "examples": _examples(),
            "headers": HEADERS,
            "securitySchemes": {
                "access_token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token of the issuer that `GET /config` names, with its scope.",
                }
            },
        },
    }


def version(root: Path) -> str:
    """The product's own."""
    return str(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def operation_id(route: Handler) -> str:
    """The handler's name; for the web function's routes the one that stands beside the route."""
    return route.name or WEB[f"{route.method} {route.path.replace('+}', '}')}"]


def _answers(route: Handler) -> tuple[Any, ...]:
    return (shapes.SignIn,) if operation_id(route) == "get_config" else route.shapes


def _operation(route: Handler) -> Json:
    name = operation_id(route)
    about = OPERATIONS[name]
    described: Json = {"operationId": name, "summary": about.summary, "tags": [about.tag]}
    if route.is_open:
        described["security"] = []
    parameters = [*_in_path(route.path), *about.query]
    if parameters:
        described["parameters"] = parameters
    if about.body is not None:
        described["requestBody"] = _request(name, about.body)
    described["responses"] = _responses(route, name, about)
    return described


def _in_path(path: str) -> Iterable[Json]:
    for name in re.findall(r"{(\w+)\+?}", path):
        schema: Json = {"type": "string", "minLength": 1} | (SLUGS if name == "platform" else {})
        yield {"name": name, "in": "path", "required": True, "description": PATH_PARAMETERS[name], "schema": schema}


def _request(name: str, body: str | Json) -> Json:
    """By the name of its schema with its examples, or as the operation describes it."""
    if not isinstance(body, str):
        return body
    examples = {way: _example(f"{name}_{way}") for way in REQUESTS[name]}
    return {"required": True, "content": {"application/json": {"schema": reference(body), "examples": examples}}}


def _responses(route: Handler, name: str, about: Operation) -> Json:
    found: Json = {str(status): _success(route, name, about, status) for status in about.statuses}
    for status in _failing(route, about):
        found[str(status)] = _failure(status, route, about)
    return {status: found[status] for status in sorted(found)}


def _failing(route: Handler, about: Operation) -> set[int]:
    ours = {status_of_code(code) for code in (*about.codes, *ALWAYS)}
    from_gateway = {THROTTLED, 500, 503} | (set() if route.is_open else {UNAUTHORIZED, FORBIDDEN})
    if "{" in route.path:
        from_gateway |= {404}
    return ours | from_gateway | ({TOO_LARGE} if about.body is not None else set())


def _success(route: Handler, name: str, about: Operation, status: int) -> Json:
    described: Json = {"description": about.summary + "."}
    content = {} if status == NOT_MODIFIED else {media: _content(route, name) for media in about.media}
    if content:
        described["content"] = content
    described["headers"] = _headers(about, status, "Cache-Control")
    if about.links:
        described["links"] = {key: _link(link) for key, link in about.links.items()}
    return described


def _content(route: Handler, name: str) -> Json:
    """Text is a string; JSON is what the handler's type says."""
    answered = [each for each in _answers(route) if isinstance(each, type) and issubclass(each, dict)]
    if not answered:
        return {"schema": {"type": "object"}} if name == "get_description" else {"schema": {"type": "string"}}
    references = [reference(name_of(each)) for each in answered]
    examples = {name_of(each): _example(name_of(each)) for each in answered}
    return {"schema": references[0] if len(references) == 1 else {"anyOf": references}, "examples": examples}


def _failure(status: int, route: Handler, about: Operation) -> Json:
    """Problems of ours, or the gateway's message, or both: the media type tells them apart."""
    codes = [code for code in (*about.codes, *ALWAYS) if status_of_code(code) == status]
    gateway = _gateway(status) if status in GATEWAY and not (status == FORBIDDEN and route.is_open) else None
    if gateway is not None and codes == _shared_codes(status):
        return {"$ref": f"#/components/responses/{_named(status)}"}
    return _described(codes, gateway, _headers(about, status))


def _shared(status: int) -> Json:
    """What every operation may answer with this status, said once."""
    return _described(_shared_codes(status), _gateway(status), {})


def _shared_codes(status: int) -> list[str]:
    return ["overloaded"] if status_of_code("overloaded") == status else []


def _described(codes: list[str], gateway: Json | None, headers: Json) -> Json:
    if not codes and gateway is not None:
        return gateway
    says = [f"`{code}`: {PROBLEMS[code][1]}" for code in codes]
    content: Json = {"application/problem+json": _problem(codes)}
    if gateway is not None:
        says.append(gateway["description"])
        content |= gateway["content"]
    described: Json = {"description": " ".join(says), "content": content}
    if "overloaded" in codes:
        headers |= {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return described | ({"headers": headers} if headers else {})


def _gateway(status: int) -> Json:
    """What the gateway answers by itself."""
    content = {"schema": reference("GatewayMessage"), "examples": {"gateway": _example(_named(status))}}
    described: Json = {"description": GATEWAY[status][1], "content": {"application/json": content}}
    if status in (UNAUTHORIZED, FORBIDDEN):
        described["headers"] = {"WWW-Authenticate": {"$ref": "#/components/headers/WWW-Authenticate"}}
    return described


def _named(status: int) -> str:
    return GATEWAY[status][0].replace(" ", "")


def _example(name: str) -> Json:
    return {"$ref": f"#/components/examples/{name}"}


def _examples() -> Json:
    """By name: what our functions answer, what they take, each problem, each message of the gateway."""
    taken = {f"{name}_{way}": value for name, ways in REQUESTS.items() for way, value in ways.items()}
    said = {_named(status): {"message": message} for status, (message, _) in GATEWAY.items()}
    every = {**EXAMPLES, **taken, **{code: example(code) for code in PROBLEMS}, **said}
    return {name: {"value": every[name]} for name in sorted(every)}


def _problem(codes: list[str]) -> Json:
    """Codes are listed as the only ones, but where a platform's own cause may stand in their place."""
    only: Json = {} if OPEN_CODES & set(codes) - {"invalid"} or _is_typed(codes) else {"enum": codes}
    schema: Json = reference("ProblemDetails")
    if only:
        schema = {"allOf": [schema, {"properties": {"code": only}}]}
    return {"schema": schema, "examples": {code: _example(code) for code in codes}}


def _is_typed(codes: list[str]) -> bool:
    """Whether somebody's credentials or server are judged, for which platforms have causes of their own."""
    return "credentials_refused" in codes


def _headers(about: Operation, status: int, *always: str) -> Json:
    names = [*always, *(name for name, statuses in about.headers.items() if status in statuses)]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _link(link: Link) -> Json:
    described: Json = {"operationId": link.to}
    if link.given:
        described["parameters"] = dict(link.given)
    if link.body is not None:
        described["requestBody"] = link.body
    return described | ({"description": link.says} if link.says else {})
