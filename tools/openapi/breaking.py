"""What a description takes away from who relied on an earlier one. Nothing here knows what the API is about.

Additions are no break: whoever reads JSON passes over a field that it does not know, and a new operation harms nobody.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_BOUNDS = {"minimum": 1, "minLength": 1, "minItems": 1, "maximum": -1, "maxLength": -1, "maxItems": -1}


def breaks(old: Json, new: Json) -> list[str]:
    """One sentence each."""
    return sorted(set(_paths(old, new)))


def announced(old: str, new: str) -> bool:
    """Whether the version says that something breaks: its first number counts up, below 1.0 its second."""
    before, after = ([int(part) for part in version.split(".")[:2]] for version in (old, new))
    return after[0] > before[0] or (before[0] == after[0] == 0 and after[1] > before[1])


def _paths(old: Json, new: Json) -> Iterator[str]:
    for path, methods in old["paths"].items():
        for method in (each for each in _METHODS if each in methods):
            where, after = f"{method.upper()} {path}", new["paths"].get(path, {}).get(method)
            if after is None:
                yield f"{where}: removed"
            else:
                yield from _Operation(old, new, where).breaks(methods[method], after)


class _Operation:
    """Two descriptions of one operation."""

    def __init__(self, old: Json, new: Json, where: str) -> None:
        self._old, self._new, self._where = old, new, where

    def breaks(self, old: Json, new: Json) -> Iterator[str]:
        if old.get("security") == [] and new.get("security") != []:
            yield f"{self._where}: a token is needed"
        yield from self._parameters(old, new)
        yield from self._body(old.get("requestBody"), new.get("requestBody"))
        yield from self._responses(old["responses"], new["responses"])

    def _parameters(self, old: Json, new: Json) -> Iterator[str]:
        before, after = (
            {(each["in"], each["name"]): each for each in operation.get("parameters", [])} for operation in (old, new)
        )
        for key in before.keys() | after.keys():
            where = f"{self._where}: parameter {key[1]}"
            if key not in after:
                yield f"{where}: removed"
            elif after[key].get("required") and not before.get(key, {}).get("required"):
                yield f"{where}: now required"
            elif key in before:
                yield from self._taken(where, before[key]["schema"], after[key]["schema"])

    def _body(self, old: Json | None, new: Json | None) -> Iterator[str]:
        if old is None:
            if new is not None and new.get("required"):
                yield f"{self._where}: a body is needed"
            return
        for media, content in old["content"].items():
            if new is None or media not in new["content"]:
                yield f"{self._where}: {media} is not taken any more"
            else:
                where = f"{self._where}: body"
                yield from self._taken(where, content.get("schema", {}), new["content"][media].get("schema", {}))

    def _responses(self, old: Json, new: Json) -> Iterator[str]:
        for status, response in old.items():
            where = f"{self._where}: {status}"
            if status not in new:
                if int(status) < 400:
                    yield f"{where}: not answered any more"
                continue
            before, after = _resolved(self._old, response), _resolved(self._new, new[status])
            for name in before.get("headers", {}).keys() - after.get("headers", {}).keys():
                yield f"{where}: header {name} removed"
            for media, content in before.get("content", {}).items():
                if media not in after.get("content", {}):
                    yield f"{where}: {media} is not answered any more"
                else:
                    theirs = after["content"][media].get("schema", {})
                    yield from self._given(f"{where} {media}", content.get("schema", {}), theirs, frozenset())

    # What goes in may only get wider -----------------------------------------------------------------------------

    def _taken(self, where: str, old: Json, new: Json) -> Iterator[str]:
        before, after = _resolved(self._old, old), _resolved(self._new, new)
        yield from _narrower(where, before, after)
        for name in set(after.get("required", [])) - set(before.get("required", [])):
            yield f"{where}.{name}: now required"
        for name, about in before.get("properties", {}).items():
            if name in after.get("properties", {}):
                yield from self._taken(f"{where}.{name}", about, after["properties"][name])
            elif after.get("additionalProperties") is False:
                yield f"{where}.{name}: not taken any more"
        if "items" in before and "items" in after:
            yield from self._taken(f"{where}[]", before["items"], after["items"])
        yield from self._ways(where, before, after)

    def _ways(self, where: str, old: Json, new: Json) -> Iterator[str]:
        """Every way to say it before is still one: as it was, or wider."""
        if "oneOf" not in old:
            return
        for number, way in enumerate(old["oneOf"], 1):
            found = [list(self._taken(f"{where} way {number}", way, each)) for each in new.get("oneOf", [new])]
            yield from min(found, key=len)

    # What comes out may only say more ----------------------------------------------------------------------------

    def _given(self, where: str, old: Json, new: Json, above: frozenset[str]) -> Iterator[str]:
        name = str(old.get("$ref", ""))
        if name and name in above:
            return
        above |= {name}
        before, after = _resolved(self._old, old), _resolved(self._new, new)
        yield from _fewer_types(where, after, before, "may be something else")
        if "enum" in before and not set(after.get("enum", [None])) <= set(before["enum"]):
            yield f"{where}: may be a value that was not among those before"
        for field in set(before.get("required", [])) - set(after.get("required", [])):
            yield f"{where}.{field}: may be absent"
        for field, about in before.get("properties", {}).items():
            if field not in after.get("properties", {}):
                yield f"{where}.{field}: removed"
            else:
                yield from self._given(f"{where}.{field}", about, after["properties"][field], above)
        yield from self._inside(where, before, after, above)

    def _inside(self, where: str, before: Json, after: Json, above: frozenset[str]) -> Iterator[str]:
        for key in ("items", "additionalProperties"):
            if isinstance(before.get(key), Mapping) and isinstance(after.get(key), Mapping):
                yield from self._given(f"{where}[]", before[key], after[key], above)
        for mine, theirs in zip(_parts(before), _parts(after), strict=False):
            yield from self._given(where, mine, theirs, above)


def _resolved(document: Json, value: Json) -> Json:
    while "$ref" in value:
        found: Any = document
        for name in value["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        value = {**found, **{key: each for key, each in value.items() if key != "$ref"}}
    return value


def _parts(schema: Json) -> list[Json]:
    """The alternatives that are no null, and the parts of a whole."""
    every = [*schema.get("anyOf", []), *schema.get("allOf", [])]
    return [each for each in every if each.get("type") != "null"]


def _types(schema: Json) -> set[str]:
    """`type` of a schema, or those of its alternatives; nothing where it says none."""
    if "anyOf" in schema:
        return {name for each in schema["anyOf"] for name in (_types(each) or {str(each.get("$ref", "any"))})}
    kind = schema.get("type")
    return set(kind) if isinstance(kind, list) else {str(kind)} if kind else set()


def _narrower(where: str, old: Json, new: Json) -> Iterator[str]:
    """What is not taken any more: a type, a value, something longer or smaller."""
    yield from _fewer_types(where, old, new)
    if "enum" in new and not set(old.get("enum", [None])) <= set(new["enum"]):
        yield f"{where}: takes fewer values"
    for name, sign in _BOUNDS.items():
        if name in new and (name not in old or (new[name] - old[name]) * sign > 0):
            yield f"{where}: {name} is narrower"


def _fewer_types(where: str, old: Json, new: Json, says: str = "takes fewer types") -> Iterator[str]:
    """`integer` is a `number`."""
    before, after = _types(old), _types(new)
    after |= {"integer"} if "number" in after else set()
    if after and not before <= after:
        yield f"{where}: {says}"
