"""JSON Schemas of what goes in and out, from the product's own types."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import ConfigDict, TypeAdapter

from socials import bodies, shapes
from socials.platforms import every_platform
from tools.openapi.problems import MESSAGE, PROBLEM_DETAILS

Json = dict[str, Any]
REF = "#/components/schemas/{model}"

# Which fields of NewConnection belong to which way of connecting; those of another way stay out or null.
FIELDS_BY_WAY: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "oauth": (("platform",), ()),
    "instance_oauth": (("platform", "instance"), ()),
    "app_password": (("platform", "identifier", "app_password"), ("service",)),
}
WAYS = {
    "oauth": "The platform's own consent page.",
    "instance_oauth": "The consent page of a server that the person names.",
    "app_password": "An app password made on the platform.",
}


def name_of(shape: Any) -> str:
    """Under which a shape stands among the schemas."""
    return str(shape.__name__)


def reference(name: str) -> Json:
    return {"$ref": REF.format(model=name)}


def components(used: Sequence[Any]) -> Json:
    """Every schema that the answers `used` and the bodies need, by name."""
    for shape in vars(shapes).values():
        if isinstance(shape, type) and issubclass(shape, dict):
            cast("Any", shape).__pydantic_config__ = ConfigDict(use_attribute_docstrings=True)
    found: Json = {"GatewayMessage": MESSAGE, "ProblemDetails": PROBLEM_DETAILS}
    for shape in used:
        schema = TypeAdapter(shape).json_schema(ref_template=REF)
        found |= schema.pop("$defs", {})
        found[name_of(shape)] = schema
    found |= {"NewConnection": _new_connection(), "Choice": _plain(bodies.Choice.model_json_schema())}
    slugs = [platform.slug for platform in every_platform()]
    for schema in found.values():
        if "platform" in schema.get("properties", {}):
            schema["properties"]["platform"] |= {"enum": slugs}
    return {name: _plain(found[name]) for name in sorted(found)}


def _new_connection() -> Json:
    """One schema for each way of connecting, since the platform decides which fields there are."""
    fields = bodies.NewConnection.model_json_schema()["properties"]
    return {"description": "What to connect, and how.", "oneOf": [_way(way, fields) for way in FIELDS_BY_WAY]}


def _way(way: str, fields: Json) -> Json:
    required, optional = FIELDS_BY_WAY[way]
    slugs = [platform.slug for platform in every_platform() if platform.facts.connect == way]
    properties = {
        name: _text(field) if name in required else field if name in optional else {"type": "null"}
        for name, field in fields.items()
    }
    properties["platform"] = {"type": "string", "enum": slugs}
    return {
        "description": WAYS[way],
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _text(field: Json) -> Json:
    """A field that may not be null here. What a control character is, no pattern says in every dialect."""
    choices = [each for each in field.get("anyOf", [field]) if each.get("type") != "null"]
    return {**choices[0], "description": "Text without control characters."}


def _plain(schema: Any) -> Any:
    """Without the titles that only repeat a field's name."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: value for name, value in schema.items() if not (name == "title" and isinstance(value, str))}
    return {name: _plain(value) for name, value in kept.items()}
