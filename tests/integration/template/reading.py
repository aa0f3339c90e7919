"""The template's translation, read."""

import re
from collections.abc import Iterator
from typing import Any


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: each["Properties"] for name, each in template["Resources"].items() if each["Type"] == kind}


def referenced(value: Any) -> Iterator[str]:
    """The logical ids (and parameters) that a value names."""
    if isinstance(value, list):
        for item in value:
            yield from referenced(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref":
                yield item
            elif key == "Fn::GetAtt":
                yield item[0] if isinstance(item, list) else item.split(".")[0]
            elif key == "Fn::Sub":
                text, own = item if isinstance(item, list) else (item, {})
                yield from (name for name in re.findall(r"\$\{([A-Za-z0-9]+)", text) if name not in own)
                yield from referenced(own)
            else:
                yield from referenced(item)


def operations(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    [api] = of_type(template, "AWS::ApiGatewayV2::Api").values()
    return {
        f"{method.upper()} {path}": operation
        for path, methods in api["Body"]["paths"].items()
        for method, operation in methods.items()
    }


ALIAS = "Aliaslive"


def owner(mapping: dict[str, Any]) -> str:
    """The logical id of the function that an event source wakes, by its alias."""
    return str(mapping["FunctionName"]["Ref"]).removesuffix(ALIAS)


def called(value: Any) -> set[str]:
    """The logical ids of the functions that it calls, by their aliases."""
    return {name.removesuffix(ALIAS) for name in referenced(value) if name.endswith(ALIAS)}
