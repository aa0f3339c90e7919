"""A command of the AWS CLI, read by botocore's own model of the service: what it would ask, without the CLI."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jmespath
from botocore import xform_name
from botocore.model import OperationModel, Shape
from botocore.session import get_session
from botocore.validate import ParamValidator

# Of the CLI itself, whatever the operation; the last one wherever the answer comes in pages.
OF_THE_CLI = {"query", "output", "endpoint-url", "region", "profile", "cli-binary-format"}
OF_PAGES = "max-items"


@dataclass(frozen=True, slots=True)
class Asked:
    """`operation` is a client's method; `arguments` are its own."""

    service: str
    operation: str
    arguments: dict[str, Any]
    query: str | None

    def of(self, client: Any) -> Any:
        """The client's answer, and of it what `--query` takes."""
        answer = getattr(client, self.operation)(**self.arguments)
        answer.pop("ResponseMetadata")
        return jmespath.search(self.query, answer) if self.query else answer


def read(text: str, folder: Path | None = None) -> Asked:
    """Files (`file://`) are looked for in `folder`. Raises AssertionError for what the CLI would not take."""
    program, service, name, *words = shlex.split(text)
    assert program == "aws"
    assert service in get_session().get_available_services(), f"no service {service}"
    model = get_session().get_service_model(service)
    named = {xform_name(each, "-"): each for each in model.operation_names}
    assert name in named, f"{service} has no operation {name}"
    operation = model.operation_model(named[name])
    if operation.has_streaming_output:
        assert not words.pop().startswith("--"), "the answer goes to a file that is named last"
    given = dict(_options(words))
    members = operation.input_shape.members if operation.input_shape else {}
    shapes = {xform_name(each, "-"): (each, shape) for each, shape in members.items()}
    denied = {f"no-{each}": name for each, (name, shape) in shapes.items() if shape.type_name == "boolean"}
    pages = {OF_PAGES} if _comes_in_pages(service, operation) else set()
    unknown = given.keys() - shapes.keys() - denied.keys() - OF_THE_CLI - pages
    assert not unknown, f"{service} {name} takes no {sorted(unknown)}"
    arguments = {shapes[each][0]: _option(shapes[each][1], given[each], folder) for each in given if each in shapes}
    for each in given.keys() & denied.keys():
        assert not given[each], f"--{each} takes no value"
        arguments[denied[each]] = False
    if operation.input_shape is not None:
        report = ParamValidator().validate(arguments, operation.input_shape)
        assert not report.has_errors(), report.generate_report()
    (query,) = given.get("query", [None])
    if query:
        jmespath.compile(query)
    return Asked(service, xform_name(operation.name), arguments, query)


def _options(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    name: str | None = None
    values: list[str] = []
    for word in words:
        if not word.startswith("--"):
            assert name is not None, f"{word} belongs to no option"
            values.append(word)
            continue
        if name is not None:
            yield name, values
        name, values = word.removeprefix("--"), []
    if name is not None:
        yield name, values


def _option(shape: Shape, words: list[str], folder: Path | None) -> Any:
    """What is true or false is said without a value: `--name` or `--no-name`."""
    if shape.type_name != "boolean":
        return _value(shape, words, folder)
    assert not words, f"{words} is no value of a yes or no"
    return True


def _value(shape: Shape, words: list[str], folder: Path | None) -> Any:
    if shape.type_name == "list":
        return [_value(shape.member, [word], folder) for word in words]
    (word,) = words
    if word.startswith("file://") and folder is not None:
        word = (folder / word.removeprefix("file://")).read_text(encoding="utf-8")
    match shape.type_name:
        case "integer" | "long":
            return int(word)
        case "boolean":
            assert word in ("true", "false"), word
            return word == "true"
        case "blob":
            return word.encode()
        case "structure":
            return dict(_members(shape, word))
        case "map":
            return dict(each.split("=", 1) for each in word.removeprefix("{").removesuffix("}").split(","))
        case _:
            return word


def _members(shape: Shape, word: str) -> Iterator[tuple[str, Any]]:
    """The CLI's shorthand: `Name=value,Name=value`, and of what lies deeper `Name={key=value}`."""
    for part in re.split(r",(?![^{]*\})", word):
        name, _, value = part.partition("=")
        assert name in shape.members, f"{shape.name} has no {name}"
        yield name, _value(shape.members[name], [value], None)


def _comes_in_pages(service: str, operation: OperationModel) -> bool:
    try:
        get_session().get_paginator_model(service).get_paginator(operation.name)
    except ValueError:
        return False
    return True
