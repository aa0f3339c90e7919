"""Puts the local stack together, starts it and ends it."""

import json
import os
import threading
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask

import local.sandbox
from local import control, declared, signin
from local.aws import Aws, forget_the_cloud, make_queues, make_secrets, make_table
from local.clock import Clock
from local.declared import FunctionSpec
from local.expiring import expire
from local.front import HOST, Front, bind, serve
from local.functions import Function
from local.gateway import Gateway
from local.issuer import CLIENT_ID, Issuer
from local.options import Options, filled
from local.pump import Pump
from local.reporting import say
from local.resolving import Resolver
from local.schedule import Rules
from local.state import State
from local.template import translated
from local.throttling import Throttle, limits
from local.tokens import Signer

WARMED_AT_ONCE = 2
CONTAINER_HOST = "host.docker.internal"


class Stack:
    """Everything that runs; `start` returns when the first request can come."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._socket = bind(options.port)
        forget_the_cloud()
        self.origin = f"http://{HOST}:{self._socket.getsockname()[1]}"
        self.aws = Aws(options.aws_host, options.aws_port)
        self.clock = Clock()
        self.functions: dict[str, Function] = {}
        self._pumps: list[Pump] = []
        self._rules: Rules | None = None

    def start(self) -> None:
        """Makes the template's resources and starts everything."""
        resolver = Resolver(translated(self.options.template, self._parameters()))
        self.aws.wait()
        say(f"AWS (moto) on {self.aws.endpoint}")
        sqs, dynamodb, secrets = map(self.aws.client, ("sqs", "dynamodb", "secretsmanager"))
        urls = make_queues(sqs, resolver)
        tables = {
            resolver.name(logical_id): resolver.resolve(properties)
            for logical_id, properties in resolver.resources("AWS::DynamoDB::Table").items()
        }
        for name, properties in tables.items():
            make_table(dynamodb, name, properties)
        specs = declared.functions(resolver)
        prefix = next(
            (spec.environment["SECRETS_PREFIX"] for spec in specs if "SECRETS_PREFIX" in spec.environment), ""
        )
        make_secrets(secrets, prefix, self._app_credentials())
        say(f"{len(tables)} table, {len(urls)} queues, platform credentials under {prefix}platforms/")
        self._start_functions(specs)
        for mapping in declared.queue_mappings(resolver):
            function = self.functions[mapping.function]
            self._pumps.append(Pump(mapping, urls[mapping.queue_arn], function, sqs, self._ring))
        rules = self._rules = Rules(declared.schedules(resolver), self.functions, self.clock, self._ring)
        queues, dead_letters = _named(resolver, urls)
        state = State(sqs, dynamodb, secrets, queues, dead_letters, list(tables), prefix)
        ttl = {
            name: properties["TimeToLiveSpecification"]["AttributeName"]
            for name, properties in tables.items()
            if "TimeToLiveSpecification" in properties
        }

        def moved() -> None:
            self.aws.shift(self.clock.shift)
            expire(dynamodb, ttl, self.clock.now())

        self._serve(resolver, control.create_blueprint(self.clock, rules, state, moved))
        for pump in self._pumps:
            pump.start()
        rules.start()

    def stop(self) -> None:
        """Ends every process at once."""
        for part in (self._rules, *self._pumps, *self.functions.values(), self.aws):
            if part is not None:
                part.stop()

    def _parameters(self) -> dict[str, str]:
        issuer = f"{self.origin}/_local"
        names = {"JwtIssuer": issuer, "JwtAudience": CLIENT_ID, "PublicOrigin": self.origin, "Stage": "local"}
        chosen = {"LogLevel": "LOG_LEVEL", "TokenStore": "TOKEN_STORE"}
        names |= {"Tracing": "Active"} if os.environ.get("XRAY_DAEMON") else {}
        return names | {name: os.environ[own] for name, own in chosen.items() if os.environ.get(own)}

    def _app_credentials(self) -> dict[str, dict[str, str]]:
        """The sandbox's credentials; for a real platform those of the environment, or none."""
        credentials = {slug: dict(each) for slug, each in local.sandbox.app_credentials().items()}
        for slug in self.options.real:
            credentials.pop(slug, None)
            own = {key: os.environ.get(f"{slug}_{key}".upper(), "") for key in ("client_id", "client_secret")}
            if own["client_id"]:
                credentials[slug] = own
        return credentials

    def _platform_origins(self) -> dict[str, str]:
        sandbox = local.sandbox.origins(self.origin)
        real = tuple(f"{self.origin}/_sandbox/{slug}/" for slug in self.options.real)
        return {key: to for key, to in sandbox.items() if not f"{to}/".startswith(real or ("-",))} | dict(
            self.options.origins
        )

    def _start_functions(self, specs: list[FunctionSpec]) -> None:
        logs = self.options.folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        root = self.options.template.parent
        base = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHONPATH"))}
        own = self.aws.environment() | {"PLATFORM_ORIGINS": json.dumps(self._platform_origins())}
        own["ALLOW_PRIVATE_HOSTS"] = os.environ.get("ALLOW_PRIVATE_HOSTS") or "1"
        environments = {}
        for spec in specs:
            log = logs / f"{spec.label}.log"
            log.write_bytes(b"")
            environments[spec.logical_id] = filled(spec.environment, own)
            lambda_own = {
                "TZ": ":UTC",
                "PYTHONUNBUFFERED": "1",
                "AWS_LAMBDA_FUNCTION_NAME": spec.name,
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory),
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
                "LAMBDA_TASK_ROOT": str(root / spec.folder),
                "_HANDLER": spec.handler,
                "AWS_SESSION_TOKEN": spec.label,  # a session of its own, as in Lambda: each call says whose it is
            }
            if os.environ.get("XRAY_DAEMON"):  # host:port of whoever wants to see the traces
                lambda_own["AWS_XRAY_DAEMON_ADDRESS"] = os.environ["XRAY_DAEMON"]
            environment = base | self.aws.environment() | lambda_own | environments[spec.logical_id]
            self.functions[spec.name] = Function(spec, root, environment, log, self.clock)
        self._write_environments(environments)
        say(f"{len(specs)} functions, their logs in {logs}")

    def _write_environments(self, environments: Mapping[str, Mapping[str, str]]) -> None:
        """Leaves what `sam local --env-vars` takes, for containers that reach this machine by its Docker name."""
        text = json.dumps(environments, indent=1).replace(self.aws.endpoint, f"http://{CONTAINER_HOST}:{self.aws.port}")
        (self.options.folder / "env.json").write_text(text, encoding="utf-8")

    def _warm(self, first: Collection[str]) -> None:
        """Starts a process of every function, a few at a time, those named in `first` before the others."""
        with ThreadPoolExecutor(WARMED_AT_ONCE) as pool:
            for name in sorted(self.functions, key=lambda name: name not in first):
                pool.submit(self.functions[name].warm)

    def _ring(self) -> None:
        for pump in self._pumps:
            pump.ring()

    def _serve(self, resolver: Resolver, own_pages: Any) -> None:
        signer = Signer()
        provider = Issuer(self.origin, signer)
        app = Flask("local")
        app.json.sort_keys = False  # type: ignore[attr-defined]
        app.register_blueprint(own_pages, url_prefix="/_local")
        app.register_blueprint(signin.create_blueprint(provider, signer), url_prefix="/_local")
        app.register_blueprint(local.sandbox.create_blueprint(self.clock.now), url_prefix="/_sandbox")
        routes = declared.routes(resolver)
        throttle = Throttle(limits(resolver))
        gateway = Gateway(routes, self.functions, signer.public_key, self._ring, throttle)
        threading.Thread(target=self._warm, args=({route.function for route in routes},), daemon=True).start()
        serve(Front(app, gateway, self._socket.getsockname()[1]), self._socket)


def _named(resolver: Resolver, urls: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Queue names -> URL: those that work, and those that take another's dead letters."""
    queues = map(resolver.resolve, resolver.resources("AWS::SQS::Queue").values())
    dead = {queue["RedrivePolicy"]["deadLetterTargetArn"] for queue in queues if "RedrivePolicy" in queue}
    named = {arn: arn.rsplit(":", 1)[-1] for arn in urls}
    return (
        {named[arn]: url for arn, url in urls.items() if arn not in dead},
        {named[arn]: url for arn, url in urls.items() if arn in dead},
    )
