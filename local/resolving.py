"""CloudFormation's intrinsic functions and conditions, worked out for one stack on this machine."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from local.template import REGION

ACCOUNT = "123456789012"
STACK = "postloudly-local"
PSEUDO = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": STACK,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/local",
}
NAME_PROPERTIES = {
    "AWS::SQS::Queue": "QueueName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Lambda::Function": "FunctionName",
}
NOTHING = object()
_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")


class Resolver:
    """Resolves values of a translated template.

    `references` holds what `Ref` gives for a resource where that is not its name (a queue's URL).
    """

    def __init__(self, template: Mapping[str, Any]) -> None:
        self.template = template
        self.references: dict[str, str] = {}
        self.parameters = {
            name: str(declared.get("Default", "")) for name, declared in template.get("Parameters", {}).items()
        }
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::If": self._if,
            "Fn::Join": lambda value: str(value[0]).join(map(str, self.resolve(value[1]))),
            "Fn::Select": lambda value: self.resolve(value[1])[int(self.resolve(value[0]))],
            "Fn::Split": lambda value: str(self.resolve(value[1])).split(value[0]),
            "Fn::FindInMap": self._find_in_map,
            "Fn::Equals": lambda value: str(self.resolve(value[0])) == str(self.resolve(value[1])),
            "Fn::Not": lambda value: not self._holds(value[0]),
            "Fn::And": lambda value: all(self._holds(part) for part in value),
            "Fn::Or": lambda value: any(self._holds(part) for part in value),
            "Condition": self._holds,
        }

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """The resources of one CloudFormation type whose condition holds, as logical id -> unresolved properties."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.template["Resources"].items()
            if resource["Type"] == kind and ("Condition" not in resource or self._holds(resource["Condition"]))
        }

    def resolve(self, value: Any) -> Any:
        """`value` without intrinsic functions; keys and items that resolve to AWS::NoValue are absent."""
        if isinstance(value, Mapping):
            if len(value) == 1:
                [(name, argument)] = value.items()
                if name in self._functions and not (name == "Condition" and isinstance(argument, Mapping)):
                    return self._functions[name](argument)
            resolved = {key: self.resolve(item) for key, item in value.items()}
            return {key: item for key, item in resolved.items() if item is not NOTHING}
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NOTHING]
        return value

    def name(self, logical_id: str) -> str:
        """The physical name of a resource: the one it states, else stack and logical id."""
        resource = self.template["Resources"][logical_id]
        stated = resource.get("Properties", {}).get(NAME_PROPERTIES.get(resource["Type"], ""))
        return f"{STACK}-{logical_id}" if stated is None else str(self.resolve(stated))

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NOTHING
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        if self.template["Resources"].get(name, {}).get("Type") == "AWS::Lambda::Alias":
            return self._alias(self.template["Resources"][name]["Properties"])
        return self.references.get(name) or self.name(name)

    def _alias(self, properties: Mapping[str, Any]) -> str:
        function, alias = map(self.resolve, (properties["FunctionName"], properties["Name"]))
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}:{alias}"

    def _get_att(self, value: Any) -> str:
        logical_id, attribute = value.split(".", 1) if isinstance(value, str) else map(str, value)
        if attribute != "Arn":
            return self.name(logical_id) if attribute.endswith("Name") else f"{logical_id}.{attribute}"
        kind = self.template["Resources"][logical_id]["Type"]
        service = kind.split("::")[1].lower()
        part = {"AWS::Lambda::Function": "function:", "AWS::DynamoDB::Table": "table/", "AWS::KMS::Key": "key/"}
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{part.get(kind, '')}{self.name(logical_id)}"

    def _sub(self, value: Any) -> str:
        text, variables = (value, {}) if isinstance(value, str) else (value[0], self.resolve(value[1]))

        def replaced(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in variables:
                return str(variables[name])
            return str(self._get_att(name) if "." in name else self._ref(name))

        return _VARIABLE.sub(replaced, text)

    def _if(self, value: Any) -> Any:
        condition, then, otherwise = value
        return self.resolve(then if self._holds(condition) else otherwise)

    def _find_in_map(self, value: Any) -> Any:
        name, first, second = (self.resolve(part) for part in value[:3])
        return self.resolve(self.template["Mappings"][name][first][second])

    def _holds(self, condition: Any) -> bool:
        if isinstance(condition, str):
            return bool(self.resolve(self.template["Conditions"][condition]))
        return bool(self.resolve(condition))
