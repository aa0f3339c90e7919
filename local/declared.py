"""What the template declares, as models: functions, routes, the JWT rule, queue mappings, schedules."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.resolving import Resolver

_FUNCTION_NAME = re.compile(r":function:([A-Za-z0-9_-]+)")
_PERIOD = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One Lambda function; `label` is its folder's name, `timeout` in seconds, `memory` in MB."""

    logical_id: str
    name: str
    label: str
    folder: str
    layers: tuple[str, ...]
    handler: str
    timeout: int
    memory: int
    arn: str
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class JwtRule:
    """What a route's authorizer demands: the issuer, one of the audiences, one of the scopes (none: any token)."""

    issuer: str
    audience: tuple[str, ...]
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the HTTP API; `rule` is None for an open one."""

    method: str
    path: str
    function: str
    rule: JwtRule | None


@dataclass(frozen=True, slots=True)
class QueueMapping:
    """One SQS event source of a function."""

    queue_arn: str
    function: str
    batch_size: int
    maximum_concurrency: int | None
    reports_failures: bool


@dataclass(frozen=True, slots=True)
class Schedule:
    """One EventBridge rule with a rate, fired every `period` seconds."""

    arn: str
    function: str
    period: int


def functions(resolver: Resolver) -> list[FunctionSpec]:
    """Every function with its environment resolved."""
    for logical_id, layer in resolver.resources("AWS::Lambda::LayerVersion").items():
        resolver.references[logical_id] = layer["Content"]["S3Key"]
    return [
        _function(resolver, logical_id, resolver.resolve(properties))
        for logical_id, properties in resolver.resources("AWS::Lambda::Function").items()
    ]


def _function(resolver: Resolver, logical_id: str, properties: Mapping[str, Any]) -> FunctionSpec:
    variables = properties.get("Environment", {}).get("Variables", {})
    folder = properties["Code"]["S3Key"]
    return FunctionSpec(
        logical_id=logical_id,
        name=resolver.name(logical_id),
        label=folder.rsplit("/", 1)[-1],
        folder=folder,
        layers=tuple(properties.get("Layers", ())),
        handler=properties["Handler"],
        timeout=int(properties.get("Timeout", 3)),
        memory=int(properties.get("MemorySize", 128)),
        arn=resolver.resolve({"Fn::GetAtt": [logical_id, "Arn"]}),
        environment={name: str(value) for name, value in variables.items()},
    )


def routes(resolver: Resolver) -> list[Route]:
    """Every route of every HTTP API."""
    return [
        route
        for api in resolver.resources("AWS::ApiGatewayV2::Api").values()
        for route in _routes_of(resolver.resolve(api["Body"]))
    ]


def _routes_of(body: Mapping[str, Any]) -> Iterator[Route]:
    schemes = body.get("components", {}).get("securitySchemes", {})
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            function = function_named(operation["x-amazon-apigateway-integration"]["uri"])
            verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            yield Route(verb, path, function, _rule(operation.get("security", []), schemes))


def _rule(security: list[Mapping[str, list[str]]], schemes: Mapping[str, Any]) -> JwtRule | None:
    for requirement in security:
        for name, scopes in requirement.items():
            authorizer = schemes.get(name, {}).get("x-amazon-apigateway-authorizer")
            if authorizer:
                jwt = authorizer["jwtConfiguration"]
                audience = jwt["audience"]
                audiences = (audience,) if isinstance(audience, str) else tuple(audience)
                return JwtRule(jwt["issuer"], audiences, tuple(scopes))
    return None


def queue_mappings(resolver: Resolver) -> list[QueueMapping]:
    """Every enabled SQS event source mapping."""
    resolved = map(resolver.resolve, resolver.resources("AWS::Lambda::EventSourceMapping").values())
    return [
        QueueMapping(
            queue_arn=mapping["EventSourceArn"],
            function=_plain_name(mapping["FunctionName"]),
            batch_size=min(int(mapping.get("BatchSize", 10)), 10),  # one ReceiveMessage gives ten at most
            maximum_concurrency=mapping.get("ScalingConfig", {}).get("MaximumConcurrency"),
            reports_failures="ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", []),
        )
        for mapping in resolved
        if ":sqs:" in mapping["EventSourceArn"] and mapping.get("Enabled", True) in (True, "true")
    ]


def schedules(resolver: Resolver) -> list[Schedule]:
    """Every enabled rule with a rate and a function for a target. Raises ValueError for a cron expression."""
    found = []
    for logical_id, properties in resolver.resources("AWS::Events::Rule").items():
        rule = resolver.resolve(properties)
        if "ScheduleExpression" not in rule or rule.get("State") == "DISABLED":
            continue
        match = _PERIOD.fullmatch(rule["ScheduleExpression"])
        if match is None:
            raise ValueError(f"{logical_id}: only rate(...) schedules run here, not {rule['ScheduleExpression']}")
        arn = resolver.resolve({"Fn::GetAtt": [logical_id, "Arn"]})
        period = int(match[1]) * _SECONDS[match[2]]
        found += [Schedule(arn, function_named(target["Arn"]), period) for target in rule["Targets"]]
    return found


def _plain_name(named: str) -> str:
    """A mapping names its function, or an alias of it by its ARN."""
    return function_named(named) if ":" in named else named


def function_named(arn: str) -> str:
    """The function's name in an ARN or an integration's URI. Raises ValueError where there is none."""
    match = _FUNCTION_NAME.search(arn)
    if match is None:
        raise ValueError(f"no function in {arn}")
    return match[1]
