"""Holds answers against the description of the API: what it does not say must not be there."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from jsonschema import Draft202012Validator, FormatChecker

Json = dict[str, Any]
PAGE = Path(__file__).parents[2] / "functions" / "web" / "openapi.json"
FORMATS = FormatChecker(formats=())


@FormatChecker.checks(FORMATS, "date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@FormatChecker.checks(FORMATS, "date", raises=ValueError)
def _is_day(value: object) -> bool:
    return not isinstance(value, str) or date.fromisoformat(value).isoformat() == value


@FormatChecker.checks(FORMATS, "uri", raises=ValueError)
def _is_address(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and urlsplit(value).netloc)


def closed(schema: Any, alone: bool = True) -> Any:
    """The schema with every object closed: a field that is not described is an error."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: closed(value) for name, value in schema.items() if name != "allOf"}
    if "allOf" in schema:
        parts["allOf"] = [closed(each, alone=False) for each in schema["allOf"]]
    if alone and schema.get("type") == "object" and "properties" in schema:
        parts.setdefault("additionalProperties", False)
    return parts


class Description:
    """The committed description."""

    def __init__(self, text: str = PAGE.read_text(encoding="utf-8")) -> None:
        self.document: Json = json.loads(text)
        self._schemas = closed(self.document["components"]["schemas"])
        self.operations = dict(self._operations())

    def _operations(self) -> Iterator[tuple[str, Json]]:
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield f"{method.upper()} {path}", operation

    def resolved(self, value: Json) -> Json:
        """What a reference stands for, or the value itself."""
        while "$ref" in value:
            found: Any = self.document
            for name in value["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            value = found
        return value

    def operation_for(self, method: str, path: str) -> str | None:
        """`GET /accounts/{account_id}` for a real path; a path without parameters wins."""
        keys = sorted(self.operations, key=lambda key: "{" in key)
        for key in keys:
            verb, template = key.split(" ", 1)
            pattern = re.sub(r"\\\{(\w+)\\\}", lambda m: ".+" if m[1] == "proxy" else "[^/]+", re.escape(template))
            if verb == method and re.fullmatch(pattern, path):
                return key
        return None

    def errors(self, value: Any, schema: Json) -> list[str]:
        """What is wrong with a value, in words; nothing undescribed is let by."""
        whole = {**closed(schema), "components": {"schemas": self._schemas}}
        found = Draft202012Validator(whole, format_checker=FORMATS).iter_errors(value)
        return [f"{each.json_path}: {each.message}" for each in found]

    def check(self, answer: requests.Response) -> str:
        """Raises AssertionError where the answer is not what the description says; `GET /accounts 200` otherwise."""
        method, path = str(answer.request.method), urlsplit(str(answer.request.url)).path
        key = self.operation_for(method, path)
        assert key is not None, f"{method} {path} is not described"
        where = f"{key} {answer.status_code}"
        described = self.operations[key]["responses"].get(str(answer.status_code))
        assert described is not None, f"{where} is not described: {answer.text[:300]}"
        response = self.resolved(described)
        self._check_headers(where, answer.headers, response.get("headers", {}))
        self._check_body(where, answer, response.get("content", {}))
        return where

    def _check_headers(self, where: str, sent: Mapping[str, str], described: Json) -> None:
        for name, header in described.items():
            says = self.resolved(header)
            assert name in sent or not says.get("required"), f"{where}: no {name}"
        for name in ("Set-Cookie", "Location", "Link", "Retry-After", "WWW-Authenticate"):
            assert name not in sent or name in described, f"{where}: {name} is not described"

    def _check_body(self, where: str, answer: requests.Response, content: Json) -> None:
        if not content:
            assert not answer.content, f"{where}: a body that is not described"
            return
        media = answer.headers["Content-Type"].partition(";")[0]
        assert media in content, f"{where}: {media} is not described"
        if media.endswith("json") and media != "application/x-ndjson":
            wrong = self.errors(answer.json(), content[media]["schema"])
            assert not wrong, f"{where}: {wrong}"
