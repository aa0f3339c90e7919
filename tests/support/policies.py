"""The policies of the template's roles, taken apart into the single things that they allow."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from local.resolving import Resolver
from tests.support.permissions import Permission

_LEADING_KEYS = {"ForAllValues:StringLike": "dynamodb:LeadingKeys"}
_VIA = {"StringEquals": "kms:ViaService"}


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource, under one pattern of partition keys ('' any), through one service ('' any)."""

    sid: str
    action: str
    resource: str
    keys: str = ""
    via: str = ""

    def serves(self, permission: Permission) -> bool:
        """Whether the permission makes use of it."""
        return self.is_about(permission) and (
            not self.keys or any(fnmatchcase(key, self.keys) for key in permission.keys)
        )

    def is_about(self, permission: Permission) -> bool:
        """The same, whatever partition keys it names."""
        asked = (permission.action, permission.via)
        return asked == (self.action, self.via) and fnmatchcase(permission.arn, self.resource)


def grants_of(resolver: Resolver, role: str) -> list[Grant]:
    """Everything that a role's own policies allow. Raises ValueError for what this does not know how to read."""
    properties = resolver.resources("AWS::IAM::Role")[role]
    policies = resolver.resolve(properties.get("Policies", []))
    return [
        grant
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        for grant in _grants(statement)
    ]


def allowed(grants: list[Grant], permission: Permission) -> bool:
    """Each key of a call must lie under a pattern of one and the same statement (`ForAllValues`)."""
    patterns: dict[str, list[str]] = {}
    for grant in grants:
        if grant.is_about(permission):
            patterns.setdefault(grant.sid, []).append(grant.keys or "*")
    return any(
        all(any(fnmatchcase(key, pattern) for pattern in under) for key in permission.keys)
        for under in patterns.values()
    )


def _grants(statement: Mapping[str, Any]) -> Iterator[Grant]:
    if statement["Effect"] != "Allow" or statement.keys() - {"Sid", "Effect", "Action", "Resource", "Condition"}:
        raise ValueError(f"a statement of another kind: {statement}")
    conditions = statement.get("Condition", {})
    keys, via = _condition(conditions, _LEADING_KEYS), _condition(conditions, _VIA)
    known = {*_LEADING_KEYS, *_VIA}
    if conditions.keys() - known:
        raise ValueError(f"a condition of another kind: {conditions}")
    for action in listed(statement["Action"]):
        for resource in listed(statement["Resource"]):
            for key in keys:
                for service in via:
                    yield Grant(statement["Sid"], action, resource, key, service)


def _condition(conditions: Mapping[str, Any], kind: Mapping[str, str]) -> list[str]:
    [(operator, name)] = kind.items()
    if operator not in conditions:
        return [""]
    if set(conditions[operator]) != {name}:
        raise ValueError(f"a condition of another kind: {conditions}")
    return listed(conditions[operator][name])


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
